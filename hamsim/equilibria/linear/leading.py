"""What is known of the eigenvalues of a linearisation: the leading ones, and how many grow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.equilibria.linear.linearised import Linearised

__all__ = ["BAND", "Leading", "mode_of", "modes_of", "surely"]

# Nothing is said of an eigenvalue of B^T C B this near to 1, relative to the larger of the two.
BAND = 1e-9
# Below SMALL a factor 1 + a tau is not divided by; B y below NOTHING is rounding of 0.
SMALL, NOTHING = 1e-2, 1e-6
STEPS = 500


@dataclass(frozen=True, eq=False)
class Leading:
    """Eigenvalues of largest real part, and counts of all of them.

    Parameters
    ----------
    values : ndarray, shape (k,)
        Real where all are.
    errors : ndarray, shape (k,)
    modes : ndarray, shape (k, n)
    index, zeros : int
        Directions that grow, and that neither grow nor shrink within rounding.
    low, high : int
        Bounds of the index.
    """

    values: Any
    errors: Floats
    modes: Any
    index: int
    zeros: int
    low: int
    high: int


def modes_of(lin: Linearised, v: Any) -> Any:
    """Deviations of all neurons of eigenvectors v over the moving ones, the largest entry 1."""
    modes = np.zeros((len(v), lin.x.size), dtype=v.dtype)
    for row, vector in zip(modes, v, strict=True):
        full = lin.followed(lin.spread(vector, lin.moving))
        at = int(np.argmax(np.abs(full)))
        row[:] = full / full[at] if full[at] != 0 else full
    return modes


def mode_of(lin: Linearised, value: float, y: Floats) -> Floats:
    """Eigenvector of the moving neurons for one of the symmetric form.

    Parameters
    ----------
    lin : Linearised
    value : float
        The eigenvalue.
    y : ndarray, shape (n,)
        With B^T C B y = (1 + value T) y where neurons move.

    Notes
    -----
    C H v = c v with c = 1 + value T has B^T v = y, and c v = C B y: v is given by the first where c
    is small, as on the kernel of H, else by the second.
    """
    assert lin.root is not None
    assert lin.scale is not None
    half = np.sqrt(lin.scale)
    sent = lin.root.times(y)
    received = half * lin.couple(sent / half)
    received[lin.held] = 0.0
    c = 1.0 + value * lin.network.tau
    slopes = lin.root.slopes
    if np.min(np.abs(c)) > SMALL:
        v = received / c
    elif slopes is not None:
        v = _alone(slopes, c, sent + c * received, y)
    else:
        v = _squares(lin, c, sent + c * received, y)
    result: Floats = (v / half)[lin.moving]
    return result


def _alone(slopes: Floats, c: Floats, right: Floats, y: Floats) -> Floats:
    """Least squares of s v = y and c v = C B y, one neuron at a time."""
    total = slopes * slopes + c * c
    silent = total < SMALL**2 * NOTHING**2
    v = np.zeros_like(y)
    mattering = np.abs(y) > NOTHING * float(np.linalg.norm(y))
    if np.any(silent & mattering):  # nobody hears them, which is all that they do
        zero = silent & mattering & (slopes == 0.0)
        if zero.any():
            v[zero] = y[zero]
            return v
        return np.divide(y, slopes, out=v, where=silent & (slopes > 0.0))
    return np.divide(right, total, out=v, where=~silent)


def _squares(lin: Linearised, c: Floats, right: Floats, y: Floats) -> Floats:
    """Least squares of both: (H + c^2) v = B y + c C B y, and y on the kernel of both."""
    assert lin.root is not None
    if not float(np.linalg.norm(right)) > NOTHING * float(np.linalg.norm(y)):
        return lin.root.silent(y)
    v, r = np.zeros_like(y), right.copy()
    p, square = r.copy(), float(r @ r)
    enough = 1e-28 * square
    for _ in range(STEPS):  # of conjugate gradients
        image = lin.hessian.times(p) + c * c * p
        curvature = float(p @ image)
        if not curvature > 1e-30 * float(p @ p):
            break
        v += square / curvature * p
        r -= square / curvature * image
        before, square = square, float(r @ r)
        if not square > enough:
            break
        p = r + square / before * p
    return v


def surely(left: Floats, right: Floats) -> tuple[int, int]:
    """Bounds of how many eigenvalues have positive real parts.

    Parameters
    ----------
    left, right : ndarray, shape (n,)
        Ends of the intervals of real parts around them, each set of which holds as many eigenvalues
        as intervals where it touches no other.
    """
    order = np.argsort(left)
    low = high = 0
    begin = 0
    reach = -np.inf
    groups: list[tuple[float, float, int]] = []
    for place, k in enumerate(order):
        if place and left[k] > reach:
            groups.append((float(left[order[begin]]), float(reach), place - begin))
            begin, reach = place, -np.inf
        reach = max(reach, right[k])
    groups.append((float(left[order[begin]]), float(reach), len(order) - begin))
    for first, last, count in groups:
        low += count if first > 0.0 else 0
        high += count if last >= 0.0 else 0
    return low, high
