"""One run: buffers, calls of the compiled loop, and what is told of it.

The compiled loop is called for about a tenth of a second at a time, so that records can be handed
on, progress be shown and Ctrl-C be heard; steps in between never touch Python.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time as clock
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType

import numpy as np
from numpy.typing import DTypeLike

from hamsim.dynamics.schedule import Schedule, Stretch
from hamsim.dynamics.team import Pace, Team, thread_count
from hamsim.errors import SimulationError
from hamsim.kernels import step as kernel
from hamsim.kernels.jit import CACHE_IS_KEPT, first_call
from hamsim.kernels.plan import Buffers, Records, Tableau
from hamsim.kernels.registers import LANES
from hamsim.kernels.table import make_table
from hamsim.kernels.team import make_board
from hamsim.kernels.works import make_programs
from hamsim.layout.arrange import arrange, kept_layout
from hamsim.layout.buffers import make_buffers, make_forces
from hamsim.memory import exceeds_memory
from hamsim.network import Floats, Ints, Network, Record
from hamsim.trace import EnergyWatch, Header, Outcome, Sink, Stats, columns_of

__all__ = ["Progress", "Run"]

# Work of one evaluation (synapses plus ten times neurons, times vectors of trials) below which
# starting threads costs more than they save.
PARALLEL_WORK = 200_000
CALL_SECONDS = 0.1
BLOCK_BYTES = 16 * 2**20
BLOCK_ROWS = 4096


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Parameters
    ----------
    step, steps : int
    time : float
    residual : float
        Largest max|W g + I - x| of a trial.
    energy : float or None
        Mean over trials; None if it is not recorded.
    """

    step: int
    steps: int
    time: float
    residual: float
    energy: float | None


class Run:
    """The state of one run while it lasts.

    Parameters
    ----------
    network : Network
    schedule : Schedule
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
    """

    def __init__(
        self,
        network: Network,
        schedule: Schedule,
        record: Record | None,
        start: Floats,
        trials: int | None,
        threads: int | None,
        scale: Floats | None = None,
        layout: str = "auto",
        dtype: DTypeLike = np.float64,
    ) -> None:
        self.network, self.schedule, self.record = network, schedule, record
        arrays = 6 + schedule.method.stages  # of a number for each neuron and trial
        wanted = 8.0 * network.n_neurons * start.shape[0] * arrays
        if exceeds_memory(wanted):
            raise SimulationError(
                f"{start.shape[0]:,} trials of {network.n_neurons:,} neurons need "
                f"{wanted / 2**30:.1f} GiB of memory"
            )
        rows = start.shape[0]
        if scale is None:
            self.layout = kept_layout(network, rows, layout, dtype)
        else:
            self.layout = arrange(network, scale=scale, trials=rows, layout=layout, dtype=dtype)
        what = ("x", "energy") if record is None else record.what
        columns = columns_of(network, None if record is None else record.groups)
        self.header = Header(
            network.name,
            network.groups,
            columns,
            trials,
            what,
            network.tau,
            network.source,
            np.dtype(dtype).name,
        )
        stages = schedule.method.stages
        self.buffers: Buffers = make_buffers(self.layout, self.layout.inside(start), stages)
        self.m = int(self.buffers.x.shape[1])
        self.tableau = Tableau(np.ascontiguousarray(schedule.method.a))
        self.places = self.layout.places(columns)
        self.records = self._make_records(() if record is None else what)
        self.threads = thread_count(threads)
        self.board = make_board(alone=True)
        work = (network.W.nnz + 10 * network.n_neurons) * -(-self.m // LANES)
        self.parallel = self.threads > 1 and work >= PARALLEL_WORK
        self.step = 0
        self.status = kernel.RUNNING
        self.first_energy = float("nan")
        self.recorded = -1  # last step of which there is a record
        self.interrupted = False
        # Seconds until the first call was over: kinds of work are compiled before it, and in it.
        self.preparation: float | None = None

    @property
    def row_bytes(self) -> int:
        """Memory of one record."""
        what = () if self.record is None else self.header.what
        states = sum(self.header.columns.size for name in what if name in ("x", "g"))
        return 8 * self.m * (states + 2)

    @property
    def time(self) -> float:
        """Time reached."""
        return self.step * self.schedule.dt

    def _make_records(self, what: tuple[str, ...]) -> Records:
        rows = max(3, min(BLOCK_ROWS, BLOCK_BYTES // self.row_bytes, self.schedule.steps + 3))
        columns = self.header.columns.size

        def room(name: str, *shape: int) -> Floats:
            return np.full((rows if name in what else 0, *shape), np.nan)

        return Records(
            columns=self.places,
            step=np.zeros(rows, dtype=np.int64),
            x=room("x", self.m, columns),
            g=room("g", self.m, columns),
            energy=room("energy", self.m),
            residual=room("residual", self.m),
        )

    def go(self, sink: Sink, progress: Callable[[Progress], None] | None = None) -> Outcome:
        """Take all steps, handing records to an open `sink`."""
        self.team = Team(self.threads if self.parallel else 1)
        self.pace = Pace(self.parallel)
        with _deferred_interrupt() as interrupt, contextlib.closing(self.team):
            for stretch in self.schedule.stretches:
                self._go_through(stretch, sink, progress, interrupt)
                if self.status != kernel.RUNNING or interrupt.is_set():
                    break
            self.interrupted = interrupt.is_set()
            running = self.status == kernel.RUNNING
            stopped = self.interrupted and running and self.step < self.schedule.steps
            if stopped and self.record is not None:
                self._record_here(sink)
            if self.record is None and self.status != kernel.DIVERGED:
                self._append_last(sink)
        return self._outcome(stopped)

    def begin(self, stretch: Stretch) -> None:
        """Let the stimuli of a stretch act."""
        self.forces, held = make_forces(
            self.network, self.layout, self.schedule.dt, stretch.stimuli, self.m
        )
        for neurons, values in held:
            self.buffers.x[neurons] = values
        plan, method = self.layout.plan, self.schedule.method
        self.programs = make_programs(plan, self.forces.has_instant, method.stages, self.m)
        self.table = make_table(
            plan, self.forces, self.tableau, self.buffers, self.programs, self.records
        )

    def _record_here(self, sink: Sink) -> None:
        """Record the state that an interrupted run has reached, unless that has been done."""
        if self.recorded == self.step:
            return
        for stretch in self.schedule.stretches:
            if stretch.first <= self.step < stretch.last:
                self.begin(stretch)
        rows = self._call(True, 0, True, True)
        if rows:
            self._append(sink, rows)

    def _go_through(
        self,
        stretch: Stretch,
        sink: Sink,
        progress: Callable[[Progress], None] | None,
        interrupt: threading.Event,
    ) -> None:
        self._entered = clock.perf_counter()
        self.begin(stretch)
        with self.team.at_work(self._help) as self.board:
            self._take_steps(stretch, sink, progress, interrupt)
        self.board = make_board(alone=True)

    def _take_steps(
        self,
        stretch: Stretch,
        sink: Sink,
        progress: Callable[[Progress], None] | None,
        interrupt: threading.Event,
    ) -> None:
        final = stretch.last == self.schedule.steps
        stride = self.schedule.stride
        room = (self.records.step.size - 2) * stride if stride else self.schedule.steps
        begin, batch = True, 1
        while begin or self.step < stretch.last:
            n_steps = max(0, min(batch, stretch.last - self.step, room))
            with_team, n_steps = self.pace.choose(n_steps)
            self.team.call(self.board, with_team)
            started = clock.perf_counter()
            rows = self._call(begin, n_steps, final, self.step + n_steps == stretch.last)
            spent = clock.perf_counter() - started
            if self.preparation is None:
                self.preparation = started + spent - self._entered
            if rows:
                self._append(sink, rows)
            if progress is not None:
                progress(self._progress())
            if self.status != kernel.RUNNING or interrupt.is_set():
                return
            if not begin:  # the first call may have compiled
                self.pace.tell(with_team, n_steps, spent)
                batch = max(1, int(n_steps * min(8.0, CALL_SECONDS / max(spent, 1e-6))))
            begin = False

    def _call(self, begin: bool, n_steps: int, final: bool, ends: bool) -> int:
        self.status, self.step, rows = self._run(
            begin,
            n_steps,
            final or not ends,
            final and ends,
            self.schedule.tolerance if final else -1.0,
            self.board,
        )
        return int(rows)

    def _help(self, board: Ints) -> None:
        """Follow another thread, which has that board."""
        self._run(False, 0, False, False, -1.0, board, follows=True)

    def _run(
        self,
        begin: bool,
        n_steps: int,
        keep_last: bool,
        final: bool,
        tolerance: float,
        board: Ints,
        follows: bool = False,
    ) -> tuple[int, int, int]:
        with first_call("run"):
            result: tuple[int, int, int] = kernel.run(
                board,
                self.table,
                begin,
                self.step,
                n_steps,
                self.schedule.stride,
                keep_last,
                final,
                tolerance,
                follows,
            )
        return result

    def _append(self, sink: Sink, rows: int) -> None:
        arrays = {
            what: getattr(self.records, what)[:rows].astype(self.header.dtype_of(what), copy=False)
            for what in self.header.what
        }
        if self.records.energy.size and np.isnan(self.first_energy):
            self.first_energy = float(self.records.energy[0].mean())
        self.recorded = int(self.records.step[rows - 1])
        times = np.asarray(self.records.step[:rows] * self.schedule.dt, dtype=np.float64)
        sink.append(times, arrays)

    def _append_last(self, sink: Sink) -> None:
        with first_call("measure"):
            kernel.measure(self.board, self.table)
        state = np.ascontiguousarray(self.buffers.x[self.places].T, dtype=self.header.dtype)
        sink.append(
            np.array([self.time]), {"x": state[None], "energy": self.buffers.energy[:1].copy()}
        )

    def _progress(self) -> Progress:
        energy = float(self.buffers.previous.mean()) if self.records.energy.size else None
        residual = float(self.buffers.residual.max())
        return Progress(self.step, self.schedule.steps, self.time, residual, energy)

    def _outcome(self, interrupted: bool) -> Outcome:
        if self.status == kernel.DIVERGED:
            return self._where_diverged()
        t, residual = self.time, float(self.buffers.residual.max())
        if self.status == kernel.CONVERGED:
            return Outcome("converged", f"converged at t = {t:g}: residual {residual:.3g}", t)
        if interrupted:
            return Outcome("interrupted", f"interrupted at t = {t:g}: residual {residual:.3g}", t)
        asked = self.schedule.tolerance
        missed = f", above the {asked:g} asked for" if asked > 0 else ""
        return Outcome("finished", f"finished at t = {t:g}: residual {residual:.3g}{missed}", t)

    def _where_diverged(self) -> Outcome:
        """Find the first neuron whose state, or else whose drive, is not finite."""
        bad = ~np.isfinite(self.layout.outside(self.buffers.x))
        if not bad.any():
            bad = ~np.isfinite(self.layout.outside(self.buffers.u))
        trial, neuron = (int(k) for k in np.unravel_index(int(np.argmax(bad)), bad.shape))
        label = self.network.label(neuron)
        group = next(g.name for g in self.network.groups if g.start <= neuron < g.stop)
        where = f"neuron {label} of group {group}"
        known_trial = trial if self.header.trials is not None else None
        if known_trial is not None:
            where += f" in trial {trial}"
        message = f"diverged at t = {self.time:g}: the state of {where} is no longer finite"
        return Outcome("diverged", message, self.time, group, label, known_trial)

    def final_state(self) -> Floats:
        """State reached, shape (n,) or (trials, n), in file order."""
        state = self.layout.outside(self.buffers.x)
        return state[0] if self.header.trials is None else state

    def stats(self, seconds: float) -> Stats:
        """Collect the figures of the run."""
        return Stats(
            method=self.schedule.method.name,
            dt=self.schedule.dt,
            steps=self.step,
            evaluations=self.step * self.schedule.method.stages + len(self.schedule.stretches),
            time=self.time,
            seconds=seconds,
            preparation=self.preparation or 0.0,
            threads=self.threads if self.parallel else 1,
            residual=float(self.buffers.residual.max()),
            residuals=tuple(self.buffers.residual.tolist()),
            energy=self._energy_watch() if self.records.energy.size else None,
            notes=(*self.schedule.notes, *self._cache_note()),
        )

    def _cache_note(self) -> tuple[str, ...]:
        if CACHE_IS_KEPT:
            return ()
        return (
            "compiled code cannot be kept: set NUMBA_CACHE_DIR to a folder that can be written",
        )

    def _energy_watch(self) -> EnergyWatch:
        watch, dt = self.buffers.watch.tolist(), self.schedule.dt
        rise, size = watch[kernel.RISE], watch[kernel.RISE_SIZE]
        rises = int(watch[kernel.RISES])
        return EnergyWatch(
            start=self.first_energy,
            end=float(self.buffers.previous.mean()),
            rises=rises,
            largest_rise=rise,
            relative_rise=rise / size if size > 0 else 0.0,
            time=watch[kernel.RISE_STEP] * dt if rise > 0 else None,
            first_time=watch[kernel.FIRST_RISE] * dt if rises else None,
            trial=int(watch[kernel.RISE_TRIAL]) if rise > 0 and self.header.trials else None,
        )


@contextlib.contextmanager
def _deferred_interrupt() -> Iterator[threading.Event]:
    """Turn Ctrl-C into an event, so that no block of records is cut in two; a second one raises."""
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed
        return
    before = signal.getsignal(signal.SIGINT)

    def note(signum: int, frame: FrameType | None) -> None:
        pressed.set()
        signal.signal(signal.SIGINT, before)

    if before is None or before == signal.SIG_IGN:
        yield pressed
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)
