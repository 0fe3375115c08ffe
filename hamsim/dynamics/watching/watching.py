"""What is watched while a run lasts: its energy, its residual, and states that repeat."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.dynamics.watching.recorder import Recorder
from hamsim.dynamics.watching.repeats import Repeats
from hamsim.dynamics.watching.trials import Trials
from hamsim.kernels import step as kernel
from hamsim.kernels.plan import Buffers
from hamsim.trace.stats import EnergyWatch

__all__ = ["Watching"]


class Watching:
    """Observations of one run.

    Parameters
    ----------
    buffers : Buffers
    trials : Trials
    recorder : Recorder
        The energy is watched where it is recorded.
    tolerance : float
        Residual that is asked for; negative if none is.
    noisy : bool
        Whether noise moves the energy, so that it is no fault if it rises.
    """

    def __init__(
        self,
        buffers: Buffers,
        trials: Trials,
        recorder: Recorder,
        tolerance: float,
        noisy: bool = False,
    ) -> None:
        self._buffers, self._trials, self._recorder = buffers, trials, recorder
        self._repeats, self._noisy = Repeats(tolerance), noisy
        self.times: dict[float, float] = {}  # of moments of a run that this one goes on with

    @property
    def energy(self) -> float | None:
        """Energy of the state, the mean over trials; None if it is not recorded."""
        if not self._recorder.with_energy:
            return None
        return self._trials.mean(self._buffers.previous)

    @property
    def residual(self) -> float:
        """Largest residual of a trial."""
        return float(self._buffers.residual.max())

    @property
    def residuals(self) -> Floats:
        """Residual of each trial, infinite where it has diverged."""
        found: Floats = np.where(self._trials.go_on, self._buffers.residual, np.inf)
        return found

    def most(self, left: int, begin: bool) -> int:
        """Steps to the next state that is to be looked at, of so many that are left of the run."""
        return 0 if begin and self._repeats.is_due(left) else self._repeats.steps(left)

    def look(self, left: int) -> None:
        """Look at the state from which so many steps are left."""
        self._repeats.look(left, self._buffers.x)

    def alternating(self) -> NDArray[np.bool_]:
        """Trials that alternate between two states, of a run that has taken all its steps."""
        found = np.zeros(self._trials.go_on.size, dtype=bool)
        found[:] = self._repeats.found()
        return found

    def energy_watch(
        self, when: Callable[[float], float], has_trials: bool, rtol: float = 0.0
    ) -> EnergyWatch | None:
        """What was seen of the energy; None if it is not recorded.

        Parameters
        ----------
        when : callable
            Time of a moment that rises were noted for.
        has_trials : bool
            Whether there is an axis for trials.
        rtol : float
            By which steps are chosen; 0 if they are not.
        """
        if not self._recorder.with_energy:
            return None
        watch, first = self._buffers.watch.tolist(), self._recorder.first_energy
        watch = [0.0] * len(watch) if self._noisy else watch
        rise, size = watch[kernel.RISE], watch[kernel.RISE_SIZE]
        rises = int(watch[kernel.RISES])
        start = end = float("nan")

        def time(moment: float) -> float:
            return self.times[moment] if moment in self.times else when(moment)

        if first is not None:
            start, end = self._trials.mean(first), self._trials.mean(self._buffers.previous)
        return EnergyWatch(
            start=start,
            end=end,
            rises=rises,
            largest_rise=rise,
            relative_rise=rise / size if size > 0 else 0.0,
            time=time(watch[kernel.RISE_STEP]) if rise > 0 else None,
            first_time=time(watch[kernel.FIRST_RISE]) if rises else None,
            trial=int(watch[kernel.RISE_TRIAL]) if rise > 0 and has_trials else None,
            noise=self._noisy,
            total_rise=watch[kernel.RISE_TOTAL],
            allowed=rtol * watch[kernel.RISE_TERMS] * self._trials.go_on.size,
        )
