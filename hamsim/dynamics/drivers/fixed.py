"""Fixed steps: calls of the compiled loop, and the way back when a trial diverges."""

from __future__ import annotations

import time as wall
from collections.abc import Mapping
from typing import Any

import numpy as np

from hamsim.arrays import Ints
from hamsim.dynamics.drivers.calls import Calls
from hamsim.dynamics.drivers.controller import FixedSteps
from hamsim.dynamics.drivers.parts import Parts
from hamsim.dynamics.drivers.stretchwise import Stretchwise
from hamsim.dynamics.engine.driven import Source
from hamsim.dynamics.engine.engine import NEVER
from hamsim.dynamics.engine.rewind import Rewind
from hamsim.dynamics.timeline.schedule import Schedule
from hamsim.dynamics.timeline.stretches import Stretch
from hamsim.dynamics.watching.endings import find_divergence
from hamsim.kernels.step import DIVERGED, RUNNING
from hamsim.operator.team import surely_within, work_of

__all__ = ["FixedDriver"]


class FixedDriver(Stretchwise):
    """Takes the steps of a schedule.

    Parameters
    ----------
    parts : Parts
    schedule : Schedule
    """

    def __init__(self, parts: Parts, schedule: Schedule) -> None:
        super().__init__(parts, schedule.stretches)
        self.engine, self.watching = parts.engine, parts.watching
        self.looks, self.schedule = parts.looks, schedule
        self.rewind = Rewind(parts.engine)
        self.sources: tuple[Source, ...] = ()  # what else changes over time

    @property
    def evaluations(self) -> int:
        """How often dx/dt has been computed."""
        steps = self.clock.steps - self.schedule.beginning.steps + self.rewind.again
        return round(steps * self.engine.method.products) + len(self.schedule.stretches)

    def figures(self) -> dict[str, Any]:
        """How many products W g that took."""
        return {"products": self.evaluations}

    def help(self, board: Ints) -> None:
        """Follow another thread, which has that board."""
        self.engine.help(board)

    def begin(self, stretch: Stretch) -> None:
        """Let the stimuli of a stretch act."""
        self.stretch, self.controller = stretch, FixedSteps(stretch)
        self.rewind.keep(self.clock.steps)
        # What is taken once more is not recorded, nor its energy watched.
        records = (self.recorder.records, self.recorder.nothing)
        self.engine.act(stretch.stimuli, *records, sources=self.sources)
        self.engine.set_step(stretch.dt)
        self._hold()

    def _hold(self) -> None:
        self.engine.hold()
        self.trials.stand_in(self.engine.buffers, self.engine.forces)

    def _go_through(self, stretch: Stretch, calls: Calls) -> None:
        with calls.at_work(self.engine, self.help):
            self._take_steps(calls)

    def _take_steps(self, calls: Calls) -> None:
        begin = True
        calls.batch = 1

        def take(n_steps: int) -> int:
            if not begin and self.rewind.is_due(wall.perf_counter()):
                self.rewind.keep(self.clock.steps)
            self._call(begin, n_steps, alone=begin and self._at_once)
            return 0 if begin or self.stopping.diverged else n_steps  # the first may have compiled

        while begin or self.controller.propose(self.clock).number:
            calls.call(self.engine.board, self._how_many(calls.batch, begin), take)
            if self.stopping.diverged:
                at_once = begin and self.rewind.step == self.clock.steps
                self._leave_behind(at_once)
                begin, calls.batch = at_once, 1
                if self.stopping.running:
                    continue
            if self.looks.wanted and self._is_a_look(begin):
                met = self.looks.look(self.clock.time, self.stretch.settled)
                self.stopping.meet(met)
            if self._is_final:
                self.watching.look(self.schedule.steps - self.clock.steps)
            calls.tell()
            if not self.stopping.running or calls.interrupted:
                return
            if begin:
                work = work_of(self.engine.network, self.engine.trials)
                evaluations = surely_within(calls.first_seconds, work)
                calls.batch = max(1, evaluations // max(1, round(self.engine.method.products)))
            begin = False

    def _arrive(self, stretch: Stretch) -> None:
        """Where a stretch ends everything is in its place."""

    def _end(self) -> None:
        """The last call has recorded it."""

    @property
    def _is_final(self) -> bool:
        return self.stretch.last == self.schedule.steps

    @property
    def _at_once(self) -> bool:
        """Whether the state with which the run begins is to be recorded in any case."""
        schedule, step = self.schedule, self.clock.steps
        due = schedule.stride > 0 and schedule.record_first <= step == schedule.beginning.steps
        return due and self.recorder.at_once

    @property
    def _origin(self) -> int:
        """The step from which records are counted."""
        on_grid = self.stretch.grid is not None
        return self.stretch.origin + (self.schedule.record_grid if on_grid else 0)

    @property
    def _stride(self) -> int:
        """Steps between two looks: those between records, or one where none is recorded."""
        return max(1, self.schedule.stride)

    def _is_a_look(self, begin: bool) -> bool:
        """Whether this is a state to look at: on the grid of records, or after a change."""
        beginning = self.schedule.beginning
        if begin and (self.clock.steps > beginning.steps or self.schedule.begins_with_a_change):
            return True
        return (self.clock.steps - self._origin) % self._stride == 0

    def _how_many(self, batch: int, begin: bool) -> int:
        """Steps to take before anybody wants to be asked again."""
        if begin and (self._at_once or self.looks.wanted):
            return 0
        left = self.controller.propose(self.clock).number
        most = [batch, self.watching.most(left, begin) if self._is_final else left]
        if self.schedule.stride:
            most.append(self.recorder.room * self.schedule.stride)
        if self.engine.driven is not None:
            most.append(self.engine.driven.steps_ahead(self.stretch.dt))
        if self.looks.wanted:
            most.append(self._stride - (self.clock.steps - self._origin) % self._stride)
        quiet = self.schedule.record_first - 1 - self.clock.steps
        if quiet > 0 or (begin and quiet == 0):  # no step before that is recorded
            most.append(quiet)
        return max(0, min(most))

    def _call(self, begin: bool, n_steps: int, alone: bool = False) -> None:
        """Take steps, and hand on what is recorded of them; `alone` the state that is reached."""
        schedule, step = self.schedule, self.clock.steps
        ends = alone or step + n_steps == self.stretch.last
        final = alone or self._is_final
        quiet = schedule.stride > 0 and step + n_steps < schedule.record_first
        origin = self._origin
        self._drive(begin, step, n_steps)
        self.stopping.status, step, rows = self.engine.run(
            begin,
            step,
            n_steps,
            NEVER if quiet else schedule.stride,
            origin,
            final or not ends,
            final and ends,
            self._threshold(),
        )
        self._reach(step)
        if rows:
            self.recorder.take(self.controller.times(self.recorder.records.step[:rows]))

    def _threshold(self) -> float:
        """Residual at which the compiled loop ends the run."""
        return self.stopping.threshold(self.stretch.settled)

    def _drive(self, begin: bool, step: int, n_steps: int) -> None:
        """Have the values at hand that change over time, of so many steps."""
        if not self.engine.moving:
            return
        at = self.controller.times(np.arange(step, step + n_steps + 1))
        nodes = np.array(self.engine.method.nodes[:-1])
        inner = at[:-1, None] + nodes * self.stretch.dt
        times = np.concatenate([inner, at[1:, None]], axis=1).reshape(-1)
        self.engine.drive(np.concatenate([at[:1], times]) if begin else times)

    def _reach(self, step: int) -> None:
        self.clock.reach(float(self.controller.times(step)), step)

    @property
    def ready(self) -> bool:
        """Between calls, always."""
        return True

    def state(self) -> dict[str, Any]:
        """What x and the number of the step do not determine: noise that has a memory."""
        kicks = self.engine.kicks
        if kicks is None or not kicks.eta.size:
            return {}
        return {"noise.eta": self.engine.layout.outside(kicks.eta).copy()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Put back noise that has a memory."""
        kicks, eta = self.engine.kicks, state.get("noise.eta")
        if kicks is not None and eta is not None and kicks.eta.size:
            kicks.eta[:] = self.engine.layout.inside(eta)

    def record_here(self) -> None:
        """Record the state that has been reached before the end, unless that has been done."""
        if self.recorder.last == self.clock.steps:
            return
        for stretch in self.schedule.stretches:
            if stretch.first <= self.clock.steps < stretch.last:
                self.begin(stretch)
        self._call(True, 0, alone=True)

    def record_last(self) -> None:
        """Record the last state, of a run of which nothing else is recorded."""
        self.engine.measure()
        self.recorder.put(self.clock.time)

    def _leave_behind(self, at_once: bool) -> None:
        """Go back to the last finite state of trials that have diverged, and on without them.

        Parameters
        ----------
        at_once : bool
            Where a stretch began: with the stimuli of before, or at t = 0, the state was finite.
        """
        buffers, network, layout = self.engine.buffers, self.engine.network, self.engine.layout
        fallen = self.trials.fallen(buffers.residual)
        if self.stopping.divergence is None:
            self.stopping.divergence = find_divergence(
                network, layout, buffers, int(fallen[0]), self.clock.time
            )
        self.rewind.restore()
        if not at_once:
            self._hold()
            self._reach(self.clock.steps - 1)
            self.rewind.retake(self.clock.steps, self._drive, self.stretch.dt)
        states = layout.outside(buffers.x)[fallen]
        last = fallen.size == np.count_nonzero(self.trials.go_on)
        if last and not at_once:
            if self.recorder.last_only:
                self.record_last()
            elif self.recorder.last != self.clock.steps:
                self._call(True, 0, alone=True)
        self.trials.freeze(fallen, network, states)
        if last and at_once:
            self.recorder.put_frozen(self.clock.time)
        self.stopping.status = DIVERGED if last else RUNNING
        self._hold()
