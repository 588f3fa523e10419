"""Checks and measures an entry of the record that RECORD.md describes.

    python3 bench/record.py bench/entries/incline.json [--seeds 30]

An entry is a JSON object:

    name, network, device   in words
    train    a command, a list; {data} is a folder with the training part of MNIST alone, {output}
             an empty folder to write into, {seed} a number; it prints a JSON object
    seconds  the key in that object under which the seconds from the first kernel to the last stand
    predict  a command; {images} is the file of test images, {output} as train left it; it prints
             a line for each image, a class or a JSON object with the key "class"

Prints a line for each seed and the row for the table in RECORD.md. Exit status: 0 a valid entry,
1 not.
"""
import argparse
import gzip
import json
import math
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from incline import Failed, Run
from machine import processor
from mnist import find_mnist

GOAL = 0.98
SEEDS_LEAST = 30


class Invalid(Exception):
    """What the entry did that the rules do not allow."""


def test_labels(folder):
    """The labels of the test part."""
    plain = folder / "t10k-labels-idx1-ubyte"
    data = plain.read_bytes() if plain.exists() else gzip.decompress(
        plain.with_name(plain.name + ".gz").read_bytes())
    return list(data[8:])


def lay_out(mnist, folder):
    """The training part in a folder of its own, the test images in another, no test labels."""
    data, test = folder / "data", folder / "test"
    data.mkdir()
    test.mkdir()
    for file in mnist.glob("train-*-ubyte*"):
        shutil.copy(file, data)
    for file in mnist.glob("t10k-images-*-ubyte*"):
        images = shutil.copy(file, test)
    return data, Path(images)


def filled(command, **values):
    """A command with its words in braces replaced."""
    words = []
    for word in command:
        for name, value in values.items():
            word = word.replace("{" + name + "}", str(value))
        words.append(word)
    return words


def predicted(line):
    """The class in a line of predictions."""
    return int(json.loads(line)["class"] if line.startswith("{") else line)


def run_seed(entry, seed, data, images, labels):
    """One seed: seconds in kernels as the entry says, seconds of the process, test accuracy."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        trained = Run(filled(entry["train"], data=data, output=output, seed=seed))
        answered = Run(filled(entry["predict"], images=images, output=output))
    inside = float(json.loads(trained.output)[entry["seconds"]])
    if not 0 < inside <= trained.seconds:
        raise Invalid(f"seed {seed}: {inside} s of training claimed, in a process of "
                      f"{trained.seconds:.3f} s")
    classes = [predicted(line) for line in answered.output.split("\n") if line]
    if len(classes) != len(labels):
        raise Invalid(f"seed {seed}: {len(classes)} predictions for {len(labels)} images")
    right = sum(a == b for a, b in zip(classes, labels))
    return inside, trained.seconds, right / len(labels)


def measure(entry, seeds, mnist):
    """All seeds, 1 to `seeds`, after a run that is not counted and warms every cache."""
    labels = test_labels(mnist)
    with tempfile.TemporaryDirectory() as folder:
        data, images = lay_out(mnist, Path(folder))
        run_seed(entry, seeds + 1, data, images, labels)
        for seed in range(1, seeds + 1):
            inside, process, accuracy = run_seed(entry, seed, data, images, labels)
            print(f"seed {seed:3}  {inside:.3f} s from the first kernel  {process:.3f} s in all  "
                  f"{accuracy:.2%}", flush=True)
            yield inside, process, accuracy


def judge(entry, results):
    """The row of the table, and whether it may stand there."""
    inside, process, accuracies = zip(*results)
    mean = statistics.mean(accuracies)
    error = statistics.stdev(accuracies) / math.sqrt(len(results)) if len(results) > 1 else 0
    row = (f"| {entry['name']} | {entry['network']} | {entry['device']}, {processor()} "
           f"| {statistics.median(inside):.2f} s | {statistics.median(process):.2f} s "
           f"| {mean:.3%} ± {100 * error:.3f} | {min(accuracies):.2%} | {len(results)} |")
    return row, mean >= GOAL and len(results) >= SEEDS_LEAST


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("entry", type=Path)
    parser.add_argument("--seeds", type=int, default=SEEDS_LEAST, metavar="N",
                        help=f"seeds 1 to N; a valid entry has at least {SEEDS_LEAST} [30]")
    options = parser.parse_args()
    mnist = find_mnist()
    if mnist is None:
        sys.exit("record: MNIST is not there; fetch it with data/get mnist")
    entry = json.loads(options.entry.read_text())
    try:
        row, valid = judge(entry, list(measure(entry, options.seeds, mnist)))
    except (Failed, Invalid) as why:
        sys.exit(f"record: {why}")
    print(row)
    if not valid:
        sys.exit(f"record: not valid; it takes a mean of {GOAL:.0%} over at least {SEEDS_LEAST} "
                 "seeds")


if __name__ == "__main__":
    main()
