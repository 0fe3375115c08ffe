"""A network prepared for solving equations in all its states: vectors, products and calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.kernels import bdf, rosenbrock, transient
from hamsim.kernels.addresses import make_table
from hamsim.kernels.bdf import BDF_VECTORS, DIRECTION, vectors_bdf
from hamsim.kernels.bdf_control import control_bdf
from hamsim.kernels.conjugate import control_conjugate, vectors_conjugate
from hamsim.kernels.following import (
    FOLLOW,
    FOLLOW_VECTORS,
    control_following,
    vectors_following,
)
from hamsim.kernels.halves import control_halves, vectors_halves
from hamsim.kernels.implicit import (
    ACTIVATION,
    BASIS,
    CAP,
    COLUMN,
    DO,
    FIRM,
    LEAK,
    MOST_STEP,
    NOTHING,
    NUMBERS,
    PARTS,
    PLACES,
    PRODUCT,
    PRODUCTS,
    RATE,
    RELATIVE,
    SEARCH_H,
    SENT,
    SPREAD,
    SPREAD_BACK,
    STATE,
    STATUS,
    Implicit,
)
from hamsim.kernels.jit import first_call
from hamsim.kernels.minimal import control_minimal, vectors_minimal
from hamsim.kernels.plan import HESSIAN, INSTANT, MOVING, Buffers, Forces, Plan
from hamsim.kernels.rosenbrock import STAGE_VECTORS, vectors_rosenbrock
from hamsim.kernels.rosenbrock_control import control_rosenbrock
from hamsim.kernels.team import make_board
from hamsim.kernels.transient import TRANSIENT_VECTORS, vectors_transient
from hamsim.kernels.transient_control import control_transient
from hamsim.kernels.trialwise import collect, gated, take_steps
from hamsim.kernels.works import address_of, drive_of, halves_of_product
from hamsim.lagrangians.functions import WHAT
from hamsim.layout.arrange import Layout
from hamsim.layout.buffers import make_buffers
from hamsim.layout.gates import arrange_gates
from hamsim.layout.narrow import narrowed
from hamsim.layout.neurons import call_addresses
from hamsim.network import Network

__all__ = ["FOLLOWING", "FORMULAS", "STAGES", "TRANSIENT", "Procedure", "Solver"]

# Columns that products are made for at least, where there were more: those of one trial are others.
LEAST_COLUMNS = 2
# Errors of Newton's method and of linear equations, in units of the noise that a step stands.
NEWTON, LINEAR = 1.0, 0.5
# Those of linear equations for formulas, where GMRES solves them: its errors have one sign in step
# after step.
MINIMAL = 0.25


class Procedure(NamedTuple):
    """What trials go through.

    Parameters
    ----------
    works, control : callable
        What is done in the neurons of a chunk, and how a trial decides what is next.
    vectors : int
        That each trial has.
    begin : int
        The first operation.
    record, attempt : int
        The ones that keep states for records, and that begin an attempt.
    nodes : tuple of float
        When stages after the first are, as parts of a step.
    """

    works: Callable[..., None]
    control: Callable[..., None]
    vectors: int
    begin: int
    record: int
    attempt: int = 0
    nodes: tuple[float, ...] = ()


FORMULAS = Procedure(
    vectors_bdf, control_bdf, BDF_VECTORS, bdf.BEGIN, bdf.RECORD_STATES, bdf.PREDICT
)
STAGES = Procedure(
    vectors_rosenbrock,
    control_rosenbrock,
    STAGE_VECTORS,
    rosenbrock.BEGIN,
    rosenbrock.KEEP,
    rosenbrock.DRIFT,
    rosenbrock.NODES,
)
TRANSIENT = Procedure(
    vectors_transient,
    control_transient,
    TRANSIENT_VECTORS,
    transient.BEGIN,
    transient.BEGIN,
)
FOLLOWING = Procedure(vectors_following, control_following, FOLLOW_VECTORS, FOLLOW, FOLLOW)


class Solver:
    """Trials that each go through a procedure of their own, and share products with W.

    Parameters
    ----------
    network : Network
    layout : Layout
    procedure : Procedure
    trials : int
    balance : ndarray, shape (n,), or None
        D with D W symmetric, in file order, where conjugate gradients are to solve; else None.
    first : ndarray of bool, shape (n,), optional
        One half of the neurons, in file order, where there are synapses from each half to the other
        only, and the layout tells the halves apart; then products are made half by half.
    """

    def __init__(
        self,
        network: Network,
        layout: Layout,
        procedure: Procedure,
        trials: int,
        balance: Floats | None,
        first: NDArray[np.bool_] | None = None,
    ) -> None:
        n, m = network.n_neurons, trials
        first = None if balance is None else first
        self.procedure = procedure
        self._layout, self._trials = layout, trials
        order = slice(None) if layout.order is None else layout.order
        plan, chunks = layout.plan, layout.plan.chunk_start.size
        self._groups = network.groups
        nothing = arrange_gates(None, n, None)
        gates = {name: getattr(plan, name) for name in nothing}
        self._plan = self._plan_of(layout)
        self._buffers = self._make_buffers(layout, n, m)
        self.board = make_board(alone=True)
        self.table: Ints = np.zeros(0, dtype=np.int64)
        basis = BASIS + 1 if balance is None else 0
        linear = MINIMAL if balance is None and procedure is FORMULAS else LINEAR
        self.arrays = Implicit(
            tau=np.ascontiguousarray(network.tau[order]),
            free=np.ones(n),
            first=np.zeros(n) if first is None else first[order].astype(np.float64),
            balance=np.ones(n) if balance is None else np.ascontiguousarray(balance[order]),
            current=np.zeros((n, m)),
            within=np.zeros((m, 0, n)),
            vectors=np.zeros((m, procedure.vectors, n)),
            basis=np.zeros((m, basis, n)),
            triangle=np.zeros((m, BASIS + 3, BASIS + 1)),
            numbers=np.zeros((m, NUMBERS)),
            places=np.zeros((m, PLACES), dtype=np.int64),
            mix=np.zeros((m, 6, 6)),
            parts=np.zeros((chunks, m, PARTS)),
            accuracy=np.array([0.0, 0.0, NEWTON, linear]),
            ease=np.zeros(0),
            times=np.zeros(0),
            kept=np.zeros((0, n, m)),
            **self._programs(
                layout, m, balance is not None, bool(gates["gate_indptr"].size), first is not None
            ),
            **gates,
            each_step=False,
            moving=False,
            halved=first is not None,
            more=False,
        )
        self.arrays.numbers[:, MOST_STEP] = np.inf

    def _plan_of(self, layout: Layout) -> Plan:
        """The plan with products with H, and without gated synapses."""
        calls = layout.plan.chunk_calls.copy()
        calls[HESSIAN] = call_addresses(self._groups, WHAT[HESSIAN])[layout.chunk_group]
        nothing = arrange_gates(None, int(layout.plan.chunk_stop[-1]), None)
        return layout.plan._replace(chunk_calls=calls, **nothing)

    @staticmethod
    def _make_buffers(layout: Layout, n: int, columns: int) -> Buffers:
        made = make_buffers(layout, np.zeros((n, columns)), stages=1)
        return made._replace(y=np.zeros((n, columns)), gated=np.zeros((0, columns)))

    def _programs(
        self, layout: Layout, trials: int, is_symmetric: bool, has_gates: bool, halved: bool
    ) -> dict[str, Any]:
        """Programs, and the addresses of who decides."""
        procedure, chunks = self.procedure, layout.plan.chunk_start.size
        solve, decide = vectors_minimal, control_minimal
        if is_symmetric:
            solve, decide = vectors_conjugate, control_conjugate
        halves: tuple[list[tuple[int, int, int]], ...] = ([], [])
        if halved:
            solve, decide = vectors_halves, control_halves
            to_first, to_second = halves_of_product(layout.plan, trials)
            collected = (address_of(collect), 0, chunks)
            halves = ([*to_first, collected], to_second)
        works = [(address_of(solve), 0, chunks), (address_of(procedure.works), 0, chunks)]
        product = drive_of(layout.plan, False, trials)(True)
        if halved:
            product = [*to_first, *to_second, collected]
        if has_gates:
            product.append((address_of(gated), 0, chunks))
        control = address_of(decide), address_of(procedure.control)
        return {
            "vector": np.array(works, dtype=np.int64),
            "product": np.array(product, dtype=np.int64),
            "to_first": np.array(halves[0], dtype=np.int64).reshape(-1, 3),
            "to_second": np.array(halves[1], dtype=np.int64).reshape(-1, 3),
            "control": np.array(control, dtype=np.int64),
        }

    def act(self, forces: Forces, free: Floats, moving: bool = False) -> None:
        """Let other stimuli act from now on.

        Parameters
        ----------
        forces : Forces
        free : ndarray, shape (n,)
            1 for neurons whose states are solved for, else 0; in the kernels' order.
        moving : bool
            Whether trials wait for the currents of each attempt.
        """
        self._forces = forces._replace(
            input=np.zeros_like(forces.input),
            phase=np.where(self.arrays.first > 0.0, INSTANT, MOVING).astype(forces.phase.dtype),
            has_instant=self.arrays.halved,
        )
        n, columns = forces.input.shape
        if self._buffers.g.shape[1] != columns:
            self._plan = self._plan_of(self._layout)
            self._buffers = self._make_buffers(self._layout, n, columns)
        self.arrays.places[:, COLUMN] = np.arange(columns)
        nodes = len(self.procedure.nodes)
        rows = 1 + nodes if moving and nodes else 0
        self.arrays = self.arrays._replace(
            current=forces.input.copy(),
            within=np.zeros((self._trials, rows, n)),
            moving=moving,
        )
        self.arrays.free[:] = free

    def keep(self, times: Floats, kept: Floats, each_step: bool, more: bool) -> None:
        """Say where states are kept; before `begin` or `go`.

        Parameters
        ----------
        times : ndarray, shape (r,)
        kept : ndarray, shape (r, n, trials)
        each_step : bool
            Whether `times` is room for when steps were taken.
        more : bool
            Whether a trial waits that has filled all rows.
        """
        self.arrays = self.arrays._replace(times=times, kept=kept, each_step=each_step, more=more)
        table = make_table(self._plan, self._forces, self._buffers, self.arrays)
        if self.table.size:
            self.table[:] = table  # in its place: others may follow it
        else:
            self.table = table

    def look_for_ease(self, direction: Floats, end: float, worth: float) -> None:
        """Leave trials once explicit steps would do; after `begin`, before `keep`.

        Parameters
        ----------
        direction : ndarray, shape (n,)
            Along which the fastest rate is looked for at first.
        end : float
            When the run is over.
        worth : float
            What more than so many products are spared by is another method.
        """
        arrays = self.arrays
        self.arrays = arrays._replace(ease=np.array([end, worth]))
        arrays.vectors[:, DIRECTION] = direction
        arrays.numbers[:, RATE] = np.linalg.norm(direction)

    def leave(self, over: NDArray[np.bool_]) -> None:
        """Let trials that are over have no part in products any more; the others' bits stay.

        Products are made for fewer columns once at most half of them are of trials that go on.
        """
        arrays, columns = self.arrays, self._buffers.g.shape[1]
        going = np.flatnonzero(~over)
        count = max(LEAST_COLUMNS, going.size)
        if columns <= LEAST_COLUMNS or 2 * count > columns:
            return
        n, before = self._buffers.g.shape[0], arrays.places[:, COLUMN].copy()
        layout = narrowed(self._layout, self._trials, count)
        self._plan, self._buffers = self._plan_of(layout), self._make_buffers(layout, n, count)
        current = np.zeros((n, count))
        current[:, : going.size] = arrays.current[:, before[going]]
        arrays.places[over, COLUMN] = 0
        arrays.places[going, COLUMN] = np.arange(going.size)
        self._forces = self._forces._replace(input=np.zeros((n, count)))
        self.arrays = arrays._replace(current=current)
        self.send_again()
        self.keep(arrays.times, arrays.kept, arrays.each_step, arrays.more)

    def begin(self, x: Floats) -> None:
        """Put all trials where they begin, states of shape (n, trials)."""
        arrays = self.arrays
        arrays.vectors[:, STATE] = x.T
        self.begin_again(np.ones(len(arrays.places), dtype=bool))

    def begin_again(self, trials: Any) -> None:
        """Let trials, a boolean each, begin anew where they are."""
        arrays = self.arrays
        arrays.numbers[np.ix_(trials, [SPREAD, SPREAD_BACK, RELATIVE, CAP])] = np.inf
        arrays.numbers[trials, FIRM] = 1.0
        arrays.numbers[trials, LEAK] = np.finfo(np.float64).max
        arrays.places[trials, DO], arrays.places[trials, STATUS] = self.procedure.begin, 0

    def send_again(self) -> None:
        """Send what trials have sent that wait for a product."""
        arrays = self.arrays
        for trial in np.flatnonzero(arrays.places[:, DO] == PRODUCT):
            sent = SEARCH_H if arrays.places[trial, SENT] else ACTIVATION
            column = arrays.places[trial, COLUMN]
            self._buffers.g[:, column] = arrays.vectors[trial, sent]

    def go(self, most: int) -> int:
        """Go on; fewer than `most` products are done where all have ended or wait."""
        with first_call("take steps"):
            return int(take_steps(self.board, self.table, most, False))

    def help(self, board: Ints) -> None:
        """Follow another thread, which has that board."""
        with first_call("take steps"):
            take_steps(board, self.table, 0, True)

    @property
    def states(self) -> Floats:
        """States reached, shape (n, trials)."""
        return np.ascontiguousarray(self.arrays.vectors[:, STATE].T)

    @property
    def products(self) -> Ints:
        """Products of each trial."""
        found: Ints = (self.arrays.places[:, PRODUCTS] + 1) // 2
        return found

    @property
    def busy(self) -> bool:
        """Whether any trial has something to do."""
        return bool((self.arrays.places[:, DO] != NOTHING).any())
