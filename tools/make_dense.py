"""Write networks/data/dense.npz: patterns and cues of hopfield.yaml, model_a.yaml, model_c.yaml.

Needs nothing but NumPy:

    python tools/make_dense.py

The Hopfield network stores four letters; its cues are the letters with some pixels turned over,
their upper halves, and one letter in white on black. Model A stores random patterns of +1 and -1;
its cues are the patterns with some signs turned over. Model C stores random directions (unit
vectors); its cues are the directions, blended with noise.
"""

import io
import zipfile
from pathlib import Path

import numpy as np

TARGET = Path(__file__).resolve().parent.parent / "networks" / "data" / "dense.npz"
SEED = 1
SIDE = 10  # neurons stand in a square of 10 by 10
STORED = 100
WRONG = 20  # signs turned over in each cue
OVERLAP = 0.5  # cosine of the angle between a direction and its cue
WRONG_PIXELS = 12  # of 64, in each noisy letter
LETTERS = """
.....##.  ##......  ##....##  ##....##
.....##.  ##......  ###...##  .##..##.
.....##.  ##......  ####..##  ..####..
.....##.  ##......  ##.##.##  ...##...
.....##.  ##......  ##..####  ...##...
##...##.  ##......  ##...###  ..####..
##...##.  ########  ##....##  .##..##.
.#####..  ########  ##....##  ##....##
"""  # J, L, N, X


def letters():
    """Black is 1, white is -1: shape (4, 8, 8)."""
    rows = [line.split() for line in LETTERS.strip().splitlines()]
    black = [[[pixel == "#" for pixel in part] for part in row] for row in rows]
    return np.where(np.array(black), 1, -1).swapaxes(0, 1)


def letter_cues(stored, rng):
    noisy = stored.copy()
    for cue in noisy.reshape(len(stored), -1):
        cue[rng.permutation(cue.size)[:WRONG_PIXELS]] *= -1
    covered = stored.copy()
    covered[:, 4:] = 0
    return np.concatenate([noisy, covered, -stored[:1]])


def make_arrays():
    rng = np.random.default_rng(SEED)
    n = SIDE * SIDE
    signs = rng.choice([-1, 1], (STORED, n))
    wrong = signs.copy()
    for cue in wrong:
        cue[rng.permutation(n)[:WRONG]] *= -1

    directions = unit(rng.standard_normal((STORED, n)))
    noise = rng.standard_normal((STORED, n))
    across = unit(noise - np.sum(noise * directions, axis=1, keepdims=True) * directions)
    blended = OVERLAP * directions + np.sqrt(1 - OVERLAP**2) * across
    arrays = {
        "signs": signs.astype(np.int8),
        "signs_cues": wrong.astype(np.int8),
        "directions": directions.astype(np.float32),
        "directions_cues": blended.astype(np.float32),
    }
    arrays = {name: array.reshape(STORED, SIDE, SIDE) for name, array in arrays.items()}
    stored = letters()
    cues = letter_cues(stored, rng)
    return {**arrays, "letters": stored.astype(np.int8), "letters_cues": cues.astype(np.int8)}


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def write(arrays, target):
    """Write an npz by hand, because numpy puts the time of day into the archive."""
    with zipfile.ZipFile(target, "w", compresslevel=9) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED)


def main():
    write(make_arrays(), TARGET)
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
