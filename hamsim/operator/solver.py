"""A network prepared for steps that solve an equation: vectors, products and calls."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.kernels.addresses import make_table
from hamsim.kernels.bdf import BDF_VECTORS, BEGIN, vectors_bdf
from hamsim.kernels.bdf_control import control_bdf
from hamsim.kernels.conjugate import control_conjugate, vectors_conjugate
from hamsim.kernels.implicit import (
    ALLOWED,
    BASIS,
    DO,
    END,
    NOTHING,
    NUMBERS,
    PARTS,
    PLACES,
    PRODUCTS,
    RECORD,
    SPREAD,
    STATE,
    STATUS,
    TIME,
    Implicit,
)
from hamsim.kernels.jit import first_call
from hamsim.kernels.minimal import control_minimal, vectors_minimal
from hamsim.kernels.plan import CLAMPED, HESSIAN, MOVING, Buffers, Forces
from hamsim.kernels.team import make_board
from hamsim.kernels.trialwise import gated, take_steps
from hamsim.kernels.works import address_of, drive_of
from hamsim.lagrangians.functions import WHAT
from hamsim.layout.arrange import Layout
from hamsim.layout.buffers import make_buffers
from hamsim.layout.gates import arrange_gates
from hamsim.layout.neurons import call_addresses
from hamsim.network import Network

__all__ = ["Solver"]


class Solver:
    """Steps of all trials, each with steps of its own.

    Parameters
    ----------
    network : Network
    layout : Layout
    forces : Forces
        What acts on the neurons.
    x : ndarray, shape (n, trials)
        States in the kernels' order.
    balance : ndarray, shape (n,), or None
        D with D W symmetric, in the kernels' order, where conjugate gradients are to solve.
    """

    def __init__(
        self, network: Network, layout: Layout, forces: Forces, x: Floats, balance: Floats | None
    ) -> None:
        n, m = x.shape
        order = slice(None) if layout.order is None else layout.order
        calls = layout.plan.chunk_calls.copy()
        calls[HESSIAN] = call_addresses(network.groups, WHAT[HESSIAN])[layout.chunk_group]
        plan = layout.plan
        gates = {name: getattr(plan, name) for name in arrange_gates(None, n, None)}
        self.plan = plan._replace(chunk_calls=calls, **arrange_gates(None, n, None))
        self.buffers: Buffers = make_buffers(layout, x, stages=1)._replace(
            y=np.zeros((n, m)), gated=np.zeros((0, m))
        )
        self.forces = forces._replace(
            input=np.zeros_like(forces.input),
            phase=np.full_like(forces.phase, MOVING),
            has_instant=False,
        )
        self.board = make_board(alone=True)
        chunks = plan.chunk_start.size
        solve, decide = (
            (vectors_minimal, control_minimal)
            if balance is None
            else (vectors_conjugate, control_conjugate)
        )
        works = [(address_of(solve), 0, chunks), (address_of(vectors_bdf), 0, chunks)]
        product = drive_of(plan, False, m)(True)
        if gates["gate_indptr"].size:
            product.append((address_of(gated), 0, chunks))
        basis = 0 if balance is not None else BASIS + 1
        self.solver = Implicit(
            tau=np.ascontiguousarray(network.tau[order]),
            free=(forces.phase != CLAMPED).astype(np.float64),
            balance=np.ones(n) if balance is None else balance,
            current=forces.input,
            vectors=np.zeros((m, BDF_VECTORS, n)),
            basis=np.zeros((m, basis, n)),
            triangle=np.zeros((m, BASIS + 3, BASIS + 1)),
            numbers=np.zeros((m, NUMBERS)),
            places=np.zeros((m, PLACES), dtype=np.int64),
            mix=np.zeros((m, 6, 6)),
            parts=np.zeros((chunks, m, PARTS)),
            accuracy=np.array([1e-6, 1e-3, 0.3, 0.08]),
            times=np.zeros(0),
            kept=np.zeros((0, n, m)),
            vector=np.array(works, dtype=np.int64),
            product=np.array(product, dtype=np.int64),
            control=np.array([address_of(decide), address_of(control_bdf)], dtype=np.int64),
            pauses=False,
            more=False,
            **gates,
        )

    def begin(
        self,
        x: Floats,
        begin: float,
        end: float,
        rtol: float,
        atol: float,
        times: Floats,
        allowed: float,
    ) -> None:
        """Put all trials at the beginning of a stretch of constant stimuli."""
        n, m = x.shape
        solver = self.solver._replace(times=times, kept=np.full((times.size, n, m), np.nan))
        self.solver = solver
        solver.accuracy[:2] = atol, rtol
        solver.numbers[:, TIME], solver.numbers[:, END] = begin, end
        solver.numbers[:, SPREAD], solver.numbers[:, ALLOWED] = np.inf, allowed
        solver.vectors[:, STATE] = x.T
        solver.places[:, DO], solver.places[:, STATUS] = BEGIN, 0
        solver.places[:, RECORD] = 0
        self.table = make_table(self.plan, self.forces, self.buffers, solver)

    def go(self, most: int = 10**9) -> int:
        """Take steps; fewer products than `most` are done where all have ended or wait."""
        with first_call("take steps"):
            return int(take_steps(self.board, self.table, most, False))

    @property
    def products(self) -> Ints:
        """Products of each trial."""
        found: Ints = self.solver.places[:, PRODUCTS]
        return found

    @property
    def running(self) -> bool:
        """Whether any trial has something to do."""
        return bool((self.solver.places[:, DO] != NOTHING).any())
