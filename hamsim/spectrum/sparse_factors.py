"""Sparse L D L^T factorisation with a bound of its rounding."""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse import csc_array, csr_array, diags_array
from scipy.sparse.csgraph import reverse_cuthill_mckee
from scipy.sparse.linalg import SuperLU, splu

from hamsim.arrays import Floats
from hamsim.spectrum.cholesky import Proof
from hamsim.spectrum.matrix import TINY, UNIT, dot, norm_of
from hamsim.spectrum.row_blocks import row_blocks

__all__ = ["by_sparse_factors", "factor_distance", "little_fill"]

# Operations, entries of factors, and hubs (sum of squared degrees) for an effort of 1.
SPARSE_WORK = 2e11
SPARSE_FILL = 1e8
HUBS = 3e9


def by_sparse_factors(X: csr_array, target: float) -> Proof:
    """Prove by sparse L D L^T factorisation that eigenvalues are below `target`."""
    diagonal = X.diagonal()
    size = float(np.max(np.abs(diagonal)) + abs(target))
    # What rounding may cost is known after the factorisation; this is more in most cases.
    margin = 1e-10 * size
    shift = target - margin
    A = csc_array(diags_array(np.full(X.shape[0], shift)) - X)
    try:
        factors = splu(
            A, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
        )
    except (RuntimeError, MemoryError):
        return Proof(math.inf, "")
    distance = factor_distance(factors, A)
    if distance < math.inf:
        bound = shift + distance + 8.0 * UNIT * size
        if bound < target:
            return Proof(bound, "sparse factorisation")
    return Proof(math.inf, "", _inverse_iteration(factors, X.shape[0]))


def factor_distance(factors: SuperLU, A: csc_array, definite: bool = True) -> float:
    """Upper bound of ||P A P^T - L D L^T||; infinite if there is no such factorisation.

    Parameters
    ----------
    factors : SuperLU
    A : csc_array
    definite : bool
        Whether D is to be positive.

    Notes
    -----
    A positive semidefinite matrix at that distance shows that the least eigenvalue of A is at least
    its negative. Gaussian elimination has |P A P^T - L U| <= g |L| |U|, g of the longest sum,
    whatever the order of operations (Higham 2002, theorem 9.3), and L U - L D L^T = L (U - D L^T).
    """
    if not np.array_equal(factors.perm_r, factors.perm_c):
        return math.inf
    L, U = factors.L, factors.U
    D = U.diagonal()
    if not (np.all(np.isfinite(D)) and np.all(L.diagonal() == 1.0)):
        return math.inf
    if not np.all(D > 0.0 if definite else D != 0.0):
        return math.inf
    n, ones = D.size, np.ones(D.size)
    DLt = diags_array(D) @ csr_array(L.T)
    apart = abs(csr_array(U) - DLt) @ ones
    sizes = abs(U) @ ones + abs(DLt) @ ones
    L = abs(L)
    longest = float(np.bincount(L.indices, minlength=n).max() + np.diff(U.indptr).max()) + 8.0
    rows = L @ (apart + 4.0 * UNIT * longest * sizes) + n * TINY
    distance = float(rows.max()) * (1.0 + 4.0 * UNIT * longest)
    if not math.isfinite(distance) or not _consistent(factors, A, rows):
        return math.inf
    return distance


def _consistent(factors: SuperLU, A: csc_array, rows: Floats) -> bool:
    """Whether A z = L U z up to the bound for one z: a guard against a library that is broken."""
    z = np.where(np.arange(rows.size) % 3 == 1, -1.0, 1.0)
    permuted = np.empty_like(z)
    permuted[factors.perm_c] = z
    product = (factors.L @ (factors.U @ permuted))[factors.perm_r]
    slack = 4.0 * UNIT * (abs(A) @ np.ones(z.size)) * A.shape[0]
    return bool(np.all(np.abs(A @ z - product) <= 8.0 * rows[factors.perm_r] + slack))


def _inverse_iteration(factors: SuperLU, n: int) -> Floats | None:
    """Vector for the eigenvalue nearest to the shift."""
    v: Floats = np.random.default_rng(n).standard_normal(n)
    with np.errstate(all="ignore"):
        for _ in range(4):
            v = factors.solve(v)
            v = v / norm_of(v)
    return v if np.all(np.isfinite(v)) else None


def little_fill(X: csr_array, effort: float) -> bool:
    """Whether a sparse factorisation is sure to be cheap.

    The envelope in reverse Cuthill-McKee order bounds the fill-in in that order, and the order of
    minimum degree, which is used, does better. Its cost grows with the square of a hub's degree.
    """
    degrees = np.diff(X.indptr).astype(np.float64)
    if not 0.0 < dot(degrees, degrees) <= effort * HUBS:
        return False
    order = reverse_cuthill_mckee(X, symmetric_mode=True)
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    filled = degrees > 0.0
    first = np.empty(order.size, dtype=np.int64)
    for start, stop in row_blocks(X.indptr):
        some = start + np.flatnonzero(filled[start:stop])
        if some.size:
            begin, end = X.indptr[start], X.indptr[stop]
            places = place[X.indices[begin:end]]
            first[some] = np.minimum.reduceat(places, X.indptr[some] - begin)
    widths = np.maximum(place[filled] - first[filled], 0).astype(np.float64)
    fill, work = float(widths.sum()), dot(widths, widths)
    return fill <= effort * SPARSE_FILL and work <= effort * SPARSE_WORK
