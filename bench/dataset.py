"""The data of the peers: MNIST where Incline finds it, else noise of the same shape.

Only peers and programs of theirs import this room: it needs NumPy, which the measuring process does
without, so that its memory is not counted as anybody's.
"""
import gzip
from pathlib import Path

import numpy as np

from mnist import find_mnist
from work import CLASSES, FEATURES, SAMPLES


def read_idx(path):
    """An IDX file of unsigned bytes, plain or .gz, as an array of its shape."""
    packed = path.with_name(path.name + ".gz")
    if path.exists():
        data = path.read_bytes()
    else:
        with gzip.open(packed) as file:
            data = file.read()
    if data[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: not an IDX file of unsigned bytes")
    start = 4 + 4 * data[3]
    shape = np.frombuffer(data, ">u4", data[3], 4)
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def read_part(folder, part):
    """Images as bytes [n, 784] and labels [n] of the part "train" or "t10k"."""
    images = read_idx(Path(folder) / f"{part}-images-idx3-ubyte")
    return images.reshape(len(images), -1), read_idx(Path(folder) / f"{part}-labels-idx1-ubyte")


def training_set():
    """Images in [0, 1] as float32 [60000, 784], labels as int64 [60000]."""
    folder = find_mnist()
    if folder is not None:
        images, labels = read_part(folder, "train")
    else:
        random = np.random.default_rng(1)
        images = random.integers(0, 256, (SAMPLES, FEATURES), np.uint8)
        images[random.random(images.shape, np.float32) < 0.8] = 0
        labels = random.integers(0, CLASSES, SAMPLES)
    return images.astype(np.float32) / np.float32(255), labels.astype(np.int64)
