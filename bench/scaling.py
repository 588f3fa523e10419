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
    """Bytes that a step touches: images and activations of the batch, weights and gradients."""
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


def explain(one):
    """Where this series stops being linear, and why, in a sentence or two."""
    points, axis = one["points"], one["axis"]
    first, last = points[0], points[-1]
    if axis == "cores":
        gain = first["seconds"] / last["seconds"]
        return (f"{last['size']} cores are {gain:.2f} × as fast as {first['size']}"
                f" ({gain * first['size'] / last['size']:.0%} of linear).")
    if axis == "samples":
        worst = max(points, key=lambda p: p["seconds"])
        return (f"A step does not depend on how many samples there are, but where they lie does: "
                f"{first['seconds'] * 1e6:.3g} µs with {first['size']:,}, at most "
                f"{worst['seconds'] * 1e6:.3g} µs, with {worst['size']:,} "
                f"({worst['size'] * FEATURES / 2 ** 20:.3g} MiB of bytes, drawn at random).")
    pairs = list(zip(points, points[1:]))
    flat = [b for a, b in pairs if exponent(a, b) < NEARLY[0]]
    steep = [(a, b) for a, b in pairs if exponent(a, b) > NEARLY[1]]
    said = []
    if flat:
        share = first["seconds"] / last["seconds"] * last["size"] / first["size"]
        said.append(f"Below {axis} {flat[-1]['size']:,} time grows more slowly than {axis}: a step "
                    f"has fixed costs (launches, the update of the weights), and at {axis} "
                    f"{first['size']:,} it costs {share:.3g} × its share of one at "
                    f"{last['size']:,}.")
    for before, after in steep:
        said.append(f"From {before['size']:,} to {after['size']:,} it grows faster (exponent "
                    f"{exponent(before, after):.2f}): a step touches "
                    f"{before['bytes'] / 2 ** 20:.3g} MiB before and "
                    f"{after['bytes'] / 2 ** 20:.3g} MiB after{outgrown(before, after, one)}.")
    return " ".join(said) or f"Linear all the way (exponents {NEARLY[0]} to {NEARLY[1]})."


def outgrown(before, after, one):
    """Which cache lies between two working sets, in words."""
    levels = [level for level, size in one["caches"].items()
              if before["bytes"] <= size < after["bytes"]]
    return f", and level {levels[-1]} of the cache lies between" if levels else ""
