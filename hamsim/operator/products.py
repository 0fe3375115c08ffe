"""W arranged for the kernels, for a number of trials: W g + I - x, W g + I and W v of rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from hamsim.arrays import Floats, Ints
from hamsim.kernels.addresses import make_table
from hamsim.kernels.jit import first_call
from hamsim.kernels.plan import MOVING, Buffers, Forces, Plan, Programs, Tableau
from hamsim.kernels.rows import evaluate_rows, give_rows
from hamsim.kernels.team import make_board
from hamsim.kernels.works import make_programs
from hamsim.layout.arrange import Layout, arrange
from hamsim.layout.buffers import make_buffers, make_forces
from hamsim.layout.gates import arrange_gates
from hamsim.network import Network
from hamsim.operator.pool import Pool
from hamsim.operator.rowsof import order_of, rows_of

__all__ = ["Products"]

# Bytes of the states of a workspace that is kept.
KEEP_BYTES = 2**24
# Argument of the last work of a drive: the state is `Buffers.y`, which is 0 here.
AT_Y = 2

_UNDIVIDED = np.zeros(0)


class Task(NamedTuple):
    """Something to evaluate: its table, and what the table points to."""

    table: Ints
    parts: tuple[Plan, Forces, Tableau, Buffers, Programs]


class Workspace(NamedTuple):
    """What one thread writes, and what it can evaluate there."""

    board: Ints
    buffers: Buffers
    field: Task  # W g + I - x, neurons with tau = 0 at what they follow
    drive: Task  # W g + I at states as they are
    product: Task  # W v of any v


class Products:
    """W of a network as the kernels read it.

    Parameters
    ----------
    network : Network
    trials : int
        Rows that are given at a time.
    layout : str
        See `hamsim.layout.choose`.
    dtype : {float64, float32}
        Of the weights.
    """

    def __init__(self, network: Network, trials: int, layout: str, dtype: DTypeLike) -> None:
        self.trials = trials
        self.layout: Layout = arrange(network, trials=trials, layout=layout, dtype=dtype)
        self._order = order_of(self.layout)
        self._tau = np.array(network.tau, dtype=np.float64)
        # Forces and programs: they are alike for all threads, and nobody writes to them.
        forces, _ = make_forces(network, self.layout, (), trials)
        self._forces = forces
        free = forces._replace(phase=np.full_like(forces.phase, MOVING), has_instant=False)
        self._driven = free
        self._alone = free._replace(input=np.zeros_like(forces.input))
        plan = self.layout.plan
        self._ungated = plan._replace(**arrange_gates(None, plan.parameters.shape[1], None))
        at_once = make_programs(plan, forces.has_instant, 1, trials)
        drive = make_programs(plan, False, 1, trials).evaluate
        drive[-1, 1] = AT_Y
        self._programs = at_once, at_once._replace(evaluate=drive)
        self._products = at_once._replace(evaluate=np.ascontiguousarray(drive[1:]))
        keep = 8 * network.n_neurons * trials <= KEEP_BYTES
        self._pool = Pool(self._make_workspace, keep)

    def _make_workspace(self) -> Workspace:
        n, plan = self._tau.size, self.layout.plan
        states = make_buffers(self.layout, np.zeros((n, self.trials)), stages=1)
        driven = states._replace(y=np.zeros((n, self.trials)))
        alone = driven._replace(gated=np.zeros((0, self.trials)))
        tableau = Tableau(np.zeros((2, 1)), np.zeros(2))

        def task(plan: Plan, forces: Forces, buffers: Buffers, programs: Programs) -> Task:
            parts = (plan, forces, tableau, buffers, programs)
            return Task(make_table(*parts), parts)

        return Workspace(
            make_board(alone=True),
            states,
            task(plan, self._forces, states, self._programs[0]),
            task(plan, self._driven, driven, self._programs[1]),
            task(self._ungated, self._alone, alone, self._products),
        )

    def _evaluate(
        self,
        workspace: Workspace,
        task: Task,
        rows: Floats,
        are_activations: bool = False,
        divisor: Floats = _UNDIVIDED,
    ) -> Floats:
        out = np.empty(rows.shape)
        with first_call("evaluate rows"):
            evaluate_rows(
                workspace.board, task.table, rows, are_activations, self._order, divisor, out
            )
        return out

    def velocity(self, x: Floats) -> Floats:
        """(W g + I - x) / tau, NaN where tau = 0, with those neurons at what they follow."""
        workspace = self._pool.take()
        out = self._evaluate(workspace, workspace.field, rows_of(x), divisor=self._tau)
        self._pool.give_back(workspace)
        return out

    def evaluate(self, x: Floats) -> tuple[Floats, Floats]:
        """States with neurons of tau = 0 at what they follow, and W g + I - x there."""
        workspace = self._pool.take()
        u = self._evaluate(workspace, workspace.field, rows_of(x))
        settled = np.empty_like(u)
        with first_call("give rows"):
            give_rows(workspace.buffers.x, self._order, settled)
        self._pool.give_back(workspace)
        return settled, u

    def drive(self, x: Floats) -> Floats:
        """W g + I and what gated synapses add, at states as they are."""
        workspace = self._pool.take()
        out = self._evaluate(workspace, workspace.drive, rows_of(x))
        self._pool.give_back(workspace)
        return out

    def product(self, v: Floats) -> Floats:
        """W v."""
        workspace = self._pool.take()
        out = self._evaluate(workspace, workspace.product, rows_of(v), are_activations=True)
        self._pool.give_back(workspace)
        return out
