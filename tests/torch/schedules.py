"""Every schedule of the learning rate against torch.optim.lr_scheduler.

    schedules.py INCLINE DEVICE

Trains a 5-7-3 network for 20 epochs of one batch with each schedule, by `incline train` and by PyTorch
in double from the same weights: each epoch's rate in metrics.jsonl is at most 1e-6 apart, each
parameter at the end at most 1e-4, relative to the largest of its tensor. A plateau's rates are compared
with those of ReduceLROnPlateau, told what the validation of the same run said.
Exit status 0 when all agree, 1 when one does not, 77 when PyTorch is missing.
"""
import json
import os
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy as np
    import torch
    from torch.optim import lr_scheduler
except ImportError:
    print("skipped: PyTorch is not installed (Debian: python3-torch)")
    sys.exit(77)

from whole_batch import gaps, made_up, seen, train, write_table  # it needs NumPy itself
from tensors import write_safetensors  # where that one has looked

warnings.filterwarnings("ignore")
FEATURES, HIDDEN, RATE, EPOCHS, RATE_BOUND, BOUND = 5, 7, 0.2, 20, 1e-6, 1e-4
NAMES = ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]


def linear(o, epochs):
    return lr_scheduler.LinearLR(o, 1 / (epochs + 1), total_iters=epochs)


def warm(o, then):
    """The rate rises over 4 epochs, then `then`."""
    return lr_scheduler.SequentialLR(o, [linear(o, 4), then], [4])


def cycle_after(o, warmup):
    """As warm(), of which OneCycleLR cannot be a part: it changes the optimizer as it is made."""
    twin = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
    cycle = lr_scheduler.OneCycleLR(twin, 1.0, total_steps=EPOCHS - warmup, cycle_momentum=False)
    factors = [(t + 1) / (warmup + 1) for t in range(warmup)]
    while len(factors) <= EPOCHS:  # one more is asked for behind the last step
        factors.append(twin.param_groups[0]["lr"])
        if len(factors) < EPOCHS:
            cycle.step()
    return lr_scheduler.LambdaLR(o, lambda t: factors[t])


SCHEDULES = [
    ([], lambda o: lr_scheduler.ConstantLR(o, 1.0)),
    (["--schedule", "step", "--decay-every", "5", "--decay", "0.3"],
     lambda o: lr_scheduler.StepLR(o, 5, 0.3)),
    (["--schedule", "exponential", "--decay", "0.9"],
     lambda o: lr_scheduler.ExponentialLR(o, 0.9)),
    (["--schedule", "cosine", "--last-rate", "0.1"],
     lambda o: lr_scheduler.CosineAnnealingLR(o, EPOCHS, 0.1 * RATE)),
    (["--schedule", "one-cycle"],
     lambda o: lr_scheduler.OneCycleLR(o, RATE, total_steps=EPOCHS, cycle_momentum=False)),
    (["--schedule", "one-cycle", "--schedule-by", "step"],
     lambda o: lr_scheduler.OneCycleLR(o, RATE, total_steps=EPOCHS, cycle_momentum=False)),
    (["--warmup", "4"], lambda o: linear(o, 4)),
    (["--schedule", "cosine", "--warmup", "4"],
     lambda o: warm(o, lr_scheduler.CosineAnnealingLR(o, EPOCHS - 4))),
    (["--schedule", "step", "--decay-every", "6", "--warmup", "4", "--schedule-by", "step"],
     lambda o: warm(o, lr_scheduler.StepLR(o, 6))),
    (["--schedule", "exponential", "--decay", "0.9", "--warmup", "4"],
     lambda o: warm(o, lr_scheduler.ExponentialLR(o, 0.9))),
    (["--schedule", "one-cycle", "--warmup", "4"], lambda o: cycle_after(o, 4)),
    (["--schedule", "exponential", "--decay", "0.9", "--schedule-by", "step"],
     lambda o: lr_scheduler.ExponentialLR(o, 0.9)),
    (["--schedule", "cosine", "--schedule-by", "step"],
     lambda o: lr_scheduler.CosineAnnealingLR(o, EPOCHS)),
    (["--schedule", "step"], lambda o: lr_scheduler.StepLR(o, 6, 0.1)),
    (["--schedule", "exponential"], lambda o: lr_scheduler.ExponentialLR(o, 0.95)),
]

# The options, patience and factor of ReduceLROnPlateau. Of equally accurate epochs the one of less
# loss is better, so that it is given their ranks; it falls one epoch after its patience.
PLATEAUS = [
    (["--plateau-patience", "2"], "accuracy", 1, 0.1),
    (["--plateau-patience", "1", "--decay", "0.7"], "loss", 0, 0.7),
    (["--plateau-patience", "4", "--decay", "0.5"], "loss", 3, 0.5),
]


def torch_steps(weights, x, labels, make):
    """Parameters after EPOCHS steps of gradient descent in float64, and the rate of each."""
    w1, b1, w2, b2 = (torch.tensor(w, dtype=torch.float64, requires_grad=True) for w in weights)
    x = torch.tensor(x, dtype=torch.float64)
    optimizer = torch.optim.SGD([w1, b1, w2, b2], lr=RATE)
    scheduler, rates = make(optimizer), []
    for _ in range(EPOCHS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.zero_grad()
        z = torch.relu(x @ w1.T + b1) @ w2.T + b2
        torch.nn.functional.cross_entropy(z, labels).backward()
        optimizer.step()
        scheduler.step()
    return [p.detach().numpy() for p in (w1, b1, w2, b2)], rates


def metrics(run, key):
    with open(os.path.join(run, "metrics.jsonl")) as file:
        return [json.loads(line)[key] for line in file]


def rates_apart(ours, theirs):
    """The largest relative distance; infinite where there are more of one."""
    if len(ours) != len(theirs):
        return np.inf
    return np.max(np.abs(np.array(ours) / np.array(theirs) - 1))


def compare(program, device, folder, table, x, labels, words, make):
    initial, run = os.path.join(folder, "initial.safetensors"), os.path.join(folder, "run")
    random = np.random.default_rng(6)
    weights = [(random.random(shape) - 0.5).astype(np.float32)
               for shape in ((HIDDEN, FEATURES), (HIDDEN,), (3, HIDDEN), (3,))]
    write_safetensors(initial, dict(zip(NAMES, weights)))
    got, said = train(program, device, table, run, [
        "--target", "label", "--init", initial, "--epochs", str(EPOCHS), "--learning-rate",
        str(RATE)] + words)
    want, theirs = torch_steps(weights, seen(x, said), torch.tensor(labels), make)
    rates = rates_apart(metrics(run, "learning_rate"), theirs)
    apart = np.max(list(gaps(got, dict(zip(NAMES, want))).values()))
    print(f"{' '.join(words) or 'constant'}: {apart:.2g} apart, {BOUND} allowed; rates {rates:.2g} "
          f"apart, {RATE_BOUND} allowed")
    return apart <= BOUND and rates <= RATE_BOUND  # a NaN is not


def compare_plateau(program, device, run, words, best_by, patience, factor):
    subprocess.run([program, "train", "digits:300", "--hidden", "8", "--epochs", "40",
                    "--learning-rate", "2", "--validation", "0.3", "--schedule", "plateau",
                    "--best-by", best_by, "--device", device, "--output", run, "--quiet"] + words,
                   check=True, stdout=subprocess.DEVNULL)
    judged = list(zip(metrics(run, "validation_accuracy"),
                      [-loss for loss in metrics(run, "validation_loss")]))
    if best_by == "loss":
        judged = [loss for _, loss in judged]
    ranks = {value: rank for rank, value in enumerate(sorted(set(judged)))}
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 2.0)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, "max", factor, patience, threshold=0.0,
                                               threshold_mode="abs")
    theirs = []
    for value in judged:
        theirs.append(optimizer.param_groups[0]["lr"])
        scheduler.step(float(ranks[value]))
    falls = len(set(theirs)) - 1
    apart = rates_apart(metrics(run, "learning_rate"), theirs)
    print(f"plateau {' '.join(words)} by {best_by}: {falls} falls, rates {apart:.2g} apart, "
          f"{RATE_BOUND} allowed")
    return falls >= 2 and apart <= RATE_BOUND


def main(program, device):
    x, labels = made_up(FEATURES)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        table = os.path.join(folder, "table.csv")
        write_table(table, x, {"label": ("d", labels)})
        for number, (words, make) in enumerate(SCHEDULES):
            inner = os.path.join(folder, str(number))
            os.mkdir(inner)
            good &= compare(program, device, inner, table, x, labels, words, make)
        for number, case in enumerate(PLATEAUS):
            good &= compare_plateau(program, device, os.path.join(folder, f"plateau{number}"), *case)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
