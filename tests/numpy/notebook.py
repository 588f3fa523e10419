"""The founding document in NumPy float64, against `incline train --preset notebook`.

    notebook.py INCLINE MNIST DEVICE STEPS

Draws initial weights, writes them as a safetensors file, trains STEPS steps of the whole training
set with both, and compares the loss of every step: at most 1e-5 apart, relative.
Exit status 0 when all agree, 1 when one does not, 77 when NumPy or the data are missing.
"""
import gzip
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    print("skipped: NumPy is not installed")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.dont_write_bytecode = True
from tensors import write_safetensors  # it needs NumPy itself

BOUND = 1e-5
RATE = np.float64(np.float32(0.1))


def idx(folder, name, header):
    """The bytes behind the header of an IDX file, plain or gzip-compressed."""
    path = os.path.join(folder, name)
    if os.path.exists(path):
        with open(path, "rb") as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)
    with gzip.open(path + ".gz", "rb") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def numpy_losses(images, labels, weights, steps):
    """Losses before each step; samples are columns, as in the document."""
    w1, b1, w2, b2 = (values.astype(np.float64) for values in weights)
    b1, b2 = b1[:, None], b2[:, None]
    # The scale as Incline keeps it, a float: 1/255 rounded.
    x = images.reshape(-1, 784).T.astype(np.float64) * np.float64(np.float32(1 / 255))
    y = np.eye(10)[labels].T
    m = x.shape[1]
    losses = []
    for _ in range(steps):
        z1 = w1 @ x + b1
        a1 = np.maximum(z1, 0)
        z2 = w2 @ a1 + b2
        z2 -= z2.max(0)
        total = np.exp(z2).sum(0)
        losses.append(np.mean(np.log(total) - z2[labels, np.arange(m)]))
        dz2 = np.exp(z2) / total - y
        dz1 = (w2.T @ dz2) * (z1 > 0)
        w2 -= RATE * (dz2 @ a1.T / m)
        b2 -= RATE * (dz2.sum(1, keepdims=True) / m)
        w1 -= RATE * (dz1 @ x.T / m)
        b1 -= RATE * (dz1.sum(1, keepdims=True) / m)
    return losses


def incline_losses(program, device, initial, folder, steps):
    run = os.path.join(folder, "run")
    subprocess.run([program, "train", "mnist", "--preset", "notebook", "--steps", str(steps),
                    "--init", initial, "--device", device, "--output", run, "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(run, "metrics.jsonl")) as lines:
        return [json.loads(line)["loss"] for line in lines]


def main(program, mnist, device, steps):
    if not os.path.isdir(mnist):
        print(f"skipped: no MNIST in {mnist}")
        return 77
    images = idx(mnist, "train-images-idx3-ubyte", 16)
    labels = idx(mnist, "train-labels-idx1-ubyte", 8)
    random = np.random.default_rng(1)
    weights = [(random.random(shape) - 0.5).astype(np.float32)
               for shape in ((10, 784), (10,), (10, 10), (10,))]
    with tempfile.TemporaryDirectory() as folder:
        initial = os.path.join(folder, "initial.safetensors")
        write_safetensors(initial, dict(zip(("layers.0.weight", "layers.0.bias",
                                             "layers.1.weight", "layers.1.bias"), weights)))
        got = incline_losses(program, device, initial, folder, steps)
    want = numpy_losses(images, labels, weights, steps)
    if len(got) != steps:
        print(f"{len(got)} losses found, {steps} expected")
        return 1
    apart = [abs(g - w) / w for g, w in zip(got, want)]
    worst = int(np.argmax(apart))
    print(f"{device}, {steps} steps: worst at step {worst + 1}, {got[worst]:.9g} found, "
          f"{want[worst]:.9g} expected, {apart[worst]:.2g} apart, {BOUND} allowed")
    # A NaN is not at most BOUND.
    return 0 if all(a <= BOUND for a in apart) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
