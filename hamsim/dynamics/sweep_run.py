"""One run of discrete dynamics, from its beginning to its end."""

from __future__ import annotations

import json
import time as wall
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from hamsim.arrays import Floats
from hamsim.dynamics.discrete.engine import KEPT, SweepEngine
from hamsim.dynamics.head import header_of
from hamsim.dynamics.interrupt import deferred_interrupt
from hamsim.dynamics.progress import Progress
from hamsim.dynamics.starts import require_room
from hamsim.dynamics.timeline.discrete import Sweeping
from hamsim.dynamics.timeline.stretches import Stretch
from hamsim.dynamics.watching.sweep_endings import SweepEnding
from hamsim.network import Network, Record
from hamsim.network.fingerprint import fingerprint
from hamsim.operator.team import thread_count
from hamsim.trace.outcome import Outcome
from hamsim.trace.state import State
from hamsim.trace.stats import EnergyWatch, Stats
from hamsim.trace.trace import Sink

__all__ = ["SweepRun"]

# Sweeps times neurons and trials from which on threads share the trials.
PARALLEL_WORK = 20_000
SECONDS_A_CALL = 0.1  # that compiled code is not left for
ARRAYS = 4  # of a number for each neuron and trial


class SweepRun:
    """The state of a run while it lasts.

    Parameters
    ----------
    network : Network
    schedule : Sweeping
    record : Record or None
        None keeps the last state and energy only.
    start : ndarray, shape (trials, n)
    trials : int or None
        None for a single run without an axis for trials.
    threads : int or None
    dtype : {float64, float32}
        Of the records.
    seed : int
        Of orders, and of decisions at a temperature.
    """

    def __init__(
        self,
        network: Network,
        schedule: Sweeping,
        record: Record | None,
        start: Floats,
        trials: int | None,
        threads: int | None,
        dtype: DTypeLike = np.float64,
        seed: int = 0,
    ) -> None:
        self.request: dict[str, Any] = {}  # what it was asked for, kept with its state
        self.network, self.schedule, self.record, self.seed = network, schedule, record, seed
        rows = start.shape[0]
        require_room(rows, network.n_neurons, ARRAYS)
        most = min(thread_count(threads), rows)
        self.threads = most if rows * (network.n_neurons + network.W.nnz) > PARALLEL_WORK else 1
        name = schedule.method.name
        self.header = header_of(network, record, trials, dtype, self.threads, name, None)
        self.engine = SweepEngine(network, schedule, start, self.threads, seed)
        self.notes, self.warnings = list(schedule.notes), list(schedule.warnings)
        self.checkpoint: float | None = None  # seconds between states that are kept
        self.interrupted = False
        self.looks_for_cycles = True  # those of two states are seen in any case
        self.too_large = False  # whether a record is beyond what float32 holds
        self._sweep = schedule.beginning.steps  # that comes next
        self._recorded = -1  # sweeps after which the last record was made
        self._same_trace = False
        self._first_energy: Floats | None = None
        self._counted: dict[str, Any] = {}
        self._kept: Mapping[str, Any] | None = None  # by the run that this one goes on with
        self._wall_is_over = False
        self._preparation = 0.0  # seconds until the first sweep was made, and code was compiled

    def go(self, sink: Sink, progress: Callable[[Progress], None] | None = None) -> Outcome:
        """Make all sweeps, handing records to an open `sink`."""
        self._began = kept = wall.perf_counter()
        with deferred_interrupt() as interrupt:
            for stretch in self.schedule.stretches:
                self.engine.begin(stretch)
                self._take_kept(stretch)
                self._record_if_due(sink)
                batch, last = 1, stretch.last
                while self._sweep < last and not self._is_to_end(interrupt.is_set()):
                    count = min(batch, last - self._sweep, self._until_record())
                    asked = wall.perf_counter()
                    self._make(count)
                    now = wall.perf_counter()
                    self._preparation = self._preparation or now - self._began
                    batch = max(1, int(count * SECONDS_A_CALL / max(now - asked, 1e-6)))
                    self._record_if_due(sink)
                    if progress is not None:
                        progress(self._progress())
                    if self.checkpoint is not None and now - kept >= self.checkpoint:
                        sink.keep(self._state())
                        kept = now
            self.interrupted = interrupt.is_set()
        self._preparation = self._preparation or wall.perf_counter() - self._began
        self.engine.end()
        if self._recorded != self._sweep:
            self._put(sink)
        sink.keep(self._state())
        return self._outcome()

    def _make(self, count: int) -> None:
        """Make so many sweeps; one, where the energy is compared after each."""
        engine = self.engine
        compares = "energy" in self.header.what and not engine.watched
        compares = compares and not self.schedule.is_warm
        before = engine.fields.energy.copy() if compares else None
        self._sweep += engine.sweep(self._sweep, 1 if compares else count)
        if before is not None:
            engine.compare(before, self._sweep)

    def _take_kept(self, stretch: Stretch) -> None:
        """Put fields and energies where another run has left them, with its rounding."""
        if self._kept is not None and not stretch.jumps[0]:
            self.engine.take(self._kept)
        self._kept = None

    def _is_to_end(self, interrupted: bool) -> bool:
        """Whether the run ends before its sweeps are made."""
        most = self.schedule.until.wall
        self._wall_is_over = most is not None and wall.perf_counter() - self._began >= most
        return interrupted or self._wall_is_over or self.engine.is_over

    # --- records ---------------------------------------------------------------------------

    def _until_record(self) -> int:
        """Sweeps to the next record."""
        every, first = self.schedule.every, self.schedule.first
        if every == 0:
            return self.schedule.sweeps
        if self._sweep < first:
            return first - self._sweep
        return every - (self._sweep - first) % every

    def _record_if_due(self, sink: Sink) -> None:
        """Record the state if it is one of those that are to be, and has not been."""
        every, first = self.schedule.every, self.schedule.first
        if every == 0 or self._sweep < first or self._recorded == self._sweep:
            return
        begins = self._sweep == self.schedule.beginning.steps
        # What a trace has from here on is made again by the run that goes on in it.
        if (begins and not self._same_trace) or (self._sweep - first) % every == 0:
            self._put(sink)

    def _put(self, sink: Sink) -> None:
        """Hand the state to the sink."""
        fields, columns = self.engine.fields, self.header.columns
        held: dict[str, Floats] = {"energy": fields.energy.copy()}
        for what, states in (("x", self.engine.states), ("g", self.engine.activations)):
            if what in self.header.what:
                held[what] = states()[:, columns]
        if self._first_energy is None:
            self._first_energy = fields.energy.copy()
        blocks = {
            what: held[what][None].astype(self.header.dtype_of(what), copy=False)
            for what in self.header.what
        }
        sink.append(np.array([float(self._sweep)]), blocks)
        self._recorded = self._sweep

    # --- what there is to tell -------------------------------------------------------------

    def _progress(self) -> Progress:
        fields = self.engine.fields
        energy = float(fields.energy.mean()) if "energy" in self.header.what else None
        wanting = float(fields.wanting.max())
        return Progress(
            self._sweep,
            self.schedule.sweeps,
            float(self._sweep),
            wanting,
            energy,
            self.schedule.duration,
            self.header,
            lambda neurons: self.engine.states()[:, neurons],
        )

    def _outcome(self) -> Outcome:
        fields, engine = self.engine.fields, self.engine
        cycling = fields.cycling.astype(bool).tolist()
        ending = SweepEnding(
            sweeps=fields.sweeps,
            flips=fields.flips,
            wanting=fields.wanting,
            alternating=[
                engine.alternating(k) if it else np.zeros(0, dtype=np.int64)
                for k, it in enumerate(cycling)
            ],
            amplitudes=[engine.amplitude(k) if it else 0.0 for k, it in enumerate(cycling)],
            most=self.schedule.sweeps,
            warm=bool(self.schedule.temperature[-1] > 0),
            interrupted=self.interrupted and not engine.is_over,
            wall=self.schedule.until.wall if self._wall_is_over else None,
            has_trials=self.header.trials is not None,
            label=self.network.label,
        )
        return ending.outcome()

    def stats(self, seconds: float) -> Stats:
        """Collect the figures of the run."""
        fields = self.engine.fields
        flips = tuple(fields.flips.tolist())
        residuals = tuple(fields.wanting.astype(float).tolist())
        sweeps = int(fields.sweeps.max())
        return Stats(
            method=self.schedule.method.name,
            dt=None,
            steps=sweeps,
            time=float(self._sweep),
            seconds=seconds + self._counted.get("seconds", 0.0),
            preparation=self._preparation,
            threads=self.threads,
            residual=max(residuals),
            residuals=residuals,
            energy=self._watch() if "energy" in self.header.what else None,
            notes=(*self.notes, *self.warnings),
            seed=self.seed if self.schedule.is_random else None,
            why=self.schedule.why,
            sweeps=sweeps,
            flips=flips[0] if self.header.trials is None else flips,
        )

    def _watch(self) -> EnergyWatch:
        """What was seen of the energy."""
        fields = self.engine.fields
        rises, largest, at, total, first = fields.watch.T
        worst = int(np.argmax(largest))
        rise, end = float(largest[worst]), float(fields.energy.mean())
        size = abs(float(fields.energy[worst]))
        begun = first[rises > 0]
        start = self._first_energy
        return EnergyWatch(
            start=end if start is None else float(start.mean()),
            end=end,
            rises=int(rises.sum()),
            largest_rise=rise,
            relative_rise=rise / size if size > 0 else 0.0,
            time=float(at[worst]) if rise > 0 else None,
            first_time=float(begun.min()) if begun.size else None,
            trial=worst if rise > 0 and self.header.trials is not None else None,
            noise=self.schedule.is_warm,
            total_rise=float(total.sum()),
        )

    def final_state(self) -> Floats:
        """State reached, (n,) or (trials, n), in file order."""
        states = self.engine.states()
        return states[0] if self.header.trials is None else states

    # --- going on --------------------------------------------------------------------------

    def _state(self) -> State:
        """The state that has been reached, and all that determines how it goes on."""
        fields, network = self.engine.fields, self.network
        seconds = wall.perf_counter() - self._began + self._counted.get("seconds", 0.0)
        values: dict[str, Any] = {
            "has_trials": self.header.trials is not None,
            "request": json.dumps(self.request),
            "x": self.engine.states(),
            "clock.time": float(self._sweep),
            "clock.steps": self._sweep,
            "clock.origin": 0.0,
            "trials.go_on": np.ones(self.engine.trials, dtype=bool),
            "divergence": None,
            "notes": list(self.notes),
            "counts": json.dumps({"seconds": seconds}),
            "sweeps.flips": fields.flips.copy(),
            "sweeps.sweeps": fields.sweeps.copy(),
            "sweeps.watch": fields.watch.copy(),
            **{f"sweeps.{name}": getattr(fields, name).copy() for name in KEPT},
        }
        if self._first_energy is not None:
            values["energy.first"] = self._first_energy.copy()
        if fields.earlier.size:
            values["sweeps.earlier"] = fields.earlier.copy()
        return State(values, lambda: fingerprint(network))

    def go_on(self, state: State, same_trace: bool = False) -> None:
        """Begin where another run has come to; in the trace of that one, or in one of its own."""
        values: Mapping[str, Any] = state.values
        self._same_trace = same_trace
        if same_trace:
            self._counted = json.loads(values.get("counts", "{}"))
            self.notes = list(dict.fromkeys([*values.get("notes", ()), *self.notes]))
            first = values.get("energy.first")
            self._first_energy = None if first is None else np.array(first)
        self.engine.restore(values, same_trace)
        self._kept = values
