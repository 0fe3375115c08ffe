"""States that repeat with a period of two steps.

Where all neurons are set at once, as by euler steps of tau, symmetric networks end in rest states
or in cycles of two states (Goles and Olivos 1981). That is told from the last states of a run
alone, so that it costs nothing on the way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hamsim.network import Floats

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
            self._seen[left] = x.copy()

    def found(self) -> NDArray[np.bool_]:
        """Trials that alternate, shape (trials,).

        Where a residual is asked for, a cycle counts as reached when no state is further than that
        from the one of two steps ago, and what is left of the way, as a geometric series, is
        little: an alternation that dies out is as far from rest as its states are apart.
        """
        if not self._seen.keys() >= {2, 1, 0}:
            trials = next(iter(self._seen.values())).shape[1] if self._seen else 1
            return np.zeros(trials, dtype=bool)
        earlier, before, last = self._seen[2], self._seen[1], self._seen[0]
        with np.errstate(invalid="ignore", over="ignore"):
            change = np.abs(last - before)
            size = np.maximum(np.abs(last), np.abs(before))
            largest = size.max(axis=0)
            moves = (change > MOVES * size) & (change > MOVES_OF_LARGEST * largest)
            swing, drift = change.max(axis=0), np.abs(last - earlier).max(axis=0)
            repeats = (drift <= ROUNDING * largest) & (drift <= STILL * swing)
            if 4 in self._seen:
                drifted = np.abs(earlier - self._seen[4]).max(axis=0)
                left = np.full_like(drift, np.inf)
                np.divide(drift**2, drifted - drift, out=left, where=drifted > drift)
                repeats |= (
                    (left <= CLOSE * swing) & (drift <= self._tolerance) & (swing > self._tolerance)
                )
        result: NDArray[np.bool_] = moves.any(axis=0) & repeats
        return result
