"""Where MNIST lies. Without NumPy, for the measuring process; dataset.py reads it."""
import os
from pathlib import Path


def find_mnist():
    """The folder with MNIST, where Incline looks and in that order, or None."""
    share = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    places = [Path(os.environ["INCLINE_DATA"])] if os.environ.get("INCLINE_DATA") else []
    for place in [*places, Path("data"), Path(share) / "incline"]:
        if list((place / "mnist").glob("train-images-idx3-ubyte*")):
            return place / "mnist"
    return None
