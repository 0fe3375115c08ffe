"""States that repeat with a period of two steps.

Where all neurons are set at once, as by euler steps of tau, symmetric networks end in rest states
or in cycles of two states (Goles and Olivos 1981). That is told from the last states of a run
alone, so that it costs nothing on the way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats

__all__ = ["Repeats"]

# States are kept from which so many steps are left; the first only where a residual is asked for.
LOOKS = (4, 2, 1, 0)
# A state is the one of two steps ago if they differ by no more than rounding, as part of the
# largest state, and by no more than this part of what a step changes.
ROUNDING = 64 * np.finfo(float).eps
STILL = 1e-7
# A step must change some neuron by more than these parts of its state and of the largest state:
# at rest, states may go on alternating between neighbouring numbers.
MOVES, MOVES_OF_LARGEST = 1e-9, 1e-12
# What is still approached must be this close, as part of what a step changes.
CLOSE = 0.01
PIECE = 2**15  # numbers that are compared at a time


class Repeats:
    """Keeps the last states of a run, and tells which trials alternate between two.

    Parameters
    ----------
    tolerance : float
        Residual that is asked for; negative if none is.
    """

    def __init__(self, tolerance: float) -> None:
        self._tolerance = tolerance
        self._looks = LOOKS if tolerance > 0 else LOOKS[1:]
        self._seen: dict[int, Floats] = {}

    def is_due(self, left: int) -> bool:
        """Whether the state is to be kept from which so many steps are left."""
        return left in self._looks

    def steps(self, left: int) -> int:
        """Steps to the next state to be kept, of so many that are left."""
        return left - max(look for look in self._looks if look < left) if left > 0 else 0

    def look(self, left: int, x: Floats) -> None:
        """Keep the state, of shape (n, trials), if it is one of the last."""
        if self.is_due(left):
            self._seen[left] = x.copy() if left > 0 else x  # the last one stays

    def found(self) -> NDArray[np.bool_]:
        """Trials that alternate, shape (trials,).

        Where a residual is asked for, a cycle counts as reached when no state is further than that
        from the one of two steps ago, and what is left of the way, as a geometric series, is
        little: an alternation that dies out is as far from rest as its states are apart.
        """
        if not self._seen.keys() >= {2, 1, 0}:
            trials = next(iter(self._seen.values())).shape[1] if self._seen else 1
            return np.zeros(trials, dtype=bool)
        with np.errstate(invalid="ignore", over="ignore"):
            return self._compare()

    def _compare(self) -> NDArray[np.bool_]:
        largest = self._largest(lambda last, before, *_: np.maximum(np.abs(last), np.abs(before)))
        swing = self._largest(lambda last, before, *_: np.abs(last - before))
        drift = self._largest(lambda last, _, earlier, *__: np.abs(last - earlier))
        repeats: NDArray[np.bool_] = (drift <= ROUNDING * largest) & (drift <= STILL * swing)
        if 4 in self._seen:
            drifted = self._largest(lambda _, __, earlier, first: np.abs(earlier - first))
            left = np.full_like(drift, np.inf)
            np.divide(drift**2, drifted - drift, out=left, where=drifted > drift)
            near = (drift <= self._tolerance) & (swing > self._tolerance)
            repeats |= near & (left <= CLOSE * swing)
        if not repeats.any():
            return repeats
        repeats &= self._largest(lambda last, before, *_: _moves(last, before, largest))
        return repeats

    def _largest(self, function: Callable[..., Any]) -> Any:
        """Maximum over neurons of a function of the states, in pieces that stay in the cache."""
        states = [self._seen[left] for left in sorted(self._seen)]
        rows = max(1, PIECE // states[0].shape[1])
        pieces = (
            function(*(state[k : k + rows] for state in states))
            for k in range(0, states[0].shape[0], rows)
        )
        return np.max([piece.max(axis=0) for piece in pieces], axis=0)


def _moves(last: Floats, before: Floats, largest: Floats) -> NDArray[np.bool_]:
    """Which neurons a step changes by more than rounding."""
    change, size = np.abs(last - before), np.maximum(np.abs(last), np.abs(before))
    return (change > MOVES * size) & (change > MOVES_OF_LARGEST * largest)
