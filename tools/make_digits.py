"""Write networks/data/digits.npz: weights and cues of networks/digits.yaml, from real digits.

Needs scikit-learn, which ships the images:

    pip install scikit-learn && python tools/make_digits.py

The rule is described in networks/digits.yaml and networks/data/README.md.
"""

import io
import zipfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

TARGET = Path(__file__).resolve().parent.parent / "networks" / "data" / "digits.npz"
CLASSES = 10
TEST_PER_CLASS = 20
EVERY = 9  # in each class, images 2, 11, 20, ... are kept for testing
FIRST = 2
GAIN = 4.0


def make_arrays(first=FIRST):
    """Arrays of the file, with images first, first + 9, ... of each class kept for testing."""
    data = load_digits()
    images = data.images / 16.0
    labels = data.target
    by_class = [np.flatnonzero(labels == c)[first::EVERY][:TEST_PER_CLASS] for c in range(CLASSES)]
    # Trial k shows a digit of class k mod 10.
    shortest = min(len(numbers) for numbers in by_class)
    test = np.stack([numbers[:shortest] for numbers in by_class], axis=1).reshape(-1)
    stored = np.setdiff1d(np.arange(labels.size), test)
    visible = np.zeros((8, 8))
    visible[:4] = 1.0
    return {
        "stored": images[stored].astype(np.float32),  # sixteenths, exact in float32
        "bias": -0.5 * np.sum(images[stored] ** 2 * visible, axis=(1, 2)),
        "member": GAIN * np.eye(CLASSES)[:, labels[stored]].astype(np.float32),
        "covered": (images[test] * visible).astype(np.float32),
        "visible": visible,
        "hidden": 1.0 - visible,
        "truth": images[test].astype(np.float32),
        "labels": labels[test].astype(np.int64),
        "stored_labels": labels[stored].astype(np.int64),
    }


def write(arrays, target):
    """Write an npz by hand, because numpy puts the time of day into the archive."""
    with zipfile.ZipFile(target, "w", compresslevel=9) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED)


def main():
    arrays = make_arrays()
    write(arrays, TARGET)
    stored, test = arrays["stored_labels"].size, arrays["labels"].size
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1000:.0f} kB, {stored} stored, {test} tests")


if __name__ == "__main__":
    main()
