"""The compiled side of a run: one network's buffers, tables and programs, and the calls.

An engine knows neither time nor records: it is told how long a step is and what acts meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.dynamics.engine.driven import DrivenValues, Source
from hamsim.dynamics.engine.noise import make_kicks
from hamsim.dynamics.engine.preserving import make_preserving, with_preserving
from hamsim.dynamics.engine.programs import bundles_of, programs_of
from hamsim.dynamics.engine.tableau import tableau_of
from hamsim.errors import SimulationError
from hamsim.kernels import step as kernel
from hamsim.kernels.addresses import make_table, with_bundles
from hamsim.kernels.jit import first_call
from hamsim.kernels.plan import Accuracy, Buffers, Forces, Late, Programs, Records, Tableau
from hamsim.kernels.team import make_board
from hamsim.layout.arrange import Layout
from hamsim.layout.buffers import make_buffers, make_forces
from hamsim.methods import METHODS, Method
from hamsim.network import Network, OverTime, Stimulus

__all__ = ["NEVER", "Engine"]

# Steps between records where none is to be made.
NEVER = 2**62


class Engine:
    """Steps of a network by a method.

    Parameters
    ----------
    network : Network
    layout : Layout
    start : ndarray, shape (trials, n)
        States in file order.
    method : Method
    accuracy : (float, float), optional
        Absolute and relative error that a step may have. Steps may be refused then, so that they
        are tried first; the method must estimate its error.
    own : bool
        Whether trials have steps of their own length.
    seed : int
        Of the network's noise.
    """

    def __init__(
        self,
        network: Network,
        layout: Layout,
        start: Floats,
        method: Method,
        accuracy: tuple[float, float] | None = None,
        own: bool = False,
        seed: int = 0,
    ) -> None:
        layout, self.preserving = make_preserving(network, layout, start.shape[0])
        self.network, self.layout, self.method = network, layout, method
        self.refusable = accuracy is not None
        if self.refusable and getattr(method, "error", None) is None:
            raise SimulationError(f"{method.name} does not estimate the error of its steps")
        self.buffers: Buffers = make_buffers(
            layout, layout.inside(start), method.stages, self.refusable, own
        )
        self.trials = int(self.buffers.x.shape[1])
        atol, rtol = accuracy or (0.0, 0.0)
        self.accuracy = Accuracy(np.array([atol]), np.array([rtol]))
        self.kicks = make_kicks(network, layout, method, self.trials, seed)
        self.board = make_board(alone=True)
        self.tables: list[Ints] = []
        # Makes programs of what a step does besides, and the bundle that this needs.
        self.extend: Callable[[Programs], tuple[Programs, Late]] | None = None

    def act(
        self,
        stimuli: Sequence[Stimulus | OverTime],
        *records: Records,
        sources: Sequence[Source] = (),
    ) -> None:
        """Let stimuli act from now on; a table is made for each place of records.

        Parameters
        ----------
        stimuli : sequence of Stimulus or OverTime
        *records : Records
        sources : sequence of Source
            What else changes over time and is added to currents.
        """
        forces, self._held = make_forces(self.network, self.layout, stimuli, self.trials)
        acting = (*stimuli, *sources)
        if self._act_alike(forces, acting, records):
            return
        self.forces = forces
        self.driven: DrivenValues | None = None
        if any(not isinstance(each, Stimulus) for each in acting):
            stages, own = len(self.nodes), self.own_times
            self.driven = DrivenValues(self.layout, self.forces, acting, stages, own)
        self.make_tables(records)

    def _act_alike(
        self, forces: Forces, acting: Sequence[Stimulus | Source], records: Sequence[Records]
    ) -> bool:
        """Let currents change and nothing else, if nothing else does; whether that is so.

        Programs and tables stay then, which take longer to write than many a stretch lasts.
        """
        if not self.tables or len(records) != len(self.records):
            return False
        before, constant = self.forces, all(isinstance(each, Stimulus) for each in acting)
        alike = all(one is other for one, other in zip(records, self.records, strict=True))
        alike = alike and np.array_equal(forces.phase, before.phase)
        if not alike or forces.has_instant != before.has_instant:
            return False
        if constant != (self.driven is None):
            return False
        if self.driven is not None and not self.driven.replace(acting, forces):
            return False
        np.copyto(before.input, forces.input)
        return True

    def make_tables(self, records: Sequence[Records]) -> None:
        """Write programs for what acts, and a table for each place of records."""
        self.records = records
        self.programs, self.tableau, table = self.once("programs", self._write_programs)
        before = self.programs
        if self.preserving is not None:
            self.programs = with_preserving(self.programs, self.preserving.chunks.size)
        if self.extend is not None:
            self.programs, late = self.extend(self.programs)
        bundles: tuple[Any, ...] = (self.forces, self.accuracy, self.buffers)
        if self.programs is not before:
            bundles += (self.programs,)
        bundles += (*bundles_of(self.method), *self.more_bundles())
        if self.driven is not None:
            bundles += (self.driven.arrays,)
        if self.extend is not None:
            bundles += (late,)
        if self.preserving is not None:
            bundles += (self.preserving,)
        first = with_bundles(table, *bundles, *records[:1])
        self.tables = [first, *(with_bundles(first, each) for each in records[1:])]

    def once(self, what: str, make: Callable[[], Any], *more: Any) -> Any:
        """Make what depends on layout and method alone, or take what was made for another run.

        Parameters
        ----------
        what : str
            Its name.
        make : callable
        *more
            What else it depends on.
        """
        if METHODS.get(self.method.name) is not self.method:  # made for this run
            return make()
        driven = 0 if self.driven is None else self.driven.arrays.chunks.size
        noisy, instant = self.kicks is not None, self.forces.has_instant
        kind = (type(self), self.method, self.trials, self.refusable, noisy, instant, driven)
        kept = self.layout.prepared
        key = (what, *kind, *more)
        if key not in kept:
            kept[key] = make()
        return kept[key]

    def _write_programs(self) -> tuple[Programs, Tableau, Ints]:
        """Programs and coefficients, and a table with them and what else does not change."""
        programs, tableau = self.write_programs(), tableau_of(self.method)
        return programs, tableau, make_table(self.layout.plan, tableau, programs)

    def write_programs(self) -> Programs:
        """What a step consists of, whatever acts."""
        return programs_of(
            self.method,
            self.layout.plan,
            self.forces.has_instant,
            self.trials,
            self.refusable,
            self.kicks is not None,
            0 if self.driven is None else self.driven.arrays.chunks.size,
        )

    @property
    def nodes(self) -> tuple[float, ...]:
        """When the evaluations of a step are made, in steps."""
        return self.method.nodes

    @property
    def moving(self) -> bool:
        """Whether what acts changes from one evaluation to the next."""
        return self.driven is not None

    @property
    def is_driven(self) -> bool:
        """Whether an input or a clamp does so, and not only what the past of the network drives."""
        sources = () if self.driven is None else self.driven.sources
        return any(isinstance(source, OverTime) for source in sources)

    def drive(self, times: Floats) -> None:
        """Give the values of the times of the evaluations that come next, in their order.

        Parameters
        ----------
        times : ndarray, shape (rows,) or (rows, trials)
        """
        if self.driven is not None:
            self.driven.fill(times)

    @property
    def own_times(self) -> bool:
        """Whether trials are at times of their own."""
        return self.buffers.h.size > 1

    def drive_here(self, time: float | Floats) -> None:
        """Give the values of one evaluation, at x."""
        if self.driven is not None:
            self.driven.fill(np.asarray(time, dtype=np.float64)[None])

    def drive_attempt(self, time: float | Floats, h: float | Floats) -> None:
        """Give the values of the evaluations of one step, of some length."""
        if self.driven is not None:
            begin, length = np.asarray(time, dtype=np.float64), np.asarray(h, dtype=np.float64)
            nodes = np.array(self.nodes).reshape(-1, *[1] * max(begin.ndim, length.ndim))
            self.driven.fill(begin + nodes * length)

    def more_bundles(self) -> tuple[Any, ...]:
        """What else the kernels of a kind of method are given, with the programs of before."""
        return () if self.kicks is None else (self.kicks,)

    @property
    def state(self) -> tuple[Floats, ...]:
        """Arrays that a state consists of; with the number of steps all that it takes to go on."""
        return (self.buffers.x,) if self.kicks is None else (self.buffers.x, self.kicks.eta)

    def hold(self) -> None:
        """Put clamped neurons where they are held."""
        for neurons, values in self._held:
            self.buffers.x[neurons] = values

    def set_step(self, h: float | Floats) -> None:
        """Set the length of the next steps, one number or one a trial.

        Raises
        ------
        SimulationError
        """
        self.buffers.h[:] = h
        with np.errstate(over="ignore"):
            largest = self.buffers.h.max() / self.forces.tau.min()
        if not np.isfinite(largest):
            raise SimulationError(
                "dt / tau overflows: a time constant is too close to 0; use 0 itself"
            )

    # --- steps that nobody refuses -------------------------------------------------------------

    def run(
        self,
        begin: bool,
        step: int,
        n_steps: int,
        stride: int = 0,
        origin: int = 0,
        keep_last: bool = False,
        final: bool = False,
        tolerance: float = -1.0,
        table: int = 0,
    ) -> tuple[int, int, int]:
        """Take steps; see `kernels.step.run`. Returns status, step and number of records."""
        how = (stride, -1 if stride == NEVER else origin, keep_last, final, tolerance, False)
        if self.kicks is not None:
            self.kicks.step[0] = step
        with first_call("run"):
            result: tuple[int, int, int] = kernel.run(
                self.board, self.tables[table], begin, step, n_steps, *how
            )
        return result

    def help(self, board: Ints) -> None:
        """Follow another thread, which has that board."""
        with first_call("run"):
            kernel.run(board, self.tables[0], False, 0, 0, 0, 0, False, False, -1.0, True)

    # --- one thing at a time -------------------------------------------------------------------

    def evaluate(self) -> None:
        """Write g, u and residuals at x, where neurons with tau = 0 get their states."""
        with first_call("evaluate"):
            kernel.evaluate(self.board, self.tables[0])

    def measure(self) -> None:
        """Write the energy at x."""
        with first_call("measure"):
            kernel.measure(self.board, self.tables[0])

    def look(self, begin: bool, moment: float) -> None:
        """Write the energy at x, and compare it with the one before; see `kernels.step.look`."""
        with first_call("look"):
            kernel.look(self.board, self.tables[0], begin, moment)

    def attempt(self) -> Floats:
        """Try a step from x; its error in each trial, shape (2, trials)."""
        with first_call("attempt"):
            kernel.attempt(self.board, self.tables[0])
        return self.buffers.error

    def settle(self, accepted: Floats | bool) -> None:
        """Take the step that was tried in some trials, and refuse it in the others."""
        self.buffers.accepted[:] = accepted
        with first_call("settle"):
            kernel.settle(self.board, self.tables[0])
