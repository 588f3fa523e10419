"""./run bench: `incline bench`, then Incline and its peers on the same work; see README.md."""
import argparse
import json
import sys
from pathlib import Path

import chart
import report
import scaling
from contest import Missing
from incline import WRONG_USAGE, Failed, Incline, bench
from machine import describe
from process import measure_finish, measure_start
from steps import measure_products, measure_steps
from work import PRODUCTS, QUICK_PRODUCTS, QUICK_STEPS, STEPS

HERE = Path(__file__).parent
DEFAULT_PARTS = ("bench", "products", "steps", "process")


def say(text):
    """A line for who waits."""
    print(text, file=sys.stderr, flush=True)


def parse(arguments):
    """Our options, and the others, which are `incline bench`'s."""
    parser = argparse.ArgumentParser(
        prog="./run bench", allow_abbrev=False,
        description="Runs `incline bench`, then Incline and its peers in alternation on the same "
        "work, and writes RESULTS.md with charts.",
        epilog="Every other option goes to `incline bench`, whose --help shows them.")
    parser.add_argument("program", help=argparse.SUPPRESS)
    parser.add_argument("--device", default="auto", metavar="D,D,...",
                        help="devices for `incline bench`; the peers meet the first [auto]")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of alternation [5]")
    parser.add_argument("--seconds", type=float, metavar="S",
                        help="time spent on each measurement of a round [0.5]")
    parser.add_argument("--quick", action="store_true",
                        help="one short round on little work, to see that it runs; writes into "
                        "build/bench unless --output says where")
    parser.add_argument("--scaling", action="store_true",
                        help="measure only scaling: batch, width, samples, cores")
    parser.add_argument("--parts", metavar="PART,...",
                        help="parts to measure: bench, products, steps, process, scaling "
                        "[all but scaling]; what is left out stays in the results as it was")
    parser.add_argument("--output", type=Path, metavar="DIR",
                        help="folder for RESULTS.md, RESULTS.json and the charts [bench]")
    options, others = parser.parse_known_args(arguments)
    options.parts = (options.parts.split(",") if options.parts else
                     ["scaling"] if options.scaling else list(DEFAULT_PARTS))
    unknown = set(options.parts) - {*DEFAULT_PARTS, "scaling"}
    if unknown:
        parser.error(f"--parts knows no part {', '.join(sorted(unknown))}")
    options.rounds = options.rounds or (1 if options.quick else 5)
    options.output = options.output or (Path("build/bench") if options.quick else HERE)
    return options, others


def bench_options(options, others):
    """What `incline bench` gets."""
    given = ["--device", options.device, *others]
    seconds = options.seconds or (0.01 if options.quick else None)
    return [*given, "--seconds", str(seconds)] if seconds else given


def measure(part, incline, options):
    """One part of the results."""
    seconds = options.seconds or (0.02 if options.quick else 0.5)
    if part == "steps":
        return measure_steps(incline, QUICK_STEPS if options.quick else STEPS, options.rounds,
                             seconds, say)
    if part == "products":
        return measure_products(incline, QUICK_PRODUCTS if options.quick else PRODUCTS,
                                options.rounds, seconds / 2, say)
    if part == "process":
        finish = None if options.quick else measure_finish(incline, options.rounds, say)
        return {"finish": finish,
                "start": measure_start(incline, options.rounds)}
    wanted = list(scaling.quick_series() if options.quick else scaling.series())
    return {"series": scaling.measure_scaling(incline, options.rounds, seconds, say, wanted)}


def write(results, folder):
    """The results, the page and the charts."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "RESULTS.json").write_text(json.dumps(results, indent=1) + "\n")
    (folder / "RESULTS.md").write_text(report.markdown(results))
    if "steps" in results:
        (folder / "RESULTS.svg").write_text(chart.ratios(results["steps"]))
    if "scaling" in results:
        (folder / "SCALING.svg").write_text(chart.curves(results["scaling"]))


def main():
    options, others = parse(sys.argv[1:])
    status = 0
    if "bench" in options.parts:
        options.parts.remove("bench")
        status = bench(options.program, bench_options(options, others))
        if status == WRONG_USAGE:
            return status
    incline = Incline(options.program, options.device.split(",")[0])
    kept = options.output / "RESULTS.json"
    results = json.loads(kept.read_text()) if kept.exists() else {}
    for part in options.parts:
        say(f"measuring {part}")
        try:
            found = measure(part, incline, options)
        except (Failed, Missing) as why:
            say(f"{part}: {why}")
            status = 1
            continue
        versions = {"Incline": incline.version(), **found.pop("versions", {})}
        results[part] = {"taken": {**describe(), "device": incline.device_name(),
                                   "rounds": options.rounds, "versions": versions}, **found}
        write(results, options.output)
    if options.parts:
        say(f"written: {options.output / 'RESULTS.md'}")
    return status


if __name__ == "__main__":
    sys.exit(main())
