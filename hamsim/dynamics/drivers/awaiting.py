"""What trials with steps of their own are looked at for: each ends where it meets that.

Looks take no steps, and change none. At given times a state is that of the interpolant, as it is
recorded; so a trial that has gone beyond is put back to where it ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.dynamics.drivers.aside import aside
from hamsim.dynamics.drivers.choosing import Choosing
from hamsim.dynamics.drivers.ended import Ended, Held, held_of
from hamsim.dynamics.drivers.within import Within
from hamsim.dynamics.watching.looks import NOTHING, Looks
from hamsim.kernels.control import FALLEN, FURTHER, GOING, RESTS, TAKEN

__all__ = ["Awaiting"]


class _End(NamedTuple):
    """Where a trial ends: when, at which record, and what the buffers hold there."""

    time: float
    record: int
    held: Held


class Awaiting:
    """Looks at trials of explicit pairs.

    Parameters
    ----------
    looks : Looks
    engine : Choosing
        Of all trials.
    each_step : bool
        Whether a single trial is looked at after each step; else at times of records.
    """

    def __init__(self, looks: Looks, engine: Choosing, each_step: bool) -> None:
        self.wanted, self._looks, self._each_step = looks.wanted, looks, each_step
        # By number of the trial: records that have been looked at, and whether nobody looks on.
        self._looked = np.zeros(engine.trials, dtype=np.int64)
        self._over = np.zeros(engine.trials, dtype=bool)
        self._taken = 0
        self.ended = Ended()
        self._met: dict[int, _End] = {}  # by column, of an attempt that is not finished yet

    @property
    def words(self) -> tuple[str | None, ...]:
        """What each trial has met."""
        return self._looks.words

    @property
    def unfinished(self) -> bool:
        """Whether a trial has ended within an attempt that is to be finished first."""
        return bool(self._met)

    def begin(self, engine: Choosing, time: float, settled: bool, goes_on: bool) -> None:
        """Look at the states with which a stretch begins, which the buffers hold.

        Where a run goes on with another, that has been done.
        """
        if not self.wanted:
            return
        control = engine.control
        number = control.number
        self._put_down(engine, number)
        self._looked[number] = engine.inside.next
        self._taken = int(control.counts[TAKEN, 0])
        seen = (control.state == GOING) & (control.time == time)
        if not goes_on and seen.any():
            self._end_here(engine, np.where(seen, number, -1), time, settled)
            self.finish(engine)

    def _put_down(self, engine: Choosing, number: Ints) -> None:
        """Leave trials out that have ended in the run that this one goes on with."""
        control = engine.control
        over = (self._looks.met[number] != NOTHING) & ~self._over[number]
        for column in np.flatnonzero(over).tolist():
            trial = int(number[column])
            if trial not in self.ended.times:
                time = float(control.time[column])
                self.ended.hold(trial, time, held_of(engine, column))
            control.time[column], control.state[column] = self.ended.times[trial], RESTS
        self._over[number[over]] = True
        self.put_back(engine)

    def state(self, engine: Choosing) -> dict[str, Any]:
        """What trials have come to that have ended, for a run that goes on with this one."""
        return self.ended.state(engine.layout)

    def restore(self, state: Mapping[str, Any], engine: Choosing) -> None:
        """Know what they have come to."""
        self.ended.restore(state, engine.layout, (self._looks.met != NOTHING).tolist())

    def look(self, engine: Choosing, within: Within, settled: bool) -> None:
        """Look at what has been passed in an attempt."""
        if not self.wanted:
            return
        control = engine.control
        if not self._each_step:
            while (due := self._due(engine)).any():
                self._look_within(engine, within, due, settled)
        elif (taken := int(control.counts[TAKEN, 0])) > self._taken:
            self._taken = taken
            if control.state[0] not in (RESTS, FALLEN):
                self._end_here(engine, control.number, float(control.time[0]), settled)
        self._over[control.number] |= (control.state == RESTS) | (control.state == FALLEN)

    def _due(self, engine: Choosing) -> np.ndarray:
        """Trials that have passed a record at which nobody has looked."""
        number = engine.control.number
        due = (engine.inside.next > self._looked[number]) & ~self._over[number]
        due[list(self._met)] = False
        found: np.ndarray = due
        return found

    def _look_within(
        self, engine: Choosing, within: Within, due: np.ndarray, settled: bool
    ) -> None:
        """Look at the next record of each trial that is due."""
        control, inside, buffers = engine.control, engine.inside, engine.buffers
        columns, number = np.flatnonzero(due), control.number
        rows = self._looked[number]
        times = control.time.copy()
        times[columns] = within.times[rows[columns]]
        # States of neurons that follow, or are held, are known from an evaluation only.
        first = self._looks.evaluates or engine.driven is not None or engine.forces.has_instant
        with aside(buffers):
            for column in columns.tolist():
                buffers.x[:, column] = inside.states[rows[column] - within.base, :, column]
            if first:
                self._evaluate(engine, columns, times)
            met = self._looks.look_at(engine, np.where(due, number, -1), times, settled)
            ended = np.flatnonzero(met)
            if ended.size and not first:
                self._evaluate(engine, ended, times)
            for column in ended.tolist():
                time, record = float(times[column]), int(rows[column])
                self._looks.met[number[column]] = met[column]
                self._met[column] = _End(time, record, held_of(engine, column))
        self._looked[number[columns]] += 1
        inside.next[ended] = within.times.size  # so that no more are put

    @staticmethod
    def _evaluate(engine: Choosing, columns: Ints, times: Floats) -> None:
        engine.drive_here(times)
        engine.evaluate()
        engine.control.counts[FURTHER, columns] += 1

    def _end_here(self, engine: Choosing, number: Ints, time: float, settled: bool) -> None:
        """End trials that meet it in the states that the buffers hold."""
        met = self._looks.look_at(engine, number, time, settled)
        for column in np.flatnonzero(met).tolist():
            self._looks.met[number[column]] = met[column]
            record = int(engine.inside.next[column]) - 1
            self._met[column] = _End(time, record, held_of(engine, column))

    def finish(self, engine: Choosing) -> None:
        """Leave trials where they have ended, once no attempt is half done."""
        control = engine.control
        for column, end in self._met.items():
            number = int(control.number[column])
            control.state[column], control.time[column] = RESTS, end.time
            engine.inside.next[column] = end.record + 1
            self._over[number] = True
            self.ended.hold(number, end.time, end.held)
        if self._met:
            self._met.clear()
            self.put_back(engine)

    def put_back(self, engine: Choosing) -> None:
        """Put the states in which trials have ended where others look for them."""
        self.ended.put_back(engine, engine.control.number.tolist())
