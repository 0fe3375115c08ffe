"""The plane of the principal axes of states."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.equilibria.spanned import Plane
from hamsim.errors import HamsimError

__all__ = ["around", "principal_plane"]

MOST = 2000  # states that are looked at
LARGEST = 1e100  # squares of differences beyond it are no numbers
FLAT = 1e-9  # of the first axis: a second one that is shorter is none
MARGIN = 0.3  # around states, as a part of what they span
THIN = 0.25  # of the longer side, at least, for the shorter one


def principal_plane(
    states: Floats, moving: NDArray[np.bool_], label: Callable[[int], str]
) -> Plane:
    """The plane through the mean of states along which they differ most.

    Parameters
    ----------
    states : ndarray, shape (k, n)
    moving : ndarray of bool, shape (n,)
        Neurons that are free to move; the others' differences are not looked at.
    label : callable
        Name of a neuron.

    Raises
    ------
    HamsimError
        Fewer than two neurons move.
    """
    if np.count_nonzero(moving) < 2:
        raise HamsimError("fewer than two neurons are free to move, and a plane needs two")
    rows = states[:: -(-len(states) // MOST)]
    with np.errstate(over="ignore", invalid="ignore"):
        origin = rows.mean(axis=0)
        centred = np.where(moving, rows - origin, 0.0)
        apart = float(np.ptp(rows, axis=0).max())
    if np.abs(centred).max() > LARGEST or not np.isfinite(centred).all():
        raise HamsimError(
            f"states as far apart as {apart:.3g} span no plane whose energy "
            "can be told; draw a stretch of time before that"
        )
    _, size, axes = np.linalg.svd(centred, full_matrices=False)
    rank = int(np.count_nonzero(size > FLAT * max(float(size[0]), 1e-300)))
    found = list(axes[: min(rank, 2)])
    total = float((size**2).sum()) or 1.0
    names = [
        f"principal axis {k + 1} ({100.0 * float(size[k]) ** 2 / total:.0f} %)"
        for k in range(len(found))
    ]
    while len(found) < 2:
        direction, neuron = _beside(found, moving)
        found.append(direction)
        names.append(f"x of {label(neuron)}, across" if names else f"x of {label(neuron)}")
    # An axis and its negative are the same: the neuron that differs most rises along it.
    turned = [
        axis * np.sign(axis[np.argmax(np.abs(axis) > 0.999 * np.abs(axis).max())]) for axis in found
    ]
    return Plane(origin, np.stack(turned), (names[0], names[1]), free=moving)


def _beside(found: list[Floats], moving: NDArray[np.bool_]) -> tuple[Floats, int]:
    """A direction across the one that there is: that of the neuron that it moves least."""
    reach = np.zeros(moving.size) if not found else np.abs(found[0])
    neuron = int(np.argmin(np.where(moving, reach, np.inf)))
    direction = np.zeros(moving.size)
    direction[neuron] = 1.0
    for other in found:
        direction -= (direction @ other) * other
    across: Floats = direction / np.linalg.norm(direction)
    return across, neuron


def around(at: Floats) -> tuple[float, float, float, float]:
    """Ranges of both coordinates that hold all of some points, shape (points, 2)."""
    low, high = at.min(axis=0), at.max(axis=0)
    middle, half = 0.5 * (low + high), 0.5 * (high - low) * (1.0 + 2.0 * MARGIN)
    half = np.maximum(half, THIN * half.max())
    half = np.where(half > 0, half, 1.0)
    ends = np.stack([middle - half, middle + half], axis=-1)
    return (float(ends[0, 0]), float(ends[0, 1]), float(ends[1, 0]), float(ends[1, 1]))
