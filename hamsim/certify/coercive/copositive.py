"""Directions of reachable signs along which a quadratic form is negative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.certify.coercive.degrees import Degrees
from hamsim.certify.coercive.elimination import largest_row
from hamsim.certify.rays import asymptotes
from hamsim.certify.scaled import ScaledNetwork
from hamsim.deadline import look
from hamsim.spectrum.row_blocks import sized_times

__all__ = ["BAND", "negative_directions", "start_vectors", "upper_costs"]

# Around a threshold nothing is claimed.
BAND = 1e-9


def upper_costs(scaled: ScaledNetwork, degrees: Degrees, neurons: Ints) -> tuple[Floats, Floats]:
    """C of each neuron for g < 0 and g > 0 that its cost does not exceed; else infinite."""
    with np.errstate(all="ignore"):
        limits = [1.0 / limit[neurons] for limit in asymptotes(scaled)]
        least = np.concatenate([group.fact("least") for group in scaled.network.groups])
        bend = 1.0 / (scaled.scale * np.maximum(least, 0.0))[neurons]
        far = 1.0 / scaled.far_slope[neurons]
    growth = scaled.growth[neurons]
    known, additive = degrees.known[neurons], scaled.additive[neurons]
    inhibition = np.maximum(-degrees.own[neurons], 0.0)
    result = []
    for sign, limit in zip((-1, 1), limits, strict=True):
        cost = np.where(growth == 1.0, np.where(additive, limit, far), 0.0)
        cost = np.where(known, cost, bend) + inhibition
        result.append(np.where(degrees.side[neurons] * sign < 0, np.inf, cost))
    return result[0], result[1]


def start_vectors(X: csr_array, answers: Sequence[Any], n: int) -> Iterator[Floats]:
    """Vectors from which to look for a direction."""
    for answer in answers:
        if answer.vector is not None and np.size(answer.vector) == n:
            yield np.asarray(answer.vector, dtype=np.float64)
    if X.nnz:
        at = int(max(np.argmax(X.data), np.argmin(X.data), key=lambda k: abs(X.data[k])))
        i, j = int(np.searchsorted(X.indptr, at, side="right")) - 1, int(X.indices[at])
        pair = np.zeros(n)
        pair[i] = 1.0
        pair[j] = 1.0 if i == j else np.sign(X.data[at])
        yield pair
    yield np.ones(n)
    if n <= 2000:
        yield from np.random.default_rng(0).normal(size=(6, n))


def negative_directions(
    X: csr_array, lower: Floats, upper: Floats, starts: Iterator[Floats]
) -> Iterator[tuple[Floats, float]]:
    """Search y, of reachable signs, with sum of C y^2 below y.X y by more than rounding.

    Projected steps downhill; C is `lower` for y < 0 and `upper` for y > 0, infinite if that sign
    cannot be reached. Also gives y.X y / sum of C y^2.
    """
    finite = np.concatenate([lower[np.isfinite(lower)], upper[np.isfinite(upper)]])
    if not finite.size:
        return
    step = 1.0 / (finite.max() + largest_row(X))
    rounds = 300 if X.nnz < 1_000_000 else 20
    for start in starts:
        for sign in (1.0, -1.0):
            y, spent, gained = _downhill(X, lower, upper, sign * start, step, rounds)
            # Twice the band: the threshold of a direction is at least as far as that of a matrix.
            size = float(np.abs(y) @ sized_times(X, np.abs(y)))
            if gained - spent > 2.0 * BAND * (spent + size):
                yield y, gained / spent if spent > 0 else np.inf


def _downhill(
    X: csr_array, lower: Floats, upper: Floats, start: Floats, step: float, rounds: int
) -> tuple[Floats, float, float]:
    """Unit vector after steps against the gradient, its cost and y.X y."""
    y, before = start, np.inf
    spent = gained = 0.0
    for _ in range(rounds):
        look()
        y = np.where(np.isfinite(np.where(y > 0, upper, lower)), y, 0.0)
        length = np.linalg.norm(y)
        if length == 0.0:
            return y, 0.0, 0.0
        y = y / length
        cost = np.where(y > 0, upper, np.where(y < 0, lower, 0.0)) * y
        drive = X @ y
        spent, gained = float(cost @ y), float(y @ drive)
        if before - (spent - gained) < 1e-9 * (spent + abs(gained)):
            break
        before = spent - gained
        y, kept = y - step * (cost - drive), y
    else:
        y = kept
    return y, spent, gained
