"""The search for states in which the energy rises."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.certify.rate import MARGIN, energy_rate
from hamsim.certify.scaled import ScaledNetwork
from hamsim.deadline import look

__all__ = ["Rise", "climb", "first_rise", "relax", "rows_at_once"]

# What a search wants of a rise, so that others find it too.
_CLEAR = 10 * MARGIN
# States that are looked at before many are at once.
_FEW = 24
# Numbers that may be in memory for one array over several states.
_NUMBERS = 1_000_000


class Rise(NamedTuple):
    """A state in which the energy rises: dE/dt and the size of its terms."""

    x: Floats
    rate: float
    size: float


def relax(
    scaled: ScaledNetwork,
    x: Floats,
    held: NDArray[np.bool_],
    steps: int,
    target: Callable[[Floats, Floats], Floats] | None = None,
) -> Floats:
    """States closer to rest, by damped steps of all neurons that are not held.

    A state that runs away is given back as it was.

    Parameters
    ----------
    scaled : ScaledNetwork
    x : ndarray, shape (trials, n)
    held : ndarray of bool, shape (n,)
    steps : int
    target : callable, optional
        Of (states, activations): the states to go to in place of the drive.
    """
    field = scaled.field
    slope = np.clip(scaled.slope / scaled.scale, 0.0, 10.0)
    step = 1.0 / (1.0 + field.drive.sizes().weigh(slope))
    states = np.array(x)
    with np.errstate(all="ignore"):
        for _ in range(steps):
            look()
            g = field.activation(states)
            goal = field.drive.at(g) if target is None else target(states, g)
            moved = np.clip(states + step * (goal - states), -1e6, 1e6)
            states = np.where(held | ~np.isfinite(moved), states, moved)
    near = 1.0 + np.abs(x).max(axis=1, keepdims=True) + np.abs(field.drive.input).max()
    ended: Floats = np.where(np.abs(states).max(axis=1, keepdims=True) < 100.0 * near, states, x)
    return ended


def rows_at_once(scaled: ScaledNetwork) -> int:
    """How many states are evaluated together."""
    return int(np.clip(_NUMBERS // scaled.network.n_neurons, 1, 256))


def first_rise(scaled: ScaledNetwork, rows: Iterable[Floats]) -> tuple[Rise | None, Floats]:
    """Clearest rise among the first states that have one, and the best states otherwise.

    Parameters
    ----------
    scaled : ScaledNetwork
    rows : iterable of ndarray, each of shape (n,)

    Returns
    -------
    rise : Rise or None
    best : ndarray, shape (up to 8, n)
        Without a rise: the states that come closest to one.
    """
    waiting: list[Floats] = []
    best = np.empty((0, scaled.network.n_neurons))
    scores = np.empty(0)
    most = rows_at_once(scaled)
    at_once = min(most, _FEW)
    for row in rows:
        waiting.append(row)
        if len(waiting) == at_once:
            rise, best, scores = _judge(scaled, np.array(waiting), best, scores)
            waiting, at_once = [], most
            if rise is not None:
                return rise, best
    if not waiting:
        return None, best
    rise, best, scores = _judge(scaled, np.array(waiting), best, scores)
    return rise, best


def climb(
    scaled: ScaledNetwork, starts: Floats, neurons: Ints, rounds: int, rng: np.random.Generator
) -> Rise | None:
    """Change a few neurons at random for as long as that brings dE/dt closer to a rise.

    Parameters
    ----------
    scaled : ScaledNetwork
    starts : ndarray, shape (k, n)
    neurons : ndarray of int
        Those whose states are changed.
    rounds : int
        Each evaluates as many states as `rows_at_once` says, but at most 48.
    """
    count = min(48, rows_at_once(scaled))
    rise, best, scores = _judge(scaled, starts[:count], starts[:0], np.empty(0))
    for _ in range(rounds):
        if rise is not None or not best.shape[0]:
            break
        rows = best[rng.integers(best.shape[0], size=count)].copy()
        size = 10.0 ** rng.uniform(-3, 1, (count, 1))
        some = rng.choice(neurons, min(neurons.size, int(rng.integers(1, 9))), replace=False)
        rows[:, some] += size * (0.1 + abs(rows[:, some])) * rng.normal(size=(count, some.size))
        rise, best, scores = _judge(scaled, rows, best, scores)
    return rise


def _judge(
    scaled: ScaledNetwork, rows: Floats, best: Floats, scores: Floats
) -> tuple[Rise | None, Floats, Floats]:
    """Clearest rise among states, and the best states so far with dE/dt relative to its size."""
    look()
    found = energy_rate(scaled, rows)
    if found is None:
        return None, best[:0], scores[:0]
    rate, size = found
    with np.errstate(all="ignore"):
        score = np.where(np.isfinite(rate) & np.isfinite(size) & (size > 0), rate / size, -np.inf)
    top = int(np.argmax(score))
    if score[top] > _CLEAR:
        x = scaled.field.settle(rows[top : top + 1])[0]
        return Rise(x, float(rate[top]), float(size[top])), best, scores
    usable = score > -np.inf
    rows, score = np.concatenate([best, rows[usable]]), np.concatenate([scores, score[usable]])
    order = np.argsort(-score, kind="stable")[: min(8, rows_at_once(scaled))]
    return None, rows[order], score[order]
