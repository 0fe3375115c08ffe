"""Steps that are chosen: calls of the compiled loop over attempts, and what happens between them.

Each trial has steps of its own. Trials that have come to an end are left behind as soon as half of
them have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.dynamics.drivers.awaiting import Awaiting
from hamsim.dynamics.drivers.calls import Calls
from hamsim.dynamics.drivers.choosing import Choosing
from hamsim.dynamics.drivers.fallen import find_fallen
from hamsim.dynamics.drivers.midway import Midway
from hamsim.dynamics.drivers.parts import Parts
from hamsim.dynamics.drivers.stretchwise import Stretchwise
from hamsim.dynamics.drivers.told import figures_of
from hamsim.dynamics.drivers.within import Within
from hamsim.dynamics.timeline.span import Interval, Span
from hamsim.kernels.adapt import FELL, FULL, OVER
from hamsim.kernels.control import (
    ARRIVED,
    END,
    FALLEN,
    GOING,
    REFUSED,
    RESIDUAL_PART,
    RESTS,
    STIFF,
    TAKEN,
)
from hamsim.kernels.step import DIVERGED

__all__ = ["AdaptiveDriver"]

WORTH = 300.0  # products that are left, from which on another method is worth a change
LEAST_TRIALS = 2  # that an engine goes on with which began with many


class AdaptiveDriver(Stretchwise):
    """Takes the steps of explicit pairs.

    Parameters
    ----------
    parts : Parts
    span : Span
    """

    def __init__(self, parts: Parts, span: Span) -> None:
        assert isinstance(parts.engine, Choosing)
        self.engine: Choosing = parts.engine
        super().__init__(parts, span.stretches)
        self.span = span
        if span.switches:
            self.engine.watch_stability(span.end, WORTH)
        self._whole = parts.engine  # of all trials, also of those that are over
        times = np.zeros(0) if span.times is None else span.times
        self._each_step = span.times is None
        wanted = parts.looks.wanted
        self.within = Within(self.engine, self.recorder, times, wanted, span.silent)
        self.awaiting = Awaiting(parts.looks, self.engine, self._each_step or not times.size)
        if self._each_step:
            self.engine.record_each_step(self.recorder.records.step.size)
        m = self.engine.trials
        self._begun = np.zeros(m, dtype=np.int64)  # evaluations where stretches begin
        self._products = np.zeros(m, dtype=np.int64)
        self._counts = np.zeros((2, m), dtype=np.int64)
        self._lengths = np.array([np.full(m, np.inf), np.zeros(m)])
        self._time = np.full(m, span.begin)
        self._noted: tuple[Any, ...] = ()  # what the engine held when these were noted
        self.engine.control.time[:] = span.begin
        self._midway = Midway(self.engine.control, self.engine.stability)
        self._resumes = False  # whether an attempt is half done

    # --- figures -------------------------------------------------------------------------------

    @property
    def evaluations(self) -> int:
        """How often dx/dt has been computed of a trial."""
        return int(self._note()[0].sum())

    def _note(self) -> tuple[Ints, Ints]:
        """Products of each trial, and steps taken and refused, as of now."""
        control, number = self.engine.control, self.engine.control.number
        stamp = (
            id(control),
            control.counts.tobytes(),
            control.time.tobytes(),
            control.ahead.tobytes(),
            control.state.tobytes(),
        )
        if stamp == self._noted:
            return self._products + self._begun, self._counts
        self._noted = stamp
        self._products[number] = self.engine.products
        self._counts[:, number] = control.counts[[TAKEN, REFUSED]]
        self._lengths[:, number] = control.lengths
        self._time[number] = control.time
        return self._products + self._begun, self._counts

    def figures(self) -> dict[str, Any]:
        """Products of each trial, steps that were refused, and how long steps were."""
        products, counts = self._note()
        trials = self.recorder.header.trials
        return figures_of(trials is None, products, counts[1], counts[0], *self._lengths)

    def _tell_time(self) -> None:
        """Say how far the trials are, and copy what others ask of them."""
        _, counts = self._note()
        engine, whole = self.engine, self._whole
        number, going = engine.control.number, self._going | (engine.control.state == STIFF)
        if engine is not whole:
            for name in ("residual", "previous"):
                getattr(whole.buffers, name)[number] = getattr(engine.buffers, name)
        time = engine.control.time[going].min() if going.any() else self._time.max()
        self.clock.reach(float(time), self.span.beginning.steps + int(counts[0].sum()))

    def _flush(self) -> None:
        """Hand on records that all trials have passed; of those that are over, as they stay."""
        self._note()
        if not self.awaiting.unfinished:
            self.awaiting.put_back(self.engine)
            self.within.flush(float(self._time.max()))

    @property
    def _going(self) -> Any:
        return self.engine.control.state == GOING

    @property
    def stiff(self) -> bool:
        """Whether trials wait for a method for stiff networks."""
        return bool((self.engine.control.state == STIFF).any())

    # --- going on with another run -------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether what has been reached is a state to go on from: no attempt is half done."""
        return not self._resumes

    def state(self) -> dict[str, Any]:
        """Where trials are, and how their next steps are chosen; nothing where a stretch ends.

        Records before that are handed on first: who goes on makes none of them.
        """
        self._put_back()
        self._flush()
        ends = [stretch.end for stretch in self.span.stretches]
        ended = self.awaiting.state(self.engine)
        if self._resumes or self.awaiting.ended.begin_anew(self._time, ends):
            return ended
        self._midway.note(self.engine.control, self.engine.stability)
        return self._midway.state(self.within) | ended

    def restore(self, state: Mapping[str, Any]) -> None:
        """Choose steps as the run before would have gone on to do."""
        self._midway.restore(state)
        self.awaiting.restore(state, self.engine)

    # --- a run ---------------------------------------------------------------------------------

    def _go_through(self, stretch: Interval, calls: Calls) -> None:
        first = True
        while self._going.any() and not calls.interrupted:
            self._leave_behind(stretch)
            with calls.at_work(self.engine, self.engine.help):
                if first:
                    self._look_around(stretch, calls)
                first = False
                self._take_steps(stretch, calls)

    def _arrive(self, stretch: Interval) -> None:
        self._flush()

    @property
    def _stops(self) -> bool:
        return self.stiff

    def _go_on(self) -> bool:
        state = self.engine.control.state
        arrived = state == ARRIVED
        state[arrived] = GOING
        return bool(arrived.any())

    def begin(self, stretch: Interval) -> None:
        """Let the stimuli of a stretch act."""
        engine = self.engine
        engine.act(stretch.stimuli, self.recorder.records)
        engine.hold()
        engine.control.rules[END] = stretch.end

    def _look_around(self, stretch: Interval, calls: Calls) -> None:
        """Evaluate where a stretch begins, record it, and choose a first step."""
        engine, control, buffers = self.engine, self.engine.control, self.engine.buffers
        calls.team.call(engine.board, calls.team.followers > 0)
        before = buffers.x.copy() if engine.forces.has_instant else buffers.x
        buffers.accepted[:] = 1.0
        goes_on = self._midway.known and stretch is self.span.stretches[0]
        if goes_on:
            self._midway.put_times(control, buffers, self.within, stretch.begin)
        apart = bool(np.any(control.time != stretch.begin))
        engine.drive_here(control.time if apart else stretch.begin)
        engine.evaluate()
        self._begun[control.number[self._going]] += 1
        fallen = self._going & ~np.isfinite(buffers.residual)
        if fallen.any():
            control.state[fallen] = FALLEN
            self._blame(int(np.flatnonzero(fallen)[0]), stretch.begin, at_y=False)
            self._freeze(fallen, engine.layout.outside(before))
        if self.recorder.with_energy:
            engine.look(True, stretch.begin)
        tolerance = self.stopping.threshold(stretch.settled)
        control.state[self._going & (buffers.residual <= tolerance)] = RESTS
        control.limit[:] = np.inf
        if tolerance > 0.0:
            control.limit[:] = control.rules[RESIDUAL_PART] * buffers.residual
        if self._each_step:
            if stretch.begin >= self.span.start and not fallen.any():
                self.recorder.put(stretch.begin)
                self.within.last = stretch.begin
        elif not apart:
            self._record_first(stretch)
            self.within.begin(stretch.begin)
        self.awaiting.begin(engine, stretch.begin, stretch.settled, goes_on)
        if not self._going.any():
            return
        control.before[:], control.resume[:] = 1.0, 0.0
        engine.stability.score[:] = 0
        if goes_on and self._midway.knows_steps:
            self._midway.put_steps(control, engine.stability)
        elif self.span.first_step is not None and stretch is self.span.stretches[0]:
            control.ahead[:] = min(self.span.first_step, stretch.end - stretch.begin)
        else:
            engine.drive_here(control.time if apart else stretch.begin)
            engine.begin_steps()

    def _record_first(self, stretch: Interval) -> None:
        """Record the state with which a trace of its own begins, at whatever time that is."""
        begin, times = stretch.begin, self.span.times
        first = self.recorder.at_once and stretch is self.span.stretches[0]
        if first and not self.recorder.last_only and begin >= self.span.start:
            if times is None or begin not in times:
                self.recorder.put(begin)
                self.within.last = begin

    def _take_steps(self, stretch: Interval, calls: Calls) -> None:
        """Take steps until the stretch is over, or half of the trials are."""
        final = stretch is self.span.stretches[-1]
        start = self.span.start if self._each_step else np.inf
        first = self.engine.attempts_within(calls.first_seconds)
        if self.engine.ready:
            calls.is_prepared()
        calls.batch = first if calls.preparation else 1
        tolerance = self.stopping.threshold(stretch.settled)

        def take(attempts: int) -> int:
            attempts = 1 if self.engine.moving or self.awaiting.wanted else attempts
            if self.engine.moving and not self._resumes:
                self.engine.drive_next(self.within.horizon)
            before, within = self.engine.attempts, self.within
            found[:] = self.engine.adapt(
                self._resumes, attempts, within.horizon, within.base, start, final, tolerance
            )
            return self.engine.attempts - before

        found = [0, 0]
        while self._going.any() and not self._half_are_over(stretch):
            unprepared = calls.preparation is None
            calls.call(self.engine.board, calls.batch, take)
            status, rows = found
            if unprepared:
                calls.batch = first
            self._take_records(rows)
            self._resumes = status == FULL
            self.awaiting.look(self.engine, self.within, stretch.settled)
            if status == FELL:
                self._let_fall(self.within, tolerance)
            elif status in (FULL, OVER):
                self._flush()
            if not self._resumes:
                self.awaiting.finish(self.engine)
            self._tell_time()
            calls.tell()
            if calls.interrupted and not self._resumes:
                return

    def _take_records(self, rows: int) -> None:
        """Hand on records after steps, of a single trial."""
        if rows:
            times = self.engine.inside.times[:rows].copy()
            self.recorder.take(times)
            self.within.last = float(times[-1])

    def _half_are_over(self, stretch: Interval) -> bool:
        """Whether the engine has many trials and at most half of them go on."""
        count, trials = int(np.count_nonzero(self._going)), self.engine.trials
        is_last = stretch is self.span.stretches[-1] and not self.engine.moving
        return is_last and trials > LEAST_TRIALS and 2 * max(count, LEAST_TRIALS) <= trials

    def _leave_behind(self, stretch: Interval) -> None:
        """Go on with an engine of those trials that do; its bits are those of before."""
        if not self._half_are_over(stretch):
            return
        self._tell_time()
        keep = self._going.copy()
        for trial in np.flatnonzero(~keep)[: max(0, LEAST_TRIALS - np.count_nonzero(keep))]:
            keep[trial] = True
        self._put_back()
        self._flush()
        self._midway.note(self.engine.control, self.engine.stability)
        engine = self.engine.of_trials(keep)
        self.within.replace(engine, keep)
        self._note()
        self.engine = engine

    def _put_back(self) -> None:
        """Put states where those of all trials are."""
        self.awaiting.put_back(self.engine)
        self.engine.put_into(self._whole)

    # --- trials that diverge -------------------------------------------------------------------

    def _let_fall(self, within: Within, tolerance: float) -> None:
        """Finish the attempt in which trials have fallen, and leave them at their last states."""
        control, buffers = self.engine.control, self.engine.buffers
        fallen = (control.state == FALLEN) & (buffers.h > 0.0)
        trial = int(np.flatnonzero(fallen)[0])
        self._blame(trial, float(control.time[trial]), at_y=True)
        status = FULL
        while status == FULL:
            status = self.engine.adapt(
                True, 1, within.horizon, within.base, np.inf, False, tolerance
            )[0]
            if status == FULL:
                self._flush()
        self._freeze(fallen, self.engine.layout.outside(buffers.x))

    def _blame(self, trial: int, time: float, at_y: bool) -> None:
        """Find the neuron that is to blame for the first divergence."""
        if self.stopping.divergence is None:
            found = find_fallen(self.engine, trial, time, at_y)
            number = int(self.engine.control.number[trial])
            self.stopping.divergence = replace(found, trial=number)

    def _freeze(self, fallen: Any, states: Floats) -> None:
        """Leave trials at their last finite states, rows of `states`."""
        control, buffers = self.engine.control, self.engine.buffers
        inside = self.engine.layout.inside(states)
        buffers.x[:, fallen] = inside[:, fallen]
        buffers.watched[fallen] = 0.0
        number = control.number[fallen]
        last = number.size == np.count_nonzero(self.trials.go_on)
        if last:
            self.stopping.status = DIVERGED
            self._tell_time()
            if self.recorder.last_only:
                self.record_last()
            else:
                self._finish()
        self.trials.freeze(number, self.engine.network, states[fallen])

    # --- the end -------------------------------------------------------------------------------

    def _end(self) -> None:
        """Say what the run has come to, and record it."""
        self._tell_time()
        if self.stopping.diverged:
            self._put_back()
            return
        states = self.engine.control.state
        if not np.any((states == ARRIVED) | (states == GOING)):
            self.stopping.end_of_all(self.awaiting.words)
        self._finish()

    def _finish(self) -> None:
        self._put_back()
        if not self.recorder.last_only:
            self.within.finish(self.clock.time)

    def record_here(self) -> None:
        """Record what has been reached: of several trials, what all of them have passed."""
        self._put_back()
        if self.engine.trials == 1 or self.within.last is None:
            self.within.finish(self.clock.time)
        else:
            self._flush()

    def record_last(self) -> None:
        """Record the last state, of a run of which nothing else is recorded."""
        self.engine.measure()
        self._put_back()
        self.within.finish(self.clock.time)
