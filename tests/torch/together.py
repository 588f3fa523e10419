"""Methods of training together against PyTorch: normalisation, loss, optimizer, clipping and schedule
at once, parameters after 20 steps from the same state on the same rows.

    together.py INCLINE DEVICE

Trains 5-7-6-3 networks on one small table, whole as one batch, with `incline train` and with PyTorch in
double, and compares every tensor: at most 1e-4 apart, relative to its largest element.
Exit status 0 when all agree, 1 when one does not, 77 when PyTorch is missing.
"""
import os
import sys
import tempfile
import warnings

import norms  # ends with 77 where PyTorch is missing
import numpy as np
import torch
from torch.optim import lr_scheduler

from whole_batch import gaps, made_up, seen, train, write_table

warnings.filterwarnings("ignore")
STEPS, BOUND = 20, 1e-4


def warm_cosine(o):
    return lr_scheduler.SequentialLR(
        o, [lr_scheduler.LinearLR(o, 1 / 5, total_iters=4),
            lr_scheduler.CosineAnnealingLR(o, STEPS - 4)], [4])


def cases():
    """Name, normalisation, options, the optimizer of groups, decay, loss, clipping, schedule."""
    optim = torch.optim
    listed = torch.tensor(np.float32([0.5, 2, 1.25]), dtype=torch.float64)
    yield ("batch, adamw, smoothing, class weights, clipping, cosine after a warm-up", "batch",
           ["--optimizer", "adamw", "--learning-rate", "0.01", "--weight-decay", "0.1",
            "--label-smoothing", "0.1", "--class-weights", "0.5,2,1.25", "--clip-norm", "0.5",
            "--schedule", "cosine", "--warmup", "4"],
           lambda p: optim.AdamW(p, lr=0.01), 0.1,
           torch.nn.CrossEntropyLoss(weight=listed, label_smoothing=0.1), 0.5, warm_cosine)
    yield ("layer, nesterov, l2, class weights, one cycle", "layer",
           ["--optimizer", "nesterov", "--learning-rate", "0.05", "--l2", "0.02",
            "--class-weights", "0.5,2,1.25", "--schedule", "one-cycle"],
           lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True), 0.02,
           torch.nn.CrossEntropyLoss(weight=listed), None,
           lambda o: lr_scheduler.OneCycleLR(o, 0.05, total_steps=STEPS, cycle_momentum=False))
    yield ("batch, adamax, smoothing, steps", "batch",
           ["--optimizer", "adamax", "--learning-rate", "0.01", "--label-smoothing", "0.1",
            "--schedule", "step", "--decay-every", "6", "--decay", "0.5"],
           lambda p: optim.Adamax(p, lr=0.01), 0.0,
           torch.nn.CrossEntropyLoss(label_smoothing=0.1), None,
           lambda o: lr_scheduler.StepLR(o, 6, 0.5))
    yield ("layer, rmsprop, clipping, exponential", "layer",
           ["--optimizer", "rmsprop", "--learning-rate", "0.005", "--clip-norm", "0.1",
            "--schedule", "exponential", "--decay", "0.9"],
           lambda p: optim.RMSprop(p, lr=0.005), 0.0, torch.nn.CrossEntropyLoss(), 0.1,
           lambda o: lr_scheduler.ExponentialLR(o, 0.9))


def torch_steps(network, x, labels, case):
    _, _, _, make, decay, loss, clip, schedule = case
    weights = [layer.weight for layer in network.layers]
    others = [layer.bias for layer in network.layers] + list(network.norms.parameters())
    optimizer = make([{"params": weights, "weight_decay": decay},
                      {"params": others, "weight_decay": 0.0}])
    scheduler = schedule(optimizer)
    network.train()
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss(network(x), labels).backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(network.parameters(), clip)
        optimizer.step()
        scheduler.step()


def counts(name, kind):
    """Batch normalisation takes away a bias before it: the gradient of that is rounding and nothing
    else, which adam and its kin blow up to steps of full size, and the running mean goes with it.
    norms.py compares both after plain descent."""
    hidden = [f"layers.{layer}.bias" for layer in range(len(norms.WIDTHS) - 2)]
    return kind != "batch" or not (name in hidden or name.endswith("running_mean"))


def compare(program, device, folder, number, case, table, x, labels):
    name, kind, options = case[:3]
    first, run = os.path.join(folder, f"first{number}"), os.path.join(folder, str(number))
    # A step of this size leaves everything that is trained as it was.
    initial, said = train(program, device, table, first, [
        "--target", "label", "--hidden", ",".join(map(str, norms.WIDTHS[1:-1])), "--activation",
        "tanh", "--normalize", kind, "--init-weights", "uniform", "--init-bias", "0.01", "--steps",
        "1", "--learning-rate", "1e-30"])
    got, _ = train(program, device, table, run, [
        "--init", os.path.join(first, "model.safetensors"), "--epochs",
        str(STEPS)] + options)
    network = norms.torch_network(kind, initial)
    torch_steps(network, torch.tensor(seen(x, said)), torch.tensor(labels), case)
    want = {key: value.detach().numpy() for key, value in network.state_dict().items()
            if key in got and counts(key, kind)}
    apart = np.max(list(gaps(got, want).values()))
    print(f"{name}: {apart:.2g} apart, {BOUND} allowed")
    return apart <= BOUND  # a NaN is not


def main(program, device):
    x, labels = made_up(norms.WIDTHS[0])
    good = True
    with tempfile.TemporaryDirectory() as folder:
        table = os.path.join(folder, "table.csv")
        write_table(table, x, {"label": ("d", labels)})
        for number, case in enumerate(cases()):
            good &= compare(program, device, folder, number, case, table, x, labels)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
