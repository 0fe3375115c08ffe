"""How much the figures of networks/digits.yaml owe to its choice of test digits.

Runs the same network, with the same parameters, on nine disjoint choices of test digits:

    pip install scikit-learn && python tools/digits_splits.py
"""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from make_digits import EVERY, make_arrays, write

import hamsim

NETWORK = Path(__file__).resolve().parent.parent / "networks" / "digits.yaml"


def figures(arrays, folder):
    """Numbers of digits that the network, the nearest neighbour and the dot product get right."""
    write(arrays, folder / "data" / "digits.npz")
    spec = hamsim.load(
        folder / "digits.yaml", {"groups.features.size": int(arrays["stored_labels"].size)}
    )
    trace = hamsim.simulate(spec)
    assert not trace.stats.energy.rose
    seen = arrays["visible"] > 0
    stored = arrays["stored"][:, seen].astype(float)
    dots = arrays["truth"][:, seen].astype(float) @ stored.T
    neighbour = (dots - (stored**2).sum(axis=1) / 2).argmax(axis=1)
    guesses = (
        trace.of("memories")[:, -1].argmax(axis=1),
        arrays["stored_labels"][neighbour],
        arrays["stored_labels"][dots.argmax(axis=1)],
    )
    return [int((guess == arrays["labels"]).sum()) for guess in guesses]


def main():
    total = np.zeros(4, dtype=int)
    print("first  digits  network  nearest neighbour  dot product")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        shutil.copy(NETWORK, folder)
        for first in range(EVERY):
            arrays = make_arrays(first)
            row = [arrays["labels"].size, *figures(arrays, folder)]
            total += row
            print(f"{first:5}  {row[0]:6}  {row[1]:7}  {row[2]:17}  {row[3]:11}", flush=True)
    parts = ", ".join(f"{100 * right / total[0]:.1f} %" for right in total[1:])
    print(f"all    {total[0]:6}  {parts}")


if __name__ == "__main__":
    main()
