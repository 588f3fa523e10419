"""Every optimizer against PyTorch: parameters after 20 steps from the same weights on the same rows.

    optimizers.py INCLINE DEVICE

Makes a small set of images, trains a 16-8-4 network on the whole of it as one batch with `incline
train` and with PyTorch in double, and compares every parameter: at most 1e-4 apart, relative to the
largest of its tensor. LAMB, which PyTorch lacks, is written out from its definition.
Exit status 0 when all agree, 1 when one does not, 77 when PyTorch is missing.
"""
import os
import struct
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
except ImportError:
    print("skipped: PyTorch is not installed (Debian: python3-torch)")
    sys.exit(77)

from whole_batch import gaps  # it needs NumPy itself
from tensors import read_safetensors, write_safetensors  # where that one has looked

ROWS, SIDE, HIDDEN, CLASSES, STEPS, BOUND = 60, 4, 8, 4, 20, 1e-4
NAMES = ["layers.0.weight", "layers.1.weight", "layers.0.bias", "layers.1.bias"]


def write_idx(folder, images, labels):
    for part in ("train", "t10k"):
        with open(os.path.join(folder, part + "-images-idx3-ubyte"), "wb") as file:
            file.write(struct.pack(">4I", 0x803, ROWS, SIDE, SIDE) + images.tobytes())
        with open(os.path.join(folder, part + "-labels-idx1-ubyte"), "wb") as file:
            file.write(struct.pack(">2I", 0x801, ROWS) + labels.astype(np.uint8).tobytes())


class Lamb(torch.optim.Optimizer):
    """You et al. 2020, algorithm 2, with phi(z) = z."""

    def __init__(self, groups, lr):
        super().__init__(groups, {"lr": lr, "weight_decay": 0.0})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for x in group["params"]:
                state = self.state[x]
                t = state["t"] = state.get("t", 0) + 1
                m = state["m"] = 0.9 * state.get("m", 0.0) + 0.1 * x.grad
                v = state["v"] = 0.999 * state.get("v", 0.0) + 0.001 * x.grad ** 2
                r = (m / (1 - 0.9 ** t)) / ((v / (1 - 0.999 ** t)).sqrt() + 1e-6)
                r = r + group["weight_decay"] * x
                ratio = x.norm() / r.norm() if x.norm() > 0 and r.norm() > 0 else 1.0
                x -= group["lr"] * ratio * r


def cases():
    """Name, options, the optimizer of groups of parameters, weight_decay, and what else is done."""
    optim = torch.optim
    kinds = [
        ("sgd", 0.1, lambda p: optim.SGD(p, lr=0.1), []),
        ("momentum", 0.05, lambda p: optim.SGD(p, lr=0.05, momentum=0.8), ["--momentum", "0.8"]),
        ("nesterov", 0.05, lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True), []),
        ("adagrad", 0.01, lambda p: optim.Adagrad(p), []),
        ("rmsprop", 0.01, lambda p: optim.RMSprop(p), []),
        ("adam", 0.001, lambda p: optim.Adam(p), []),
        ("adamax", 0.002, lambda p: optim.Adamax(p), []),
    ]
    numbers = [
        ("adagrad", lambda p: optim.Adagrad(p, lr=0.01, eps=0.01), ["--epsilon", "0.01"]),
        ("rmsprop", lambda p: optim.RMSprop(p, lr=0.01, alpha=0.8, eps=0.001),
         ["--beta2", "0.8", "--epsilon", "0.001"]),
        ("adam", lambda p: optim.Adam(p, lr=0.01, betas=(0.8, 0.99), eps=1e-4),
         ["--beta1", "0.8", "--beta2", "0.99", "--epsilon", "1e-4"]),
        ("adam", lambda p: optim.Adam(p, lr=0.01, betas=(0.0, 0.9)),
         ["--beta1", "0", "--beta2", "0.9"]),
        ("adamax", lambda p: optim.Adamax(p, lr=0.01, betas=(0.7, 0.9), eps=0.001),
         ["--beta1", "0.7", "--beta2", "0.9", "--epsilon", "0.001"]),
    ]
    clips = [("norm", 0.1, ["--clip-norm", "0.1"]), ("value", 0.02, ["--clip-value", "0.02"])]
    for name, rate, make, options in kinds:
        options = ["--optimizer", name, "--learning-rate", str(rate)] + options
        yield name, options, make, 0.0, {}
        yield name + ", l2", options + ["--l2", "0.02"], make, 0.02, {}
        yield (name + ", decay", options + ["--weight-decay", "0.3"], make, 0.0,
               {"decay": 0.3 * rate})
        for what, most, clip in clips:
            yield f"{name}, clipped by {what}", options + clip, make, 0.0, {what: most}
        yield (name + ", all of it", options + [
            "--l2", "0.02", "--l1", "0.01", "--weight-decay", "0.3", "--clip-norm", "0.25",
            "--clip-value", "0.05", "--max-norm", "1.0", "--ema", "0.8"], make, 0.02,
               {"l1": 0.01, "decay": 0.3 * rate, "norm": 0.25, "value": 0.05, "max_norm": 1.0,
                "ema": 0.8})
    for name, make, options in numbers:
        yield (f"{name} {' '.join(options)}",
               ["--optimizer", name, "--learning-rate", "0.01"] + options, make, 0.0, {})
    adamw = ["--optimizer", "adamw", "--learning-rate"]
    yield "adamw", adamw + ["0.001"], lambda p: optim.AdamW(p), 0.01, {}
    yield ("adamw, none", adamw + ["0.001", "--weight-decay", "0"], lambda p: optim.AdamW(p), 0.0,
           {})
    for name, make in (("adamw", lambda p: optim.AdamW(p, lr=0.01)),
                       ("lamb", lambda p: Lamb(p, lr=0.01))):
        options = ["--optimizer", name, "--learning-rate", "0.01", "--weight-decay", "0.3"]
        yield name + ", decay", options, make, 0.3, {}
        for what, most, clip in clips:
            yield f"{name}, clipped by {what}", options + clip, make, 0.3, {what: most}
        yield (name + ", l1, max norm, ema", options + [
            "--l1", "0.01", "--max-norm", "1.0", "--ema", "0.8"], make, 0.3,
               {"l1": 0.01, "max_norm": 1.0, "ema": 0.8})
    yield "sgd, l1", ["--l1", "0.01"], lambda p: optim.SGD(p, lr=0.1), 0.0, {"l1": 0.01}
    yield ("sgd, max norm", ["--max-norm", "1.0"], lambda p: optim.SGD(p, lr=0.1), 0.0,
           {"max_norm": 1.0})
    yield ("adam, ema", ["--optimizer", "adam", "--learning-rate", "0.001", "--ema", "0.8"],
           lambda p: optim.Adam(p), 0.0, {"ema": 0.8})


def torch_steps(weights, x, labels, make, weight_decay, more):
    """The result of STEPS steps in double; weights decay, biases do not."""
    params = [torch.tensor(w, dtype=torch.float64, requires_grad=True) for w in weights]
    w1, w2, b1, b2 = params
    optimizer = make([{"params": [w1, w2], "weight_decay": weight_decay},
                      {"params": [b1, b2], "weight_decay": 0.0}])
    average = [p.detach().clone() for p in params]
    for step in range(STEPS):
        optimizer.zero_grad()
        z = torch.relu(x @ w1.T + b1) @ w2.T + b2
        torch.nn.functional.cross_entropy(z, labels).backward()
        if "norm" in more:
            torch.nn.utils.clip_grad_norm_(params, more["norm"])
        if "value" in more:
            torch.nn.utils.clip_grad_value_(params, more["value"])
        if "l1" in more:
            for w in (w1, w2):
                w.grad += more["l1"] * torch.sign(w.detach())
        old = [w.detach().clone() for w in (w1, w2)]
        optimizer.step()
        with torch.no_grad():
            if "decay" in more:  # beside the optimizer's step, as AdamW's is
                for w, before in zip((w1, w2), old):
                    w -= more["decay"] * before
            if "max_norm" in more:
                for w in (w1, w2):
                    w.copy_(torch.renorm(w, 2, 0, more["max_norm"]))
            if "ema" in more:
                decay = min(more["ema"], (2 + step) / (11 + step))
                for mean, p in zip(average, params):
                    mean += (1 - decay) * (p - mean)
    return [p.detach().numpy() for p in (average if "ema" in more else params)]


def main(program, device):
    random = np.random.default_rng(5)
    labels = random.integers(0, CLASSES, ROWS)
    images = random.integers(0, 120, (ROWS, SIDE * SIDE))
    images[np.arange(ROWS), labels * 3] += 130
    images = images.astype(np.uint8)
    x = torch.tensor(images, dtype=torch.float64) * float(np.float32(1 / 255))
    weights = [((random.random(shape) - 0.5) * 1.5).astype(np.float32)
               for shape in ((HIDDEN, SIDE * SIDE), (CLASSES, HIDDEN), (HIDDEN,), (CLASSES,))]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        initial = os.path.join(folder, "initial.safetensors")
        write_safetensors(initial, dict(zip(NAMES, weights)))
        write_idx(folder, images, labels)
        for number, (name, options, make, weight_decay, more) in enumerate(cases()):
            run = os.path.join(folder, f"run{number}")
            # The recipe without a split of the data: all rows are one batch.
            subprocess.run([program, "train", folder, "--preset", "notebook", "--steps", str(STEPS),
                            "--init", initial, "--device", device, "--output", run, "--quiet"] + options,
                           check=True, stdout=subprocess.DEVNULL)
            got, _ = read_safetensors(os.path.join(run, "model.safetensors"))
            want = torch_steps(weights, x, torch.tensor(labels), make, weight_decay, more)
            apart = np.max(list(gaps(got, dict(zip(NAMES, want))).values()))
            print(f"{name}: {apart:.2g} apart, {BOUND} allowed")
            failed += not apart <= BOUND  # a NaN is not
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
