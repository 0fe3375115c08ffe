"""What the kernels need beside delayed synapses: rows of what these drive, and states to note."""

from __future__ import annotations

import math

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.engine.engine import Engine
from hamsim.dynamics.past.history import hermite, straight, through_nodes
from hamsim.dynamics.past.late import Late
from hamsim.dynamics.timeline.stretches import Stretch
from hamsim.kernels.delayed import measure_all, with_delays
from hamsim.kernels.plan import MOVING, Programs
from hamsim.kernels.plan import Late as LateBundle

__all__ = ["Beside", "Noting", "Quiet"]


class Beside:
    """What the energy of all synapses needs.

    Parameters
    ----------
    engine : Engine
    late : Late
    rows : int
        Evaluations of a call.
    steps : int
        States of senders that are noted in a call.
    """

    def __init__(self, engine: Engine, late: Late, rows: int, steps: int = 0) -> None:
        self.engine, self.late = engine, late
        layout, trials = engine.layout, engine.trials
        places = layout.places(late.neurons)
        self._order = np.argsort(places)
        now = late.now[self._order]
        senders = layout.places(np.arange(engine.network.n_neurons))[now.indices]
        receivers = places[self._order]
        plan, noted = layout.plan, layout.places(late.senders)
        borders = np.concatenate([plan.chunk_start, plan.chunk_stop[-1:]])
        self.bundle = LateBundle(
            counts=np.zeros(2, dtype=np.int64),
            receivers=receivers,
            rows=np.zeros((rows, receivers.size, trials)),
            noted=noted,
            x=np.empty((steps, noted.size, trials)),
            u=np.empty((steps, noted.size, trials)),
            chunks=np.searchsorted(receivers, borders).astype(np.int64),
            indptr=now.indptr.astype(np.int64),
            senders=senders.astype(np.int64),
            weights=now.data,
        )

    @property
    def alone(self) -> bool:
        """Whether nothing but what delayed synapses drive changes over time."""
        driven = self.engine.driven
        return driven is not None and len(driven.sources) == 1

    def extend(self, programs: Programs) -> tuple[Programs, LateBundle]:
        """Programs that measure the energy of all synapses, and the bundle of their works."""
        return measure_all(programs, self.engine.layout.plan.chunk_start.size), self.bundle

    def take_rows(self) -> None:
        """Take what the synapses drive, which has just been computed."""
        rows = self.late.rows
        self.bundle.rows[: rows.shape[0]] = rows[:, self._order]


class Noting(Beside):
    """The same of calls of many fixed steps, after which states that were noted become the past.

    Parameters
    ----------
    engine : Engine
    late : Late
    most : int
        Steps of a call.
    """

    def __init__(self, engine: Engine, late: Late, most: int) -> None:
        super().__init__(engine, late, most * engine.method.stages + 1, most + 1)
        self.most = most
        # States of senders at the last two times before those in `bundle.x`.
        self.earlier: Floats = np.empty((0, *self.bundle.x.shape[1:]))
        self.earlier_times: Floats = np.empty(0)

    def enter(self, stretch: Stretch, breaks: bool) -> None:
        """Say which steps come next, and whether something changes where they begin."""
        self._stretch = stretch
        if breaks:
            self.earlier, self.earlier_times = self.earlier[:0], self.earlier_times[:0]

    def extend(self, programs: Programs) -> tuple[Programs, LateBundle]:
        """Programs that note states besides."""
        self.bundle.counts[1] = self.alone
        return with_delays(super().extend(programs)[0]), self.bundle

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

    def remember(self, step: int, steps: int) -> None:
        """Let steps that were taken be the past."""
        if steps == 0:
            return
        stretch, bundle, forces = self._stretch, self.bundle, self.engine.forces
        x, u = bundle.x[: steps + 1], bundle.u[: steps + 1]
        moving = forces.phase[bundle.noted] == MOVING
        known, times = self.earlier_times.size, stretch.times(np.arange(step, step + steps + 1))
        if self.engine.kicks is not None:  # which has no slope
            self.late.history.add(times[:-1], np.full(steps, stretch.dt), straight(x))
            return
        polynomials = np.empty((steps, x.shape[1], 4, x.shape[2]))
        rates = stretch.dt / forces.tau[bundle.noted[moving]]
        made = hermite(x[:, moving], u[:, moving] * rates[:, None])
        polynomials[:, moving] = made.transpose(0, 2, 1, 3)
        times = np.concatenate([self.earlier_times, times])
        if not moving.all():
            some = np.concatenate([self.earlier[:, ~moving], x[:, ~moving]])
            made = through_nodes(times, some, known)
            polynomials[:, ~moving] = made.transpose(0, 2, 1, 3)
        self.late.history.add(times[known:-1], np.full(steps, stretch.dt), polynomials)
        self.earlier = np.concatenate([self.earlier, x[:-1]])[-2:].copy()
        self.earlier_times = times[:-1][-2:].copy()


class Quiet:
    """Whether nothing has moved for as long as the longest delay.

    One state says nothing: what was on its way may still arrive.

    Parameters
    ----------
    longest : float
    """

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self.since = math.nan  # since when nothing has moved; NaN if something does

    def is_long(self, residual: float, threshold: float, now: float) -> bool:
        """Whether the residual has been at most that long enough, looked at from time to time."""
        if not residual <= threshold:
            self.since = math.nan
        elif not self.since <= now:
            self.since = now
        return now - self.since >= self._longest
