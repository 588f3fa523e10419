"""Every loss against PyTorch: parameters after 20 steps from the same weights on the same rows.

    losses.py INCLINE DEVICE

Makes small tables, trains 5-7-N networks on each whole table as one batch with `incline train` and
with PyTorch, and compares every parameter: at most 1e-4 apart, relative to the largest of its tensor.
Exit status 0 when all agree, 1 when one does not, 77 when PyTorch is missing.
"""
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
except ImportError:
    print("skipped: PyTorch is not installed (Debian: python3-torch)")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.dont_write_bytecode = True
from tensors import read_safetensors, write_safetensors  # it needs NumPy itself

ROWS, FEATURES, HIDDEN, STEPS, RATE, BOUND = 60, 5, 7, 20, 0.05, 1e-4
NAMES = ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]


def scaled(values, text):
    """value * scale + shift, as a model says it."""
    return values * np.array(text["scale"], np.float64) + np.array(text["shift"], np.float64)


def torch_steps(weights, x, target, loss):
    """Parameters after STEPS steps of gradient descent in float64."""
    w1, b1, w2, b2 = (torch.tensor(w, dtype=torch.float64, requires_grad=True) for w in weights)
    x = torch.tensor(x, dtype=torch.float64)
    step = torch.optim.SGD([w1, b1, w2, b2], lr=float(np.float32(RATE)))
    for _ in range(STEPS):
        step.zero_grad()
        z = torch.relu(x @ w1.T + b1) @ w2.T + b2
        loss(z, target).backward()
        step.step()
    return [p.detach().numpy() for p in (w1, b1, w2, b2)]


def numbers(targets):
    return torch.tensor(targets, dtype=torch.float64)


def cases(labels, three, values, several):
    """Name, columns of targets, options, outputs, and what PyTorch calls it."""
    nn = torch.nn
    counts = np.bincount(three)
    balanced = torch.tensor(np.float32(ROWS / (3 * counts)), dtype=torch.float64)
    delta = float(np.float32(0.7))
    smoothing = float(np.float32(0.1))
    raw = ["--target-type", "numbers", "--target-scaling", "none"]
    regression = [("mse", nn.MSELoss(), []), ("mae", nn.L1Loss(), []),
                  ("huber", nn.HuberLoss(delta=delta), ["--huber-delta", "0.7"])]
    yield "softmax", "three", [], 3, torch.tensor(three), nn.CrossEntropyLoss()
    yield ("smoothing", "three", ["--label-smoothing", "0.1"], 3, torch.tensor(three),
           nn.CrossEntropyLoss(label_smoothing=smoothing))
    yield ("balanced", "three", ["--class-weights", "balanced"], 3, torch.tensor(three),
           nn.CrossEntropyLoss(weight=balanced))
    yield ("both", "three", ["--class-weights", "balanced", "--label-smoothing", "0.1"], 3,
           torch.tensor(three), nn.CrossEntropyLoss(weight=balanced, label_smoothing=smoothing))
    yield ("two classes", "two", ["--loss", "sigmoid"], 1, numbers(labels[:, None]),
           nn.BCEWithLogitsLoss())
    yield ("several labels", "l0,l1", raw[:2] + ["--loss", "sigmoid"], 2, numbers(several),
           nn.BCEWithLogitsLoss())
    for name, loss, options in regression:
        yield name, "v0,v1", raw + ["--loss", name] + options, 2, numbers(values), loss
        yield (name + ", scaled", "v0,v1", raw[:2] + ["--loss", name] + options, 2, values, loss)


def compare(program, device, folder, weights, table, x, case):
    name, columns, options, _, target, loss = case
    initial, run = os.path.join(folder, "initial.safetensors"), os.path.join(folder, "run")
    write_safetensors(initial, dict(zip(NAMES, weights)))
    everything = {"three", "two", "l0", "l1", "v0", "v1"} - set(columns.split(","))
    subprocess.run([program, "train", table, "--target", columns, "--ignore",
                    ",".join(sorted(everything)), "--init", initial, "--device", device,
                    "--batch-size", "full", "--validation", "0", "--steps", str(STEPS),
                    "--learning-rate", str(RATE),
                    "--output", run, "--quiet"] + options, check=True, stdout=subprocess.DEVNULL)
    got, texts = read_safetensors(os.path.join(run, "model.safetensors"))
    seen = scaled(x, json.loads(texts["incline.input"]))
    if isinstance(target, np.ndarray):  # scaled as the model says
        output = json.loads(texts["incline.output"])
        mean, deviation = target.mean(0), target.std(0)
        if (np.abs(output["shift"] - mean) > 1e-5 * deviation).any() or \
                (np.abs(output["scale"] - deviation) > 1e-5 * deviation).any():
            print(f"{name}: targets are scaled by {output}, {deviation} and {mean} expected")
            return False
        target = numbers((target - np.array(output["shift"])) / np.array(output["scale"]))
    want = torch_steps(weights, seen, target, loss)
    apart = max(np.max(np.abs(got[key] - w)) / np.max(np.abs(w)) for key, w in zip(NAMES, want))
    print(f"{name}: {apart:.2g} apart, {BOUND} allowed")
    return apart <= BOUND  # a NaN is not


def main(program, device):
    random = np.random.default_rng(5)
    x = np.round(random.normal(size=(ROWS, FEATURES)), 3)
    two = (x[:, 0] + x[:, 1] > 0.8).astype(np.int64)
    three = (x[:, 2] > -1).astype(np.int64) + (x[:, 2] > 0.5)
    values = np.round(np.stack([2 + x[:, 0] - x[:, 3], x[:, 1] * x[:, 4]], 1), 3)
    several = np.stack([x[:, 0] > 0, x[:, 4] > x[:, 3]], 1).astype(np.float64)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        table = os.path.join(folder, "table.csv")
        with open(table, "w") as file:
            file.write(",".join([f"x{i}" for i in range(FEATURES)]) + ",three,two,l0,l1,v0,v1\n")
            for row in range(ROWS):
                cells = [f"{v:.3f}" for v in x[row]] + [str(three[row]), str(two[row])]
                cells += [f"{v:g}" for v in several[row]] + [f"{v:.3f}" for v in values[row]]
                file.write(",".join(cells) + "\n")
        for number, case in enumerate(cases(two, three, values, several)):
            weights = [(random.random(shape) - 0.5).astype(np.float32)
                       for shape in ((HIDDEN, FEATURES), (HIDDEN,), (case[3], HIDDEN), (case[3],))]
            inner = os.path.join(folder, str(number))
            os.mkdir(inner)
            good &= compare(program, device, inner, weights, table, x, case)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
