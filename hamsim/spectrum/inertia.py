"""How many eigenvalues of a sparse symmetric matrix are above a threshold, with proof.

L D L^T = P (s - X) P^T + E has as many negative entries of D as X + E has eigenvalues above s
(Sylvester's law of inertia), and E moves none of them by more than its norm.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse import csc_array, csr_array, diags_array
from scipy.sparse.linalg import splu

from hamsim.spectrum.matrix import UNIT, Symmetric
from hamsim.spectrum.sparse_factors import factor_distance, little_fill

__all__ = ["count_above"]

# Shifts that are tried, in units of the band: pivots that are small by chance make E large, and a
# larger distance from the threshold bears more of it.
SHIFTS = (1.0, 7.0, 50.0, 300.0, 2000.0)


def count_above(
    X: csr_array, threshold: float, band: float, effort: float = 0.1
) -> tuple[int, int, str]:
    """Bounds of the number of eigenvalues above a threshold.

    Parameters
    ----------
    X : csr_array, shape (n, n)
        Exactly symmetric.
    threshold : float
    band : float
        Distance from the threshold in which nothing is said.
    effort : float
        How much is done for it; with 1 some seconds.

    Returns
    -------
    low, high : int
        At least `low` are above the threshold, for sure; at most `high`. They differ where an
        eigenvalue is so near to it that rounding does not tell, or where nothing was shown.
    method : str
        What showed it; empty if nothing did.
    """
    n = X.shape[0]
    if not np.all(np.isfinite(X.data)):
        return 0, n, ""
    matrix = Symmetric(X)
    if matrix.exponent is None:  # all entries are 0
        return (n, n, "Gershgorin") if threshold < -band else (0, n * (threshold <= band), "")
    below = matrix.scaled(threshold - band)
    cheap = matrix.collatz(below, below)
    if cheap.bound < below:
        return 0, 0, cheap.method
    if not little_fill(X, effort):
        return 0, n, ""
    low = _above(X, threshold, band, 1.0)
    high = _above(X, threshold, band, -1.0)
    if low is None and high is None:
        return 0, n, ""
    return (0 if low is None else low), (n if high is None else high), "sparse factorisation"


def _above(X: csr_array, threshold: float, band: float, side: float) -> int | None:
    """Eigenvalues above a shift a little to the side of the threshold, if that can be told."""
    n = X.shape[0]
    for part in SHIFTS:
        shift = threshold + side * part * band
        A = csc_array(diags_array(np.full(n, shift)) - X)
        try:
            factors = splu(
                A,
                permc_spec="MMD_AT_PLUS_A",
                diag_pivot_thresh=0.0,
                options={"SymmetricMode": True},
            )
        except (RuntimeError, MemoryError):
            continue
        # Of the difference above, too.
        size = float(np.max(np.abs(X.diagonal()))) + abs(shift)
        distance = factor_distance(factors, A, definite=False) + 8.0 * UNIT * size
        if distance < math.inf and distance < part * band * (1.0 - 1e-6):
            return int(np.count_nonzero(factors.U.diagonal() < 0.0))
    return None
