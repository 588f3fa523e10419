"""Every activation against PyTorch: parameters after 20 steps from the same weights on the same rows.

    activations.py INCLINE DEVICE

Trains 5-7-6-3 networks on one small table, whole as one batch, with `incline train` and with PyTorch,
and compares every parameter: at most 1e-4 apart, relative to the largest of its tensor. What PyTorch
has no name for, scaled-tanh, stands here by its formula.
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

from whole_batch import gaps, made_up, seen, train, write_table  # it needs NumPy itself

WIDTHS, STEPS, RATE, BOUND = (5, 7, 6, 3), 20, 0.1, 1e-4
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


def compare(program, device, folder, name, table, x, labels):
    first, run = os.path.join(folder, name + "-first"), os.path.join(folder, name)
    # A step of this size leaves every weight as it was.
    initial, said = train(program, device, table, first, [
        "--target", "label", "--hidden", ",".join(map(str, WIDTHS[1:-1])), "--activation", name, "--init-weights",
        "uniform", "--steps", "1", "--learning-rate", "1e-30"])
    got, _ = train(program, device, table, run, [
        "--init", os.path.join(first, "model.safetensors"), "--steps", str(STEPS),
        "--learning-rate", str(RATE)])
    want = torch_steps([initial[key] for key in NAMES], seen(x, said), labels, ACTIVATIONS[name])
    apart = np.max(list(gaps(got, dict(zip(NAMES, want))).values()))
    print(f"{name}: {apart:.2g} apart, {BOUND} allowed")
    return apart <= BOUND  # a NaN is not


def main(program, device):
    x, labels = made_up(WIDTHS[0])
    good = True
    with tempfile.TemporaryDirectory() as folder:
        table = os.path.join(folder, "table.csv")
        write_table(table, x, {"label": ("d", labels)})
        for name in ACTIVATIONS:
            good &= compare(program, device, folder, name, table, x, labels)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
