"""The state to go back to when a trial diverges."""

from __future__ import annotations

import time as wall
from collections.abc import Callable

import numpy as np

from hamsim.dynamics.engine.engine import Engine

__all__ = ["Rewind"]

# A state is kept this often: copying it must cost nothing beside the steps.
KEEP_SECONDS = 0.5


class Rewind:
    """Keeps a state from time to time; steps from there can be taken once more.

    Parameters
    ----------
    engine : Engine
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._state = [np.empty_like(array) for array in engine.state]
        self._when = -np.inf
        self.step = 0
        self.again = 0  # steps that were taken once more

    def is_due(self, now: float) -> bool:
        """Whether it is long ago that a state was kept."""
        return now - self._when > KEEP_SECONDS

    def keep(self, step: int) -> None:
        """Keep the state after so many steps."""
        for kept, array in zip(self._state, self._engine.state, strict=True):
            np.copyto(kept, array)
        self.step, self._when = step, wall.perf_counter()

    def restore(self) -> None:
        """Put back the state that was kept."""
        for kept, array in zip(self._state, self._engine.state, strict=True):
            np.copyto(array, kept)

    def retake(self, step: int, drive: Callable[[bool, int, int], None], dt: float) -> None:
        """Take the steps again that lead to the state after `step`; nothing of them is recorded.

        Parameters
        ----------
        step : int
        drive : callable
            Has the values at hand that change over time; told whether a stretch begins, from
            which step on, and of how many.
        dt : float
            Length of these steps.
        """
        self.again += step - self.step
        driven = self._engine.driven
        begin, at = True, self.step
        while begin or at < step:
            left = step - at
            n_steps = left if driven is None else min(left, driven.steps_ahead(dt))
            drive(begin, at, n_steps)
            self._engine.run(begin, at, n_steps, table=1)
            begin, at = False, at + n_steps
        self.keep(step)
