"""Training steps in scikit-learn's MLPClassifier: plain descent without momentum or decay."""
import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier

from work import CLASSES

VERSION = sklearn.__version__
# A call checks and encodes its samples anew, so it gets as many as a few batches hold.
BATCHES_A_CALL = 16


def make_steps(data, widths, batch):
    """A function of i that trains on the i-th run of batches, and how many steps one call makes."""
    images, labels = data
    net = MLPClassifier(widths[1:-1], activation="relu", solver="sgd", alpha=0, batch_size=batch,
                        learning_rate_init=0.01, momentum=0, nesterovs_momentum=False,
                        shuffle=False, random_state=1)
    count = min(BATCHES_A_CALL, len(images) // batch)
    calls = len(images) // (count * batch)
    classes = np.arange(CLASSES)

    def step(i):
        rows = slice(i % calls * count * batch, (i % calls + 1) * count * batch)
        net.partial_fit(images[rows], labels[rows], classes)

    return step, count
