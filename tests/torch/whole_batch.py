"""A table of made-up samples, as a rule one batch, for the scripts beside this one: written, trained on
by `incline train`, and what came of it compared."""
import json
import os
import subprocess
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tensors import read_safetensors

ROWS = 60


def made_up(features):
    """x[ROWS, features] in three digits, and labels of three classes that depend on it."""
    x = np.round(np.random.default_rng(5).normal(size=(ROWS, features)), 3)
    return x, (x[:, 2] > -1).astype(np.int64) + (x[:, 2] > 0.5)


def write_table(path, x, columns):
    """Features x0, x1, ... and behind them `columns`, a format and ROWS values by name."""
    with open(path, "w") as file:
        print(*(f"x{i}" for i in range(x.shape[1])), *columns, sep=",", file=file)
        for row in range(ROWS):
            print(*(f"{value:.3f}" for value in x[row]),
                  *(format(values[row], form) for form, values in columns.values()), sep=",",
                  file=file)


def train(program, device, table, run, options, batch="full"):
    """Train on the whole table; the tensors that come of it, and what the model says by key."""
    subprocess.run([program, "train", table, "--device", device, "--batch-size", str(batch),
                    "--validation", "0", "--output", run, "--quiet"] + options, check=True,
                   stdout=subprocess.DEVNULL)
    tensors, texts = read_safetensors(os.path.join(run, "model.safetensors"))
    said = {key: json.loads(texts[key]) for key in ("incline.input", "incline.output")
            if key in texts}
    return tensors, said


def seen(x, said):
    """value * scale + shift: the features as the network sees them."""
    scaling = said["incline.input"]
    return x * np.array(scaling["scale"], np.float64) + np.array(scaling["shift"], np.float64)


def gaps(got, want):
    """By name, how far a tensor is from the wanted one, relative to the largest of that. What is
    held against a bound is np.max() of them, which keeps a NaN; max() may lose it."""
    return {name: np.max(np.abs(got[name] - w)) / np.max(np.abs(w)) for name, w in want.items()}
