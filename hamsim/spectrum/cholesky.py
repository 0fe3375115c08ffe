"""Dense Cholesky factorisation with a bound of its rounding."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotrf
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.spectrum.matrix import TINY, UNIT

__all__ = ["Proof", "by_cholesky"]


@dataclass(frozen=True, eq=False)
class Proof:
    """Upper bound from factorisations; if one failed, infinite, with a vector worth trying."""

    bound: float
    method: str
    vector: Floats | None = None


def by_cholesky(X: csr_array, target: float) -> Proof:
    """Prove by dense Cholesky factorisation that eigenvalues are below `target`.

    If floating-point Cholesky of A runs to its end, A + E = R^T R with |E_ij| <= c sqrt(a_ii a_jj),
    c = g / (1 - g), g = (n + 1) u / (1 - (n + 1) u), whatever the order of operations (Demmel 1989;
    Rump 2006); so the least eigenvalue of A is at least -c trace(A). Here 4 (n + 2) u stands for c.
    """
    n, diagonal = X.shape[0], X.diagonal()
    room = np.maximum(target - diagonal, 0.0)
    lost = 4.0 * (n + 2) * UNIT * (1.0 + 2.0 * n * UNIT) * float(room.sum())
    lost += 4.0 * UNIT * float(np.max(np.abs(diagonal)) + abs(target)) + n * n * TINY
    lost *= 1.0 + 1e-6
    shift = target - 2.0 * lost
    pivots = shift - diagonal
    if pivots.min() > 0.0:
        A = X.toarray()
        np.negative(A, out=A)
        np.fill_diagonal(A, pivots)
        factor, failed = dpotrf(A.T, lower=1, clean=0, overwrite_a=1)
        ends = np.diagonal(factor)
        # NaN anywhere in the factor reaches the diagonal.
        if not failed and np.all(np.isfinite(ends)) and np.all(ends > 0.0):
            return Proof(shift + lost, "Cholesky")
    return Proof(math.inf, "")
