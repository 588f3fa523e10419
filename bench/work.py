"""What is measured: the networks and batches, the products of matrices, and what is aimed at."""
from dataclasses import dataclass, field

SAMPLES = 60000
FEATURES = 784
CLASSES = 10


@dataclass(frozen=True)
class Work:
    """A training step: a network's widths, inputs first, and the samples in a batch.

    `aims` says how many times as fast as a peer Incline wants to be, `share` which part of the rate
    of OpenBLAS in large products its arithmetic should reach.
    """

    widths: tuple
    batch: int
    aims: dict = field(default_factory=dict)
    share: float | None = None

    @property
    def network(self):
        """The widths as Incline's command line takes them: "784-128-10"."""
        return "-".join(map(str, self.widths))

    @property
    def key(self):
        """What tells this work from every other."""
        return f"{self.network} @ {self.batch}"

    @property
    def flops(self):
        """Arithmetic of a step: two operations per weight and sample, forward, for the weights'
        gradient, and, but for the first layer, for the input's gradient."""
        weights = [i * o for i, o in zip(self.widths, self.widths[1:])]
        return 2 * self.batch * (3 * sum(weights) - weights[0])


def mlp(hidden, batch, aims=None, share=None):
    """Work on a network for MNIST with these hidden layers."""
    return Work((FEATURES, *hidden, CLASSES), batch, aims or {}, share)


STEPS = (
    mlp((10,), SAMPLES, {"NumPy": 5, "PyTorch": 6}, 0.75),
    mlp((10,), 128, {"PyTorch": 10}),
    mlp((10,), 64, {"PyTorch": 10}),
    mlp((128,), 128, {"PyTorch": 2.2}),
    mlp((500,), 500, {"PyTorch": 1.3}),
    mlp((800, 800), 128, {"PyTorch": 1.25}),
    mlp((800, 800), 1024, {"PyTorch": 1.25}),
    mlp((2500, 2000, 1500, 1000, 500), 256, {"PyTorch": 1.25}, 0.85),
)

# m, n, k of C[m, n] = A[m, k] B[k, n], and the share of OpenBLAS that is aimed at.
PRODUCTS = (
    ((1024, 1024, 1024), 0.9),
    ((2048, 2048, 2048), 0.9),
    ((128, 128, 784), 0.6),
    ((128, 10, 784), 0.6),
    ((10, 784, 60000), 0.6),
)
# The rate of a machine is what these reach.
LARGE = PRODUCTS[:2]

QUICK_STEPS = (STEPS[1], STEPS[3])
QUICK_PRODUCTS = (PRODUCTS[0], PRODUCTS[3])
