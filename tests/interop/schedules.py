"""Learning rates of incline train against torch.optim.lr_scheduler.

    schedules.py INCLINE

Trains a little with each schedule and compares the rates in metrics.jsonl with PyTorch's: at most
1e-6 apart, relative. Exit status 0 when all agree, 1 when one does not, 77 without PyTorch.
"""
import json
import os
import subprocess
import sys
import tempfile
import warnings

try:
    import torch
    from torch.optim import lr_scheduler
except ImportError:
    print("skipped: PyTorch is not installed (Debian: python3-torch)")
    sys.exit(77)

warnings.filterwarnings("ignore")
RATE, EPOCHS, BOUND = 0.2, 12, 1e-6

SCHEDULES = [
    (["--schedule", "step", "--decay-every", "5", "--decay", "0.3"],
     lambda o: lr_scheduler.StepLR(o, 5, 0.3)),
    (["--schedule", "exponential", "--decay", "0.9"],
     lambda o: lr_scheduler.ExponentialLR(o, 0.9)),
    (["--schedule", "cosine", "--last-rate", "0.1"],
     lambda o: lr_scheduler.CosineAnnealingLR(o, EPOCHS, 0.1 * RATE)),
    (["--schedule", "one-cycle"],
     lambda o: lr_scheduler.OneCycleLR(o, RATE, total_steps=EPOCHS, cycle_momentum=False)),
    (["--warmup", "4"],
     lambda o: lr_scheduler.LinearLR(o, 1 / 5, total_iters=4)),
    (["--schedule", "cosine", "--warmup", "4"],
     lambda o: lr_scheduler.SequentialLR(
         o, [lr_scheduler.LinearLR(o, 1 / 5, total_iters=4),
             lr_scheduler.CosineAnnealingLR(o, EPOCHS - 4)], [4])),
]


def torch_rates(make):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], RATE)
    scheduler, rates = make(optimizer), []
    for _ in range(EPOCHS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def incline_rates(incline, words, folder):
    command = [incline, "train", "digits:60", "--hidden", "none", "--epochs", str(EPOCHS),
               "--learning-rate", str(RATE), "--device", "reference", "--output", folder, "--quiet"]
    subprocess.run(command + words, check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(folder, "metrics.jsonl")) as file:
        return [json.loads(line)["learning_rate"] for line in file]


def main():
    incline = sys.argv[1]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, (words, make) in enumerate(SCHEDULES):
            ours = incline_rates(incline, words, os.path.join(folder, str(number)))
            theirs = torch_rates(make)
            good = len(ours) == EPOCHS and all(
                abs(a - b) <= BOUND * b for a, b in zip(ours, theirs))
            print("ok    " if good else "FAILED", " ".join(words))
            if not good:
                print("  ours  ", ours, "\n  theirs", theirs)
                failed += 1
    return failed > 0


sys.exit(main())
