"""Incline against NumPy and PyTorch on the same training steps, in alternation.

    bench/peers.py INCLINE [--device D] [--rounds N] [--markdown FILE]

Each round times every contestant once on every work item, one after the other, so that a change in
the machine's speed meets all of them. Everyone trains the same network on the same number of
samples by plain gradient descent in float32, data in memory, start-up and compiling not counted.
PyTorch is timed with one and with two threads, and its better median counts. A contestant that is not
installed is left out, and the table says so.
"""
import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time

try:
    import numpy as np
except ImportError:
    np = None
try:
    import torch
except ImportError:
    torch = None

SAMPLES = 60000
# name, widths, batch
WORK = [
    ("784-10-10", (784, 10, 10), SAMPLES),
    ("784-10-10", (784, 10, 10), 128),
    ("784-10-10", (784, 10, 10), 64),
    ("784-128-10", (784, 128, 10), 128),
]


def median_step(step, batch):
    """Seconds of a step: the median of enough steps for about half a second."""
    step(0)
    start = time.perf_counter()
    step(1)
    once = time.perf_counter() - start
    count = max(3, min(2000, int(0.5 / max(once, 1e-5))))
    times = []
    for i in range(count):
        start = time.perf_counter()
        step(i)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def numpy_step(data, widths, batch):
    images, labels = data
    random = np.random.default_rng(1)
    weights = [(random.random((o, i), np.float32) - 0.5) * np.float32(2 / i ** 0.5)
               for i, o in zip(widths, widths[1:])]
    biases = [np.zeros((o, 1), np.float32) for o in widths[1:]]
    columns = images.T if batch == SAMPLES else None
    onehot = np.eye(10, dtype=np.float32)
    rate = np.float32(0.1)

    def step(i):
        at = i * batch % (SAMPLES - batch + 1)
        x = columns if columns is not None else images[at:at + batch].T
        y = onehot[labels[at:at + batch]].T
        a = [x]
        for layer, (w, b) in enumerate(zip(weights, biases)):
            z = w @ a[-1] + b
            a.append(np.maximum(z, 0) if layer + 1 < len(weights) else z)
        e = np.exp(a[-1] - a[-1].max(0))
        d = (e / e.sum(0) - y) / np.float32(batch)
        for layer in reversed(range(len(weights))):
            dw, db = d @ a[layer].T, d.sum(1, keepdims=True)
            if layer > 0:
                d = (weights[layer].T @ d) * (a[layer] > 0)
            weights[layer] -= rate * dw
            biases[layer] -= rate * db

    return step


def torch_step(data, widths, batch):
    images, labels = torch.from_numpy(data[0]), torch.from_numpy(data[1].astype(np.int64))
    layers = []
    for i, o in zip(widths, widths[1:]):
        layers += [torch.nn.Linear(i, o), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    descent = torch.optim.SGD(net.parameters(), lr=0.1)
    loss = torch.nn.CrossEntropyLoss()

    def step(i):
        at = i * batch % (SAMPLES - batch + 1)
        descent.zero_grad()
        loss(net(images[at:at + batch]), labels[at:at + batch]).backward()
        descent.step()

    return step


def incline_step(program, device, widths, batch):
    """Seconds of a step: the median over the epochs of a run, from its metrics."""
    epochs = 12 if batch == SAMPLES else 4
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "train", f"digits:{SAMPLES}", "--device", device, "--hidden",
                        ",".join(map(str, widths[1:-1])), "--batch-size", str(batch), "--epochs",
                        str(epochs), "--quiet", "--output", os.path.join(folder, "run")],
                       check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(folder, "run", "metrics.jsonl")) as lines:
            speeds = [json.loads(line)["samples_per_second"] for line in lines]
    return batch / statistics.median(speeds[1:])


def contestants(program, device, data, widths, batch):
    """Name and a function that returns seconds of a step, each."""
    yield "Incline", lambda: incline_step(program, device, widths, batch)
    if np is not None:
        yield "NumPy", lambda: median_step(numpy_step(data, widths, batch), batch)
    if torch is not None:
        for threads in (1, 2):
            def timed(threads=threads):
                torch.set_num_threads(threads)
                return median_step(torch_step(data, widths, batch), batch)
            yield f"PyTorch, threads {threads}", timed


def measure(program, device, rounds):
    """times[work item][contestant] = seconds of a step, one per round."""
    data = None
    if np is not None:
        random = np.random.default_rng(1)
        data = (random.random((SAMPLES, 784), np.float32), random.integers(0, 10, SAMPLES))
    times = [{} for _ in WORK]
    for _ in range(rounds):
        for result, (_, widths, batch) in zip(times, WORK):
            for name, timed in contestants(program, device, data, widths, batch):
                result.setdefault(name, []).append(timed())
    return times


def spread(values):
    return (max(values) - min(values)) / statistics.median(values)


def cell(values):
    ms = 1e3 * statistics.median(values)
    return f"{ms:.3g} ms (least {1e3 * min(values):.3g}, spread {spread(values):.0%})"


def ratio(mine, theirs):
    """Median of the ratios within each round."""
    return statistics.median(t / m for m, t in zip(mine, theirs))


def table(times):
    """The results as lines of Markdown."""
    lines = ["| work | Incline | NumPy | PyTorch, its better setting | against NumPy | against PyTorch |",
             "|---|---|---|---|---|---|"]
    for (name, _, batch), result in zip(WORK, times):
        mine, numpy = result["Incline"], result.get("NumPy")
        settings = [n for n in result if n.startswith("PyTorch")]
        best = min(settings, key=lambda n: statistics.median(result[n]), default=None)
        lines.append("| {}, batch {:,} | {} | {} | {} | {} | {} |".format(
            name, batch, cell(mine), cell(numpy) if numpy else "not installed",
            f"{cell(result[best])}, {best[9:]}" if best else "not installed",
            f"{ratio(mine, numpy):.2f} ×" if numpy else "",
            f"{ratio(mine, result[best]):.2f} ×" if best else ""))
    return lines


def machine():
    model = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as lines:
            models = [line.split(":", 1)[1].strip() for line in lines if "model name" in line]
        model = models[0] if models else model
    versions = [f"{m.__name__} {m.__version__}" for m in (np, torch) if m is not None]
    return f"{datetime.date.today()}, {model}, {os.cpu_count()} cores, {', '.join(versions)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--markdown", help="write the table to this file too")
    options = parser.parse_args()
    times = measure(options.program, options.device, options.rounds)
    lines = [f"{machine()}, {options.rounds} rounds; medians, least values, spread of the rounds; "
             "ratios are medians of each round's ratio.", ""] + table(times)
    print("\n".join(lines))
    if options.markdown:
        with open(options.markdown, "w") as file:
            file.write("\n".join(["# Training steps against NumPy and PyTorch", ""] + lines) + "\n")


if __name__ == "__main__":
    main()
