"""All eigenvalues of small matrices, with bounds of their errors that include rounding."""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg import LinAlgError, eig, eigh

from hamsim.arrays import Floats
from hamsim.spectrum.matrix import UNIT

__all__ = ["general_spectrum", "symmetric_spectrum"]


def symmetric_spectrum(A: Floats, error: float = 0.0) -> tuple[Floats, Floats, float]:
    """Eigenvalues of a symmetric matrix in rising order, and how far off each is at most.

    Parameters
    ----------
    A : ndarray, shape (n, n)
        Exactly symmetric, finite.
    error : float
        Bound of the 2-norm by which A is off.

    Returns
    -------
    values : ndarray, shape (n,)
    vectors : ndarray, shape (n, n)
        Columns.
    bound : float
        Each eigenvalue is that far from the one computed in its place; infinite if nothing is
        known.

    Notes
    -----
    With X near to its orthogonal polar factor Q, |X - Q| <= |X^T X - 1|, and so |A Q - Q D| is at
    most |A X - X D| + (|A| + |D|) |X^T X - 1|; that bounds all eigenvalues in their order [Weyl].
    """
    n = A.shape[0]
    if n == 0:
        return np.zeros(0), np.zeros((0, 0)), 0.0
    try:
        # Older SciPy asks for too little memory for "evd" of a single number.
        values, X = eigh(A, driver="evd" if n > 1 else "ev", check_finite=False)
    except LinAlgError:  # pragma: no cover - LAPACK nearly never does
        values, X = eigh(A, driver="ev", check_finite=False)
    rounding = 4.0 * UNIT * (n + 8.0)
    size, length = float(np.linalg.norm(A)), float(np.linalg.norm(X))
    off = float(np.linalg.norm(A @ X - X * values)) + rounding * 2.0 * size * length
    skew = float(np.linalg.norm(X.T @ X - np.eye(n))) + rounding * length * length
    if not skew < 0.1:
        return values, X, math.inf
    largest = float(np.max(np.abs(values)))
    bound = (off + (size + largest) * skew + error) * (1.0 + 1e-6)
    return values, X, bound if math.isfinite(bound) else math.inf


def general_spectrum(A: Floats, error: Floats | None = None) -> tuple[Floats, Floats, Floats]:
    """Eigenvalues of a square matrix, its eigenvectors, and discs in which all eigenvalues are.

    Parameters
    ----------
    A : ndarray, shape (n, n)
    error : ndarray, shape (n, n), optional
        Bounds of what entries of A are off by.

    Returns
    -------
    values : ndarray of complex, shape (n,)
    vectors : ndarray of complex, shape (n, n)
        Columns of norm 1.
    radii : ndarray, shape (n,)
        Of discs around the values: each set of discs that touch no others holds as many eigenvalues
        as discs. Infinite if the eigenvectors are nearly dependent.

    Notes
    -----
    Gershgorin's discs of X^-1 A X. With Y near to X^-1 and E = 1 - Y X it is (1 - E)^-1 Y A X.
    """
    n = A.shape[0]
    values, X = eig(A, check_finite=False)
    try:
        Y = np.linalg.inv(X)
    except np.linalg.LinAlgError:
        return values, X, np.full(n, np.inf)
    sizes, rounding = np.abs(A), 8.0 * UNIT * (n + 8.0)
    moduli = np.abs(X), np.abs(Y)
    with np.errstate(over="ignore", invalid="ignore"):
        F = Y @ (A @ X)
        lost = 3.0 * rounding * (moduli[1] @ (sizes @ moduli[0]))
        if error is not None:
            lost += moduli[1] @ (error @ moduli[0]) * (1.0 + rounding)
        E = np.abs(np.eye(n) - Y @ X) + rounding * (moduli[1] @ moduli[0])
        apart = float(E.sum(axis=1).max(initial=0.0))
        if not apart < 0.5:
            return values, X, np.full(n, np.inf)
        whole = np.abs(F) + lost
        # (1 - E)^-1 F = F + E (1 - E)^-1 F, row by row.
        more = E.sum(axis=1) / (1.0 - apart) * float(whole.sum(axis=1).max(initial=0.0))
        rest = whole.sum(axis=1) - np.abs(np.diag(F)) + np.abs(np.diag(F) - values) + more
    radii = np.where(np.isfinite(rest), rest * (1.0 + 1e-6), np.inf)
    return values, X, radii
