"""Batch and layer normalisation against PyTorch's: parameters, running means and variances after 20
steps from the same state on the same rows, and how well the models then predict them.

    norms.py INCLINE DEVICE

Trains 5-7-6-3 networks on one small table, whole as one batch, with `incline train` and with torch.nn's
BatchNorm1d and LayerNorm, before activations of each kind, and compares every tensor: at most 1e-4
apart, relative to its largest element. With L2, weights shrink; gains and shifts must not. Evaluation,
by the running ones with batch normalisation, must give the same loss and accuracy.
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

from whole_batch import gaps, made_up, seen, train, write_table  # it needs NumPy itself

WIDTHS, STEPS, RATE, BOUND = (5, 7, 6, 3), 20, 0.1, 1e-4
KINDS = {"none": torch.nn.Identity, "batch": torch.nn.BatchNorm1d, "layer": torch.nn.LayerNorm}
ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "gelu": torch.nn.functional.gelu,
               "leaky-relu": torch.nn.functional.leaky_relu}
METHODS = {"sgd": [], "l2": ["--optimizer", "momentum", "--l2", "0.01"]}
CASES = [(activation, "sgd") for activation in ACTIVATIONS] + [("tanh", "l2")]


class Network(torch.nn.Module):
    def __init__(self, kind, activation):
        super().__init__()
        self.activation = ACTIVATIONS[activation]
        self.layers = torch.nn.ModuleList(map(torch.nn.Linear, WIDTHS, WIDTHS[1:]))
        self.norms = torch.nn.ModuleList(map(KINDS[kind], WIDTHS[1:-1]))

    def forward(self, z):
        for layer, norm in zip(self.layers, self.norms):
            z = self.activation(norm(layer(z)))
        return self.layers[-1](z)


def torch_network(kind, state, activation="tanh"):
    """A network in float64 with these tensors, which are all it has but the number of batches."""
    network = Network(kind, activation).double()
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


def compare(program, device, folder, kind, activation, method, table, x, labels):
    name = f"{kind}-{activation}-{method}"
    first, run = os.path.join(folder, name + "-first"), os.path.join(folder, name)
    # A step of this size leaves everything that is trained as it was.
    initial, said = train(program, device, table, first, [
        "--target", "label", "--hidden", ",".join(map(str, WIDTHS[1:-1])), "--activation",
        activation, "--normalize", kind, "--init-weights", "uniform", "--steps", "1",
        "--learning-rate", "1e-30"])
    got, _ = train(program, device, table, run, [
        "--init", os.path.join(first, "model.safetensors"), "--steps", str(STEPS),
        "--learning-rate", str(RATE)] + METHODS[method])
    inputs = torch.tensor(seen(x, said))
    network = torch_network(kind, initial, activation)
    torch_steps(network, inputs, torch.tensor(labels), method)
    apart = np.max(list(gaps(got, {key: value.detach().numpy() for key, value
                                   in network.state_dict().items() if key in got}).values()))
    print(f"{name}: {apart:.2g} apart, {BOUND} allowed")
    good = apart <= BOUND  # a NaN is not
    network.eval()
    accuracy = float((network(inputs).argmax(1).numpy() == labels).mean())
    answer = subprocess.run([program, "evaluate", os.path.join(run, "model.safetensors"), table,
                             "--device", device, "--json"], check=True, stdout=subprocess.PIPE)
    loss = float(torch.nn.functional.cross_entropy(network(inputs), torch.tensor(labels)))
    found = json.loads(answer.stdout)["result"]
    print(f"{name}: loss {found['loss']:.7g}, accuracy {found['accuracy']:.4g}; "
          f"PyTorch {loss:.7g}, {accuracy:.4g}")
    return good and abs(found["loss"] - loss) <= BOUND * loss and \
        abs(found["accuracy"] - accuracy) < 1e-9


def main(program, device):
    x, labels = made_up(WIDTHS[0])
    good = True
    with tempfile.TemporaryDirectory() as folder:
        table = os.path.join(folder, "table.csv")
        write_table(table, x, {"label": ("d", labels)})
        for kind in ("batch", "layer"):
            for activation, method in CASES:
                good &= compare(program, device, folder, kind, activation, method, table, x, labels)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
