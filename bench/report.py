"""The results as Markdown: bench/RESULTS.md is written here and nowhere else."""
import statistics

import scaling
from contest import PEERS, best, ratio, spread
from process import COLD, GOAL, RECIPE, WARM
from work import LARGE, PRODUCTS, STEPS

AIM_START = {WARM: 0.25, COLD: 3.0}
AIM_BEYOND = 150e6
AIM_FINISH = 5

HEAD = """# Incline beside its peers

Written by `./run bench`; do not edit. What is measured and how: [README.md](README.md).
Times are medians over the rounds, with the least value and the spread, (maximum − minimum) /
median. "3.2 ×" is the median of the ratios within each round: how many times as long the peer took,
at its best thread setting. What is aimed at stands in parentheses.
"""


def span(seconds):
    """Seconds in a unit that fits, three digits."""
    for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1 or unit == "µs":
            value = seconds * factor
            return f"{value:.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"
    return None


def times(value):
    """A ratio, three digits where it has them."""
    return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} ×"


def cell(values):
    """Median, least value and spread."""
    return (f"{span(statistics.median(values))} (least {span(min(values))}, "
            f"spread {spread(values):.0%})")


def aimed(text, aim):
    """The text and what is aimed at, if anything is."""
    return f"{text} ({aim})" if aim else text


def median_of_best(settings):
    """The median of the best setting."""
    return statistics.median(best(settings)[1])


def where(taken):
    """The machine, versions and date of a section, a line."""
    versions = ", ".join(f"{name} {version}" for name, version in taken["versions"].items())
    vectors = f" ({taken['vectors']})" if taken["vectors"] else ""
    return (f"{taken['date']}, {taken['processor']}{vectors}, {taken['cores']} cores, "
            f"{taken['system']}, device {taken['device']}; {versions}; {taken['rounds']} rounds.")


def table(head, rows):
    """A table, the first row its head."""
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]


def blas_rate(products):
    """Operations per second of OpenBLAS in its best large product, None if not measured."""
    rates = [2 * row["shape"][0] * row["shape"][1] * row["shape"][2] /
             median_of_best(row["times"]["NumPy"])
             for row in (products or {}).get("rows", [])
             if tuple(row["shape"]) in dict(LARGE) and "NumPy" in row["times"]]
    return max(rates, default=None)


def work_of(row):
    """The work a row of the results was measured on."""
    return next(work for work in STEPS if work.key == row["work"])


def step_row(row, rate):
    """One line of the table of steps."""
    work, taken = work_of(row), row["times"]
    mine = best(taken["Incline"])[1]
    line = [f"{work.network}, batch {work.batch:,}", cell(mine)]
    for peer in PEERS:
        line.append(aimed(times(ratio(best(taken[peer])[1], mine)), work.aims.get(peer))
                    if peer in taken else "–")
    flops = work.flops / statistics.median(mine)
    share = f"{flops / rate:.0%}" if rate else "–"
    return [*line, f"{flops / 1e9:.3g}", aimed(share, f"{work.share:.0%}" if work.share else None)]


def steps_section(results):
    """Training steps: the table, the chart, and everybody's times."""
    part = results["steps"]
    rate = blas_rate(results.get("products"))
    lines = ["## Training steps", "", where(part["taken"]), "",
             "![How many times as fast as its peers a step of Incline is](RESULTS.svg)", ""]
    lines += table(["work", "Incline", *(f"against {peer}" for peer in PEERS), "GFLOP/s",
                    "of OpenBLAS's rate"], [step_row(row, rate) for row in part["rows"]])
    lines += ["", "<details><summary>Every contestant under every thread setting</summary>", ""]
    lines += table(["work", "contestant", "threads", "step"],
                   [[row["work"], who, setting, cell(values)] for row in part["rows"]
                    for who, settings in row["times"].items()
                    for setting, values in settings.items()])
    return [*lines, "", "</details>", ""]


def products_section(results):
    """Products of matrices in OpenBLAS and Incline."""
    part = results["products"]
    rows = []
    for row in part["rows"]:
        shape, taken = tuple(row["shape"]), row["times"]
        flops = 2 * shape[0] * shape[1] * shape[2]
        line = [" × ".join(map(str, shape))]
        if "NumPy" in taken:
            setting, theirs = best(taken["NumPy"])
            line += [f"{flops / statistics.median(theirs) / 1e9:.3g}", setting]
        else:
            line += ["–", "–"]
        if "Incline" in taken:
            mine = best(taken["Incline"])[1]
            share = f"{ratio(theirs, mine):.0%}" if "NumPy" in taken else "–"
            line += [f"{flops / statistics.median(mine) / 1e9:.3g}", f"`{row['kernel']}`",
                     aimed(share, f"{dict(PRODUCTS)[shape]:.0%}")]
        else:
            line += ["–", "no row of this shape", "–"]
        rows.append(line)
    return ["## Products of matrices", "", where(part["taken"]), "",
            "float32, GFLOP/s; OpenBLAS through NumPy's `matmul`; the fastest row of "
            "`incline bench` with these three sizes, packing included.", "",
            *table(["m × n × k", "OpenBLAS", "at", "Incline", "row", "of OpenBLAS"], rows), ""]


def finish_rows(finish):
    """The lines of whole processes, Incline's first."""
    mine = best(finish["times"]["Incline"])[1]
    for who, settings in finish["times"].items():
        setting, values = best(settings)
        right = finish["accuracies"][who][setting]
        against = "" if who == "Incline" else times(ratio(values, mine))
        if who.startswith("PyTorch"):
            against = aimed(against, AIM_FINISH)
        yield [who, cell(values), setting, f"{statistics.mean(right):.2%}", f"{min(right):.2%}",
               "yes" if statistics.mean(right) >= GOAL else "**no**", against]


def process_section(results):
    """Whole processes, start, memory."""
    part = results["process"]
    lines = ["## Whole processes", "", where(part["taken"]), ""]
    if part["finish"]:
        lines += [f"MNIST to {GOAL:.0%} on the test set in the mean over the rounds' seeds, "
                  "784-128-10, from start of the process to its end, caches warm. Incline: "
                  f"`incline train mnist {' '.join(RECIPE)}`.", ""]
        lines += table(["program", "whole process", "threads", "accuracy, mean", "least",
                        "reaches it", "against Incline"], finish_rows(part["finish"]))
        lines.append("")
    start = part["start"]
    rows = [[f"start to the end of a process with one step, {kind}", cell(start[kind]),
             f"under {AIM_START[kind]} s"] for kind in (WARM, COLD)]
    rows.append([f"peak of memory beyond the data, training on {start['data']}",
                 f"{start['beyond'] / 1e6:.0f} MB ({start['peak'] / 1e6:.0f} MB in all)",
                 f"under {AIM_BEYOND / 1e6:.0f} MB"])
    return [*lines, *table(["Incline", "measured", "aim"], rows), "",
            "Cold: no cache of Incline's or of the driver's, own kernels only. The data are 47 MB "
            "of images and their labels, once.", ""]


def scaling_section(results):
    """How time grows with each thing, and where it stops being linear."""
    part = results["scaling"]
    lines = ["## Scaling", "", where(part["taken"]), "",
             "![Time of a step against batch, width, samples and cores](SCALING.svg)", ""]
    for one in part["series"]:
        points = one["points"]
        lines += [f"**{one['name']}**, {one['axis']}: {scaling.explain(one)}", "",
                  *table([one["axis"], *(f"{p['size']:,}" for p in points)],
                         [["a step", *(span(p["seconds"]) for p in points)]]), ""]
    return lines


SECTIONS = {"steps": steps_section, "products": products_section, "process": process_section,
            "scaling": scaling_section}


def markdown(results):
    """The whole page, of the sections that were measured."""
    lines = [HEAD]
    for name, section in SECTIONS.items():
        if name in results:
            lines += section(results)
    return "\n".join(lines).rstrip() + "\n"
