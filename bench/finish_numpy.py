"""MNIST to 97 % on the test set in NumPy, a whole program: read, train, test.

    python3 bench/finish_numpy.py FOLDER SEED

Prints the accuracy on the test set. The recipe is Incline's, which is NumPy's best plain one too.
"""
import sys

import numpy as np

from dataset import read_part
from work import CLASSES, FEATURES

HIDDEN, EPOCHS, BATCH, RATE = 128, 2, 50, 0.4


def forward(x, w1, b1, w2, b2):
    """Hidden values and logits, samples as rows."""
    hidden = x @ w1
    hidden += b1
    np.maximum(hidden, 0, out=hidden)
    return hidden, hidden @ w2 + b2


def main():
    folder, seed = sys.argv[1], int(sys.argv[2])
    images, labels = read_part(folder, "train")
    images = images.astype(np.float32) / np.float32(255)
    targets = np.eye(CLASSES, dtype=np.float32)[labels]
    random = np.random.default_rng(seed)

    def he(inputs, outputs):
        bound = np.float32((6 / inputs) ** 0.5)
        return (2 * random.random((inputs, outputs), np.float32) - 1) * bound

    w1, b1 = he(FEATURES, HIDDEN), np.zeros(HIDDEN, np.float32)
    w2, b2 = he(HIDDEN, CLASSES), np.zeros(CLASSES, np.float32)
    rate = np.float32(RATE / BATCH)
    for _ in range(EPOCHS):
        order = random.permutation(len(images))
        for at in range(0, len(images) - BATCH + 1, BATCH):
            rows = order[at:at + BATCH]
            x = images[rows]
            hidden, d = forward(x, w1, b1, w2, b2)
            d -= d.max(1, keepdims=True)
            np.exp(d, out=d)
            d /= d.sum(1, keepdims=True)
            d -= targets[rows]
            d *= rate
            back = d @ w2.T
            back *= hidden > 0
            w2 -= hidden.T @ d
            b2 -= d.sum(0)
            w1 -= x.T @ back
            b1 -= back.sum(0)
    images, labels = read_part(folder, "t10k")
    _, logits = forward(images.astype(np.float32) / np.float32(255), w1, b1, w2, b2)
    print((logits.argmax(1) == labels).mean())


if __name__ == "__main__":
    main()
