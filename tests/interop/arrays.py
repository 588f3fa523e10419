"""Data sets as other programs write them, in each format that Incline reads.

    arrays.py INCLINE

Writes the same samples in several formats with NumPy (IDX of every element type, NPZ) and PIL (PNG of
every kind, PGM), trains on each
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


def trained(data, *words, part="test"):
    """The loss and accuracy of a short training on one of the parts."""
    command = [incline, "train", data, "--epochs", "2", "--hidden", "8", "--device", "reference",
               "--validation", "0", "--output", tempfile.mkdtemp(dir="."), "--json", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: status {done.returncode}\n{done.stderr}")
    answer = json.loads(done.stdout)
    return answer[part]["loss"], answer[part]["accuracy"]


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


# ---- NPZ --------------------------------------------------------------------


def check_npz(sets):
    """In the layout of Keras' mnist.npz, whole numbers that are images are bytes as in IDX."""
    bytes_sets = [(x.astype("u1"), y) for x, y in sets]
    for x, _ in bytes_sets:
        x[0, 0, 0] = 255  # the largest is seen as 1
    expected = trained(idx_folder(bytes_sets, "u1", "u1"))
    (x, y), (x_test, y_test) = bytes_sets
    for save in (np.savez, np.savez_compressed):
        for kind, order in (("u1", "C"), ("i8", "F"), ("f4", "C"), (">f8", "F"), ("f2", "C")):
            save("set.npz", x_train=np.asarray(x, kind, order), y_train=y.astype("i8"),
                 x_test=np.asarray(x_test, kind, order), y_test=y_test.astype("u1"))
            try:
                same(f"{save.__name__} of {kind}, {order} order", trained("set.npz"), expected)
            except SystemExit as error:
                if "libzip" not in str(error):
                    raise
                print("skipped NPZ: built without libzip")
                return
    np.savez("table.npz", X=x.reshape(len(x), -1) / 7, y=y)
    np.savetxt("table.csv", np.column_stack([(x.reshape(len(x), -1) / 7).astype("f4"), y]),
               delimiter=",", fmt="%.9g")
    same("NPZ as a table", trained("table.npz", part="train"), trained("table.csv", part="train"))


def check_raw(sets):
    """Bare numbers are an array whose shape is stated."""
    x, y = sets[0]
    rows = np.column_stack([x.reshape(len(x), -1), y])
    for kind, word in (("<f4", "f32"), ("u1", "u8")):
        rows.astype(kind).tofile("set.raw")
        np.save("set.npy", rows.astype(kind))
        target = ["--target", str(rows.shape[1])]
        same(f"bare numbers, {word}",
             trained("set.raw", "--raw", f"{word}:{rows.shape[1]}", *target, part="train"),
             trained("set.npy", *target, part="train"))


# ---- pictures ---------------------------------------------------------------


def picture_folder(sets, kind):
    """Pictures by class; their names keep the order of the samples within each class."""
    from PIL import Image
    folder = tempfile.mkdtemp(dir=".")
    for part, (x, y) in zip(("train", "test"), sets):
        for i, (pixels, label) in enumerate(zip(x.astype("u1"), y)):
            path = os.path.join(folder, part, str(label))
            os.makedirs(path, exist_ok=True)
            image = Image.fromarray(pixels)
            if kind == "16 bits":
                image = Image.fromarray(pixels.astype("u2") * 257)
            elif kind != "L" and kind != "pgm":
                image = image.convert(kind)
            image.save(os.path.join(path, f"{i:05}.{'pgm' if kind == 'pgm' else 'png'}"))
    return folder


def check_pictures(sets):
    try:
        from PIL import Image
    except ImportError:
        print("skipped pictures: PIL is not installed")
        return
    by_class = [(x[np.argsort(y, kind="stable")], np.sort(y)) for x, y in sets]
    expected = trained(idx_folder(by_class, "u1", "u1"))
    for kind in ("pgm", "L", "RGB", "RGBA", "16 bits"):
        try:
            same(f"pictures, {kind}", trained(picture_folder(sets, kind)), expected)
        except SystemExit as error:
            if "libpng" not in str(error):
                raise
            print("skipped PNG: built without libpng")
            return
    colours = np.random.default_rng(2).integers(0, 256, (len(sets[0][0]), HEIGHT, WIDTH, 3), "u1")
    folder, grey = tempfile.mkdtemp(dir="."), []
    for i, pixels in enumerate(colours):
        os.makedirs(os.path.join(folder, str(i % 2)), exist_ok=True)
        image = Image.fromarray(pixels)
        image.save(os.path.join(folder, str(i % 2), f"{i:05}.png"))
        grey.append(np.asarray(image.convert("L")))
    order = np.argsort(np.arange(len(grey)) % 2, kind="stable")
    folder_of_grey = tempfile.mkdtemp(dir=".")
    write_idx(folder_of_grey, "train-images", np.stack(grey)[order], "u1")
    write_idx(folder_of_grey, "train-labels", (np.arange(len(grey)) % 2)[order], "u1")
    same("colours as PIL's luminance", trained(folder, part="train"),
         trained(folder_of_grey, part="train"))


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
        check_npz(sets)
        check_raw(sets)
        check_pictures(sets)
        os.chdir("/")


main()
