"""Training steps in NumPy, as the equations stand, without an intermediate that can be spared."""
import numpy as np

from work import CLASSES

VERSION = np.__version__


def make_steps(data, widths, batch):
    """A function of i that trains on the i-th batch, and how many steps one call makes.

    Samples are columns: a sum over the classes then adds whole rows, which NumPy does faster when
    the batch is large.
    """
    images, labels = data
    random = np.random.default_rng(1)
    weights = [(random.random((o, i), np.float32) - np.float32(0.5)) * np.float32(2 / i ** 0.5)
               for i, o in zip(widths, widths[1:])]
    biases = [np.zeros((o, 1), np.float32) for o in widths[1:]]
    targets = np.eye(CLASSES, dtype=np.float32)[:, labels]
    rate = np.float32(0.01 / batch)
    batches = len(images) // batch

    def step(i):
        rows = slice(i % batches * batch, (i % batches + 1) * batch)
        inputs = [images[rows].T]
        for w, b in zip(weights, biases):
            z = w @ inputs[-1]
            z += b
            inputs.append(z)
            if len(inputs) <= len(weights):
                np.maximum(z, 0, out=z)
        d = inputs.pop()
        d -= d.max(0)
        np.exp(d, out=d)
        d /= d.sum(0)
        d -= targets[:, rows]
        for w, b in zip(reversed(weights), reversed(biases)):
            x = inputs.pop()
            dw = d @ x.T
            db = d.sum(1, keepdims=True)
            if inputs:
                d = w.T @ d
                d *= x > 0
            dw *= rate
            w -= dw
            db *= rate
            b -= db

    return step, 1


def make_product(m, n, k):
    """A function that multiplies [m, k] by [k, n] into a matrix that is there."""
    random = np.random.default_rng(1)
    a, b = random.random((m, k), np.float32), random.random((k, n), np.float32)
    c = np.empty((m, n), np.float32)
    return lambda _: np.matmul(a, b, out=c)
