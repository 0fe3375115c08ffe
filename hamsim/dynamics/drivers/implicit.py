"""Steps that solve an equation: calls of the compiled loop, and what happens between them.

Each trial has steps of its own. States at the times of records come from the polynomials of the
steps; whatever else is recorded is evaluated there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.drivers.ahead import Ahead
from hamsim.dynamics.drivers.awaiting_equations import AwaitingEquations
from hamsim.dynamics.drivers.calls import Calls
from hamsim.dynamics.drivers.halfway import Halfway, state_of_trials
from hamsim.dynamics.drivers.leaving import records_passed, state_for_pairs
from hamsim.dynamics.drivers.parts import Parts
from hamsim.dynamics.drivers.radius import first_direction
from hamsim.dynamics.drivers.stepping import KEPT_ROWS, Stepping
from hamsim.dynamics.drivers.stretchwise import Stretchwise
from hamsim.dynamics.drivers.told import figures_of
from hamsim.dynamics.timeline.choice import is_called_to_rest
from hamsim.dynamics.timeline.span import Interval, Span
from hamsim.dynamics.watching.endings import find_divergence
from hamsim.errors import SimulationError
from hamsim.kernels.implicit import (
    ALLOWED,
    CAP,
    DO,
    EASED,
    END,
    ENDED,
    FIRST_STEP,
    GOING,
    LONGEST,
    LOOK_BELOW,
    MOST_STEP,
    NOTHING,
    PHASE,
    RECORD,
    REFUSED,
    REST,
    RESTING,
    SHORTEST,
    STATE,
    STATUS,
    STEPS,
    STUCK,
    TIME,
)
from hamsim.kernels.step import DIVERGED

__all__ = ["ImplicitDriver"]

WORTH = 300.0  # products that are left, from which on explicit steps are worth a change
KEPT_BYTES = 2**24  # of states that are put aside
# Where steps have become too short, |u| / (1 + |x|) is above this if a state grows without bound.
GROWS = 1e6
FAR = 1e50  # or the state has grown to this, where squares of squares overflow


class ImplicitDriver(Stretchwise):
    """Takes the steps of methods that solve an equation.

    Parameters
    ----------
    parts : Parts
    span : Span
    """

    def __init__(self, parts: Parts, span: Span) -> None:
        assert isinstance(parts.engine, Stepping)
        self.engine: Stepping = parts.engine
        super().__init__(parts, span.stretches)
        self.span, self.awaiting = span, AwaitingEquations(parts.looks, self.engine)
        wanted, times = parts.looks.wanted, span.times
        # A single trial of which nothing is recorded is looked at after each step.
        self._each_step = times is None or (wanted and not times.size)
        self._silent = span.silent or self.recorder.last_only
        n, m = self.engine.buffers.x.shape
        fits = max(1, KEPT_BYTES // (8 * n * m))
        most = KEPT_ROWS if times is None else times.size
        rows = 1 if wanted else max(1, min(most, fits, KEPT_ROWS, self.recorder.room))
        self._kept = np.zeros((rows if wanted or not self._silent else 0, n, m))
        self._base = 0  # of the times of records: those before have been recorded
        self._last: float | None = None  # time of the last record
        self._ahead: Ahead | None = None  # trials of a run that this one goes on with
        self._from = np.zeros((n, m))  # their states
        self._looked = np.zeros(m, dtype=np.int64)  # evaluations besides those of steps
        self._before: Halfway | None = None  # where another run has come to
        network = self.engine.network
        # On the way to rest steps become longer by themselves.
        if span.switches and (network.tau > 0).all() and not is_called_to_rest(network):
            direction = first_direction(network, self.engine.layout, 1)[:, 0]
            self.engine.steps.look_for_ease(direction, span.end, WORTH)
        numbers = self.engine.steps.arrays.numbers
        numbers[:, SHORTEST], numbers[:, TIME] = np.inf, span.begin
        method = self.engine.method
        numbers[:, ALLOWED] = method.part * max(span.accuracy[1], 2.0**-52) ** method.share

    # --- figures -------------------------------------------------------------------------------

    @property
    def _places(self) -> Any:
        return self.engine.steps.arrays.places

    @property
    def _numbers(self) -> Floats:
        return self.engine.steps.arrays.numbers

    @property
    def evaluations(self) -> int:
        """How often W g, or its change, has been computed of a trial."""
        return int(self._products.sum())

    @property
    def _products(self) -> Any:
        following, steps = self.engine.following, self.engine.steps.products + self._looked
        return steps if following is None else steps + following.products

    def figures(self) -> dict[str, Any]:
        """Products of each trial, steps that were refused, and how long steps were."""
        single, numbers = self.recorder.header.trials is None, self._numbers
        counts = self._products, self._places[:, REFUSED], self._places[:, STEPS]
        return figures_of(single, *counts, numbers[:, SHORTEST], numbers[:, LONGEST])

    def _tell_time(self) -> None:
        """Say how far the trials are."""
        going = self._places[:, STATUS] <= ENDED
        times = self._numbers[:, TIME]
        time = times[going].min() if going.any() else times.max()
        taken = int(self._places[:, STEPS].sum())
        self.clock.reach(float(time), self.span.beginning.steps + taken)

    # --- a run ---------------------------------------------------------------------------------

    def _go_through(self, stretch: Interval, calls: Calls) -> None:
        if np.any(self._places[:, STATUS] == GOING):
            with calls.at_work(self.engine.steps, self.engine.steps.help):
                self._take_steps(stretch, calls)

    def begin(self, stretch: Interval) -> None:
        """Let the stimuli of a stretch act, and look at the state with which it begins."""
        engine, buffers, span = self.engine, self.engine.buffers, self.span
        engine.act(stretch.stimuli, self.recorder.records)
        engine.hold()
        self.trials.stand_in(buffers, engine.forces)
        before, self._before = self._before, None
        begin = self._where(stretch) if before is None else stretch.begin
        engine.drive_here(begin)
        engine.move_following(begin)
        engine.settle_instants()
        here = engine.layout.outside(buffers.x)
        engine.evaluate()
        self._looked += 1
        numbers, places = self._numbers, self._places
        engine.steps.begin(buffers.x)
        tolerance = self.stopping.threshold(stretch.settled)
        numbers[:, TIME], numbers[:, END] = begin, stretch.end
        numbers[:, REST] = numbers[:, LOOK_BELOW] = tolerance
        numbers[:, CAP] = np.inf
        first = span.first_step if stretch is span.stretches[0] else None
        numbers[:, FIRST_STEP] = 0.0 if first is None else first
        places[:, RECORD], places[:, PHASE] = 0, 0
        if before is not None:
            before.put(engine.steps, stretch.end, tolerance)
        else:
            places[numbers[:, TIME] >= stretch.end, DO] = engine.steps.procedure.record
            places[buffers.residual <= tolerance, STATUS] = RESTING
            engine.move(numbers[:, TIME], np.ones(engine.trials, dtype=bool))
        numbers[:, MOST_STEP] = np.inf if engine.driven is None else engine.driven.longest
        if self.recorder.with_energy:
            engine.look(True, stretch.begin)
        fallen = self.trials.fallen(buffers.residual)
        if fallen.size:
            self._fall(fallen, stretch.begin, here)
        places[~self.trials.go_on, STATUS] = RESTING
        self.awaiting.begin(stretch.begin, stretch.settled, before is not None)
        places[places[:, STATUS] != GOING, DO] = NOTHING
        self._from[:] = buffers.x
        due = stretch.begin >= span.start if self._each_step else self._is_due(stretch.begin)
        if due and not self._silent and self.trials.go_on.any():
            self.recorder.put(stretch.begin)
            self._last = stretch.begin
        self._make_room(stretch)
        if before is not None:
            before.put_records(engine.steps)

    def _where(self, stretch: Interval) -> Any:
        """When each trial begins: where the stretch does, unless it is ahead already."""
        if self._ahead is None:
            return stretch.begin
        times = np.clip(self._ahead.time, stretch.begin, stretch.end)
        return times if np.any(times != stretch.begin) else stretch.begin

    def _is_due(self, time: float) -> bool:
        """Whether a record is wanted now; if so, it is counted."""
        times = self.span.times
        if times is None or self._base == times.size or times[self._base] != time:
            return False
        self._base += 1
        return True

    def _make_room(self, stretch: Interval) -> None:
        """Say where the next states are kept."""
        times, rows = self.span.times, len(self._kept)
        if times is None or self._each_step:
            room = np.zeros(rows)
            self.engine.steps.keep(room, self._kept, rows > 0, rows > 0)
            return
        last = int(np.searchsorted(times, stretch.end))
        count = min(rows, last - self._base)
        wanted = times[self._base : self._base + count].copy()
        more = (self._base + count < last or self.awaiting.wanted) and count > 0
        self.engine.steps.keep(wanted, self._kept[:count], False, more)
        if self._ahead is not None:
            passed = np.clip(self._ahead.passed - self._base, 0, count)
            self._places[:, RECORD] = np.maximum(self._places[:, RECORD], passed)

    def _take_steps(self, stretch: Interval, calls: Calls) -> None:
        """Take steps until no trial goes on in the stretch."""
        steps, places = self.engine.steps, self._places
        calls.batch = 1
        while np.any(places[:, STATUS] == GOING):
            calls.call(steps.board, calls.batch, steps.go)
            stuck = np.flatnonzero((places[:, STATUS] == STUCK) & self.trials.go_on)
            if stuck.size:
                self._get_stuck(stuck)
            attempts = (places[:, PHASE] == 2) & (places[:, STATUS] == GOING)
            if attempts.any():
                self.engine.move_attempts(attempts)
                places[attempts, DO], places[attempts, PHASE] = steps.procedure.attempt, 0
            self._hand_on(stretch)
            steps.leave(places[:, STATUS] != GOING)
            if not (steps.busy or attempts.any()):
                waiting = places[:, STATUS] == GOING
                places[waiting, DO] = steps.procedure.record
            self.engine.buffers.x[:] = steps.states
            self._tell_time()
            calls.tell()
            if calls.interrupted and self.ready:
                return

    # --- records -------------------------------------------------------------------------------

    def _hand_on(self, stretch: Interval) -> None:
        """Record what all trials have passed; of those that are over, what they have come to.

        What some have passed and others have not stays, behind the first row.
        """
        arrays, places = self.engine.steps.arrays, self._places
        going = places[:, STATUS] <= ENDED
        count = int(places[going, RECORD].min() if going.any() else places[:, RECORD].max())
        for trial in np.flatnonzero(~going):
            first = int(places[trial, RECORD])
            arrays.kept[first:count, :, trial] = arrays.vectors[trial, STATE]
        times, base = arrays.times[:count].copy(), self._base
        kept = arrays.kept[:count].copy()
        if self._ahead is not None:
            self._ahead.stay(self._from, base, kept)
        ahead = int(places[:, RECORD].max())
        arrays.kept[: max(0, ahead - count)] = arrays.kept[count : max(count, ahead)].copy()
        places[:, RECORD] = np.maximum(0, places[:, RECORD] - count)
        if not count:
            return
        here, now = kept[-1], float(times[-1])
        if self._each_step:
            wanted = (times >= self.span.start) & (times < stretch.end)
            times, kept = times[wanted], kept[wanted]
        else:
            self._base += count
        recorded = times.size > 0 and not self._silent
        if recorded:
            self.engine.record(kept, times, False)
            self._looked += times.size
            if self._ahead is not None:
                self._ahead.put(base, times.size, self.recorder.records)
            self.recorder.take(times)
            self._last = float(times[-1])
        self._looked += self.awaiting.look(here, now, stretch.settled, recorded)
        self._make_room(stretch)

    def _arrive(self, stretch: Interval) -> None:
        """Put what has been reached where others look for it."""
        self._hand_on(stretch)
        self._tell_time()
        buffers = self.engine.buffers
        buffers.x[:] = self.engine.steps.states
        self.engine.drive_here(self._numbers[:, TIME])
        self.engine.move_following(self.clock.time)
        self.engine.settle_instants()
        buffers.accepted[:] = 1.0
        self.engine.evaluate()
        self.awaiting.put_back()

    @property
    def eased(self) -> bool:
        """Whether trials wait for a method of explicit steps."""
        return bool((self._places[:, STATUS] == EASED).any())

    @property
    def _stops(self) -> bool:
        return super()._stops or self.eased

    def _go_on(self) -> bool:
        if np.all(self._places[:, STATUS] == RESTING):
            self.stopping.end_of_all(self.awaiting.words)
        return self.stopping.running

    def _end(self) -> None:
        """Record the last state."""
        if self.recorder.last_only or self._last == self.clock.time:
            return
        if self.recorder.with_energy:
            self.engine.look(False, self.clock.time)
        self.recorder.put(self.clock.time)
        self._last = self.clock.time

    @property
    def ready(self) -> bool:
        """Whether no trial has records of its last step before it that have no room yet."""
        return not np.any(self._places[:, PHASE] == 1)

    def state(self) -> dict[str, Any]:
        """All that trials have; nothing where a stretch ends, from where steps begin anew."""
        times, ends = self._numbers[:, TIME], [stretch.end for stretch in self.span.stretches]
        if self.awaiting.ended.begin_anew(times, ends):
            return self.awaiting.state()
        arrays, ahead = self.engine.steps.arrays, self._ahead
        found = state_of_trials(self.engine.steps, arrays.times, arrays.kept)
        found |= self.awaiting.state()
        return found if ahead is None else found | ahead.state(self._base)

    def leave(self) -> dict[str, Any]:
        """What pairs go on from, once trials wait for them."""
        early = records_passed(self.engine, self.recorder, self._ahead, self._base)
        self._looked += early[0].size
        return self.awaiting.state() | state_for_pairs(self.engine, self.trials.go_on, early)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take steps as the run before would have gone on to do."""
        before = Halfway(state, self.engine.steps)
        self._before = before if before.known else None
        self.awaiting.restore(state)
        self._ahead = Ahead.of(state, self.span.times, self.engine.trials)

    def record_here(self) -> None:
        """Record what has been reached: of several trials, what all of them have passed."""
        if self.engine.trials == 1 or self._last is None:
            self._end()

    def record_last(self) -> None:
        """Record the last state, of a run of which nothing else is recorded."""
        self.engine.measure()
        self.recorder.put(self.clock.time)

    # --- trials that diverge -------------------------------------------------------------------

    def _get_stuck(self, stuck: Any) -> None:
        """Leave trials whose steps have become too short where they are."""
        engine, buffers = self.engine, self.engine.buffers
        buffers.x[:] = engine.steps.states
        engine.evaluate()
        before, trial = engine.layout.outside(buffers.x), int(stuck[0])
        time = float(self._numbers[trial, TIME])
        with np.errstate(all="ignore"):
            growth = np.abs(buffers.u[:, trial]) / engine.forces.tau
        if np.isfinite(buffers.x[:, trial]).all():
            size = np.abs(buffers.u[:, trial]) / (1.0 + np.abs(buffers.x[:, trial]))
            grows = size[np.isfinite(engine.forces.tau)].max(initial=0.0)
            if grows < GROWS and np.abs(buffers.x[:, trial]).max() < FAR:
                where = f" in trial {trial}" if engine.trials > 1 else ""
                raise SimulationError(
                    f"{engine.method.name} finds no step that is short enough at t = {time:g}"
                    f"{where}, although no state grows there; take tsit5, another rtol, or fixed "
                    "steps"
                )
            # It grows so fast that no step is short enough.
            buffers.x[int(np.nanargmax(growth)), trial] = np.inf
        self._fall(stuck, time, before)

    def _fall(self, fallen: Any, time: float, before: Floats) -> None:
        """Leave trials at their last finite states, rows of `before`."""
        engine, buffers, trial = self.engine, self.engine.buffers, int(fallen[0])
        if self.stopping.divergence is None:
            found = find_divergence(engine.network, engine.layout, buffers, trial, time)
            self.stopping.divergence = replace(found, trial=trial)
        last = fallen.size == np.count_nonzero(self.trials.go_on)
        self.trials.freeze(fallen, engine.network, before[fallen])
        inside = engine.layout.inside(before)
        engine.steps.arrays.vectors[fallen, STATE] = inside[:, fallen].T
        buffers.x[:, fallen] = inside[:, fallen]
        buffers.watched[fallen] = 0.0
        self._places[fallen, STATUS], self._places[fallen, DO] = STUCK, NOTHING
        if last:
            self.stopping.status = DIVERGED
