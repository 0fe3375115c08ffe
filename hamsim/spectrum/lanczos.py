"""Estimates of both ends of a spectrum, and a vector, by Lanczos' method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.deadline import left
from hamsim.spectrum.eigenvectors import top_eigenvectors
from hamsim.spectrum.matrix import Collatz, Symmetric, dot, norm_of

__all__ = ["LANCZOS_WORK", "MAX_STEPS", "MIN_STEPS", "Ends", "find_ends", "top_vector"]

# Entries that are read for an effort of 1, in so many steps.
LANCZOS_WORK = 1e9
MIN_STEPS, MAX_STEPS = 40, 3000
# Largest matrices whose eigenvectors are computed directly.
DIRECT = 600


@dataclass(frozen=True, eq=False)
class Ends:
    """Estimates of the largest and the least eigenvalue, and a vector for the largest."""

    largest: float
    least: float
    vector: Floats


def find_ends(
    matrix: Symmetric,
    cheap: Collatz,
    rng: np.random.Generator,
    effort: float,
    enough: float,
    direct: int = DIRECT,
) -> Ends:
    """Estimate both ends; directly for up to `direct` rows."""
    if matrix.n <= direct and left() > 1e-9 * matrix.n**3:
        largest, vector = top_vector(matrix.X)
        return Ends(largest, -cheap.bound, vector)
    start = rng.standard_normal(matrix.n)
    # Where no off-diagonal entry is negative, the vector of Collatz and Wielandt is near the one
    # sought, and has a part of it because it is positive.
    if matrix.positive:
        start = cheap.vector
    work = matrix.nnz + 10 * matrix.n
    steps = int(np.clip(effort * LANCZOS_WORK / work, MIN_STEPS, MAX_STEPS))
    return _lanczos(matrix, start, min(steps, 2 * matrix.n), enough)


def top_vector(X: csr_array) -> tuple[float, Floats]:
    """Largest eigenvalue of a small matrix, approximately, with its vector."""
    values, vectors = top_eigenvectors(X.toarray())
    return float(values[0]), vectors[:, 0]


def _lanczos(matrix: Symmetric, start: Floats, steps: int, enough: float) -> Ends:
    """Lanczos' method without keeping its vectors: a second pass puts the wanted one together.

    Ends early when the largest Ritz value is above `enough` or does not change. Loss of
    orthogonality does no harm, as the vector's Rayleigh quotient is what counts.
    """
    alphas, betas = np.zeros(steps), np.zeros(steps)
    start = start / norm_of(start)
    q, before, check = start, np.zeros(matrix.n), 10
    used = steps
    for k in range(steps):
        w = matrix.times(q)
        alphas[k] = dot(q, w)
        w -= alphas[k] * q
        if k:
            w -= betas[k - 1] * before
        betas[k] = norm_of(w)
        used = k + 1
        if betas[k] <= 1e-14 * matrix.scale:
            break
        if used == check and used < steps:
            theta, last = _tridiagonal(alphas[:used], betas[:used], used - 1)
            residual = betas[k] * abs(last[-1])
            if theta > enough or residual <= 1e-8 * matrix.scale:
                break
            check = max(check + 10, check * 5 // 4)
        before, q = q, w / betas[k]
    theta, weights = _tridiagonal(alphas[:used], betas[:used], used - 1)
    least, _ = _tridiagonal(alphas[:used], betas[:used], 0)
    return Ends(theta, least, _combined(matrix, start, alphas, betas, weights))


def _tridiagonal(alphas: Floats, betas: Floats, k: int) -> tuple[float, Floats]:
    values, vectors = eigh_tridiagonal(alphas, betas[:-1], select="i", select_range=(k, k))
    if values.size == 0:  # LAPACK may find none of several equal ones
        values, vectors = eigh_tridiagonal(alphas, betas[:-1])
        values, vectors = values[k:], vectors[:, k:]
    return float(values[0]), vectors[:, 0]


def _combined(
    matrix: Symmetric, start: Floats, alphas: Floats, betas: Floats, weights: Floats
) -> Floats:
    """Sum of Lanczos vectors with these weights; the vectors are made again from the numbers."""
    q, before = start, np.zeros_like(start)
    vector: Floats = weights[0] * q
    for k, weight in enumerate(weights[1:]):
        w = matrix.times(q)
        w -= alphas[k] * q
        if k:
            w -= betas[k - 1] * before
        before, q = q, w / betas[k]
        vector += weight * q
    return vector
