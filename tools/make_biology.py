"""Write the data of the networks from neuroscience: stimuli, first states and weights.

    python tools/make_biology.py

writes networks/data/orientation_hypercolumn.npz, working_memory_bump.npz, amari_field.npz,
sparse_coding_lca.npz and divisive_normalisation.npz, each for the network of that name.
"""

import io
import zipfile
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent.parent / "networks" / "data"
SEED = 2008


def orientation_hypercolumn():
    """A grating at 90 degrees (neuron 90), shown at four contrasts."""
    theta = np.pi * np.arange(180) / 180  # preferred orientations
    contrast = np.array([0.1, 0.2, 0.4, 0.8])
    # Dayan and Abbott, section 7.4: 40 Hz at full contrast, with a tenth of it tuned.
    tuning = 40.0 * (0.9 + 0.1 * np.cos(2 * (theta - np.pi / 2)))
    return {"contrast": contrast, "grating": contrast[:, None] * tuning}


def working_memory_bump():
    """Eight cues round the circle, and a trial without one."""
    cells = 2 * np.pi * np.arange(90) / 90
    degrees = 22.0 + 45.0 * np.arange(8)  # the cells stand 4 degrees apart: most cues fall between
    d = np.angle(np.exp(1j * (cells - np.radians(degrees)[:, None])))
    cue = 2.0 * np.exp(-(d**2) / (2 * np.radians(15.0) ** 2))
    return {"cue_degrees": degrees, "cue": np.vstack([cue, np.zeros(90)])}


def amari_field():
    """First states: some neighbouring cells lifted above the threshold, the others at rest."""
    rest, cells = -0.3, np.arange(128)
    states = np.full((4, 128), rest)
    states[0, cells == 40] = 0.1  # a small part of one cell's activity
    states[1, abs(cells - 40) <= 1] = 1.0
    states[2, abs(cells - 90) <= 8] = 1.0
    states[3, (abs(cells - 30) <= 1) | (abs(cells - 80) <= 4)] = 1.0
    return {"first_states": states}


def sparse_coding_lca():
    """Eight signals, each a sum of five of 128 elements; one element a column of `phi`."""
    rng = np.random.default_rng(SEED)
    # Entries +-1/8: columns of length 1, and a Gram matrix that is exact in binary numbers.
    phi = rng.choice([-0.125, 0.125], size=(64, 128))
    coefficients = np.zeros((8, 128))
    for row in coefficients:
        chosen = rng.choice(128, size=5, replace=False)
        row[chosen] = rng.choice([-1.0, 1.0], size=5) * rng.uniform(0.5, 1.5, size=5)
    return {
        "phi": phi,
        "inhibition": np.eye(128) - phi.T @ phi,
        "coefficients": coefficients,
        "signals": coefficients @ phi.T,
        "drive": coefficients @ phi.T @ phi,
    }


def divisive_normalisation():
    """Logarithms of what each cell receives from a grating, and from a grating and a mask."""
    contrast = np.array([0.02, 0.05, 0.1, 0.2, 0.4, 0.8])
    angle = np.radians(np.arange(0, 180, 15) - 45)
    tuning = np.exp(3.0 * (np.cos(2 * angle) - 1))  # of the squared drive
    tuning /= tuning.sum()  # so that a grating of contrast c alone gives a sum of c^2
    mask = np.roll(tuning, 6)  # at right angles
    squares = [c**2 * tuning + m**2 * mask for m in (0.0, 0.2) for c in contrast]
    return {
        "contrast": np.tile(contrast, 2),
        "mask_contrast": np.repeat([0.0, 0.2], contrast.size),
        "tuning": tuning,
        "log_drive": 0.5 * np.log(squares),
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
    for make in (
        orientation_hypercolumn,
        working_memory_bump,
        amari_field,
        sparse_coding_lca,
        divisive_normalisation,
    ):
        target = FOLDER / f"{make.__name__}.npz"
        write(make(), target)
        print(f"{target.name}: {target.stat().st_size / 1000:.1f} kB")


if __name__ == "__main__":
    main()
