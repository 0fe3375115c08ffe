"""Upper bounds of eigenvalues, as sharp as some work allows."""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.spectrum.components import DENSE, factorised
from hamsim.spectrum.lanczos import find_ends
from hamsim.spectrum.matrix import COLLATZ_STEPS, FLOOR, UNIT, Collatz, Symmetric

__all__ = ["negative_part", "norm_bound", "perron", "upper_bound"]

# Largest matrices that upper_bound treats with all effort, and with a tenth of it, by entries.
SHARP, SHARP_ENTRIES = 2000, 1_000_000


def upper_bound(X: csr_array) -> tuple[float, str]:
    """Upper bound of the largest eigenvalue of a symmetric matrix, and its method.

    Parameters
    ----------
    X : csr_array
        Exactly symmetric.

    Returns
    -------
    bound : float
        With all rounding. Sharp to about 1e-8 for up to 2000 rows, and for up to a million
        entries if sparse factors have little fill-in; else by Gershgorin or Collatz and Wielandt.
    method : str
    """
    return _bounded_above(X)


def _bounded_above(X: csr_array, negative: bool = False) -> tuple[float, str]:
    if not np.all(np.isfinite(X.data)):
        return math.inf, ""
    if X.shape[0] == 0:
        return -math.inf, "Gershgorin"
    matrix = Symmetric(X, negative)
    if matrix.exponent is None:
        return 0.0, "Gershgorin"
    cheap = matrix.collatz(-math.inf, math.inf)
    bound, method = cheap.bound, cheap.method
    near = 1e-9 * max(matrix.scale, bound)
    small = matrix.n <= SHARP or X.nnz <= SHARP_ENTRIES
    if small and bound - matrix.rayleigh(cheap.vector)[0] > near:
        bound, method = _sharpened(matrix, cheap)
    return matrix.unscaled_up(bound), method


def negative_part(X: csr_array) -> float:
    """Upper bound of max(0, -smallest eigenvalue) of a symmetric matrix, with all rounding."""
    return max(0.0, _bounded_above(X, negative=True)[0])


def norm_bound(X: csr_array) -> float:
    """Upper bound of the 2-norm of a symmetric matrix, with all rounding."""
    return max(0.0, upper_bound(X)[0], negative_part(X))


def perron(B: csr_array, iterations: int = COLLATZ_STEPS) -> tuple[float, Floats]:
    """Upper bound of the spectral radius of a nonnegative matrix, and the vector that shows it.

    Parameters
    ----------
    B : csr_array
        All entries >= 0; need not be symmetric or irreducible.
    iterations : int
        Of the power method; small matrices are then treated by inverse iteration.

    Returns
    -------
    bound : float
        With all rounding: B v <= bound v.
    v : ndarray
        All entries > 0, the largest 1.

    Raises
    ------
    ValueError
        An entry is negative.

    Notes
    -----
    For v > 0 the spectral radius is at most max_i (B v)_i / v_i (Collatz 1942, Wielandt 1950).
    Inverse iteration with that bound as shift is Noda 1971.
    """
    n = B.shape[0]
    if B.nnz and B.data.min() < 0.0:
        raise ValueError("perron needs a matrix without negative entries")
    if not np.all(np.isfinite(B.data)):
        return math.inf, np.ones(n)
    matrix = Symmetric(B)
    if n == 0 or matrix.exponent is None:
        return 0.0, np.ones(n)
    best = matrix.collatz(-math.inf, math.inf, steps=iterations, signed=False)
    if n <= SHARP and best.gap > 1e-13 * best.bound:
        best = _noda(matrix, best)
    return matrix.unscaled_up(best.bound), best.vector


def _sharpened(matrix: Symmetric, cheap: Collatz) -> tuple[float, str]:
    """Bound by factorisations just above the largest eigenvalue, further off each time."""
    effort = 1.0 if matrix.n <= SHARP else 0.1
    rng = np.random.default_rng(0)
    ends = find_ends(matrix, cheap, rng, effort, math.inf, direct=SHARP)
    # Cholesky's own error bound for this size is added.
    relative = 2e-9 + 12.0 * UNIT * min(matrix.n, DENSE) ** 2
    largest = ends.largest
    distance = relative * max(matrix.scale, abs(largest))
    while largest + distance < cheap.bound:
        proof = factorised(matrix, cheap.rows, largest + distance, effort)
        if proof.bound < cheap.bound:
            return proof.bound, proof.method
        if proof.vector is None:
            break
        better = matrix.rayleigh(proof.vector)[0]
        if better > largest + 0.5 * distance:
            largest = better
        else:
            distance *= 10.0
    return cheap.bound, cheap.method


def _noda(matrix: Symmetric, best: Collatz) -> Collatz:
    """Improve the bound of a nonnegative matrix by inverse iteration with the bound as shift."""
    dense = matrix.X.toarray()
    v = best.vector
    for _ in range(12):
        try:
            v = np.linalg.solve(best.bound * (1.0 + 1e-12) * np.eye(matrix.n) - dense, v)
        except np.linalg.LinAlgError:
            break
        if not np.all(np.isfinite(v)) or v.min() <= 0.0:
            break
        v = np.maximum(v / v.max(), FLOOR)
        values, rows = matrix.quotients(v, signed=False)
        bound = float(rows.max())
        if bound >= best.bound:
            break
        last = best.bound
        best = Collatz(bound, bound - float(values.min()), rows, v, "Collatz-Wielandt")
        if last - bound <= 1e-13 * last:
            break
    return best
