"""MNIST to 97 % on the test set in PyTorch, a whole program: read, train, test.

    python3 bench/finish_torch.py FOLDER SEED RECIPE

RECIPE is a name in RECIPES. Prints the accuracy on the test set.
"""
import os
import sys

import torch

from dataset import read_part

HIDDEN = 128
# epochs, batch, optimiser: the shortest of each kind that reach 97 % in the mean over seeds
RECIPES = {
    "Adam": (3, 512, lambda parameters: torch.optim.Adam(parameters, lr=8e-3)),
    "SGD": (2, 50, lambda parameters: torch.optim.SGD(parameters, lr=0.4)),
}


def main():
    folder, seed, recipe = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    epochs, batch, optimiser = RECIPES[recipe]
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(seed)

    def part(name):
        images, labels = read_part(folder, name)
        return torch.tensor(images) / 255, torch.tensor(labels, dtype=torch.int64)

    images, labels = part("train")
    net = torch.nn.Sequential(torch.nn.Linear(784, HIDDEN), torch.nn.ReLU(),
                              torch.nn.Linear(HIDDEN, 10))
    for layer in (net[0], net[2]):  # as Incline; PyTorch's own takes longer to the goal
        torch.nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
        torch.nn.init.zeros_(layer.bias)
    descent = optimiser(net.parameters())
    for _ in range(epochs):
        for rows in torch.randperm(len(images)).split(batch):
            descent.zero_grad(set_to_none=True)
            torch.nn.functional.cross_entropy(net(images[rows]), labels[rows]).backward()
            descent.step()
    images, labels = part("t10k")
    with torch.no_grad():
        print((net(images).argmax(1) == labels).double().mean().item())


if __name__ == "__main__":
    main()
