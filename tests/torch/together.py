"""Methods of training together against PyTorch: normalisation, loss, optimizer, clipping and schedule
at once, parameters after 20 steps from the same state on the same rows.

    together.py INCLINE DEVICE

Trains 5-7-6-3 networks on one small table, whole as one batch and in batches of which the last of an
epoch is smaller, with `incline train` and with PyTorch in double, and compares every tensor: at most
1e-4 apart, relative to its largest element.
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

from order import batches
from whole_batch import ROWS, gaps, made_up, seen, train, write_table

warnings.filterwarnings("ignore")
STEPS, SOME, BOUND = 20, 16, 1e-4
EPOCH = -(-ROWS // SOME)  # steps of an epoch in batches of SOME rows


def warm_cosine(o):
    return lr_scheduler.SequentialLR(
        o, [lr_scheduler.LinearLR(o, 1 / 5, total_iters=4),
            lr_scheduler.CosineAnnealingLR(o, STEPS - 4)], [4])


def cases():
    """Name, normalisation, options, the optimizer of groups, decay, loss, clipping, schedule, and rows
    of a batch."""
    optim, plain = torch.optim, torch.nn.CrossEntropyLoss()

    def constant(o):
        return lr_scheduler.ConstantLR(o, 1.0)

    def falling(o):  # with each epoch, told of each step
        return lr_scheduler.StepLR(o, EPOCH, 0.7)

    listed = torch.tensor(np.float32([0.5, 2, 1.25]), dtype=torch.float64)
    yield ("batch, adamw, smoothing, class weights, clipping, cosine after a warm-up", "batch",
           ["--optimizer", "adamw", "--learning-rate", "0.01", "--weight-decay", "0.1",
            "--label-smoothing", "0.1", "--class-weights", "0.5,2,1.25", "--clip-norm", "0.5",
            "--schedule", "cosine", "--warmup", "4"],
           lambda p: optim.AdamW(p, lr=0.01), 0.1,
           torch.nn.CrossEntropyLoss(weight=listed, label_smoothing=0.1), 0.5, warm_cosine, ROWS)
    yield ("layer, nesterov, l2, class weights, one cycle", "layer",
           ["--optimizer", "nesterov", "--learning-rate", "0.05", "--l2", "0.02",
            "--class-weights", "0.5,2,1.25", "--schedule", "one-cycle"],
           lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True), 0.02,
           torch.nn.CrossEntropyLoss(weight=listed), None,
           lambda o: lr_scheduler.OneCycleLR(o, 0.05, total_steps=STEPS, cycle_momentum=False), ROWS)
    yield ("batch, adamax, smoothing, steps", "batch",
           ["--optimizer", "adamax", "--learning-rate", "0.01", "--label-smoothing", "0.1",
            "--schedule", "step", "--decay-every", "6", "--decay", "0.5"],
           lambda p: optim.Adamax(p, lr=0.01), 0.0,
           torch.nn.CrossEntropyLoss(label_smoothing=0.1), None,
           lambda o: lr_scheduler.StepLR(o, 6, 0.5), ROWS)
    yield ("layer, rmsprop, clipping, exponential", "layer",
           ["--optimizer", "rmsprop", "--learning-rate", "0.005", "--clip-norm", "0.1",
            "--schedule", "exponential", "--decay", "0.9"],
           lambda p: optim.RMSprop(p, lr=0.005), 0.0, plain, 0.1,
           lambda o: lr_scheduler.ExponentialLR(o, 0.9), ROWS)
    momentum = ["--optimizer", "momentum", "--learning-rate", "0.05"]
    yield ("momentum", "none", momentum, lambda p: optim.SGD(p, lr=0.05, momentum=0.9), 0.0, plain,
           None, constant, SOME)
    yield ("adam", "none", ["--optimizer", "adam", "--learning-rate", "0.01"],
           lambda p: optim.Adam(p, lr=0.01), 0.0, plain, None, constant, SOME)
    yield ("adamw, cosine by step after a warm-up", "none",
           ["--optimizer", "adamw", "--learning-rate", "0.01", "--weight-decay", "0.1", "--schedule",
            "cosine", "--warmup", "4", "--schedule-by", "step"],
           lambda p: optim.AdamW(p, lr=0.01), 0.1, plain, None, warm_cosine, SOME)
    yield ("sgd, class weights, exponential by epoch", "none",
           ["--learning-rate", "0.1", "--class-weights", "0.5,2,1.25", "--schedule", "exponential",
            "--decay", "0.7"],
           lambda p: optim.SGD(p, lr=0.1), 0.0, torch.nn.CrossEntropyLoss(weight=listed), None,
           falling, SOME)
    yield ("batch, momentum, class weights, smoothing", "batch",
           momentum + ["--class-weights", "0.5,2,1.25", "--label-smoothing", "0.1"],
           lambda p: optim.SGD(p, lr=0.05, momentum=0.9), 0.0,
           torch.nn.CrossEntropyLoss(weight=listed, label_smoothing=0.1), None, constant, SOME)
    yield ("batch, adamw, clipping, one cycle by step", "batch",
           ["--optimizer", "adamw", "--learning-rate", "0.01", "--weight-decay", "0.1", "--clip-norm",
            "0.5", "--schedule", "one-cycle", "--schedule-by", "step"],
           lambda p: optim.AdamW(p, lr=0.01), 0.1, plain, 0.5,
           lambda o: lr_scheduler.OneCycleLR(o, 0.01, total_steps=STEPS, cycle_momentum=False), SOME)
    yield ("layer, adam, steps by epoch", "layer",
           ["--optimizer", "adam", "--learning-rate", "0.01", "--schedule", "step", "--decay-every",
            "1", "--decay", "0.7"],
           lambda p: optim.Adam(p, lr=0.01), 0.0, plain, None, falling, SOME)


def torch_steps(network, x, labels, case):
    make, decay, loss, clip, schedule, size = case[3:]
    weights = [layer.weight for layer in network.layers]
    others = [layer.bias for layer in network.layers] + list(network.norms.parameters())
    optimizer = make([{"params": weights, "weight_decay": decay},
                      {"params": others, "weight_decay": 0.0}])
    scheduler = schedule(optimizer)
    network.train()
    for rows in batches(ROWS, size, STEPS):
        optimizer.zero_grad()
        loss(network(x[rows]), labels[rows]).backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(network.parameters(), clip)
        optimizer.step()
        scheduler.step()


def counts(name, kind, options):
    """Batch normalisation takes away a bias before it: the gradient of that is rounding and nothing
    else, which adam and its kin blow up to steps of full size, and the running mean goes with it."""
    hidden = [f"layers.{layer}.bias" for layer in range(len(norms.WIDTHS) - 2)]
    return kind != "batch" or "momentum" in options or \
        not (name in hidden or name.endswith("running_mean"))


def compare(program, device, folder, number, case, table, x, labels):
    name, kind, options, size = *case[:3], case[-1]
    first, run = os.path.join(folder, f"first{number}"), os.path.join(folder, str(number))
    # A step of this size leaves everything that is trained as it was.
    initial, said = train(program, device, table, first, [
        "--target", "label", "--hidden", ",".join(map(str, norms.WIDTHS[1:-1])), "--activation",
        "tanh", "--normalize", kind, "--init-weights", "uniform", "--init-bias", "0.01", "--steps",
        "1", "--learning-rate", "1e-30"])
    got, _ = train(program, device, table, run, [
        "--init", os.path.join(first, "model.safetensors"), "--epochs",
        str(STEPS // -(-ROWS // size))] + options, size)
    network = norms.torch_network(kind, initial)
    torch_steps(network, torch.tensor(seen(x, said)), torch.tensor(labels), case)
    want = {key: value.detach().numpy() for key, value in network.state_dict().items()
            if key in got and counts(key, kind, options)}
    apart = np.max(list(gaps(got, want).values()))
    print(f"{name}, batches of {size}: {apart:.2g} apart, {BOUND} allowed")
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
