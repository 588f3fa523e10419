"""How the time of Incline's step grows with the batch, the width, the samples, and the cores.

Each series varies one thing. Where it stops being linear is computed, not judged by eye: a step
between two points has the exponent p in time ~ size**p; well below 1 something fixed is being paid,
well above 1 something no longer fits where it did.
"""
import math
import statistics
from dataclasses import dataclass

from contest import alternate, cores
from machine import cache_bytes
from work import FEATURES, mlp

BATCHES = (1, 4, 16, 64, 128, 256, 1024, 4096, 16384, 60000)
WIDTHS = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
SAMPLES = (1000, 4000, 16000, 60000, 240000)
NEARLY = 0.8, 1.2  # exponents between these are called linear
SHORT = 1e-3  # seconds of a step below which launches weigh
OTHER_KERNELS = (", which no cache tells apart: what changes there is the choice of kernels or how "
                 "well their blocks are filled")


@dataclass(frozen=True)
class Point:
    """One measurement: its place on the axis, the work, and what else is set."""

    size: int
    work: object
    samples: int | None = None
    environment: tuple = ()


def series():
    """Name, what the axis counts, and the points, of each series."""
    for hidden in (10, 128):
        yield f"784-{hidden}-10", "batch", [Point(b, mlp((hidden,), b)) for b in BATCHES]
    yield "784-width-10, batch 128", "width", [Point(w, mlp((w,), 128)) for w in WIDTHS]
    yield "784-10-10, batch 128", "samples", [Point(n, mlp((10,), 128), n) for n in SAMPLES]
    threads = sorted({1, *(2 ** i for i in range(1, 10) if 2 ** i < cores()), cores()})
    for work in (mlp((10,), 128), mlp((10,), 60000), mlp((128,), 128), mlp((800, 800), 128)):
        yield (f"{work.network}, batch {work.batch:,}", "cores",
               [Point(n, work, None, (("POCL_MAX_PTHREAD_COUNT", str(n)),)) for n in threads])


def quick_series():
    """Two short series, for a test."""
    yield "784-10-10", "batch", [Point(b, mlp((10,), b)) for b in (16, 256)]
    yield ("784-10-10, batch 128", "cores",
           [Point(n, mlp((10,), 128), None, (("POCL_MAX_PTHREAD_COUNT", str(n)),)) for n in (1, 2)])


def working_set(point):
    """Bytes that a step touches: images and activations of the batch, weights and gradients; of
    many batches, the images of all samples."""
    if point.samples is not None:
        return point.samples * FEATURES
    widths = point.work.widths
    weights = sum(i * o for i, o in zip(widths, widths[1:]))
    return point.work.batch * (FEATURES + 8 * sum(widths[1:])) + 8 * weights


def measure_scaling(incline, rounds, seconds, say, wanted):
    """Median seconds of a step at each point of each wanted series, rounds in alternation."""
    found = []
    for name, axis, points in wanted:
        say(f"  {name}: {axis} {points[0].size:,} to {points[-1].size:,}")
        times = alternate(
            {point.size: lambda point=point: incline.step(point.work, seconds, point.samples,
                                                          dict(point.environment))
             for point in points}, rounds)
        found.append({"name": name, "axis": axis, "caches": cache_bytes(),
                      "points": [{"size": point.size, "bytes": working_set(point),
                                  "seconds": statistics.median(times[point.size])}
                                 for point in points]})
    return found


def exponent(before, after):
    """p in time ~ size**p between two points."""
    return (math.log(after["seconds"] / before["seconds"]) /
            math.log(after["size"] / before["size"]))


def explain_cores(one):
    """How far from sharing out the time among the cores, and why."""
    first, last = one["points"][0], one["points"][-1]
    gain = first["seconds"] / last["seconds"]
    linear = gain * first["size"] / last["size"]
    said = (f"{last['size']} cores are {gain:.2f} × as fast as {first['size']}, {linear:.0%} of "
            "linear")
    if linear >= NEARLY[0]:
        return said + "."
    if first["seconds"] < SHORT:
        return said + ": so short a step spends much of its time in launches and hand-overs."
    return said + ": the cores share the memory and the last cache."


def explain_samples(one):
    """What the size of the data set costs a step."""
    points = one["points"]
    least, most = (pick(points, key=lambda p: p["seconds"]) for pick in (min, max))
    rise = most["seconds"] / least["seconds"]
    if rise < NEARLY[1]:
        return f"A step takes the same time with any number of samples (within {rise - 1:.0%})."
    return (f"A step of the same batch takes {rise:.2f} × as long with {most['size']:,} samples as "
            f"with {least['size']:,}: {most['size'] * FEATURES / 2 ** 20:.3g} MiB, drawn in random "
            f"order, against {least['size'] * FEATURES / 2 ** 20:.3g} MiB"
            f"{outgrown(most, least, one)}.")


def explain_growth(one):
    """Where time grows otherwise than batch or width, and why."""
    points, axis = one["points"], one["axis"]
    pairs = list(zip(points, points[1:]))
    fixed = 0
    while fixed < len(pairs) and exponent(*pairs[fixed]) < NEARLY[0]:
        fixed += 1
    said = []
    if fixed:
        least, most = points[0], points[fixed]
        said.append(f"Below {axis} {most['size']:,} time grows more slowly than {axis}: "
                    f"{most['size'] / least['size']:.3g} times the {axis} of {least['size']:,} "
                    f"takes {most['seconds'] / least['seconds']:.3g} times as long. What a step "
                    f"costs at least, {least['seconds'] * 1e6:.3g} µs, are its launches and the "
                    "update of the weights.")
    for before, after in pairs[fixed:]:
        power = exponent(before, after)
        if not NEARLY[0] <= power <= NEARLY[1]:
            cause = outgrown(before, after, one) or OTHER_KERNELS
            said.append(f"From {before['size']:,} to {after['size']:,} it grows "
                        f"{'faster' if power > 1 else 'more slowly'} (exponent {power:.2f}); a "
                        f"step touches {before['bytes'] / 2 ** 20:.3g} MiB before and "
                        f"{after['bytes'] / 2 ** 20:.3g} MiB after{cause}.")
    return " ".join(said) or f"Linear all the way (exponents {NEARLY[0]} to {NEARLY[1]})."


EXPLAIN = {"cores": explain_cores, "samples": explain_samples}


def explain(one):
    """Where this series stops being linear, and why, in a few sentences."""
    return EXPLAIN.get(one["axis"], explain_growth)(one)


def outgrown(one_end, other_end, one):
    """Which cache's size lies between the bytes at two points, in words; nothing if none does."""
    low, high = sorted((one_end["bytes"], other_end["bytes"]))
    levels = [level for level, size in one["caches"].items() if low <= size < high]
    return f", and the cache of level {levels[-1]} holds the one and not the other" if levels else ""
