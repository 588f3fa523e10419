"""Batch and layer normalisation against PyTorch's: parameters, running means and variances after 20
steps from the same state on the same rows, and how well the models then predict them.

    norms.py INCLINE DEVICE

Trains 5-7-6-3 networks on one small table, whole as one batch, with `incline train` and with torch.nn's
BatchNorm1d and LayerNorm, and compares every tensor: at most 1e-4 apart, relative to its largest
element. With L2, weights shrink; gains and shifts must not. Evaluation, by the running ones with batch normalisation, must give the same loss and accuracy.
Exit status 0 when all agree, 1 when one does not, 77 when PyTorch is missing.
"""
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
except ImportError:
    print("skipped: PyTorch is not installed (Debian: python3-torch)")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.dont_write_bytecode = True
from tensors import read_safetensors  # it needs NumPy itself

WIDTHS, ROWS, STEPS, RATE, BOUND = (5, 7, 6, 3), 60, 20, 0.1, 1e-4
KINDS = {"batch": torch.nn.BatchNorm1d, "layer": torch.nn.LayerNorm}
METHODS = {"sgd": [], "l2": ["--optimizer", "momentum", "--l2", "0.01"]}


class Network(torch.nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.layers = torch.nn.ModuleList(map(torch.nn.Linear, WIDTHS, WIDTHS[1:]))
        self.norms = torch.nn.ModuleList(map(KINDS[kind], WIDTHS[1:-1]))

    def forward(self, z):
        for layer, norm in zip(self.layers, self.norms):
            z = torch.tanh(norm(layer(z)))
        return self.layers[-1](z)


def torch_network(kind, state):
    """A network in float64 with these tensors, which are all it has but the number of batches."""
    network = Network(kind).double()
    result = network.load_state_dict({k: torch.tensor(v) for k, v in state.items()}, strict=False)
    assert not result.unexpected_keys, result
    assert all(key.endswith("num_batches_tracked") for key in result.missing_keys), result
    return network


def torch_steps(network, x, labels, method):
    weights = [layer.weight for layer in network.layers]
    others = [layer.bias for layer in network.layers] + list(network.norms.parameters())
    decay, momentum = (float(np.float32(0.01)), float(np.float32(0.9))) if method == "l2" else (0, 0)
    step = torch.optim.SGD([{"params": weights, "weight_decay": decay}, {"params": others}],
                           lr=float(np.float32(RATE)), momentum=momentum)
    network.train()
    for _ in range(STEPS):
        step.zero_grad()
        torch.nn.functional.cross_entropy(network(x), labels).backward()
        step.step()


def train(program, device, table, run, options):
    """Train on the whole table; the tensors that come of it, and what the model says of its inputs."""
    subprocess.run([program, "train", table, "--target", "label", "--device", device, "--batch-size",
                    "full", "--validation", "0", "--output", run, "--quiet"] + options, check=True,
                   stdout=subprocess.DEVNULL)
    tensors, texts = read_safetensors(os.path.join(run, "model.safetensors"))
    return tensors, json.loads(texts["incline.input"])


def compare(program, device, folder, kind, method, table, x, labels):
    name = f"{kind}-{method}"
    first, run = os.path.join(folder, name + "-first"), os.path.join(folder, name)
    # A step of this size leaves everything that is trained as it was.
    initial, scaling = train(program, device, table, first, [
        "--hidden", ",".join(map(str, WIDTHS[1:-1])), "--activation", "tanh", "--normalize", kind,
        "--init-weights", "uniform", "--steps", "1", "--learning-rate", "1e-30"])
    got, _ = train(program, device, table, run, [
        "--init", os.path.join(first, "model.safetensors"), "--steps", str(STEPS),
        "--learning-rate", str(RATE)] + METHODS[method])
    seen = torch.tensor(x * np.array(scaling["scale"], np.float64) +
                        np.array(scaling["shift"], np.float64))
    network = torch_network(kind, initial)
    torch_steps(network, seen, torch.tensor(labels), method)
    want = {k: v.detach().numpy() for k, v in network.state_dict().items() if k in got}
    apart = {k: np.max(np.abs(got[k] - w)) / np.max(np.abs(w)) for k, w in want.items()}
    worst = max(apart, key=apart.get)
    print(f"{kind}, {method}: {worst} is {apart[worst]:.2g} apart, {BOUND} allowed")
    good = all(value <= BOUND for value in apart.values())  # a NaN is not
    network.eval()
    accuracy = float((network(seen).argmax(1).numpy() == labels).mean())
    answer = subprocess.run([program, "evaluate", os.path.join(run, "model.safetensors"), table,
                             "--device", device, "--json"], check=True, stdout=subprocess.PIPE)
    loss = float(torch.nn.functional.cross_entropy(network(seen), torch.tensor(labels)))
    found = json.loads(answer.stdout)["result"]
    print(f"{kind}, {method}: loss {found['loss']:.7g}, accuracy {found['accuracy']:.4g}; "
          f"PyTorch {loss:.7g}, {accuracy:.4g}")
    return good and abs(found["loss"] - loss) <= BOUND * loss and \
        abs(found["accuracy"] - accuracy) < 1e-9


def main(program, device):
    random = np.random.default_rng(5)
    x = np.round(random.normal(size=(ROWS, WIDTHS[0])), 3)
    labels = (x[:, 2] > -1).astype(np.int64) + (x[:, 2] > 0.5)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        table = os.path.join(folder, "table.csv")
        with open(table, "w") as file:
            file.write(",".join([f"x{i}" for i in range(WIDTHS[0])]) + ",label\n")
            for row in range(ROWS):
                file.write(",".join([f"{v:.3f}" for v in x[row]] + [str(labels[row])]) + "\n")
        for kind in KINDS:
            for method in METHODS:
                good &= compare(program, device, folder, kind, method, table, x, labels)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
