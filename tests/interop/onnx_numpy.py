"""ONNX graphs in NumPy: enough of protobuf and of the operators to run what Incline exports."""
import math

import numpy as np


def fields(data):
    """(number, value) of each field of a message: whole numbers, or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            yield key >> 3, varint()
            continue
        size = varint() if kind == 2 else {1: 8, 5: 4}[kind]
        yield key >> 3, bytes(data[at:at + size])
        at += size


def tensor(message):
    parts = list(fields(message))
    name = next(value for number, value in parts if number == 8).decode()
    shape = [value for number, value in parts if number == 1]
    raw = next(value for number, value in parts if number == 9)
    return name, np.frombuffer(raw, "<f4").reshape(shape).astype(np.float64)


def attributes(node):
    """Whole numbers by name."""
    found = {}
    for number, value in node:
        if number == 5:
            parts = dict(fields(value))
            if 3 in parts:
                found[parts[1].decode()] = parts[3] - (parts[3] >> 63 << 64)
    return found


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z, axis):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


OPERATORS = {
    "Mul": lambda a, x, y: x * y,
    "Add": lambda a, x, y: x + y,
    "Gemm": lambda a, x, w, b=0: x @ (w.T if a.get("transB") else w) + b,
    "Relu": lambda a, x: np.maximum(x, 0),
    "LeakyRelu": lambda a, x: np.where(x > 0, x, 0.01 * x),
    "Elu": lambda a, x: np.where(x > 0, x, np.expm1(x)),
    "Selu": lambda a, x: 1.05070102 * np.where(x > 0, x, 1.67326319 * np.expm1(x)),
    "Tanh": lambda a, x: np.tanh(x),
    "Erf": lambda a, x: np.vectorize(math.erf)(x),
    "Softplus": lambda a, x: np.logaddexp(0, x),
    "Sigmoid": lambda a, x: sigmoid(x),
    "Softmax": lambda a, x: softmax(x, a["axis"]),
}


def run(path, samples):
    """What leaves the graph: its name, and its values for samples[rows, features]."""
    with open(path, "rb") as file:
        model = list(fields(file.read()))
    assert dict(model)[1] == 7, "IR version"
    graph = list(fields(next(value for number, value in model if number == 7)))
    values = dict(tensor(value) for number, value in graph if number == 5)
    inputs = [dict(fields(value))[1].decode() for number, value in graph if number == 11]
    outputs = [dict(fields(value))[1].decode() for number, value in graph if number == 12]
    values[inputs[0]] = np.asarray(samples, np.float64)
    for number, value in graph:
        if number == 1:
            node = list(fields(value))
            operator = dict(node)[4].decode()
            taken = [values[name.decode()] for kind, name in node if kind == 1]
            values[dict(node)[2].decode()] = OPERATORS[operator](attributes(node), *taken)
    return outputs[0], values[outputs[0]]
