"""One run: buffers, calls of the compiled loop, and what is told of it.

The compiled loop is called for about a tenth of a second at a time, so that records can be handed
on, progress be shown and Ctrl-C be heard; steps in between never touch Python.
"""

from __future__ import annotations

import contextlib
import threading
import time as clock
from collections.abc import Callable

import numpy as np
from numpy.typing import DTypeLike

from hamsim import __version__
from hamsim.arrays import Floats, Ints
from hamsim.dynamics.endings import Divergence, Ending, find_divergence
from hamsim.dynamics.figures import stats_of
from hamsim.dynamics.interrupt import deferred_interrupt
from hamsim.dynamics.progress import Progress
from hamsim.dynamics.repeats import Repeats
from hamsim.dynamics.schedule import Schedule
from hamsim.dynamics.starts import require_room
from hamsim.dynamics.stretches import Stretch
from hamsim.dynamics.team import Pace, Team, thread_count
from hamsim.dynamics.trials import Trials
from hamsim.kernels import step as kernel
from hamsim.kernels.addresses import make_table
from hamsim.kernels.jit import first_call
from hamsim.kernels.plan import Buffers, Records, Tableau
from hamsim.kernels.registers import LANES
from hamsim.kernels.team import make_board
from hamsim.kernels.works import make_programs
from hamsim.layout.arrange import arrange, kept_layout
from hamsim.layout.buffers import make_buffers, make_forces
from hamsim.lazy import unread
from hamsim.network import Network, Record
from hamsim.provenance import Provenance, now
from hamsim.trace.outcome import Outcome
from hamsim.trace.stats import Stats
from hamsim.trace.trace import Header, Sink, columns_of

__all__ = ["Progress", "Run"]

# Work of one evaluation (synapses plus ten times neurons, times vectors of trials) below which
# starting threads costs more than they save.
PARALLEL_WORK = 200_000
CALL_SECONDS = 0.1
# A state is kept this often, to go back to when a trial diverges: copying it must cost nothing
# beside the steps.
KEEP_SECONDS = 0.5
BLOCK_BYTES = 16 * 2**20
BLOCK_ROWS = 4096
# Steps between records where none is to be made.
NEVER = 2**62


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
        require_room(start.shape[0], network.n_neurons, schedule.method.stages)
        rows = start.shape[0]
        if scale is None:
            self.layout = kept_layout(network, rows, layout, dtype)
        else:
            self.layout = arrange(network, scale=scale, trials=rows, layout=layout, dtype=dtype)
        self.threads = thread_count(threads)
        work = (network.W.nnz + 10 * network.n_neurons) * -(-rows // LANES)
        self.parallel = self.threads > 1 and work >= PARALLEL_WORK
        what = ("x", "energy") if record is None else record.what
        columns = columns_of(network, record)
        self.header = Header(
            network.name,
            network.groups,
            columns,
            trials,
            what,
            network.tau,
            unread(network, "source"),
            np.dtype(dtype).name,
            self._made(np.dtype(dtype).name),
        )
        stages = schedule.method.stages
        self.buffers: Buffers = make_buffers(self.layout, self.layout.inside(start), stages)
        self.m = int(self.buffers.x.shape[1])
        self.tableau = Tableau(np.ascontiguousarray(schedule.method.a))
        self.places = self.layout.places(columns)
        self.records = self._make_records(() if record is None else what)
        self.no_records = self._make_records(())
        self.board = make_board(alone=True)
        self.warnings = list(schedule.warnings)
        self.trials = Trials(self.m)
        self.repeats = Repeats(schedule.tolerance)
        self.divergence: Divergence | None = None  # the first
        self._kept, self._kept_at = np.empty_like(self.buffers.x), 0
        self._kept_when = -np.inf
        self.again = 0  # steps that were taken once more, to go back
        self.step = 0
        self.status = kernel.RUNNING
        self.first_energy: Floats | None = None  # of each trial
        self.too_large = False  # whether a record is beyond what float32 holds
        self.recorded = -1  # last step of which there is a record
        self.interrupted = False
        # Seconds until the first call was over: kinds of work are compiled before it, and in it.
        self.preparation: float | None = None

    def _made(self, dtype: str) -> Provenance:
        return Provenance(
            hamsim=__version__,
            date=now(),
            seed=self.network.seed,
            overrides=self.network.overrides,
            method=self.schedule.method.name,
            dt=self.schedule.dt,
            dtype=dtype,
            threads=self.threads if self.parallel else 1,
        )

    @property
    def row_bytes(self) -> int:
        """Memory of one record."""
        what = () if self.record is None else self.header.what
        states = sum(self.header.columns.size for name in what if name in ("x", "g"))
        return 8 * self.m * (states + 2)

    @property
    def time(self) -> float:
        """Time reached."""
        return self.schedule.time(self.step)

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
        with deferred_interrupt() as interrupt, contextlib.closing(self.team):
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
        self.ending = self._end(stopped)
        return self.ending.outcome()

    def begin(self, stretch: Stretch) -> None:
        """Let the stimuli of a stretch act."""
        self.stretch = stretch
        # The step from which records are counted.
        self.origin = stretch.origin
        if stretch.grid is not None:
            self.origin += self.schedule.record_grid
        self._keep()
        self.forces, self.held = make_forces(
            self.network, self.layout, stretch.dt, stretch.stimuli, self.m
        )
        self._hold()
        plan, method = self.layout.plan, self.schedule.method
        self.programs = make_programs(plan, self.forces.has_instant, method.stages, self.m)
        bundles = (plan, self.forces, self.tableau, self.buffers, self.programs)
        self.table = make_table(*bundles, self.records)
        # To take steps once more: nothing of them is recorded, nor of their energy watched.
        self.table_again = make_table(*bundles, self.no_records)

    def _hold(self) -> None:
        for neurons, values in self.held:
            self.buffers.x[neurons] = values
        self.trials.stand_in(self.buffers, self.forces)

    def _keep(self) -> None:
        """Keep the state to go back to."""
        np.copyto(self._kept, self.buffers.x)
        self._kept_at, self._kept_when = self.step, clock.perf_counter()

    def _record_here(self, sink: Sink) -> None:
        """Record the state that a run has reached before its end, unless that has been done."""
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
            n_steps = max(0, min(batch, self._ahead(stretch, begin), room, self._unrecorded(begin)))
            with_team, n_steps = self.pace.choose(n_steps)
            self.team.call(self.board, with_team)
            started = clock.perf_counter()
            if not begin and started - self._kept_when > KEEP_SECONDS:
                self._keep()
            rows = self._call(begin, n_steps, final, self.step + n_steps == stretch.last)
            spent = clock.perf_counter() - started
            if self.preparation is None:
                self.preparation = started + spent - self._entered
            if rows:
                self._append(sink, rows)
            if self.status == kernel.DIVERGED:
                at_once = begin and self._kept_at == self.step
                self._leave_behind(sink, at_once)
                begin, batch = at_once, 1
                if self.status == kernel.RUNNING:
                    continue
            if final:
                self.repeats.look(stretch.last - self.step, self.buffers.x)
            if progress is not None:
                progress(self._progress())
            if self.status != kernel.RUNNING or interrupt.is_set():
                return
            if not begin:  # the first call may have compiled
                self.pace.tell(with_team, n_steps, spent)
                batch = max(1, int(n_steps * min(8.0, CALL_SECONDS / max(spent, 1e-6))))
            begin = False

    def _ahead(self, stretch: Stretch, begin: bool) -> int:
        """Steps to the end of a stretch, or to the next state to be kept at the end of the run."""
        left = stretch.last - self.step
        if stretch.last < self.schedule.steps:
            return left
        return 0 if begin and self.repeats.is_due(left) else self.repeats.steps(left)

    def _unrecorded(self, begin: bool) -> int:
        """Steps that can be taken before one of which there may be a record."""
        left = self.schedule.record_first - 1 - self.step
        return left if left > 0 or (begin and left == 0) else self.schedule.steps

    def _call(self, begin: bool, n_steps: int, final: bool, ends: bool) -> int:
        first = self.schedule.record_first
        quiet = self.schedule.stride > 0 and self.step + n_steps < first
        self.status, self.step, rows = self._run(
            self.table,
            self.board,
            begin,
            n_steps,
            NEVER if quiet else self.schedule.stride,
            final or not ends,
            final and ends,
            self.schedule.tolerance if self.stretch.settled else -1.0,
        )
        return int(rows)

    def _leave_behind(self, sink: Sink, at_once: bool) -> None:
        """Go back to the last finite state of trials that have diverged, and on without them.

        Parameters
        ----------
        at_once : bool
            Where a stretch began: with the stimuli of before, or at t = 0, the state was finite.
        """
        fallen = self.trials.fallen(self.buffers.residual)
        if self.divergence is None:
            self.divergence = find_divergence(
                self.network, self.layout, self.buffers, int(fallen[0]), self.time
            )
        self._go_back(at_once)
        states = self.layout.outside(self.buffers.x)[fallen]
        last = fallen.size == np.count_nonzero(self.trials.go_on)
        if last and not at_once and self.record is None:
            self._append_last(sink)
        elif last and not at_once and self.recorded != self.step:
            self._append(sink, self._call(True, 0, True, True))
        self.trials.freeze(fallen, self.network, states)
        if last and at_once:
            arrays = {what: np.empty((1, *self.header.shape_of(what))) for what in self.header.what}
            self._hand_on(sink, np.array([self.time]), arrays)
        self.status = kernel.DIVERGED if last else kernel.RUNNING
        self._hold()

    def _go_back(self, at_once: bool) -> None:
        """Restore the state before the step that has just been taken, by taking others again."""
        np.copyto(self.buffers.x, self._kept)
        if at_once:
            return
        self._hold()
        n_steps, self.step = self.step - 1 - self._kept_at, self._kept_at
        self.again += n_steps
        _, self.step, _ = self._run(self.table_again, self.board, True, n_steps)
        self._keep()

    def _help(self, board: Ints) -> None:
        """Follow another thread, which has that board."""
        self._run(self.table, board, False, 0, follows=True)

    def _run(
        self,
        table: Ints,
        board: Ints,
        begin: bool,
        n_steps: int,
        stride: int = 0,
        keep_last: bool = False,
        final: bool = False,
        tolerance: float = -1.0,
        follows: bool = False,
    ) -> tuple[int, int, int]:
        with first_call("run"):
            result: tuple[int, int, int] = kernel.run(
                board,
                table,
                begin,
                self.step,
                n_steps,
                stride,
                -1 if stride == NEVER else self.origin,
                keep_last,
                final,
                tolerance,
                follows,
            )
        return result

    def _append(self, sink: Sink, rows: int) -> None:
        arrays = {what: getattr(self.records, what)[:rows] for what in self.header.what}
        if self.records.energy.size and self.first_energy is None:
            self.first_energy = self.records.energy[0].copy()
        self.recorded = int(self.records.step[rows - 1])
        self._hand_on(sink, self.stretch.times(self.records.step[:rows]), arrays)

    def _append_last(self, sink: Sink) -> None:
        with first_call("measure"):
            kernel.measure(self.board, self.table)
        state = np.ascontiguousarray(self.buffers.x[self.places].T)
        arrays = {"x": state[None], "energy": self.buffers.energy[:1].copy()}
        self._hand_on(sink, np.array([self.time]), arrays)

    def _hand_on(self, sink: Sink, times: Floats, arrays: dict[str, Floats]) -> None:
        """Give records to the sink, with what is known of trials that have diverged."""
        self.trials.overwrite(arrays, self.header.columns)
        kinds = {what: self.header.dtype_of(what) for what in arrays}
        with np.errstate(over="call", call=self._note_too_large):
            kept = {what: a.astype(kinds[what], copy=False) for what, a in arrays.items()}
        sink.append(times, kept)

    def _note_too_large(self, kind: str, flag: int) -> None:
        self.too_large = True

    def _progress(self) -> Progress:
        energy = self.trials.mean(self.buffers.previous) if self.records.energy.size else None
        residual = float(self.buffers.residual.max())
        return Progress(self.step, self.schedule.steps, self.time, residual, energy)

    def _end(self, stopped: bool) -> Ending:
        running = self.status == kernel.RUNNING and not stopped
        nothing = np.zeros(self.m, dtype=bool)
        return Ending(
            time=self.time,
            residuals=np.where(self.trials.go_on, self.buffers.residual, np.inf),
            tolerance=self.schedule.tolerance,
            converged=self.status == kernel.CONVERGED,
            interrupted=stopped,
            go_on=self.trials.go_on,
            alternate=self.repeats.found() if running else nothing,
            divergence=self.divergence,
            has_trials=self.header.trials is not None,
        )

    def final_state(self) -> Floats:
        """State reached, the last finite one of what diverged, (n,) or (trials, n), file order."""
        state = self.trials.restore(self.layout.outside(self.buffers.x))
        return state[0] if self.header.trials is None else state

    def stats(self, seconds: float) -> Stats:
        """Collect the figures of the run."""
        return stats_of(self, seconds)
