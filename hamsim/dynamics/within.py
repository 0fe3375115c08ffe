"""Records within steps: states at times that trials share, put together for those who keep them.

States come from the interpolant. What else is recorded is evaluated there exactly, at the price of
a product W g a record; so are states where neurons follow at once.
"""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.choosing import Choosing
from hamsim.dynamics.recorder import Recorder
from hamsim.kernels.control import FALLEN, FURTHER, RESTS
from hamsim.trace.trace import Header

__all__ = ["Within"]

BLOCK_BYTES = 2**26
BLOCK_ROWS = 4096


class Within:
    """Records at given times.

    Parameters
    ----------
    engine : Choosing
    recorder : Recorder
    header : Header
    times : ndarray
        Rising.
    """

    def __init__(self, engine: Choosing, recorder: Recorder, header: Header, times: Floats) -> None:
        self.engine, self._recorder, self._header = engine, recorder, header
        self.times, self.base = times, 0
        self.last: float | None = None  # time of the last record
        n, m = engine.buffers.x.shape
        self._all = bool((engine.network.tau == 0).any()) or header.what != ("x",)
        columns = engine.layout.places(header.columns)
        places = np.arange(n) if self._all else columns
        self._columns = columns if self._all else np.arange(columns.size)
        fits = max(2, BLOCK_BYTES // max(1, 8 * places.size * m))
        self._rows = min(BLOCK_ROWS, fits, times.size)
        engine.record_within(times, places, self._rows)
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
            self.flush()
        inside.states[at - self.base][:, going] = self.engine.buffers.x[inside.places][:, going]
        inside.next[going] = at + 1

    def flush(self, until: float = np.inf) -> None:
        """Hand on records that all trials have passed, not those after `until`."""
        engine = self.engine
        inside, state = engine.inside, engine.control.state
        over = (state == RESTS) | (state == FALLEN)
        last = int(np.searchsorted(self.times, until, side="right"))
        done = min(last, int(inside.next[~over].min(initial=last)), self.base + self._rows)
        count, ahead = done - self.base, int(inside.next.max(initial=0)) - self.base
        if count <= 0:
            return
        for trial in np.flatnonzero(over):
            first = max(0, int(inside.next[trial]) - self.base)
            inside.states[first:count, :, trial] = engine.buffers.x[inside.places, trial]
            inside.next[trial] = max(inside.next[trial], done)
        self._give(self.times[self.base : done], inside.states[:count])
        if ahead > count:
            inside.states[: ahead - count] = inside.states[count:ahead].copy()
        self.base = done

    def _give(self, times: Floats, states: Floats) -> None:
        what, number = self._header.what, self.engine.control.number
        arrays = {name: np.repeat(self._gone[name][None], times.size, axis=0) for name in what}
        if self._all:
            self._evaluate(states, arrays)
        else:
            arrays["x"][:, number] = states[:, self._columns].transpose(0, 2, 1)
        self._recorder.give(times, arrays)
        self.last = float(times[-1])

    def _evaluate(self, states: Floats, arrays: dict[str, Floats]) -> None:
        """Evaluate states, one row after the other, and leave everything as it was."""
        engine, buffers = self.engine, self.engine.buffers
        number, state = engine.control.number, engine.control.state
        names = ("x", "g", "u", "gated", "residual", "energy", "accepted")
        before = {name: getattr(buffers, name).copy() for name in names}
        buffers.accepted[:] = 1.0
        for row, values in enumerate(states):
            buffers.x[:] = values
            engine.evaluate()
            if "energy" in arrays:
                engine.measure()
            for name, array in arrays.items():
                array[row, number] = self.held(name)
        engine.control.counts[FURTHER, state < RESTS] += len(states)
        for name, array in before.items():
            getattr(buffers, name)[:] = array

    def held(self, name: str) -> Floats:
        """What the engine's buffers hold of its trials."""
        buffers = self.engine.buffers
        if name in ("x", "g"):
            places = self.engine.layout.places(self._header.columns)
            values: Floats = (buffers.x if name == "x" else buffers.g)[places].T
            return values
        return buffers.energy[0] if name == "energy" else buffers.residual

    def replace(self, engine: Choosing) -> None:
        """Go on with an engine of fewer trials; what the others have come to is kept."""
        self._keep()
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
