"""Fixed steps of a network with delayed synapses.

What these drive is computed for all evaluations of a call before it, so that a call lasts no longer
than the shortest delay; states of the senders are noted on the way, and become the past after it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.engine import Engine
from hamsim.dynamics.fixed import FixedDriver
from hamsim.dynamics.history import hermite, through_nodes
from hamsim.dynamics.late import Late
from hamsim.dynamics.parts import Parts
from hamsim.dynamics.rewind import Rewind
from hamsim.dynamics.schedule import Schedule
from hamsim.dynamics.stretches import Stretch
from hamsim.kernels.delayed import with_delays
from hamsim.kernels.plan import MOVING, Programs
from hamsim.kernels.plan import Late as LateBundle
from hamsim.kernels.step import CONVERGED
from hamsim.methods import RungeKutta

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
        layout, method = parts.engine.layout, schedule.method
        assert isinstance(method, RungeKutta)
        network = parts.engine.network
        self.late = Late(network, layout.outside(parts.engine.buffers.x), layout.plan.weights.dtype)
        self.calls = _Calls(parts.engine, self.late, method, self._longest_call(schedule))
        parts.engine.extend = self.calls.extend
        self.sources = (self.late,)
        self.rewind = _Rewind(self)
        self._resting = math.nan  # since when nothing has moved; NaN if something does

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
        self.late.enter(stretch.end if stretch.last > stretch.first else math.inf)
        self.calls.enter(stretch)
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
        return -1.0  # one state says nothing: see `_look_for_rest`

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

    def _look_for_rest(self) -> None:
        """End the run where the residual has been small for as long as the longest delay.

        One state says nothing: what was on its way may still arrive.
        """
        threshold, now = self.stopping.threshold(self.stretch.settled), self.clock.time
        if not self.watching.residual <= threshold:
            self._resting = math.nan
        elif not self._resting <= now:
            self._resting = now
        elif now - self._resting >= self.late.longest:
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


class _Calls:
    """What the kernels need of delays in a call.

    Parameters
    ----------
    engine : Engine
    late : Late
    method : RungeKutta
    most : int
        Steps of a call.
    """

    def __init__(self, engine: Engine, late: Late, method: RungeKutta, most: int) -> None:
        self.engine, self.late, self.most = engine, late, most
        layout, trials = engine.layout, engine.trials
        places = layout.places(late.neurons)
        self._order = np.argsort(places)
        now = late.now[self._order]
        senders = layout.places(np.arange(engine.network.n_neurons))[now.indices]
        receivers = places[self._order]
        plan, noted = layout.plan, late.senders.size
        borders = np.concatenate([plan.chunk_start, plan.chunk_stop[-1:]])
        self.bundle = LateBundle(
            counts=np.zeros(2, dtype=np.int64),
            receivers=receivers,
            rows=np.zeros((most * method.stages + 1, receivers.size, trials)),
            noted=layout.places(late.senders),
            x=np.empty((most + 1, noted, trials)),
            u=np.empty((most + 1, noted, trials)),
            chunks=np.searchsorted(receivers, borders).astype(np.int64),
            indptr=now.indptr.astype(np.int64),
            senders=senders.astype(np.int64),
            weights=now.data,
        )

    def enter(self, stretch: Stretch) -> None:
        """Say which steps come next."""
        self._stretch = stretch
        self._earlier: Floats = np.empty((0, *self.bundle.x.shape[1:]))

    def extend(self, programs: Programs) -> tuple[Programs, LateBundle]:
        """Programs with what delayed synapses need besides, and the bundle of their works."""
        chunks = self.engine.layout.plan.chunk_start.size
        driven = self.engine.driven
        self.bundle.counts[1] = driven is not None and len(driven.sources) == 1
        return with_delays(programs, chunks), self.bundle

    def begin(self, evaluates: bool, step: int) -> None:
        """Begin a call: say where the past ends, as far as that is known.

        Parameters
        ----------
        evaluates : bool
            Whether the state is evaluated first, by which neurons with tau = 0 get theirs.
        step : int
            Number of steps that were taken.
        """
        bundle, buffers = self.bundle, self.engine.buffers
        bundle.counts[0] = 0
        if not evaluates:
            bundle.x[0], bundle.u[0] = buffers.x[bundle.noted], buffers.u[bundle.noted]
            bundle.counts[0] = 1
            self.late.history.be_at(float(self._stretch.times(step)), bundle.x[0])

    def take_rows(self) -> None:
        """Take what the synapses drive, which has just been computed."""
        rows = self.late.rows
        self.bundle.rows[: rows.shape[0]] = rows[:, self._order]

    def remember(self, step: int, steps: int) -> None:
        """Let steps that were taken be the past."""
        if steps == 0:
            return
        stretch, bundle, forces = self._stretch, self.bundle, self.engine.forces
        x, u = bundle.x[: steps + 1], bundle.u[: steps + 1]
        moving = forces.phase[bundle.noted] == MOVING
        polynomials = np.empty((steps, x.shape[1], 4, x.shape[2]))
        rates = stretch.dt / forces.tau[bundle.noted[moving]]
        made = hermite(x[:, moving], u[:, moving] * rates[:, None])
        polynomials[:, moving] = made.transpose(0, 2, 1, 3)
        if not moving.all():
            made = through_nodes(x[:, ~moving], self._earlier[:, ~moving])
            polynomials[:, ~moving] = made.transpose(0, 2, 1, 3)
        self._earlier = np.concatenate([self._earlier, x[:-1]])[-2:].copy()
        begins: Floats = stretch.times(np.arange(step, step + steps))
        self.late.history.add(begins, np.full(steps, stretch.dt), polynomials)
