"""Models of PyTorch in Incline, and a model of Incline in PyTorch as README.md has it.

    pytorch.py INCLINE

Saves networks with PyTorch's own names as safetensors and compares what `incline predict` makes of
the same samples: at most 1e-5 apart. Then runs the first ```python block of README.md. Exit status
0 when all agree, 1 when one does not, 77 without PyTorch.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
    from torch import nn
except ImportError as error:
    print(f"skipped: {error} (Debian: python3-torch)")
    sys.exit(77)

BOUND = 1e-5
ROWS, INPUTS, CLASSES = 40, 12, 5
incline = os.path.abspath(sys.argv[1])
readme = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "README.md")
NAMES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64",
         torch.int64: "I64"}


def run(*words, status=0):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != status:
        raise SystemExit(f"{' '.join(map(str, words))}: status {done.returncode}\n{done.stderr}")
    return done


def save(path, state):
    """What safetensors.torch.save_file() writes: sorted by type, then by name."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in sorted(state.items(), key=lambda item: (-item[1].element_size(), item[0])):
        raw = bytes(tensor.contiguous().view(-1).view(torch.int8).numpy()) if tensor.dim() else \
            struct.pack("<q", tensor.item())
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def predictions(model, data, *words):
    """[rows, outputs], the classes in order."""
    lines = run(incline, "predict", model, data, "--device", "reference", "--format", "jsonl",
                *words).stdout.splitlines()
    rows = []
    for line in map(json.loads, lines):
        rows.append(list(line["values"].values()) if "values" in line else
                    [p for _, p in sorted((int(e["class"]), e["probability"]) for e in line["top"])])
    return np.array(rows)


def same(what, found, expected):
    worst = np.max(np.abs(found - np.asarray(expected, np.float64)))
    print(f"{what}: largest difference {worst:.2g}")
    if not worst <= BOUND:
        raise SystemExit(f"{what}: more than {BOUND} apart")


class Named(nn.Module):
    """Names that only their numbers, or shapes, put in order."""

    def __init__(self):
        super().__init__()
        self.output = nn.Linear(6, CLASSES, bias=False)
        self.fc2, self.fc1 = nn.Linear(9, 6), nn.Linear(INPUTS, 9)

    def forward(self, x):
        return self.output(torch.tanh(self.fc2(torch.tanh(self.fc1(x)))))


def sequential(activation, normalization=None):
    layers, width = [], INPUTS
    for hidden in (9, 11, 9):
        layers += [nn.Linear(width, hidden)] + ([normalization(hidden)] if normalization else [])
        layers, width = layers + [activation()], hidden
    return nn.Sequential(*layers, nn.Linear(width, CLASSES))


def main():
    torch.manual_seed(4)
    x = torch.randn(ROWS, INPUTS)
    np.save("x.npy", x.numpy())
    top = ("--top", CLASSES)
    for name, activation in (("relu", nn.ReLU), ("gelu", nn.GELU), ("silu", nn.SiLU),
                             ("leaky-relu", nn.LeakyReLU)):
        net = sequential(activation)
        save("net.safetensors", net.state_dict())
        expected = net(x).softmax(1).detach()
        same(f"Sequential, {name}",
             predictions("net.safetensors", "x.npy", "--activation", name, *top), expected)
    net = sequential(nn.ReLU)
    save("net.safetensors", net.state_dict())
    done = run(incline, "predict", "net.safetensors", "x.npy", "--device", "reference")
    assert "relu is taken" in done.stderr, done.stderr
    for kind in (nn.BatchNorm1d, nn.LayerNorm):
        net = sequential(nn.ReLU, kind)
        for _ in range(3):
            net(torch.randn(50, INPUTS) * 2 + 1)
        for parameter in net.parameters():
            parameter.data += 0.1 * torch.randn_like(parameter)
        save("norm.safetensors", net.eval().state_dict())
        same(kind.__name__, predictions("norm.safetensors", "x.npy", *top),
             net(x).softmax(1).detach())
    net = Named()
    save("named.safetensors", net.state_dict())
    same("names", predictions("named.safetensors", "x.npy", "--activation", "tanh", *top),
         net(x).softmax(1).detach())
    for kind in (torch.float16, torch.bfloat16, torch.float64):
        net = sequential(nn.ReLU).to(kind)
        save("kind.safetensors", net.state_dict())
        same(NAMES[kind], predictions("kind.safetensors", "x.npy", *top),
             net.double()(x.double()).softmax(1).detach())
    net = nn.Sequential(nn.Linear(INPUTS, 8), nn.Sigmoid(), nn.Linear(8, 1))
    save("number.safetensors", net.state_dict())
    same("one number", predictions("number.safetensors", "x.npy", "--activation", "sigmoid"),
         net(x).detach())

    # To train on: what it knows is what PyTorch's network knows.
    y = torch.randint(0, 3, (200, ))
    x = torch.randn(200, 4) + torch.nn.functional.one_hot(y, 4) * 4
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
    optimizer = torch.optim.Adam(net.parameters(), 0.05)
    for _ in range(100):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()
    save("start.safetensors", net.state_dict())
    np.savetxt("table.csv", np.column_stack([x.numpy(), y.numpy()]), delimiter=",", fmt="%.7g",
               header="a,b,c,d,label", comments="")
    run(incline, "train", "table.csv", "--init", "start.safetensors", "--activation", "tanh",
        "--input-scaling", "none", "--steps", 1, "--learning-rate", 1e-9, "--validation", 0,
        "--device", "reference", "--output", "more", "--quiet")
    same("trained on", predictions("more", "table.csv", "--top", 3), net(x).softmax(1).detach())
    run(incline, "train", "table.csv", "--init", "more/model.safetensors", "--activation", "relu",
        "--output", "none", status=2)
    run(incline, "evaluate", "more", "table.csv", "--activation", "gelu", status=2)

    # And back: the snippet of README.md, on a model of its shape.
    with open(readme) as file:
        snippet = file.read().split("```python\n")[1].split("```")[0]
    run(incline, "train", "digits:600", "--hidden", 32, "--epochs", 1, "--device", "reference",
        "--output", "run", "--quiet")
    os.rename("run/model.safetensors", "model.safetensors")
    raw = np.random.default_rng(5).integers(0, 256, (ROWS, 784), np.uint8)
    with open("images.idx", "wb") as file:
        file.write(struct.pack(">HBBIII", 0, 8, 3, ROWS, 28, 28) + raw.tobytes())
    printed = []
    exec(snippet, {"pixels": torch.tensor(raw, dtype=torch.float32), "print": printed.append})
    same("README.md", predictions("model.safetensors", "images.idx", "--top", 10),
         printed[0].detach())
    assert len(snippet.splitlines()) <= 10


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    main()
