"""Safetensors files in NumPy, for the scripts of the folders beside this one."""
import json
import struct

import numpy as np


def write_safetensors(path, tensors, texts=None):
    """Write arrays by name, as float32, and texts as the file's metadata."""
    header, data, at = {"__metadata__": texts} if texts else {}, b"", 0
    for name, values in tensors.items():
        raw = np.ascontiguousarray(values, np.float32).tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape),
                        "data_offsets": [at, at + len(raw)]}
        data, at = data + raw, at + len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def read_safetensors(path):
    """Arrays by name, and the texts of the file's metadata."""
    with open(path, "rb") as file:
        whole = file.read()
    length = struct.unpack("<Q", whole[:8])[0]
    header = json.loads(whole[8:8 + length])
    texts = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + at for at in entry["data_offsets"])
        tensors[name] = np.frombuffer(whole[begin:end], np.float32).reshape(entry["shape"])
    return tensors, texts
