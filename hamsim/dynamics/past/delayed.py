"""Fixed steps of a network with delayed synapses.

What these drive is computed for all evaluations of a call before it, so that a call lasts no longer
than the shortest delay; states of the senders are noted on the way, and become the past after it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hamsim.dynamics.drivers.fixed import FixedDriver
from hamsim.dynamics.drivers.parts import Parts
from hamsim.dynamics.engine.rewind import Rewind
from hamsim.dynamics.past.late import Late
from hamsim.dynamics.past.noting import Noting, Quiet
from hamsim.dynamics.timeline.breaks import DelayedBreaks
from hamsim.dynamics.timeline.schedule import Schedule
from hamsim.dynamics.timeline.stretches import Stretch
from hamsim.kernels.step import CONVERGED

__all__ = ["DelayedDriver"]

# Numbers that are noted, and rows of what is driven, in one call.
AT_ONCE = 2**22


class DelayedDriver(FixedDriver):
    """Takes the steps of a schedule, none longer than the shortest delay.

    Parameters
    ----------
    parts : Parts
    schedule : Schedule
    """

    def __init__(self, parts: Parts, schedule: Schedule) -> None:
        super().__init__(parts, schedule)
        layout = parts.engine.layout
        network = parts.engine.network
        self.late = Late(network, layout.outside(parts.engine.buffers.x), layout.plan.weights.dtype)
        self.calls = Noting(parts.engine, self.late, self._longest_call(schedule))
        parts.engine.extend = self.calls.extend
        self.sources = (self.late,)
        self.rewind = _Rewind(self)
        self._quiet = Quiet(self.late.longest)
        begin = schedule.beginning.past
        self._breaks = DelayedBreaks(parts.engine.network, schedule.method.order, begin)

    def _longest_call(self, schedule: Schedule) -> int:
        """Steps that a call takes at most."""
        trials = self.late.trials
        rows = schedule.method.stages * self.late.neurons.size
        most = AT_ONCE // (trials * max(rows, 4 * self.late.senders.size))
        shortest = min(stretch.dt for stretch in schedule.stretches)
        return max(1, min(int(most), self._steps_within(shortest), schedule.steps))

    def _steps_within(self, dt: float) -> int:
        """Steps in the shortest delay."""
        return max(1, int(self.late.horizon / dt * (1 + 1e-12)))

    def begin(self, stretch: Stretch) -> None:
        """Let the stimuli of a stretch act."""
        jumps = stretch.last > stretch.first and self._breaks.is_at(stretch.end)
        self.late.enter(stretch.end if jumps else math.inf)
        self.calls.enter(stretch, self._breaks.is_at(stretch.begin))
        super().begin(stretch)

    def _hold(self) -> None:
        super()._hold()
        gone = self.trials.diverged
        if gone.size and self.trials.go_on.any():
            self.late.history.stand_in(gone, int(np.argmax(self.trials.go_on)))

    def _how_many(self, batch: int, begin: bool) -> int:
        if begin:  # where neurons with tau = 0 are is known only then
            return 0
        most = min(self.calls.most, self._steps_within(self.stretch.dt))
        return min(super()._how_many(batch, begin), most)

    def _threshold(self) -> float:
        return -1.0  # one state says nothing: see `Quiet`

    def _drive(self, begin: bool, step: int, n_steps: int) -> None:
        self.calls.begin(begin, step)
        super()._drive(begin, step, n_steps)
        self.calls.take_rows()

    def _call(self, begin: bool, n_steps: int, alone: bool = False) -> None:
        step = self.clock.steps
        if not begin:
            self.rewind.keep(step)
        super()._call(begin, n_steps, alone)
        if self.stopping.diverged or alone:
            return
        self.calls.remember(step, self.clock.steps - step)
        self._look_for_rest()

    def state(self) -> dict[str, Any]:
        """The past."""
        calls = self.calls
        return {
            **super().state(),
            **self.late.state(),
            "delays.earlier": calls.earlier.copy(),
            "delays.earlier_times": calls.earlier_times.copy(),
            "delays.resting": self._quiet.since,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Put back the past."""
        super().restore(state)
        self.late.restore(state)
        if "delays.earlier" in state:
            calls = self.calls
            calls.earlier = np.array(state["delays.earlier"])
            calls.earlier_times = np.array(state["delays.earlier_times"])
            self._quiet.since = float(state["delays.resting"])

    def record_here(self) -> None:
        """Record the state that has been reached; what is known of the past stays."""
        calls = self.calls
        kept = calls.earlier, calls.earlier_times
        super().record_here()
        calls.earlier, calls.earlier_times = kept

    def _look_for_rest(self) -> None:
        threshold = self.stopping.threshold(self.stretch.settled)
        if self._quiet.is_long(self.watching.residual, threshold, self.clock.time):
            if self.recorder.last != self.clock.steps and not self.recorder.last_only:
                self._call(True, 0, alone=True)
            self.stopping.status = CONVERGED


class _Rewind(Rewind):
    """Goes back to the beginning of a call only: the past is known up to there."""

    def __init__(self, driver: DelayedDriver) -> None:
        super().__init__(driver.engine)
        self._calls = driver.calls

    def retake(self, step: int, drive: Callable[[bool, int, int], None], dt: float) -> None:
        """Take the steps again that lead to the state after `step`; they are one call."""
        first, steps = self.step, step - self.step
        self.again += steps
        for begin, number in ((True, 0), (False, steps)):
            drive(begin, first, number)
            self._engine.run(begin, first, number, table=1)
        self._calls.remember(first, steps)
        self.keep(step)
