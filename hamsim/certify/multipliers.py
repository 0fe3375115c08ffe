"""Search for multipliers p that show diagonal stability of a network whose W is not symmetric."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import ArpackError, ArpackNoConvergence, eigsh

from hamsim.arrays import Floats
from hamsim.certify.gains import Gains, loop_gains, rescaled, symmetric_part
from hamsim.deadline import look
from hamsim.spectrum.eigenvectors import top_eigenvectors

__all__ = ["searched_multipliers"]

# Largest networks in which multipliers are improved step by step.
MOST_SEARCHED = 3000
# The search ends after so many steps without progress.
STALLED = 20


def searched_multipliers(gains: Gains, right: Floats) -> Iterator[tuple[str, Floats]]:
    """Multipliers from the Perron vectors of the loop gains, and improved step by step.

    Parameters
    ----------
    gains : Gains
    right : ndarray, shape (sets,)
        Perron vector of the loop gains.
    """
    if np.all(gains.slope > 0):
        left = _left_vector(loop_gains(gains, "euclidean"))
        slope = np.ones(gains.n_sets)
        slope[gains.sets] = gains.slope
        perron = _tidy(left / (right * slope))[gains.sets]
        yield "Perron vectors", perron
    else:
        perron = np.ones(gains.sets.size)
    if gains.sets.size <= MOST_SEARCHED:
        for start in (np.ones(gains.sets.size), perron):
            found = _improved(gains, start)
            if found is not None:
                yield "searched", found


def _left_vector(B: csr_array) -> Floats:
    """Approximate left Perron vector, positive."""
    left: Floats = np.ones(B.shape[0])
    transposed = B.T
    for _ in range(100):
        look()
        left = transposed @ left + 0.5 * left + 1e-12 * left.max()
        left /= left.max()
    return left


def _tidy(p: Floats) -> Floats:
    """Positive and not too far apart, so that nothing overflows."""
    p = np.where(np.isfinite(p) & (p > 0), p, 1.0)
    result: Floats = np.clip(p / np.exp(np.mean(np.log(p))), 1e-8, 1e8)
    return result


def _improved(gains: Gains, start: Floats) -> Floats | None:
    """Multiplier with a largest eigenvalue below 1 found by subgradient steps on its logarithm."""
    root = np.sqrt(gains.slope)
    X = rescaled(gains.W, root, root)
    dense = X.toarray() if X.shape[0] <= 400 else None
    logs = 0.5 * np.log(start)
    sizes = np.bincount(gains.sets)
    vector = None
    best, found, stalled = np.inf, None, 0
    for _ in range(120 if dense is not None else 40):
        look(1e-9 * X.shape[0] ** 3 if dense is not None else 4e-8 * X.nnz)
        spread = np.exp(logs)
        Y = rescaled(X, spread, 1.0 / spread)
        top = _top(Y, dense is not None, vector)
        if top is None:
            return found
        value, vector = top
        stalled = 0 if value < best - 0.02 * (best - 0.9) else stalled + 1
        if value < best:
            best, found = value, np.exp(2.0 * logs) if value < 1.0 - 1e-6 else None
        if stalled == STALLED:
            return found
        if value < 0.98:
            return np.exp(2.0 * logs)
        slope = vector * (Y @ vector) - vector * (Y.T @ vector)
        total = np.bincount(gains.sets, weights=slope)
        size = float(total @ (total / sizes))
        if size < 1e-24:
            return found
        length = min((value - 0.9) / size, 1.0 / np.sqrt(size))
        logs = np.clip(logs - length * (total / sizes)[gains.sets], -9.0, 9.0)
    return found


def _top(Y: csr_array, dense: bool, guess: Floats | None) -> tuple[float, Floats] | None:
    """Largest eigenvalue of the symmetric part, approximately, with its vector."""
    if dense:
        full = Y.toarray()
        values, vectors = top_eigenvectors(0.5 * full + 0.5 * full.T)
        return float(values[0]), vectors[:, 0]
    try:
        start = np.ones(Y.shape[0]) if guess is None else guess
        values, vectors = eigsh(symmetric_part(Y), 1, which="LA", tol=1e-4, v0=start, maxiter=3000)
    except (ArpackError, ArpackNoConvergence):
        return None
    return float(values[0]), vectors[:, 0]
