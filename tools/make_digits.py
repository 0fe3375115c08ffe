"""Write weights, cues and examples of the digits' networks, from real digits.

networks/data/digits.npz is of networks/digits.yaml, the other two of the networks that learn.

Needs scikit-learn, which ships the images:

    pip install scikit-learn && python tools/make_digits.py

The rule is described in networks/digits.yaml and networks/data/README.md.
"""

import io
import zipfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

DATA = Path(__file__).resolve().parent.parent / "networks" / "data"
TARGET = DATA / "digits.npz"
CLASSES = 10
TEST_PER_CLASS = 20
EVERY = 9  # in each class, images 2, 11, 20, ... are kept for testing
FIRST = 2
GAIN = 4.0
SOME = 16  # every 16th stored image is a memory before anything is learned
LEAST = 2.0**-10  # of a weight, so that there is a synapse that can learn where an image is empty


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


def make_memories(arrays):
    """What networks/digits_completion.yaml begins with."""
    return {"images": np.maximum(arrays["stored"][::SOME], np.float32(LEAST))}


def make_labelled(arrays):
    """What networks/digits_two_layers.yaml learns from: images, and 1 at their class."""
    return {
        "stored": _labelled(arrays["stored"], arrays["stored_labels"]),
        "truth": _labelled(arrays["truth"], arrays["labels"]),
        "seen": np.repeat([1.0, 0.0], [32, 32 + CLASSES]),
    }


def _labelled(images, labels):
    return np.hstack([images.reshape(len(images), -1), np.eye(CLASSES, dtype=np.float32)[labels]])


def make_split():
    """All images in the split by which scikit-learn's estimators are often compared."""
    data = load_digits()
    parts = train_test_split(data.images, data.target, test_size=0.2, random_state=1)
    images, test_images, labels, test_labels = parts
    return {
        "images": (images / 16.0).astype(np.float32),  # sixteenths, exact in float32
        "labels": labels.astype(np.int64),
        "test_images": (test_images / 16.0).astype(np.float32),
        "test_labels": test_labels.astype(np.int64),
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
    write(make_memories(arrays), DATA / "digits_memories.npz")
    write(make_labelled(arrays), DATA / "digits_labelled.npz")
    write(make_split(), DATA / "digits_split.npz")
    stored, test = arrays["stored_labels"].size, arrays["labels"].size
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1000:.0f} kB, {stored} stored, {test} tests")


if __name__ == "__main__":
    main()
