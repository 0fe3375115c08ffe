"""Chosen steps of a network with delayed synapses, by an explicit pair and its interpolant.

All trials take the same steps: the one with the largest error decides. No step is longer than the
shortest delay, so that what delayed synapses drive is known before it, from interpolants of steps
that were taken. Steps end where a change arrives after delays (`dynamics.breaks`).
"""

from __future__ import annotations

import math
import threading
import time as wall
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.drivers.parts import Parts
from hamsim.dynamics.past.late import Late
from hamsim.dynamics.past.noting import Beside, Quiet
from hamsim.dynamics.timeline.breaks import DelayedBreaks
from hamsim.dynamics.timeline.span import Interval, Span
from hamsim.dynamics.watching.endings import find_divergence
from hamsim.errors import SimulationError
from hamsim.kernels.plan import MOVING
from hamsim.kernels.step import CONVERGED, DIVERGED
from hamsim.kernels.team import make_board
from hamsim.methods.pair import Pair
from hamsim.operator.team import Team

__all__ = ["DelayedPairs"]

# Proportional and integral control, as of steps without delays.
SAFETY, ALPHA, BETA, LEAST, MOST = 0.9, 0.7, 0.4, 0.2, 10.0
SMALLEST_ERROR = 1e-4
# A first step changes states by this part of themselves.
FIRST = 0.01
# Shorter steps than this part of the time do not change the time.
TIME_ROUNDS = 8 * 2.0**-52
# What a record between steps must leave as it was.
KEPT = ("x", "g", "u", "gated", "residual", "energy", "accepted", "previous")


class DelayedPairs:
    """Takes the steps of a pair whose interpolant needs no further stages.

    Parameters
    ----------
    parts : Parts
    span : Span
    """

    def __init__(self, parts: Parts, span: Span) -> None:
        method = parts.engine.method
        assert isinstance(method, Pair)
        self.engine, self.clock, self.trials = parts.engine, parts.clock, parts.trials
        self.recorder, self.watching = parts.recorder, parts.watching
        self.stopping, self.span, self.method = parts.stopping, span, method
        self.looks = parts.looks
        engine, network, layout = self.engine, self.engine.network, self.engine.layout
        self._P = np.array(method.interpolant)
        start, dtype = layout.outside(engine.buffers.x), layout.plan.weights.dtype
        self.late = Late(network, start, dtype, degree=self._P.shape[1])
        _refuse_senders(self.late, engine.network)
        self.beside = Beside(engine, self.late, method.stages + 1)
        engine.extend = self.beside.extend
        breaks = DelayedBreaks(network, method.order + 1, span.beginning.past)
        self._breaks = breaks.arrivals(span.end)
        if self.looks.wanted and span.times is not None:  # steps end where states are looked at
            self._breaks = np.union1d(self._breaks, span.times)
        self._quiet = Quiet(self.late.longest)
        self._senders = self.beside.bundle.noted
        self._ahead, self._before, self._refused = math.nan, 1.0, 0
        self._lengths = [math.inf, 0.0]
        # Number of the next record, where times are given.
        self._next = 0 if span.times is None else int(np.searchsorted(span.times, span.begin))
        self._last: float | None = None  # time of the last record
        self.evaluations = 0
        self.preparation: float | None = None

    def figures(self) -> dict[str, Any]:
        """How many products W g it took, steps that were refused, and how long steps were."""
        taken = self._lengths[1] > 0.0
        return {
            "products": self.evaluations,
            "rejected": self._refused,
            "shortest": self._lengths[0] if taken else None,
            "longest": self._lengths[1] if taken else None,
        }

    @property
    def ready(self) -> bool:
        """Between steps, always."""
        return True

    def state(self) -> dict[str, Any]:
        """The past, and how the next step is chosen."""
        chosen = {"delays.ahead": self._ahead, "delays.error": self._before}
        return {**self.late.state(), **chosen, "delays.resting": self._quiet.since}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Put back the past, and choose steps as the run before would have gone on to do."""
        self.late.restore(state)
        if "delays.ahead" in state:
            self._ahead, self._before = state["delays.ahead"], state["delays.error"]
            self._quiet.since = state["delays.resting"]

    # --- a run ---------------------------------------------------------------------------------

    def go(self, team: Team, interrupt: threading.Event, tell: Callable[[], None]) -> None:
        """Go through all stretches, or until the run is over or interrupted."""
        entered = wall.perf_counter()
        for stretch in self.span.stretches:
            self.engine.act(stretch.stimuli, self.recorder.records, sources=(self.late,))
            inside = self._breaks[(self._breaks > stretch.begin) & (self._breaks < stretch.end)]
            with team.at_work(self.engine.help) as self.engine.board:
                team.call(self.engine.board, team.followers > 0)
                for piece in pairwise([stretch.begin, *inside.tolist(), stretch.end]):
                    self._begin(stretch, *piece)
                    if self.preparation is None:
                        self.preparation = wall.perf_counter() - entered
                    self._go_to(piece[1], stretch, interrupt, tell)
                    if not self.stopping.running or interrupt.is_set():
                        break
            self.engine.board = make_board(alone=True)
            if not self.stopping.running or interrupt.is_set():
                break
        if not self.stopping.diverged:
            self.record_here()

    def _begin(self, stretch: Interval, begin: float, end: float) -> None:
        """Evaluate where a piece begins, and record it if it is the first of a stretch."""
        engine, buffers = self.engine, self.engine.buffers
        before = engine.layout.outside(buffers.x)
        self.late.enter(end)
        engine.hold()
        self.trials.stand_in(buffers, engine.forces)
        self._evaluate(begin)
        fallen = self.trials.fallen(buffers.residual)
        if fallen.size:
            self._leave_behind(fallen, begin, before)
        if begin == stretch.begin:
            if self.recorder.with_energy:
                engine.look(True, begin)
            if self._is_due(begin):
                self._put(begin)
            self._look(begin, stretch)
        if math.isnan(self._ahead):
            self._ahead = self.span.first_step or self._first_step()

    def _evaluate(self, time: float) -> None:
        self.engine.drive_here(time)
        self.beside.take_rows()
        self.engine.buffers.accepted[:] = 1.0
        self.engine.evaluate()
        self.evaluations += 1

    def _looks_now(self, arrives: bool) -> bool:
        """Whether a step has led to a state that is looked at."""
        times = self.span.times
        return times is None or times.size == 0 or (arrives and self.clock.time in times)

    def _look(self, time: float, stretch: Interval) -> None:
        if self.looks.wanted:
            self.stopping.meet(self.looks.look(time, stretch.settled))

    def _first_step(self) -> float:
        """A step that changes no state by much [Hairer, Norsett and Wanner I, section II.4]."""
        x, u, forces = self.engine.buffers.x, self.engine.buffers.u, self.engine.forces
        atol, rtol = self.span.accuracy
        size = atol + rtol * np.abs(x)
        moving = forces.phase == MOVING
        velocity = u[moving] / forces.tau[moving][:, None]
        fast = float(np.max(np.abs(velocity) / size[moving], initial=0.0))
        far = float(np.max(np.abs(x) / size, initial=0.0))
        return FIRST * far / fast if min(fast, far) > 1e-5 else 1e-6 * self.late.horizon

    def _go_to(
        self, end: float, stretch: Interval, interrupt: threading.Event, tell: Callable[[], None]
    ) -> None:
        """Take steps until a time is reached."""
        while self.clock.time < end and self.stopping.running and not interrupt.is_set():
            now = self.clock.time
            h = min(self._ahead, self.late.horizon)
            if now + 1.05 * h >= end:
                h = min(end - now, self.late.horizon)
            elif now + 2.0 * h > end:
                h = 0.5 * (end - now)
            arrives = now + h >= end * (1.0 - TIME_ROUNDS)
            if self._try(now, h, end if arrives else now + h):
                self._quiet_now(stretch)
                if self._looks_now(arrives):
                    self._look(self.clock.time, stretch)
                tell()
            elif self._ahead < TIME_ROUNDS * max(now, TIME_ROUNDS):
                fallen = np.flatnonzero(~(self.engine.buffers.error[1] <= 1.0))
                self._leave_behind(fallen, now, None)
                self._ahead = h

    def _try(self, now: float, h: float, reached: float) -> bool:
        """Try a step, and take it if no trial's error is too large."""
        engine, late = self.engine, self.late
        engine.set_step(h)
        late.history.be_at(now, engine.buffers.x[self._senders])
        engine.drive_attempt(now, h)
        self.beside.take_rows()
        errors = engine.attempt()[1]
        self.evaluations += self.method.stages
        error = float(np.max(errors[self.trials.go_on], initial=0.0))
        error = error if error == error else math.inf
        power = self.method.exponent
        if not error <= 1.0:
            self._refused += 1
            factor = SAFETY * error ** (-1.0 / power) if error < math.inf else LEAST
            self._ahead = h * min(max(factor, LEAST), 0.9)
            engine.settle(False)
            return False
        error = max(error, SMALLEST_ERROR)
        factor = SAFETY * error ** (-ALPHA / power) * self._before ** (BETA / power)
        self._ahead, self._before = h * min(max(factor, LEAST), MOST), error
        polynomials = self._interpolant()
        late.history.add(np.array([now]), np.array([h]), polynomials[None, self._senders])
        engine.settle(True)
        self.clock.reach(reached, self.clock.steps + 1)
        self._lengths = [min(self._lengths[0], h), max(self._lengths[1], h)]
        self._record(now, h, polynomials)
        return True

    def _interpolant(self) -> Floats:
        """Polynomials of all neurons over the step that was tried, (n, degree + 1, trials)."""
        buffers = self.engine.buffers
        last = np.where(buffers.rate != 0.0, buffers.rate * buffers.u, 0.0)
        stages = np.concatenate([buffers.k[: self.method.stages], last[None]])
        powers = np.tensordot(self._P, stages, axes=(0, 0))
        return np.concatenate([buffers.x[None], powers]).transpose(1, 0, 2)

    # --- records -------------------------------------------------------------------------------

    def _is_due(self, time: float) -> bool:
        times = self.span.times
        if times is None:
            return time >= self.span.start
        return self._next < times.size and times[self._next] == time

    def _record(self, begin: float, h: float, polynomials: Floats) -> None:
        """Record what lies within a step that was taken, and look at the energy at its end."""
        engine, now, times = self.engine, self.clock.time, self.span.times
        if self.recorder.with_energy:  # what acts now is that of the step's end
            if self.beside.alone:
                engine.buffers.previous[:] = engine.buffers.energy[0]
            engine.look(False, now)
        if times is not None:
            while self._next < times.size and times[self._next] < now:
                self._put_between((times[self._next] - begin) / h, polynomials)
        # A time at which a stretch begins belongs to it.
        if self._is_due(now) and not any(now == s.begin for s in self.span.stretches):
            self._put(now)

    def _put_between(self, passed: float, polynomials: Floats) -> None:
        """Record a state between two steps, and leave everything as it was."""
        buffers, time = self.engine.buffers, float(self.span.times[self._next])  # type: ignore[index]
        before = {name: getattr(buffers, name).copy() for name in KEPT}
        powers = passed ** np.arange(polynomials.shape[1])
        buffers.x[:] = np.einsum("d,ndt->nt", powers, polynomials)
        self.engine.hold()
        self._evaluate(time)
        if self.recorder.with_energy:
            self.engine.measure()
        self._put(time)
        for name, array in before.items():
            getattr(buffers, name)[:] = array

    def _put(self, time: float) -> None:
        self.recorder.put(time)
        self._last = time
        self._next += 1

    def record_here(self) -> None:
        """Record the state that has been reached, unless that has been done."""
        if not self.recorder.last_only and self._last != self.clock.time:
            self._put(self.clock.time)

    def record_last(self) -> None:
        """Record the last state, of a run of which nothing else is recorded."""
        self.engine.measure()
        self.recorder.put(self.clock.time)

    # --- how it ends ---------------------------------------------------------------------------

    def _quiet_now(self, stretch: Interval) -> None:
        threshold = self.stopping.threshold(stretch.settled)
        if self._quiet.is_long(self.watching.residual, threshold, self.clock.time):
            self.stopping.status = CONVERGED

    def _leave_behind(self, fallen: Any, time: float, states: Floats | None) -> None:
        """Leave trials at their last finite states, and go on without them."""
        engine, buffers, layout = self.engine, self.engine.buffers, self.engine.layout
        if self.stopping.divergence is None:
            shown = buffers if states is not None else self._blamed(int(fallen[0]))
            self.stopping.divergence = find_divergence(
                engine.network, layout, shown, int(fallen[0]), time
            )
        rows = layout.outside(buffers.x) if states is None else states
        last = fallen.size == np.count_nonzero(self.trials.go_on)
        self.trials.freeze(fallen, engine.network, rows[fallen])
        if last:
            self.stopping.status = DIVERGED
            if not self.recorder.last_only and self._last != time:
                self.recorder.put_frozen(time)
            return
        self.trials.stand_in(buffers, engine.forces)
        self.late.history.stand_in(fallen, int(np.argmax(self.trials.go_on)))

    def _blamed(self, trial: int) -> Any:
        """Buffers that show which neuron grows so fast that no step is short enough."""
        buffers = self.engine.buffers
        x = buffers.x.copy()
        with np.errstate(all="ignore"):
            growth = np.abs(buffers.u[:, trial]) / self.engine.forces.tau
        x[int(np.argmax(growth)), trial] = np.inf
        return buffers._replace(x=x)


def _refuse_senders(late: Late, network: Any) -> None:
    """Refuse senders whose past no interpolant has: with tau = 0, or clamped to a function."""
    instant = late.senders[network.tau[late.senders] == 0]
    moving = [each.neurons for each in network.over_time if each.mode == "clamp"]
    moved = np.intersect1d(late.senders, np.concatenate([np.zeros(0, dtype=np.int64), *moving]))
    for neurons, why in ((instant, "has tau = 0"), (moved, "is clamped to what changes over time")):
        if neurons.size:
            raise SimulationError(
                f"neuron {network.label(int(neurons[0]))} {why} and sends with a delay, which only "
                "methods of fixed steps take: euler, heun, rk4"
            )
