"""Models as other programs read them: exported in every format, run there, predictions compared.

    models.py INCLINE

Trains a small network on the built-in digits, lets `incline predict` give the probabilities of
images, and compares what each reader that is installed gives for the same images: at most 1e-5
apart. Says which readers are missing. Exit status 0 when all agree, 1 when one does not, 77 when
NumPy or every reader is missing.
"""
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile

try:
    import numpy as np
except ImportError:
    print("skipped: NumPy is not installed")
    sys.exit(77)

import onnx_numpy

BOUND = 1e-5
ROWS, SIDE = 40, 28
incline = os.path.abspath(sys.argv[1])
ran = 0


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, words))}: status {done.returncode}\n{done.stderr}")
    return done.stdout


def same(what, found, expected):
    """Both [rows, classes]; a NaN anywhere loses."""
    global ran
    ran += 1
    worst = np.max(np.abs(np.asarray(found, np.float64) - expected))
    print(f"{what}: largest difference {worst:.2g}")
    bound = BOUND * max(1, np.max(np.abs(expected)))
    if not worst <= bound:
        raise SystemExit(f"{what}: more than {bound} apart")


def skipped(what, error):
    print(f"skipped {what}: {error}")


def onnx(path, images, expected, names, result="probabilities"):
    name, found = onnx_numpy.run(path, images)
    assert name == result, name
    same("ONNX in NumPy", found, expected)
    try:
        import onnx as reader
        model = reader.load(path)
        reader.checker.check_model(model, full_check=True)
        assert (model.ir_version, model.opset_import[0].version) == (7, 13)
        texts = {entry.key: entry.value for entry in model.metadata_props}
        assert json.loads(texts["incline.classes"]) == names
        print("onnx: the checker accepts it")
    except ImportError as error:
        skipped("the ONNX checker", error)
    try:
        import onnxruntime
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        same("onnxruntime", session.run(None, {"input": images})[0], expected)
    except ImportError as error:
        skipped("ONNX Runtime", error)
    try:
        import cv2
        network = cv2.dnn.readNetFromONNX(path)
        network.setInput(images)
        same("OpenCV", network.forward(), expected)
    except ImportError as error:
        skipped("OpenCV", error)


def predictions(model, names, data="images.idx"):
    """What `incline predict` says of the samples: [ROWS, classes]."""
    lines = run(incline, "predict", model, data, "--device", "reference", "--top",
                len(names), "--json").splitlines()
    found = np.full((ROWS, len(names)), np.nan)
    for line in map(json.loads, lines):
        for entry in line["top"]:
            found[line["row"], names.index(entry["class"])] = entry["probability"]
    return found


def onnx_in(raw, names):
    """Networks that PyTorch exports, and one put together by hand as others do."""
    try:
        import torch
        from torch import nn
        torch.manual_seed(3)
        scaled = torch.tensor(raw.astype(np.float32) * np.float32(1 / 255)).reshape(-1, 1, SIDE, SIDE)
        for opset in (9, 13):
            net = nn.Sequential(nn.Flatten(), nn.Linear(SIDE * SIDE, 9), nn.GELU(),
                                nn.Linear(9, 8), nn.SiLU(), nn.Dropout(0.5), nn.Linear(8, 7),
                                nn.LeakyReLU(), nn.Linear(7, 6, bias=False), nn.Mish(),
                                nn.Linear(6, 5), nn.ELU(), nn.Linear(5, 5), nn.Tanh(),
                                nn.Linear(5, len(names)), nn.Softmax(dim=1)).eval()
            torch.onnx.export(net, scaled[:1], "torch.onnx", opset_version=opset,
                              input_names=["x"], dynamic_axes={"x": {0: "n"}})
            same(f"ONNX of PyTorch, opset {opset}", predictions("torch.onnx", names),
                 net(scaled).detach().numpy())
    except (ImportError, RuntimeError) as error:
        skipped("ONNX of PyTorch", error)
    try:
        import onnx as reader
        from onnx import helper, numpy_helper
        rng = np.random.default_rng(1)
        w = rng.normal(0, 0.05, (SIDE * SIDE, 12)).astype(np.float32)
        b, v = rng.normal(0, 1, 12).astype(np.float32), rng.normal(0, 1, (10, 12))
        tensors = [numpy_helper.from_array(values, name) for name, values in
                   (("w", w), ("b", b), ("v", v), ("most", np.array([255], np.float32)))]
        nodes = [helper.make_node("Div", ["x", "most"], ["s"]),
                 helper.make_node("MatMul", ["s", "w"], ["m"]),
                 helper.make_node("Add", ["m", "b"], ["z"]),
                 helper.make_node("Relu", ["z"], ["a"]),
                 helper.make_node("Transpose", ["v"], ["t"]),
                 helper.make_node("MatMul", ["a", "t"], ["y"]),
                 helper.make_node("Softmax", ["y"], ["p"])]
        info = [helper.make_tensor_value_info(name, reader.TensorProto.FLOAT, ["n", width])
                for name, width in (("x", SIDE * SIDE), ("p", 10))]
        reader.save(helper.make_model(helper.make_graph(nodes, "g", info[:1], info[1:], tensors)),
                    "by-hand.onnx")
        layers = [(w.T, b), (v.astype(np.float32), 0)]
        same("ONNX put together by hand", predictions("by-hand.onnx", names), forward(layers, raw))
    except ImportError as error:
        skipped("ONNX put together by hand", error)


def weights_of(path):
    """[(W, b)] of each layer of a model file."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()

    def tensor(name):
        begin, end = header[name]["data_offsets"]
        return np.frombuffer(data[begin:end], np.float32).reshape(header[name]["shape"])

    layers = sum(name.endswith(".weight") for name in header)
    return [(tensor(f"layers.{i}.weight"), tensor(f"layers.{i}.bias")) for i in range(layers)]


def in_eight_bits(w):
    """Weights as C source with 8-bit weights has them."""
    scale = np.abs(w).max(axis=1, keepdims=True) / np.float32(127)
    return (np.rint(w / scale) * scale).astype(np.float64)


def forward(layers, images):
    x = images.astype(np.float64) * np.float64(np.float32(1 / 255))
    for i, (w, b) in enumerate(layers):
        x = x @ w.T.astype(np.float64) + b
        if i + 1 < len(layers):
            x = np.maximum(x, 0)
    x = np.exp(x - x.max(axis=1, keepdims=True))
    return x / x.sum(axis=1, keepdims=True)


def measured(name, text, printed):
    """A program that times itself prints the same, its size as the header has it, and a time that
    fits into what the process took."""
    before = os.times()
    done = subprocess.run(["./program", "--time"], input=text, capture_output=True, text=True,
                          check=True)
    after = os.times()
    spent = after.children_user + after.children_system
    spent -= before.children_user + before.children_system
    print(f"    {done.stderr.strip()}")
    assert done.stdout == printed
    said = re.fullmatch(r"(\d+) samples, (\S+) us each, (\d+) bytes of constants\n", done.stderr)
    assert said is not None and int(said[1]) == len(printed.splitlines()), done.stderr
    assert 0 < float(said[2]) * int(said[1]) < 1e6 * spent, f"{done.stderr} in {spent} s"
    with open(f"{name}.h", encoding="utf-8") as header:
        assert f" {said[3]} bytes of constants" in header.read(), said[3]


def c_source(name, images, expected, names):
    """Compiled with every compiler there is, warnings being errors, alone and as a program."""
    strict = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    for compiler in ("gcc", "clang"):
        if shutil.which(compiler) is None:
            skipped(f"C source with {compiler}", "not installed")
            continue
        run(compiler, *strict, "-c", f"{name}.c", "-o", f"{name}.o")
        run(compiler, *strict, f"-D{name.upper().replace('-', '_')}_MAIN", f"{name}.c", "-o",
            "program", "-lm")
        text = "\n".join(" ".join(format(value, ".9g") for value in image) for image in images)
        done = subprocess.run(["./program"], input=text, capture_output=True, text=True, check=True)
        measured(name, text, done.stdout)
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        found = np.array([[float(value) for value in row[1:]] for row in rows])
        same(f"C source, {name}, {compiler}", found, expected)
        assert [names.index(row[0]) for row in rows] == list(found.argmax(axis=1))


def c_each(name, samples, expected):
    """The same of what predicts numbers or several labels: lines of numbers."""
    strict = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    for compiler in ("gcc", "clang"):
        if shutil.which(compiler) is None:
            skipped(f"C source with {compiler}", "not installed")
            continue
        run(compiler, *strict, f"-D{name.upper()}_MAIN", f"{name}.c", "-o", "program", "-lm")
        text = "\n".join(" ".join(format(value, ".9g") for value in row) for row in samples)
        done = subprocess.run(["./program"], input=text, capture_output=True, text=True, check=True)
        measured(name, text, done.stdout)
        same(f"C source, {name}, {compiler}",
             np.array([line.split("\t") for line in done.stdout.splitlines()], float), expected)


def tasks():
    """Numbers in units of their own, several labels, and two classes by one output."""
    rng = np.random.default_rng(8)
    x = np.round(rng.normal(0, 1, (300, 3)) * [100, 1, 0.1], 4)
    z = x / [100, 1, 0.1]
    tables = {
        "price": ("price,weight", "5,4", "auto",
                  np.column_stack([5000 + 900 * z[:, 0] * z[:, 1], 0.01 * z[:, 2] - 0.5])),
        "one": ("price", "4", "mse", (1e6 * z[:, :1] + 3e6).round()),
        "tags": ("light,big", "4,5", "sigmoid", (z[:, :2] + z[:, 2:] > 0).astype(int)),
        "sides": ("side", "4", "sigmoid", (z[:, :1] - z[:, 1:2] > 0).astype(int)),
    }
    for name, (targets, columns, loss, y) in tables.items():
        print(f"-- {name}")
        with open(f"{name}.csv", "w") as file:
            print("a,b,c", targets, sep=",", file=file)
            for row, target in zip(x, y):
                print(*(format(value, ".9g") for value in (*row, *target)), sep=",", file=file)
        targets = ",".join(targets.split(",")[int(at) - 4] for at in columns.split(","))
        words = ["--target", columns, "--loss", loss, "--epochs", 20, "--hidden", "7:tanh,5",
                 "--normalize", "batch", "--device", "reference", "--quiet", "--output", name]
        run(incline, "train", f"{name}.csv", *words)
        binary = name == "sides"
        lines = run(incline, "predict", name, f"{name}.csv", "--device", "reference", "--format",
                    "csv", *(["--top", 2] if binary else [])).splitlines()
        rows = [line.split(",") for line in lines[1:]]
        if binary:
            expected = np.array([[float(r[3]), float(r[5])] if r[2] == "0" else
                                 [float(r[5]), float(r[3])] for r in rows])
        else:
            assert lines[0] == f"file,row,{targets}", lines[0]
            expected = np.array([r[2:] for r in rows], float)
        samples = x.astype(np.float32)
        run(incline, "export", name, "--to", f"{name}.onnx")
        result = "probabilities" if loss == "sigmoid" else "values"
        names = ["0", "1"] if binary else targets.split(",")
        onnx(f"{name}.onnx", samples, expected, names, result)
        back = run(incline, "predict", f"{name}.onnx", f"{name}.csv", "--device", "reference",
                   "--format", "csv", *(["--top", 2] if binary else [])).splitlines()
        same("ONNX and back", np.array([line.split(",")[3::2] if binary else line.split(",")[2:]
                                        for line in back[1:]], float),
             np.sort(expected)[:, ::-1] if binary else expected)
        run(incline, "export", name, "--to", f"{name}.c")
        if binary:
            c_source(name, samples, expected, names)
        else:
            c_each(name, samples, expected)
        said = run(incline, "export", name, "--to", f"{name}8.c", "--quantize", "--data",
                   f"{name}.csv", "--device", "reference")
        assert ("R2 " if result == "values" else "accuracy ") in said, said
        print(said.splitlines()[-1])


def table():
    """Columns in units of their own, which the model scales each for itself."""
    rng = np.random.default_rng(6)
    names = ["high", "low", "middle"]
    units, middles = np.array([1000, 1, 0.01, 1]), np.array([20000, 3, 0, 0.5])
    values = np.round(rng.normal(0, 1, (200, 4)) * units + middles, 3)
    values[:, 3] = values[:, 3] > 0.5
    which = ((values - middles) / units)[:, :2].sum(axis=1)
    with open("table.csv", "w") as file:
        print("a,b,c,d,kind", file=file)
        for row, x in zip(values, which):
            kind = names[0] if x > 0.5 else names[1] if x < -0.5 else names[2]
            print(*(format(value, "g") for value in row), kind, sep=",", file=file)
    with open("table.csv") as file, open("few.csv", "w") as few:
        few.writelines(file.readlines()[:ROWS + 1])
    samples = np.loadtxt("few.csv", np.float32, delimiter=",", skiprows=1, usecols=range(4))
    run(incline, "train", "table.csv", "--epochs", 20, "--device", "reference", "--output", "table",
        "--quiet")
    expected = predictions("table", names, "few.csv")
    run(incline, "export", "table", "--to", "table.onnx")
    onnx("table.onnx", samples, expected, names)
    same("ONNX of a table, and back", predictions("table.onnx", names, "few.csv"), expected)
    run(incline, "export", "table", "--to", "table.c")
    c_source("table", samples, expected, names)


def main():
    rng = np.random.default_rng(5)
    raw = rng.integers(0, 256, (ROWS, SIDE * SIDE), np.uint8)
    raw[rng.random(raw.shape) < 0.6] = 0
    with open("images.idx", "wb") as file:
        file.write(struct.pack(">HBBIII", 0, 8, 3, ROWS, SIDE, SIDE) + raw.tobytes())
    run(incline, "train", "digits:2000", "--hidden", "24,12", "--epochs", 2, "--device",
        "reference", "--output", "run", "--quiet")
    names = [str(digit) for digit in range(10)]
    expected = predictions("run", names)

    run(incline, "export", "run", "--to", "run.onnx")
    onnx("run.onnx", raw.astype(np.float32), expected, names)
    onnx_in(raw, names)

    for activation in ("leaky-relu", "elu", "selu", "gelu", "gelu-tanh", "silu", "mish", "softplus",
                       "tanh", "scaled-tanh", "sigmoid"):
        print(f"-- {activation}")
        run(incline, "train", "digits:600", "--hidden", 9, "--activation", activation, "--steps", 9,
            "--device", "reference", "--output", activation, "--quiet")
        run(incline, "export", activation, "--to", f"{activation}.onnx")
        found = predictions(activation, names)
        onnx(f"{activation}.onnx", raw.astype(np.float32), found, names)
        same("ONNX and back", predictions(f"{activation}.onnx", names), found)
        run(incline, "export", activation, "--to", f"{activation}.c")
        c_source(activation, raw, found, names)

    run(incline, "export", "run", "--to", "my-net.c")
    c_source("my-net", raw, expected, names)
    print(run(incline, "export", "run", "--to", "small.c", "--quantize", "--data", "digits:600",
              "--device", "reference"), end="")
    layers = weights_of("run/model.safetensors")
    run(incline, "export", "run", "--to", "run.npz")
    with np.load("run.npz") as arrays:
        assert sorted(arrays) == sorted(f"layers.{i}.{part}" for i in range(len(layers))
                                        for part in ("weight", "bias"))
        for i, (w, b) in enumerate(layers):
            assert np.array_equal(arrays[f"layers.{i}.weight"], w)
            assert np.array_equal(arrays[f"layers.{i}.bias"], b)
    run(incline, "export", "run", "--to", "run.csv")
    rows = np.loadtxt("run.csv", delimiter=",", skiprows=1)
    for i, (w, b) in enumerate(layers):
        layer = rows[rows[:, 0] == i]
        found = np.zeros((w.shape[0], w.shape[1] + 1), np.float32)
        found[layer[:, 1].astype(int), layer[:, 2].astype(int)] = layer[:, 3] # -1: the last one
        assert np.array_equal(found[:, :-1], w) and np.array_equal(found[:, -1], b)
    assert len(rows) == sum(w.size + b.size for w, b in layers)
    print("NumPy: the weights of the CSV file are the model's")
    with zipfile.ZipFile("run.npz") as archive:
        assert archive.testzip() is None
    print("NumPy: the weights of the NPZ file are the model's")
    table()
    tasks()
    c_source("small", raw, forward([(in_eight_bits(w), b) for w, b in layers], raw),
             names)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    main()
if ran == 0:
    print("skipped: none of the readers is installed")
    sys.exit(77)
