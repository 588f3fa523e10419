"""Data sets as other programs write them, in each format that Incline reads.

    arrays.py INCLINE

Writes the same samples in several formats with NumPy (IDX of every element type), trains on each
from the same seed, and compares: the same numbers must give the same loss, to the last digit. Exit
status 0 when all agree, 1 when one does not, 77 when NumPy is missing.
"""
import gzip
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    print("skipped: NumPy is not installed")
    sys.exit(77)

incline = os.path.abspath(sys.argv[1])
ROWS, TEST_ROWS, HEIGHT, WIDTH, CLASSES = 300, 60, 6, 5, 4


def trained(data, *words):
    """The loss and accuracy of a short training, and what was trained on."""
    command = [incline, "train", data, "--epochs", "2", "--hidden", "8", "--device", "reference",
               "--validation", "0", "--output", tempfile.mkdtemp(dir="."), "--json", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: status {done.returncode}\n{done.stderr}")
    answer = json.loads(done.stdout)
    return answer["test"]["loss"], answer["test"]["accuracy"]


def same(what, found, expected):
    print(f"{what}: loss {found[0]:.9g}, accuracy {found[1]:.4f}")
    if not found == expected:
        raise SystemExit(f"{what}: loss and accuracy {expected} expected, {found} found")


# ---- IDX --------------------------------------------------------------------

IDX_CODES = {"u1": (0x08, "ubyte"), "i1": (0x09, "byte"), "i2": (0x0b, "short"),
             "i4": (0x0c, "int"), "f4": (0x0d, "float"), "f8": (0x0e, "double")}


def write_idx(folder, stem, array, kind, compressed=False):
    code, word = IDX_CODES[kind]
    name = os.path.join(folder, f"{stem}-idx{array.ndim}-{word}")
    head = bytes([0, 0, code, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    data = head + array.astype(">" + kind).tobytes()
    with gzip.open(name + ".gz", "wb") if compressed else open(name, "wb") as file:
        file.write(data)


def idx_folder(sets, kind, label_kind, compressed=False):
    folder = tempfile.mkdtemp(dir=".")
    for stem, (x, y) in zip(("train", "t10k"), sets):
        write_idx(folder, f"{stem}-images", x, kind, compressed)
        write_idx(folder, f"{stem}-labels", y, label_kind, compressed)
    return folder


def check_idx(sets):
    """Whole numbers from 0 to 127 are the same in every type but bytes, which are seen as /255."""
    expected = trained(idx_folder(sets, "f4", "u1"))
    for kind in ("i1", "i2", "i4", "f4", "f8"):
        for label_kind in ("u1", "i1", "i2", "i4"):
            for compressed in (False, True):
                folder = idx_folder(sets, kind, label_kind, compressed)
                same(f"IDX of {kind}, labels {label_kind}{', gzip' if compressed else ''}",
                     trained(folder), expected)
    scaled = [((x.astype("f4") * np.float32(1 / 255)).astype("f4"), y) for x, y in sets]
    same("IDX of bytes, seen as /255", trained(idx_folder(sets, "u1", "u1")),
         trained(idx_folder(scaled, "f4", "u1")))


def make_sets(random):
    """Images of few pixels whose classes can be learned, whole numbers from 0 to 127."""
    centres = random.uniform(0, 127, (CLASSES, HEIGHT, WIDTH))
    sets = []
    for rows in (ROWS, TEST_ROWS):
        labels = np.arange(rows) % CLASSES
        noise = random.normal(0, 10, (rows, HEIGHT, WIDTH))
        sets.append((np.clip(np.rint(centres[labels] + noise), 0, 127), labels))
    return sets


def main():
    sets = make_sets(np.random.default_rng(1))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        check_idx(sets)
        os.chdir("/")


main()
