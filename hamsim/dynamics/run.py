"""One run: who takes part in it, from its beginning to its end."""

from __future__ import annotations

import contextlib
import time as wall
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from hamsim.arrays import Floats, Ints
from hamsim.dynamics.arrival import Arrival, arrival_of, followed_to, require_rest
from hamsim.dynamics.cycles import cycles_of
from hamsim.dynamics.driver import Driver, make_driver
from hamsim.dynamics.drivers.adaptive import AdaptiveDriver
from hamsim.dynamics.drivers.implicit import ImplicitDriver
from hamsim.dynamics.drivers.parts import make_parts
from hamsim.dynamics.engine.halves import halves_of
from hamsim.dynamics.engine.noise import arrays_of
from hamsim.dynamics.engine.splitting import split
from hamsim.dynamics.figures import COUNTED, stats_of
from hamsim.dynamics.head import header_of
from hamsim.dynamics.interrupt import deferred_interrupt
from hamsim.dynamics.keeping import restore, state_of
from hamsim.dynamics.progress import Progress
from hamsim.dynamics.starts import require_room
from hamsim.dynamics.timeline.choice import calmly
from hamsim.dynamics.timeline.schedule import Schedule
from hamsim.dynamics.timeline.span import Span, for_trials
from hamsim.dynamics.timeline.stretches import Beginning
from hamsim.dynamics.watching.energies import Energies
from hamsim.dynamics.watching.held_back import HeldBack
from hamsim.methods import STIFFLY, Method, Splitting
from hamsim.methods.pair import Pair
from hamsim.network import Network, Record
from hamsim.operator import operator_of
from hamsim.operator.team import CHOSEN_PART, PARALLEL_WORK, Team, thread_count, work_of
from hamsim.trace.outcome import Outcome
from hamsim.trace.state import State
from hamsim.trace.stats import Stats
from hamsim.trace.trace import Sink

__all__ = ["Progress", "Run"]


class Run:
    """The state of one run while it lasts.

    Parameters
    ----------
    network : Network
    schedule : Schedule or Span
    record : Record or None
        None keeps the last state and energy only.
    start : ndarray, shape (trials, n)
    trials : int or None
        None for a single run without an axis for trials.
    threads : int or None
    scale : ndarray, shape (n,), or None
        Factors of the neurons' parts of the energy.
    layout : str
        How the weights are stored; see `hamsim.layout.choose`.
    dtype : {float64, float32}
        Of the weights and of the records.
    seed : int
        Of the network's noise.
    """

    def __init__(
        self,
        network: Network,
        schedule: Schedule | Span,
        record: Record | None,
        start: Floats,
        trials: int | None,
        threads: int | None,
        scale: Floats | None = None,
        layout: str = "auto",
        dtype: DTypeLike = np.float64,
        seed: int = 0,
    ) -> None:
        self.request: dict[str, Any] = {}  # what it was asked for, kept with its state
        if isinstance(schedule, Span):
            schedule = for_trials(schedule, start.shape[0], silent=record is None)
        self.network, self.schedule, self.record = network, schedule, record
        self.seed = None if network.noise is None else seed
        rows, method = start.shape[0], schedule.method
        arrays = getattr(method, "vectors", method.stages)
        require_room(rows, network.n_neurons, arrays + arrays_of(network))
        self._stored = (layout, dtype, scale, seed)
        method = self._arrange(method, rows)
        schedule = self.schedule
        most = thread_count(threads)
        least = PARALLEL_WORK * (CHOSEN_PART if isinstance(schedule, Span) else 1.0)
        self.threads = most if work_of(network, rows) >= least else 1
        self.header = header_of(
            *(network, record, trials, dtype, self.threads, method.name, schedule.dt),
            end=schedule.duration,
        )
        require_rest(network, schedule)
        self.followed_to = followed_to(network, schedule.until)
        self.arrival: Arrival | None = None  # once trials have been brought to rest
        self._make_parts(start, method)
        self.parts.recorder.at_once = schedule.beginning.time > 0
        self._counted: dict[str, Any] = {}  # by runs that this one goes on with
        self._left: list[Driver] = []  # who have taken steps before
        self._began = wall.perf_counter()
        self.checkpoint: float | None = None  # seconds between states that are kept
        self.notes = list(schedule.notes)
        self.warnings = list(schedule.warnings)
        self.interrupted = False  # also where it came too late to end anything
        self.looks_for_cycles = True  # at its end, which may take longer than a short run

    def _arrange(self, method: Method, trials: int) -> Method:
        """Choose how weights are stored for a method, which may be told more of the network."""
        layout, dtype, scale, _ = self._stored
        if isinstance(method, Splitting):
            method, self.layout = split(method, self.network, trials, layout, dtype)
            notes = (*self.schedule.notes, *([method.note] if method.note else []))
            self.schedule = replace(self.schedule, notes=notes)
        else:
            halves = halves_of(self.network, method)
            stored = self.network.undelayed if halves is None else halves[1]
            self.layout = operator_of(stored, layout, dtype).layout(trials)
            choice = self.layout.choice
            if isinstance(method, Pair) and choice is not None and choice.rows_are_faster:
                self.layout = operator_of(stored, "rows", dtype).layout(trials)
        if scale is not None:
            self.layout = self.layout.scaled(scale)
        return method

    def _make_parts(self, start: Floats, method: Method) -> None:
        """Make who takes part in what is planned, with states in rows."""
        schedule, beginning = self.schedule, self.schedule.beginning
        near = self.followed_to
        self.parts = make_parts(
            self.network,
            self.layout,
            start,
            method,
            self.header,
            -1.0 if near is None else near,
            schedule.most_records,
            last_only=self.record is None,
            accuracy=schedule.accuracy,
            seed=self._stored[3],
            until=schedule.until,
        )
        if self.parts.recorder.with_energy:
            self.parts.recorder.energies = Energies(schedule.stretches, len(start))
        self.driver: Driver = make_driver(self.parts, schedule)
        self.parts.clock.reach(beginning.time, beginning.steps)

    def go(self, sink: Sink, progress: Callable[[Progress], None] | None = None) -> Outcome:
        """Take all steps, handing records to an open `sink`."""
        if self.schedule.until.method is not None:
            sink = HeldBack(sink)
        self.parts.recorder.open(sink)
        self._began = kept = wall.perf_counter()

        def tell() -> None:
            if progress is not None:
                progress(self._progress())
            most = self.schedule.until.wall
            if most is not None and wall.perf_counter() - self._began >= most:
                self.parts.stopping.meet("wall")

        def tell_and_keep() -> None:
            nonlocal kept
            tell()
            if self._is_about_to_arrive:
                return
            due = self.checkpoint is not None and wall.perf_counter() - kept >= self.checkpoint
            if due and self.driver.ready:
                sink.keep(state_of(self))
                kept = wall.perf_counter()

        team = Team(self.threads)
        with deferred_interrupt() as interrupt, contextlib.closing(team):
            self.driver.go(team, interrupt, tell_and_keep)
            while self._is_to_switch and not interrupt.is_set():
                self._switch(sink)
                self.driver.go(team, interrupt, tell_and_keep)
            clock, stopping = self.parts.clock, self.parts.stopping
            self.interrupted = interrupt.is_set()
            early = stopping.running and not self.schedule.is_over(clock)
            stopping.interrupted = self.interrupted and early
            if self.schedule.until.method is not None:
                self.arrival = arrival_of(self, interrupt, tell)
            if self.arrival is not None:
                self._record_arrival(sink)
            elif self.record is not None and (stopping.interrupted or stopping.met):
                self.driver.record_here()
            elif self.record is None and not stopping.diverged:
                self.driver.record_last()
        moving, watching = self.parts.engine.is_driven, self.parts.watching
        alike = self.schedule.dt is not None and not moving  # so that states can repeat with steps
        alternate = watching.alternating() if stopping.running and alike else None
        whole = stopping.running and not stopping.interrupted and not moving
        whole = whole and self.looks_for_cycles
        cycles = cycles_of(self) if whole and not np.any(alternate) else {}
        basins = {} if self.arrival is None else self.arrival.basins
        looks = self.parts.looks
        seen = (self.schedule.until, looks.rate, cycles, looks.words, basins)
        self.ending = stopping.end(clock.time, watching.residuals, alternate, moving, *seen)
        sink.keep(state_of(self))
        return self.ending.outcome()

    def _record_arrival(self, sink: Sink) -> None:
        """Record the state of rest, in place of where the trajectory was left."""
        assert isinstance(sink, HeldBack)
        sink.drop(self.parts.clock.time)
        self.parts.recorder.put(self.parts.clock.time)

    @property
    def _is_about_to_arrive(self) -> bool:
        """Whether the last record is to be replaced, so that no state is to be kept with it."""
        if self.schedule.until.method is None:
            return False
        return not self.parts.stopping.running or self.schedule.is_over(self.parts.clock)

    @property
    def _is_to_switch(self) -> bool:
        """Whether steps are better taken by another method from here on."""
        driver = self.driver
        waits = isinstance(driver, AdaptiveDriver) and driver.stiff
        waits = waits or (isinstance(driver, ImplicitDriver) and driver.eased)
        return waits and self.parts.stopping.running

    def _switch(self, sink: Sink) -> None:
        """Go on by another method, as another run would in the same trace."""
        state, before, span = state_of(self), self.parts, self.schedule
        assert isinstance(span, Span)
        method, part, how = STIFFLY, 1.0, "stiff"
        if isinstance(self.driver, ImplicitDriver):
            method, _, _, part = calmly(self.network, span.accuracy[1], "")
            how = "not stiff any more"
            state = State(_without(state.values, "implicit.") | self.driver.leave(), {})
        beginning = Beginning(before.clock.time, before.clock.steps, 0.0)
        note = f"{how} from t = {beginning.time:.4g} on: {method.name} took over from"
        note = f"{note} {span.method.name}"
        self.schedule = span.from_here_by(method, self.network, beginning, note, part)
        chosen = {"switches": self.schedule.switches, "part": self.schedule.part}
        self.request |= {"method": method.name, "why": note, **chosen}
        self.notes.append(note)
        self._left.append(self.driver)
        start = np.atleast_2d(state.x)
        self._make_parts(start, self._arrange(method, len(start)))
        recorder = self.parts.recorder
        recorder.until = beginning.time
        recorder.open(sink)
        restore(self, state, same_trace=True)
        recorder.energies = before.recorder.energies

    def go_on(self, state: State, same_trace: bool = False) -> None:
        """Begin where another run has come to; in the trace of that one, or in one of its own."""
        self.parts.recorder.at_once &= not same_trace
        restore(self, state, same_trace)

    def counts(self, seconds: float | None = None) -> dict[str, Any]:
        """What is counted over all runs of a trace."""
        if seconds is None:
            seconds = wall.perf_counter() - self._began
        figures = self.driver.figures()
        now = {
            "steps": self.parts.clock.steps - self.schedule.beginning.steps,
            "evaluations": self.driver.evaluations,
            "seconds": seconds,
            **{name: figures[name] for name in COUNTED if name in figures},
        }
        if self.arrival is not None:
            now["products"] = _sum(now["products"], self.arrival.counted(self.header.trials))
        return {name: _sum(number, self._counted.get(name)) for name, number in now.items()}

    def figures(self) -> dict[str, Any]:
        """Those of who takes the steps, with the lengths of steps that others have taken before."""
        found, before = self.driver.figures(), [driver.figures() for driver in self._left]
        for name, choose in (("shortest", min), ("longest", max)):
            lengths = [each[name] for each in (found, *before) if each.get(name) is not None]
            found |= {name: choose(lengths)} if lengths else {}
        return found

    @property
    def preparation(self) -> float:
        """Seconds until first calls were over."""
        return sum(driver.preparation or 0.0 for driver in (*self._left, self.driver))

    def count_on(self, counted: Mapping[str, Any]) -> None:
        """Add to what another run has counted."""
        self._counted = dict(counted)

    def _progress(self) -> Progress:
        clock, watching = self.parts.clock, self.parts.watching
        return Progress(
            clock.steps,
            self.schedule.steps,
            clock.time,
            watching.residual,
            watching.energy,
            self.schedule.duration,
            self.header,
            self._states,
        )

    def _states(self, neurons: Ints) -> Floats:
        """States of some neurons now, the last finite ones of what diverged, (trials, k)."""
        buffers, places = self.parts.engine.buffers, self.layout.places(neurons)
        rows = np.array(buffers.x[places].T, order="C")
        self.parts.trials.overwrite({"x": rows[None]}, neurons)
        return rows

    def final_state(self) -> Floats:
        """State reached, the last finite one of what diverged, (n,) or (trials, n), file order."""
        rows = self.layout.outside(self.parts.engine.buffers.x)
        state = self.parts.trials.restore(rows)
        return state[0] if self.header.trials is None else state

    def stats(self, seconds: float) -> Stats:
        """Collect the figures of the run."""
        return stats_of(self, seconds)


def _without(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Values whose names do not begin in this way."""
    return {name: value for name, value in values.items() if not name.startswith(prefix)}


def _sum(now: Any, before: Any) -> Any:
    """Numbers added up, or one a trial."""
    if before is None:
        return now
    if isinstance(now, tuple) or isinstance(before, tuple | list):
        return tuple(int(each) for each in np.add(now, before))
    return now + before
