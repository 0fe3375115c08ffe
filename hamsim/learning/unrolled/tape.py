"""The states of a run by Euler's method, of which some are kept and the others taken once more.

The run is that of `hamsim.simulate` with ``method="euler"``, to the bit: the same stretches of what
acts, the same kernels. Steps that are taken once more begin at a kept state, from which the same
kernels make the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.dynamics.engine.engine import NEVER, Engine
from hamsim.dynamics.timeline.stretches import Stretch
from hamsim.kernels.plan import CLAMPED, INSTANT, MOVING, Records
from hamsim.learning.unrolled.plan import Unrolled
from hamsim.methods import METHODS
from hamsim.operator import operator_of
from hamsim.operator.team import PARALLEL_WORK, Team, thread_count, work_of

__all__ = ["Phases", "Segment", "Tape"]

# Bytes of the states of one segment where nobody says how many steps it has.
SEGMENT_BYTES = 2**27
# Steps of one call of the compiled loop, whose records are then put to the others.
CALL_STEPS = 64


class Phases(NamedTuple):
    """What neurons do while a stretch lasts, in file order.

    Parameters
    ----------
    moving, instant, clamped : ndarray of bool, shape (n,)
        Who integrates, follows at once, is held.
    rate : ndarray, shape (n,)
        dt / tau of who integrates; 0 of all others.
    """

    moving: NDArray[np.bool_]
    instant: NDArray[np.bool_]
    clamped: NDArray[np.bool_]
    rate: Floats


class Segment(NamedTuple):
    """Steps of one stretch, one after another, that are taken once more together.

    Parameters
    ----------
    stretch : Stretch
    first, last : int
        Steps that have been taken when it begins, and when it ends.
    """

    stretch: Stretch
    first: int
    last: int


class Tape:
    """Goes through the steps once, and then back, segment by segment.

    Parameters
    ----------
    unrolled : Unrolled
        Which steps.
    keep : int or None
        A state is kept every so many steps. None chooses: the first one alone if all states have
        room, else as many as there are between two that are kept.
    threads : int, optional
        At most so many.

    Attributes
    ----------
    states, residual : ndarray, shape (trials, n) and (trials,)
        After `run`: the last states, with neurons of tau = 0 at what they follow, and max|W g + I -
        x| of those that integrate; infinite in trials that diverged.
    finite : ndarray of bool, shape (trials,)
        Which did not.
    products : int
        With W, so far.
    """

    states: Floats
    residual: Floats
    finite: NDArray[np.bool_]

    def __init__(self, unrolled: Unrolled, keep: int | None, threads: int | None = None) -> None:
        self.unrolled, self.steps = unrolled, unrolled.steps
        network, starts = unrolled.network, unrolled.starts
        self.trials, self.n = starts.shape
        self._layout = operator_of(network).layout(self.trials)
        self._engine = Engine(network, self._layout, starts, METHODS["euler"])
        self._again = min(self._between() if keep is None else keep, max(self.steps, 1))
        self.segments = [
            Segment(stretch, first, min(first + self._again, stretch.last))
            for stretch in unrolled.stretches
            for first in range(stretch.first, max(stretch.last, stretch.first + 1), self._again)
            if first < stretch.last or self.steps == 0
        ]
        self._records, self._nothing = self._room(CALL_STEPS + 1), self._room(0)
        self._x = np.empty((self._again + 1, self.trials, self.n))
        self._g = np.empty_like(self._x)
        self._kept: list[Floats] = []
        self._there: Segment | None = None  # whose states are at hand
        work = work_of(network, self.trials)
        self._team = Team(thread_count(threads) if work >= PARALLEL_WORK else 1)
        self._acting: Stretch | None = None
        self.products = 0

    def _between(self) -> int:
        """Steps from a state that is kept to the next, where nobody says."""
        room = SEGMENT_BYTES // (16 * self.trials * self.n)
        return max(self.steps, 1) if self.steps < room else math.isqrt(self.steps)

    def _room(self, rows: int) -> Records:
        columns = self._layout.places(np.arange(self.n))
        return Records(
            columns=columns,
            step=np.zeros(rows, dtype=np.int64),
            x=np.zeros((rows, self.trials, self.n)),
            g=np.zeros((rows, self.trials, self.n)),
            energy=np.zeros((0, self.trials)),
            residual=np.zeros((0, self.trials)),
        )

    # --- forward ---------------------------------------------------------------------------------

    def run(self) -> None:
        """Take all steps, and keep some states."""
        for segment in self.segments:
            self._begin(segment)
            self._kept.append(np.array(self._engine.buffers.x))
            self._take(segment, recorded=segment is self.segments[-1])
        buffers = self._engine.buffers
        largest = buffers.block_residual.max(axis=0, initial=0.0)
        self.states = np.array(self._layout.outside(buffers.x))  # which may be a view of them
        self.finite = np.isfinite(self.states).all(axis=1) & np.isfinite(largest)
        self.residual = np.where(self.finite, largest, np.inf)

    def _begin(self, segment: Segment) -> None:
        """Let act what acts in a segment."""
        engine, stretch = self._engine, segment.stretch
        if stretch is not self._acting:
            engine.act(stretch.stimuli, self._records, self._nothing)
            engine.set_step(stretch.dt)
            self._acting = stretch
        engine.hold()
        engine.buffers.watched[:] = 0.0  # nobody who diverges ends the run

    def _take(self, segment: Segment, recorded: bool) -> None:
        """Take the steps of a segment from the state that the buffers hold."""
        engine = self._engine
        self._there = segment if recorded else self._there
        with self._team.at_work(engine.help) as engine.board:
            self._team.call(engine.board, together=True)
            self._take_steps(segment, recorded)

    def _take_steps(self, segment: Segment, recorded: bool) -> None:
        engine, records = self._engine, self._records
        step, row, begin = segment.first, 0, True
        while begin or step < segment.last:
            most = segment.last - step
            most = min(most, CALL_STEPS) if recorded else most
            if engine.driven is not None:
                most = min(most, engine.driven.steps_ahead(segment.stretch.dt))
                at = segment.stretch.times(np.arange(step, step + most + 1))
                engine.drive(at if begin else at[1:])
            how = (
                (1, step, True, True, -1.0, 0) if recorded else (NEVER, step, True, False, -1.0, 1)
            )
            _, step, made = engine.run(begin, step, most, *how)
            self._x[row : row + made], self._g[row : row + made] = (
                records.x[:made],
                records.g[:made],
            )
            self.products += most + begin
            row, begin = row + made, False

    def close(self) -> None:
        """End the threads."""
        self._team.close()

    # --- back ------------------------------------------------------------------------------------

    def back(self) -> Iterator[tuple[Segment, Floats, Floats]]:
        """Go through the segments from the last to the first.

        Yields
        ------
        segment : Segment
        x, g : ndarray, shape (steps + 1, trials, n)
            States and activations of the segment's steps and where it ends. They are written anew
            for the next one. Trials that have diverged hold those of one that has not.
        """
        gone = np.flatnonzero(~self.finite)
        for segment, kept in zip(reversed(self.segments), reversed(self._kept), strict=True):
            if segment is not self._there:
                self._begin(segment)
                np.copyto(self._engine.buffers.x, kept)
                self._take(segment, recorded=True)
            rows = segment.last - segment.first + 1
            x, g = self._x[:rows], self._g[:rows]
            if gone.size:
                source = int(np.argmax(self.finite))
                x[:, gone], g[:, gone] = x[:, source, None], g[:, source, None]
            yield segment, x, g

    def phases(self, segment: Segment) -> Phases:
        """What neurons do in a segment."""
        self._begin(segment)
        forces, stretch = self._engine.forces, segment.stretch
        phase, tau = (
            self._layout.outside(np.asarray(values, dtype=np.float64)[:, None])[0]
            for values in (forces.phase, forces.tau)
        )
        moving = phase == MOVING
        rate = np.where(moving, stretch.dt / tau, 0.0)
        return Phases(moving, phase == INSTANT, phase == CLAMPED, rate)
