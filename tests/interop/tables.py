"""Tables learned as well as scikit-learn learns them: the preset for tables beside its networks.

    tables.py INCLINE [SEEDS]

Each of scikit-learn's own tables is split SEEDS times (3), three quarters to train on, of each class
its share. There `incline train --preset tabular` and MLPClassifier or MLPRegressor, as they come and
behind a StandardScaler, are trained and then judged by the rest: accuracy, or R2. Where numbers are
predicted a second MLPRegressor gets its targets standardised, too, as Incline does it. The mean of
Incline may lie one point below; exit status 1 where it lies lower, 77 without scikit-learn. linnerud is
left out: from its twenty rows nobody learns more than the mean of the targets, and R2 of the five that
are kept apart differs by more than 1 from split to split.
"""
import json
import os
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy as np
    from sklearn import datasets
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.model_selection import train_test_split
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
except ImportError as error:
    print(f"skipped: scikit-learn is not installed ({error})")
    sys.exit(77)

POINT = 0.01
TABLES = (("iris", datasets.load_iris), ("wine", datasets.load_wine),
          ("breast cancer", datasets.load_breast_cancer), ("digits 8x8", datasets.load_digits),
          ("diabetes", datasets.load_diabetes))
incline = os.path.abspath(sys.argv[1])
seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 3


def write(path, x, y, whole):
    header = ",".join([f"x{i}" for i in range(x.shape[1])] + ["target"])
    np.savetxt(path, np.column_stack([x, y]), delimiter=",", header=header, comments="",
               fmt=["%.9g"] * x.shape[1] + ["%d" if whole else "%.9g"])


def ours(seed, parts, classes):
    """Accuracy or R2 on the second half of `parts`."""
    x, x_test, y, y_test = parts
    write("train.csv", x, y, classes)
    write("test.csv", x_test, y_test, classes)
    done = subprocess.run([incline, "train", "train.csv", "--test", "test.csv", "--preset", "tabular",
                           "--target-type", "classes" if classes else "numbers", "--seed",
                           str(seed + 1), "--output", f"run-{seed}-{len(x)}", "--device",
                           "reference", "--json", "--quiet"], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"incline train: {done.stderr}")
    return json.loads(done.stdout)["test"]["accuracy" if classes else "r2"]


def theirs(network, parts):
    x, x_test, y, y_test = parts
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that 200 epochs were not enough
        return make_pipeline(StandardScaler(), network).fit(x, y).score(x_test, y_test)


failed = False
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    print(f"means of {seeds} splits                Incline   scikit-learn")
    for name, load in TABLES:
        x, y = load(return_X_y=True)
        classes = y.dtype.kind == "i"
        peers = ([("MLPClassifier", lambda s: MLPClassifier(random_state=s))] if classes else
                 [("MLPRegressor", lambda s: MLPRegressor(random_state=s)),
                  ("MLPRegressor, targets scaled", lambda s: TransformedTargetRegressor(
                      MLPRegressor(random_state=s), transformer=StandardScaler()))])
        scores = np.zeros((seeds, 1 + len(peers)))
        for seed in range(seeds):
            parts = train_test_split(x, y, test_size=0.25, random_state=seed,
                                     stratify=y if classes else None)
            scores[seed] = [ours(seed, parts, classes)] + [theirs(make(seed), parts)
                                                           for _, make in peers]
        mean = scores.mean(axis=0)
        for (peer, _), score in zip(peers, mean[1:]):
            print(f"{name:15} {'accuracy' if classes else 'R2':9}    {mean[0]:.4f}    {score:.4f}  "
                  f"{peer}")
            failed = failed or not mean[0] >= score - POINT
if failed:
    print(f"a table is learned worse than by scikit-learn, by more than {POINT}")
sys.exit(failed)
