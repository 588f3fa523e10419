"""Every activation against PyTorch: parameters after 20 steps from the same weights on the same rows.

    activations.py INCLINE DEVICE

Trains 5-7-6-3 networks on one small table, whole as one batch, with `incline train` and with PyTorch,
and compares every parameter: at most 1e-4 apart, relative to the largest of its tensor. What PyTorch
has no name for, scaled-tanh, stands here by its formula.
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
from tensors import read_safetensors  # it needs NumPy itself

WIDTHS, ROWS, STEPS, RATE, BOUND = (5, 7, 6, 3), 60, 20, 0.1, 1e-4
NAMES = [f"layers.{i}.{part}" for i in range(len(WIDTHS) - 1) for part in ("weight", "bias")]
ACTIVATIONS = {
    "relu": torch.nn.ReLU(), "linear": torch.nn.Identity(), "leaky-relu": torch.nn.LeakyReLU(),
    "elu": torch.nn.ELU(), "selu": torch.nn.SELU(), "gelu": torch.nn.GELU(),
    "gelu-tanh": torch.nn.GELU(approximate="tanh"), "silu": torch.nn.SiLU(),
    "mish": torch.nn.Mish(), "softplus": torch.nn.Softplus(), "tanh": torch.nn.Tanh(),
    "scaled-tanh": lambda z: 1.7159 * torch.tanh(2 * z / 3), "sigmoid": torch.nn.Sigmoid()}


def torch_steps(weights, x, labels, activation):
    """Parameters after STEPS steps of gradient descent in float64."""
    p = [torch.tensor(w, dtype=torch.float64, requires_grad=True) for w in weights]
    step = torch.optim.SGD(p, lr=float(np.float32(RATE)))
    for _ in range(STEPS):
        step.zero_grad()
        z = torch.tensor(x, dtype=torch.float64)
        for layer in range(0, len(p), 2):
            z = z @ p[layer].T + p[layer + 1]
            if layer + 2 < len(p):
                z = activation(z)
        torch.nn.functional.cross_entropy(z, torch.tensor(labels)).backward()
        step.step()
    return [w.detach().numpy() for w in p]


def train(program, device, table, run, options):
    """Train on the whole table; the tensors that come of it, and what the model says of its inputs."""
    subprocess.run([program, "train", table, "--target", "label", "--device", device, "--batch-size",
                    "full", "--validation", "0", "--output", run, "--quiet"] + options, check=True,
                   stdout=subprocess.DEVNULL)
    tensors, texts = read_safetensors(os.path.join(run, "model.safetensors"))
    return tensors, json.loads(texts["incline.input"])


def compare(program, device, folder, name, table, x, labels):
    first, run = os.path.join(folder, name + "-first"), os.path.join(folder, name)
    # A step of this size leaves every weight as it was.
    initial, scaling = train(program, device, table, first, [
        "--hidden", ",".join(map(str, WIDTHS[1:-1])), "--activation", name, "--init-weights",
        "uniform", "--steps", "1", "--learning-rate", "1e-30"])
    got, _ = train(program, device, table, run, [
        "--init", os.path.join(first, "model.safetensors"), "--steps", str(STEPS),
        "--learning-rate", str(RATE)])
    seen = x * np.array(scaling["scale"], np.float64) + np.array(scaling["shift"], np.float64)
    want = torch_steps([initial[key] for key in NAMES], seen, labels, ACTIVATIONS[name])
    apart = max(np.max(np.abs(got[key] - w)) / np.max(np.abs(w)) for key, w in zip(NAMES, want))
    print(f"{name}: {apart:.2g} apart, {BOUND} allowed")
    return apart <= BOUND  # a NaN is not


def main(program, device):
    random = np.random.default_rng(5)
    x = np.round(random.normal(size=(ROWS, WIDTHS[0])), 3)
    labels = (x[:, 2] > -1).astype(np.int64) + (x[:, 2] > 0.5)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        table = os.path.join(folder, "table.csv")
        with open(table, "w") as file:
            file.write(",".join([f"x{i}" for i in range(WIDTHS[0])]) + ",label\n")
            for row in range(ROWS):
                file.write(",".join([f"{v:.3f}" for v in x[row]] + [str(labels[row])]) + "\n")
        for name in ACTIVATIONS:
            good &= compare(program, device, folder, name, table, x, labels)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
