"""The search for rest states: where to start, relaxation, and Newton's method on many rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.certify.rest import Rest, rest_state
from hamsim.certify.scaled import ScaledNetwork
from hamsim.deadline import look
from hamsim.field.dense import DenseField
from hamsim.network import Network
from hamsim.spectrum.eigenvectors import top_eigenvectors

__all__ = ["MOST_SOLVED", "distinct_rest_states", "newton", "relaxed", "starts", "unlike"]

# Multiplications that a search for rest states may cost, and entries of Jacobians made at once.
WORK = 5e8
BATCH = 100_000
# Largest networks whose rest states are looked for.
MOST_SOLVED = 500
# Starts that are tried before all others.
FIRST = 8
# Steps of Newton's method from a start.
ROUNDS = 25


def starts(network: Network, count: int) -> Floats:
    """States from which to look for rest states, shape (some, n), the most promising first."""
    n = network.n_neurons
    rng = np.random.default_rng(0)
    W = network.W.toarray()
    _, vectors = top_eigenvectors(0.5 * W + 0.5 * W.T, 4)  # a sum might overflow
    top = vectors[:, ::-1].T
    top = top / np.abs(top).max(axis=1, keepdims=True)
    initial = np.atleast_2d(network.initial)[:8]
    # What one neuron drives: where W is symmetric under shifts, a state with a mirror, which
    # Newton's method keeps, so that it does not slide along the states that are shifted.
    column = W[:, [np.abs(W).sum(axis=0).argmax()]].T
    driven = network.input + 4.0 * column / max(float(np.abs(column).max()), 1e-300)
    rows = [np.zeros((1, n)), initial[:1], 4.0 * top[:1], -4.0 * top[:1], network.input[None]]
    rows += [driven]
    rows += [scale * np.ones((1, n)) for scale in (5.0, -5.0)]
    rows += [initial[1:], 4.0 * top[1:], -4.0 * top[1:], top, -top]
    rows += [scale * rng.normal(size=(count, n)) for scale in (1.0, 4.0)]
    return np.concatenate(rows)


def relaxed(field: DenseField, rows: Floats, steps: int) -> Floats:
    """Rows after damped fixed-point iteration; those that run away stay where they were."""
    current = rows.copy()
    for _ in range(steps):
        look()
        following = current + 0.3 * field.residual(current)
        fine = np.all(np.abs(following) < 1e6, axis=1)  # not so if it is NaN
        if fine.all():
            current[:] = following
        else:
            current[fine] = following[fine]
    return current


def newton(field: DenseField, rows: Floats) -> tuple[Floats, NDArray[np.bool_], int]:
    """States by Newton's method with halved steps, which are zeros, and row steps taken."""
    x, taken = rows.copy(), 0
    u = field.residual(x)
    size = np.abs(u).max(axis=1)
    going = np.isfinite(size)
    for _ in range(ROUNDS):
        look()
        scale = 1.0 + np.abs(x).max(axis=1)
        going &= (size > 1e-13 * scale) & (scale <= 1e8)
        some = np.flatnonzero(going)
        if some.size == 0:
            break
        taken += some.size
        move = _solved(field.jacobians(x[some]), -u[some])
        better = _halved(field, x, u, size, some, move)
        going[some[~better]] = False
    fine = size <= 1e-9 * (1.0 + np.abs(x).max(axis=1))  # not so if it is NaN
    return x, fine, taken


def _halved(
    field: DenseField, x: Floats, u: Floats, size: Floats, some: Ints, move: Floats
) -> NDArray[np.bool_]:
    """Take the longest of halved steps that make the residual smaller, where there is one."""
    better = np.zeros(some.size, dtype=bool)
    for lengths in (np.ones(1), 0.5 ** np.arange(1, 12)):
        left = np.flatnonzero(~better)
        if left.size == 0:
            break
        tried = x[some[left], None] + lengths[:, None] * move[left, None]
        rest = field.residual(tried.reshape(-1, x.shape[1])).reshape(tried.shape)
        sizes = np.abs(rest).max(axis=2)
        smaller = sizes < size[some[left], None]
        pick, found = smaller.argmax(axis=1), smaller.any(axis=1)
        row, pick = np.flatnonzero(found), pick[found]
        to = some[left[row]]
        x[to], u[to], size[to] = tried[row, pick], rest[row, pick], sizes[row, pick]
        better[left[row]] = True
    return better


def _solved(J: Floats, u: Floats) -> Floats:
    """J^-1 u of each row; NaN where J is singular."""
    try:
        solution: Floats = np.asarray(np.linalg.solve(J, u[:, :, None]), dtype=np.float64)[..., 0]
    except np.linalg.LinAlgError:
        if len(u) == 1:
            return np.full_like(u, np.nan)
        return np.concatenate([_solved(J[k : k + 1], u[k : k + 1]) for k in range(len(u))])
    return solution


def unlike(rows: Floats, seen: list[Floats], near: float) -> list[Floats]:
    """Rows that differ from each other, and from those that were seen.

    Parameters
    ----------
    rows : ndarray, shape (some, n)
    seen : list of ndarray, each of shape (n,)
    near : float
        States this close count as one, relative to 1 + their largest entry.
    """
    kept: list[Floats] = []
    for x in rows:
        distance = near * (1.0 + float(np.abs(x).max()))
        others = [*seen, *kept]
        if not others or np.abs(np.array(others) - x).max(axis=1).min() >= distance:
            kept.append(x)
    return kept


def distinct_rest_states(scaled: ScaledNetwork, rows: Floats, most: int = 2) -> list[Rest]:
    """Look for rest states that exist for sure and are far from each other.

    Parameters
    ----------
    scaled : ScaledNetwork
        All Lagrangians convex, no gated synapses; few neurons.
    rows : ndarray, shape (some, n)
        Where to start, the most promising first.
    most : int
        Enough of them.
    """
    field, n = DenseField(scaled.network), rows.shape[1]
    found: list[Rest] = []
    seen: list[Floats] = []
    budget = WORK
    # Fitted to measured times: overheads go with n^2, and shared Hessians are full.
    dear = (n**3 + 130.0 * n**2) * (2.5 if field.rank.any() else 1.0) + 2e5
    with np.errstate(all="ignore"):
        for candidates in _candidates(field, rows, seen):
            at_once = int(np.clip(BATCH // n**2, 1, len(candidates)))
            for first in range(0, len(candidates), at_once):
                if budget <= 0.0:
                    return found
                roots, fine, taken = newton(field, np.array(candidates[first : first + at_once]))
                budget -= taken * dear
                for root in unlike(roots[fine], seen, 1e-6):
                    if budget <= 0.0:
                        return found
                    seen.append(root)
                    budget -= 5.0 * n**3 + 5e6
                    rest = rest_state(scaled, root)
                    if rest is not None and all(rest.apart(other) for other in found):
                        found.append(rest)
                    if len(found) >= most:
                        return found
    return found


def _candidates(field: DenseField, rows: Floats, seen: list[Floats]) -> Iterator[list[Floats]]:
    """Where Newton's method starts: relaxed rows and rows, of the most promising ones first."""
    for some, steps in ((rows[:FIRST], 40), (rows[FIRST:], 100)):
        if some.size:
            nearer = relaxed(field, some, steps)
            kept = unlike(nearer[np.isfinite(nearer).all(axis=1)], seen, 1e-3)
            if kept:
                yield kept
            yield list(some)
