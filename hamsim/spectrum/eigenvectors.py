"""Eigenvectors of small matrices, computed directly."""

from __future__ import annotations

import numpy as np
from scipy.linalg import LinAlgError, eigh

from hamsim.arrays import Floats

__all__ = ["top_eigenvectors"]


def top_eigenvectors(A: Floats, count: int = 1) -> tuple[Floats, Floats]:
    """Largest eigenvalues of a symmetric matrix, in rising order, with vectors; approximately.

    Parameters
    ----------
    A : ndarray, shape (n, n)
    count : int

    Returns
    -------
    values : ndarray, shape (min(count, n),)
    vectors : ndarray, shape (n, min(count, n))

    Notes
    -----
    LAPACK's method for some of the eigenvalues (MRRR) may return fewer than it was asked for where
    many are equal, as in all-to-all networks, and then says so by the number alone.
    """
    n = A.shape[0]
    first = max(n - count, 0)
    try:
        values, vectors = eigh(A, subset_by_index=[first, n - 1], check_finite=False)
    except LinAlgError:
        values = np.empty(0)
    if values.size < n - first:
        values, vectors = eigh(A, driver="evd", check_finite=False)
        values, vectors = values[first:], vectors[:, first:]
    return values, vectors
