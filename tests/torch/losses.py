"""Every loss against PyTorch: parameters after 20 steps from the same weights on the same rows.

    losses.py INCLINE DEVICE

Makes small tables, trains 5-7-N networks on each whole table as one batch with `incline train` and
with PyTorch, and compares every parameter: at most 1e-4 apart, relative to the largest of its tensor.
Exit status 0 when all agree, 1 when one does not, 77 when PyTorch is missing.
"""
import os
import sys
import tempfile

try:
    import numpy as np
    import torch
except ImportError:
    print("skipped: PyTorch is not installed (Debian: python3-torch)")
    sys.exit(77)

from whole_batch import ROWS, gaps, made_up, seen, train, write_table  # it needs NumPy itself
from tensors import read_safetensors, write_safetensors  # where that one has looked

FEATURES, HIDDEN, STEPS, RATE, BOUND = 5, 7, 20, 0.05, 1e-4
NAMES = ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]


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
    yield "softmax of two", "two", [], 2, torch.tensor(labels), nn.CrossEntropyLoss()
    yield ("smoothing", "three", ["--label-smoothing", "0.1"], 3, torch.tensor(three),
           nn.CrossEntropyLoss(label_smoothing=smoothing))
    yield ("balanced", "three", ["--class-weights", "balanced"], 3, torch.tensor(three),
           nn.CrossEntropyLoss(weight=balanced))
    listed = torch.tensor(np.float32([0.5, 2, 0.1]), dtype=torch.float64)
    yield ("listed", "three", ["--class-weights", "0.5,2,0.1"], 3, torch.tensor(three),
           nn.CrossEntropyLoss(weight=listed))
    yield ("listed, a 0, smoothing", "three",
           ["--class-weights", "0,3,1", "--label-smoothing", "0.1"], 3, torch.tensor(three),
           nn.CrossEntropyLoss(weight=torch.tensor([0.0, 3.0, 1.0], dtype=torch.float64),
                               label_smoothing=smoothing))
    yield ("both", "three", ["--class-weights", "balanced", "--label-smoothing", "0.1"], 3,
           torch.tensor(three), nn.CrossEntropyLoss(weight=balanced, label_smoothing=smoothing))
    yield ("two classes", "two", ["--loss", "sigmoid"], 1, numbers(labels[:, None]),
           nn.BCEWithLogitsLoss())
    yield ("several labels", "l0,l1", raw[:2] + ["--loss", "sigmoid"], 2, numbers(several),
           nn.BCEWithLogitsLoss())
    for columns, targets in (("v0,v1", values), ("v0", values[:, :1])):
        for name, loss, options in regression:
            options, outputs = ["--loss", name] + options, targets.shape[1]
            yield (f"{name} of {columns}", columns, raw + options, outputs, numbers(targets), loss)
            yield (f"{name} of {columns}, scaled", columns, raw[:2] + options, outputs, targets, loss)


def compare(program, device, folder, weights, table, x, case):
    name, columns, options, _, target, loss = case
    initial, run = os.path.join(folder, "initial.safetensors"), os.path.join(folder, "run")
    everything = {"three", "two", "l0", "l1", "v0", "v1"} - set(columns.split(","))
    options = ["--target", columns, "--ignore", ",".join(sorted(everything))] + options
    fresh = os.path.join(folder, "fresh")  # weights that are given keep the scaling of their model
    train(program, device, table, fresh, ["--hidden", str(HIDDEN), "--steps", "1"] + options)
    _, texts = read_safetensors(os.path.join(fresh, "model.safetensors"))
    texts.pop("incline.columns")  # they would rule the options out
    write_safetensors(initial, dict(zip(NAMES, weights)), texts)
    got, said = train(program, device, table, run, [
        "--init", initial, "--steps", str(STEPS), "--learning-rate", str(RATE)] + options)
    if isinstance(target, np.ndarray):  # scaled as the model says
        output = said["incline.output"]
        mean, deviation = target.mean(0), target.std(0)
        if (np.abs(output["shift"] - mean) > 1e-5 * deviation).any() or \
                (np.abs(output["scale"] - deviation) > 1e-5 * deviation).any():
            print(f"{name}: targets are scaled by {output}, {deviation} and {mean} expected")
            return False
        target = numbers((target - np.array(output["shift"])) / np.array(output["scale"]))
    want = torch_steps(weights, seen(x, said), target, loss)
    apart = np.max(list(gaps(got, dict(zip(NAMES, want))).values()))
    print(f"{name}: {apart:.2g} apart, {BOUND} allowed")
    return apart <= BOUND  # a NaN is not


def main(program, device):
    random = np.random.default_rng(6)
    x, three = made_up(FEATURES)
    two = (x[:, 0] + x[:, 1] > 0.8).astype(np.int64)
    values = np.round(np.stack([2 + x[:, 0] - x[:, 3], x[:, 1] * x[:, 4]], 1), 3)
    several = np.stack([x[:, 0] > 0, x[:, 4] > x[:, 3]], 1).astype(np.float64)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        table = os.path.join(folder, "table.csv")
        write_table(table, x, {"three": ("d", three), "two": ("d", two),
                               "l0": ("g", several[:, 0]), "l1": ("g", several[:, 1]),
                               "v0": (".3f", values[:, 0]), "v1": (".3f", values[:, 1])})
        for number, case in enumerate(cases(two, three, values, several)):
            weights = [(random.random(shape) - 0.5).astype(np.float32)
                       for shape in ((HIDDEN, FEATURES), (HIDDEN,), (case[3], HIDDEN), (case[3],))]
            inner = os.path.join(folder, str(number))
            os.mkdir(inner)
            good &= compare(program, device, inner, weights, table, x, case)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
