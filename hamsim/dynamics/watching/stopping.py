"""When a run is over, and what it has come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.dynamics.watching.endings import Divergence, Ending
from hamsim.dynamics.watching.orbits import Cycle
from hamsim.dynamics.watching.trials import Trials
from hamsim.kernels.step import CONVERGED, DIVERGED, RUNNING
from hamsim.network import Until

__all__ = ["Stopping"]


class Stopping:
    """Whether a run goes on.

    Parameters
    ----------
    trials : Trials
    tolerance : float
        Residual at which it ends; negative never ends it.
    has_trials : bool
        Whether there is an axis for trials.
    """

    def __init__(self, trials: Trials, tolerance: float, has_trials: bool) -> None:
        self._trials, self.tolerance, self._has_trials = trials, tolerance, has_trials
        self.status = RUNNING
        self.divergence: Divergence | None = None  # the first
        self.interrupted = False  # before all steps were taken
        self.met: str | None = None  # which end that was asked for, besides the residual

    @property
    def running(self) -> bool:
        """Whether nothing has ended the run."""
        return self.status == RUNNING and not self.interrupted and self.met is None

    def meet(self, what: str | None) -> None:
        """Let the run end because of what was asked for, unless something else has ended it."""
        if self.running:
            self.met = what

    def end_of_all(self, words: Sequence[str | None]) -> None:
        """Let the run end because all trials have, each by itself.

        Parameters
        ----------
        words : sequence of str or None
            What each has met besides the residual.
        """
        own = {words[trial] for trial in np.flatnonzero(self._trials.go_on).tolist()}
        if len(own) == 1 and None not in own:
            self.meet(own.pop())
        elif self.running:
            self.status = CONVERGED

    @property
    def diverged(self) -> bool:
        """Whether a number has stopped being finite, and nobody has dealt with it yet."""
        return self.status == DIVERGED

    def threshold(self, settled: bool) -> float:
        """Residual at which the run ends now: not before stimuli have changed for the last time."""
        return self.tolerance if settled else -1.0

    def judge(self, residuals: Floats, settled: bool) -> bool:
        """Whether a run goes on whose trials have these residuals; for loops in Python."""
        largest = float(residuals[self._trials.go_on].max(initial=0.0))
        if not np.isfinite(largest):
            self.status = DIVERGED
        elif largest <= self.threshold(settled):
            self.status = CONVERGED
        return self.running

    def end(
        self,
        time: float,
        residuals: Floats,
        alternate: NDArray[np.bool_] | None,
        moving: bool = False,
        until: Until | None = None,
        rate: Floats | None = None,
        cycles: Mapping[int, Cycle] | None = None,
        own: Sequence[str | None] = (),
        basins: Mapping[int, str] | None = None,
    ) -> Ending:
        """What the run has come to.

        Parameters
        ----------
        time : float
        residuals : ndarray, shape (trials,)
        alternate : ndarray of bool, shape (trials,), or None
            Trials that alternate between two states; None if nobody has asked.
        moving : bool
            Whether what acts changes still, so that a small residual is no rest.
        until : Until, optional
            What was asked for.
        rate : ndarray, shape (trials,), optional
            Change of the energy at the last look, per unit of time.
        cycles : mapping of int to Cycle, optional
            Trials that go round.
        own : sequence of str or None, optional
            What trials have met that end each by itself.
        basins : mapping of int to str, optional
            What is known of trials that were brought to rest.
        """
        nothing = np.zeros(residuals.size, dtype=bool)
        return Ending(
            time=time,
            residuals=residuals,
            tolerance=-1.0 if moving else self.tolerance,
            converged=self.status == CONVERGED,
            interrupted=self.interrupted,
            met=self.met,
            own=tuple(own) or (None,) * residuals.size,
            until=until or Until(),
            rate=rate,
            cycles=cycles or {},
            basins=basins or {},
            go_on=self._trials.go_on,
            alternate=nothing if alternate is None else alternate,
            divergence=self.divergence,
            has_trials=self._has_trials,
        )
