"""Trials that are ahead of others when another driver goes on with them, and their records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.dynamics.drivers.midway import KEY as EXPLICIT
from hamsim.kernels.plan import Records

__all__ = ["Ahead"]

KEY = "ahead."


class Ahead:
    """Times that trials have come to, and what has been recorded of them up to there.

    Parameters
    ----------
    state : mapping
        Of a run, as `Midway.state` gives it, or `state`.
    times : ndarray
        Of the records that are to be made, rising.
    """

    def __init__(self, state: Mapping[str, Any], times: Floats) -> None:
        own = KEY if f"{KEY}time" in state else EXPLICIT
        self.time = np.array(state[f"{own}time"], dtype=np.float64)
        # How many of the next records each trial has passed.
        self.passed: Ints = np.searchsorted(times, self.time, side="right")
        self._early = early = np.asarray(state.get(f"{own}early", np.zeros(0)))
        prefix = f"{own}early."
        _, here, there = np.intersect1d(times, early, return_indices=True)
        self._rows = dict(zip(here.tolist(), there.tolist(), strict=True))
        self._arrays = {
            key.removeprefix(prefix): value
            for key, value in state.items()
            if key.startswith(prefix)
        }

    @classmethod
    def of(cls, state: Mapping[str, Any], times: Floats | None, trials: int) -> Ahead | None:
        """What a state tells of as many trials; None if it tells nothing."""
        known = any(np.shape(state.get(f"{key}time", 0.0)) == (trials,) for key in (KEY, EXPLICIT))
        return cls(state, np.zeros(0) if times is None else times) if known else None

    def state(self, base: int) -> dict[str, Any]:
        """The same for another run, as long as some records are still to be made of it."""
        if not np.any(self.passed > base):
            return {}
        arrays = {f"{KEY}early.{name}": array for name, array in self._arrays.items()}
        return {f"{KEY}time": self.time, f"{KEY}early": self._early, **arrays}

    def stay(self, states: Floats, base: int, kept: Floats) -> None:
        """Let trials be where they are, (n, trials), in records that they have passed."""
        for trial, passed in enumerate(self.passed - base):
            kept[: max(passed, 0), :, trial] = states[:, trial]

    def put(self, base: int, count: int, records: Records) -> None:
        """Write what has been recorded of trials that have passed the next records."""
        for row in range(count):
            at = self._rows.get(base + row)
            trials = np.flatnonzero(self.passed > base + row)
            if at is None or not trials.size:
                continue
            for name, early in self._arrays.items():
                array = getattr(records, name)
                if array.shape[0] and early.shape[1:] == array.shape[1:]:
                    array[row, trials] = early[at, trials]
