"""Matrices that are regular for sure: an approximate inverse A of J has |1 - A J| < 1."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats

__all__ = ["EPS", "sure_inverse"]

EPS = float(np.finfo(np.float64).eps)


def sure_inverse(J: Floats, sizes: Floats) -> tuple[Floats, float] | None:
    """Approximate inverse of a matrix, and how far it is from one at most.

    Parameters
    ----------
    J : ndarray, shape (n, n)
    sizes : ndarray, shape (n, n)
        What its entries were rounded from, which may be far larger where terms cancel.

    Returns
    -------
    A : ndarray, shape (n, n)
    distance : float
        Bound of |1 - A J| in the largest row sum, below 1/2.
    None
        In place of both, if J is not shown to be regular so.
    """
    n = len(J)
    try:
        A: Floats = np.asarray(np.linalg.inv(J), dtype=np.float64)
    except np.linalg.LinAlgError:
        return None
    off = np.abs(np.eye(n) - A @ J) + (n + 4) * EPS * (np.abs(A) @ sizes)
    distance = float(off.sum(axis=1).max())
    return (A, distance) if distance < 0.5 else None  # not so if it is NaN
