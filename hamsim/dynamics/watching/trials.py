"""Trials that have diverged, beside others that go on.

All trials share one pass over the weights, so none of them can stop by itself. The place of one
that has diverged is taken by a copy of one that goes on: that stays finite, costs no question in
a step, and changes no bit of the others. What is recorded of it is its last finite state.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.kernels.plan import Buffers, Forces
from hamsim.network import Network
from hamsim.operator import neurons_of

__all__ = ["Trials"]


class Trials:
    """Which trials of a run go on, and the last finite states of the others.

    Parameters
    ----------
    count : int
    """

    def __init__(self, count: int) -> None:
        self.go_on: NDArray[np.bool_] = np.ones(count, dtype=bool)
        self._states: dict[int, tuple[Floats, Floats]] = {}

    @property
    def diverged(self) -> Ints:
        """Numbers of those that have diverged."""
        return np.flatnonzero(~self.go_on)

    def fallen(self, residual: Floats) -> Ints:
        """Numbers of those whose residual shows that they have just diverged."""
        return np.flatnonzero(self.go_on & ~np.isfinite(residual))

    def freeze(self, fallen: Ints, network: Network, states: Floats) -> None:
        """Keep the last finite states of trials, rows of `states` in file order."""
        self.go_on[fallen] = False
        for trial, x, g in zip(
            fallen.tolist(), states, neurons_of(network).activate(states), strict=True
        ):
            self._states[trial] = x, g

    def stand_in(self, buffers: Buffers, forces: Forces) -> None:
        """Let one that goes on take the places of those that have diverged."""
        gone = self.diverged
        if not gone.size or not self.go_on.any():
            return
        source = int(np.argmax(self.go_on))
        for array in (buffers.x, buffers.g, buffers.u, forces.input):
            array[:, gone] = array[:, source, None]
        buffers.previous[gone] = buffers.previous[source]
        buffers.watched[gone] = 0.0

    def restore(self, rows: Floats) -> Floats:
        """States, rows in file order, with the last finite ones of those that have diverged."""
        for trial, (x, _) in self._states.items():
            rows[trial] = x
        return rows

    def overwrite(self, arrays: dict[str, Floats], columns: Ints) -> None:
        """Put what is known of diverged trials into records, of which they are the second axis."""
        for trial, (x, g) in self._states.items():
            known: dict[str, Any] = {
                "x": x[columns],
                "g": g[columns],
                "energy": np.nan,
                "residual": np.inf,
            }
            for what, array in arrays.items():
                array[:, trial] = known[what]

    def mean(self, values: Floats) -> float:
        """Mean over those that go on, or over all if none does."""
        chosen = values[self.go_on] if self.go_on.any() else values
        with np.errstate(over="ignore"):
            found = float(chosen.mean())
        if np.isinf(found):  # the sum overflows, but not the mean
            found = float((chosen / chosen.size).sum())
        return found
