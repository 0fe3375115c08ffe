"""Records within steps: states at times that trials share, put together for those who keep them.

States come from the interpolant. What else is recorded is evaluated there exactly, at the price of
a product W g a record; so are states where neurons follow at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.dynamics.drivers.aside import aside
from hamsim.dynamics.drivers.choosing import Choosing
from hamsim.dynamics.watching.recorder import Recorder
from hamsim.kernels.control import FALLEN, FURTHER, RESTS

__all__ = ["Within"]

BLOCK_BYTES = 2**26
BLOCK_ROWS = 4096


class Within:
    """Records at given times.

    Parameters
    ----------
    engine : Choosing
    recorder : Recorder
    times : ndarray
        Rising.
    whole : bool
        Whether the states of all neurons are wanted, whatever is recorded.
    silent : bool
        Whether nothing is recorded.
    """

    def __init__(
        self,
        engine: Choosing,
        recorder: Recorder,
        times: Floats,
        whole: bool = False,
        silent: bool = False,
    ) -> None:
        self.engine, self._recorder, self._header = engine, recorder, recorder.header
        header = recorder.header
        self.times, self.base = times, 0
        self.last: float | None = None  # time of the last record
        n, m = engine.buffers.x.shape
        self._silent = silent
        self._evaluates = bool((engine.network.tau == 0).any()) or header.what != ("x",)
        columns, all_places = engine.layout.places(header.columns), whole or self._evaluates
        places = np.arange(n) if all_places else columns
        self._columns = columns if all_places else np.arange(columns.size)
        fits = max(2, BLOCK_BYTES // max(1, 8 * places.size * m))
        self._rows = min(BLOCK_ROWS, fits, times.size)
        engine.record_within(times, places, self._rows)
        # Records of trials that were ahead of others, when the engine went on without them: number
        # of the first one, trials, how many each has, and what they are.
        self._early: list[tuple[int, Ints, Ints, dict[str, Floats]]] = []
        # What trials have come to that have no place in the engine any more.
        self._gone = {what: np.full(header.shape_of(what), np.nan) for what in header.what}

    @property
    def horizon(self) -> float:
        """Time that no trial is to pass before the others are there: there is no more room."""
        if self.engine.trials == 1 or self.base + self._rows >= self.times.size:
            return float("inf")
        return float(self.times[self.base + self._rows - 1])

    def begin(self, time: float) -> None:
        """Put the states with which a stretch begins, if they are to be recorded."""
        inside, going = self.engine.inside, self.engine.control.state == 0
        at = int(np.searchsorted(self.times, time))
        if at == self.times.size or self.times[at] != time:
            return
        if at - self.base >= self._rows:
            self.flush(time)
        inside.states[at - self.base][:, going] = self.engine.buffers.x[inside.places][:, going]
        inside.next[going] = at + 1

    def flush(self, until: float) -> None:
        """Hand on records that all trials have passed; if all are over, not those after `until`.

        A step that is half done may have passed records that lie beyond the time of its trial.
        """
        if self.base >= self.times.size:
            return
        engine = self.engine
        inside, state = engine.inside, engine.control.state
        over = (state == RESTS) | (state == FALLEN)
        last = int(np.searchsorted(self.times, until, side="right"))
        passed = last if over.all() else int(inside.next[~over].min())
        done = min(passed, self.base + self._rows)
        count, ahead = done - self.base, int(inside.next.max(initial=0)) - self.base
        if count <= 0:
            return
        self._count_evaluations(count)
        for trial in np.flatnonzero(over):
            first = max(0, int(inside.next[trial]) - self.base)
            inside.states[first:count, :, trial] = engine.buffers.x[inside.places, trial]
            inside.next[trial] = max(inside.next[trial], done)
        self._hold(inside.states[:count])
        self._give(self.times[self.base : done], inside.states[:count])
        if ahead > count:
            inside.states[: ahead - count] = inside.states[count:ahead].copy()
        self.base = done

    def _hold(self, states: Floats) -> None:
        """Put neurons where they are held that are clamped to what changes over time."""
        driven = self.engine.driven
        if driven is None or not driven.clamped.size:
            return
        places = self.engine.inside.places
        held = np.flatnonzero(np.isin(places, driven.clamped))
        order = np.argsort(driven.clamped)
        which = order[np.searchsorted(driven.clamped[order], places[held])]
        times = self.times[self.base : self.base + len(states)]
        states[:, held] = driven.states(times)[:, which]

    def _give(self, times: Floats, states: Floats) -> None:
        if self._silent:
            return
        arrays = self._found(states)
        self._overlay(arrays, times.size)
        self._recorder.give(times, arrays)
        self.last = float(times[-1])

    def _overlay(self, arrays: dict[str, Floats], count: int) -> None:
        """Put into the next records what is known of trials that have passed their times."""
        for first, numbers, passed, early in self._early:
            at = np.arange(self.base - first, self.base - first + count)
            for number, end in zip(numbers.tolist(), passed.tolist(), strict=True):
                rows = np.flatnonzero((at >= 0) & (at < end))
                for name, array in arrays.items():
                    array[rows, number] = early[name][at[rows], number]

    def pending(self) -> tuple[Floats, dict[str, Floats]]:
        """Records of which some trials have passed the times and others have not: both."""
        inside = self.engine.inside
        passed = [int(inside.next.max(initial=0)) - self.base]
        for first, _, ends, _ in self._early:
            passed.append(first + int(ends.max(initial=0)) - self.base)
        count = max(0, *passed)
        if count == 0:
            return np.zeros(0), {}
        arrays = self._found(self._filled(count))  # which are made again for the records themselves
        self._overlay(arrays, count)
        return self.times[self.base : self.base + count], arrays

    def _filled(self, count: int) -> Floats:
        """States of the next records; of trials that have not passed their times, the last ones."""
        inside, states = self.engine.inside, self.engine.inside.states[:count].copy()
        for trial in np.flatnonzero(inside.next - self.base < count):
            here = self.engine.buffers.x[inside.places, trial]
            states[max(0, inside.next[trial] - self.base) :, :, trial] = here
        return states

    def go_on(self, begin: float, times: Floats, arrays: dict[str, Floats]) -> None:
        """Go on with trials ahead of others, of which another run has made records until then.

        Those that are wanted now and were not then hold NaN.
        """
        time, inside = self.engine.control.time, self.engine.inside
        passed = np.where(time > begin, np.searchsorted(self.times, time, side="right"), 0)
        count = int(passed.max(initial=0))
        if count == 0:
            return
        shapes = {name: self._header.shape_of(name) for name in self._header.what}
        early = {name: np.full((count, *shape), np.nan) for name, shape in shapes.items()}
        _, here, there = np.intersect1d(self.times[:count], times, return_indices=True)
        for name, array in early.items():
            if name in arrays and arrays[name].shape[1:] == array.shape[1:]:
                array[here] = arrays[name][there]
        inside.next[:] = passed
        self._early.append((0, np.arange(time.size), passed, early))

    def _found(self, states: Floats) -> dict[str, Floats]:
        """What is recorded of states of the engine's trials; of others what they have come to."""
        number, count = self.engine.control.number, len(states)
        arrays = {name: np.repeat(self._gone[name][None], count, axis=0) for name in self._gone}
        if self._evaluates:
            self._evaluate(states, arrays)
        else:
            arrays["x"][:, number] = states[:, self._columns].transpose(0, 2, 1)
        return arrays

    def _evaluate(self, states: Floats, arrays: dict[str, Floats]) -> None:
        """Evaluate states, one row after the other, and leave everything as it was."""
        engine, buffers = self.engine, self.engine.buffers
        number = engine.control.number
        with aside(buffers):
            for row, values in enumerate(states):
                buffers.x[:] = values
                engine.drive_here(float(self.times[self.base + row]))
                engine.evaluate()
                if "energy" in arrays:
                    engine.measure()
                for name, array in arrays.items():
                    array[row, number] = self.held(name)

    def _count_evaluations(self, count: int, trials: Any = slice(None)) -> None:
        """Count what the next records take of trials that have passed their times."""
        if self._evaluates and not self._silent:
            passed = np.clip(self.engine.inside.next[trials] - self.base, 0, count)
            self.engine.control.counts[FURTHER, trials] += passed

    def held(self, name: str) -> Floats:
        """What the engine's buffers hold of its trials."""
        buffers = self.engine.buffers
        if name in ("x", "g"):
            places = self.engine.layout.places(self._header.columns)
            values: Floats = (buffers.x if name == "x" else buffers.g)[places].T
            return values
        return buffers.energy[0] if name == "energy" else buffers.residual

    def replace(self, engine: Choosing, keep: NDArray[np.bool_]) -> None:
        """Go on with an engine of some of the trials; what the others have come to is kept.

        They may have passed times of records that the slower ones have not.
        """
        inside, number = self.engine.inside, self.engine.control.number[~keep]
        self._keep()
        passed = inside.next[~keep] - self.base
        ahead = int(passed.max(initial=0))
        if ahead > 0:
            self._count_evaluations(ahead, ~keep)
            self._early.append((self.base, number, passed, self._found(self._filled(ahead))))
        self.engine = engine

    def _keep(self) -> None:
        for name, array in self._gone.items():
            array[self.engine.control.number] = self.held(name)

    def finish(self, time: float) -> None:
        """Record what all trials have come to, unless that has been done."""
        self.flush(time)
        if self.last == time:
            return
        self._keep()
        self._recorder.give(
            np.array([time]), {name: array[None].copy() for name, array in self._gone.items()}
        )
        self.last = time
