"""W arranged for the kernels, for a number of trials: W g + I - x, W g + I and W v of rows."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from hamsim.arrays import Floats
from hamsim.kernels.addresses import make_table
from hamsim.kernels.jit import first_call
from hamsim.kernels.plan import MOVING, Forces, Plan, Programs, Tableau
from hamsim.kernels.rows import evaluate_rows, give_rows
from hamsim.kernels.works import make_programs
from hamsim.layout.arrange import Layout
from hamsim.layout.buffers import make_buffers, make_forces
from hamsim.layout.gates import arrange_gates
from hamsim.layout.refill import arranged
from hamsim.network import Network
from hamsim.operator.helpers import HelpedTask, helpers
from hamsim.operator.pool import Pool
from hamsim.operator.rowsof import order_of, rows_of
from hamsim.operator.team import thread_count, work_of

__all__ = ["Products"]

# Bytes of the states of a workspace that is kept.
KEEP_BYTES = 2**24
# Work of one evaluation, as of `work_of`, below which to wake a thread costs more than it saves.
HELPED_WORK = 800_000
# Argument of the last work of a drive: the state is `Buffers.y`, which is 0 here.
AT_Y = 2

_UNDIVIDED = np.zeros(0)
_TABLEAU = Tableau(np.zeros((2, 1)), np.zeros(2))


class Task(NamedTuple):
    """Something to evaluate, alike for all threads: nobody writes to it."""

    plan: Plan
    forces: Forces
    programs: Programs


class Workspace:
    """What one thread writes, and the tables of what it has evaluated there."""

    def __init__(self, layout: Layout, n: int, trials: int) -> None:
        self.buffers = make_buffers(layout, np.zeros((n, trials)), stages=1)
        self._tasks: dict[int, HelpedTask] = {}

    def prepared(self, task: Task) -> HelpedTask:
        """A task with the table of what it works on."""
        found = self._tasks.get(id(task))
        if found is None:
            buffers = self.buffers
            if task.programs.evaluate[-1, 1] == AT_Y:
                buffers = buffers._replace(y=np.zeros_like(buffers.x))
            if task.plan.gate_indptr.size == 0:
                buffers = buffers._replace(gated=buffers.gated[:0])
            table = make_table(*task, _TABLEAU, buffers)
            found = self._tasks[id(task)] = HelpedTask(table, (task, buffers))
        return found


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
        self.layout: Layout = arranged(network, trials, layout, dtype)
        self._order = order_of(self.layout)
        self._tau = np.array(network.tau, dtype=np.float64)
        self._network = network
        self._is_large = work_of(network, trials) >= HELPED_WORK and thread_count(None) > 1
        n = network.n_neurons
        keep = 8 * n * trials <= KEEP_BYTES
        self._pool = Pool(lambda: Workspace(self.layout, n, trials), keep)

    @cached_property
    def _forces(self) -> Forces:
        return make_forces(self._network, self.layout, (), self.trials)[0]

    @cached_property
    def _field(self) -> Task:
        """W g + I - x, with neurons of tau = 0 at what they follow."""
        plan, forces = self.layout.plan, self._forces
        return Task(plan, forces, self._programs(forces.has_instant))

    def _programs(self, has_instant: bool) -> Programs:
        """What evaluates W g + I - x, and nothing else, also where instants read one another."""
        plan, trials = self.layout.plan, self.trials
        return make_programs(plan, has_instant, 0, trials, measured=False, explicit=False)

    @cached_property
    def _drive(self) -> Task:
        """W g + I at states as they are."""
        plan, forces = self.layout.plan, self._forces
        free = forces._replace(phase=np.full_like(forces.phase, MOVING), has_instant=False)
        programs = self._programs(False)
        programs.evaluate[-1, 1] = AT_Y
        return Task(plan, free, programs)

    @cached_property
    def _product(self) -> Task:
        """W v of any v in the place of activations."""
        plan, forces, programs = self._drive
        return Task(
            plan._replace(**arrange_gates(None, plan.parameters.shape[1], None)),
            forces._replace(input=np.zeros_like(forces.input)),
            programs._replace(evaluate=programs.evaluate[1:].copy()),
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
        own = workspace.prepared(task)

        def evaluate() -> None:
            evaluate_rows(own.board, own.table, rows, are_activations, self._order, divisor, out)

        with first_call("evaluate rows"):
            if self._is_large:
                helpers().evaluate(own, evaluate)
            else:
                evaluate()
        return out

    def velocity(self, x: Floats) -> Floats:
        """(W g + I - x) / tau, NaN where tau = 0, with those neurons at what they follow."""
        workspace = self._pool.take()
        out = self._evaluate(workspace, self._field, rows_of(x), divisor=self._tau)
        self._pool.give_back(workspace)
        return out

    def evaluate(self, x: Floats) -> tuple[Floats, Floats]:
        """States with neurons of tau = 0 at what they follow, and W g + I - x there."""
        workspace = self._pool.take()
        u = self._evaluate(workspace, self._field, rows_of(x))
        settled = np.empty_like(u)
        with first_call("give rows"):
            give_rows(workspace.buffers.x, self._order, settled)
        self._pool.give_back(workspace)
        return settled, u

    def drive(self, x: Floats) -> Floats:
        """W g + I and what gated synapses add, at states as they are."""
        workspace = self._pool.take()
        out = self._evaluate(workspace, self._drive, rows_of(x))
        self._pool.give_back(workspace)
        return out

    def product(self, v: Floats) -> Floats:
        """W v."""
        workspace = self._pool.take()
        out = self._evaluate(workspace, self._product, rows_of(v), are_activations=True)
        self._pool.give_back(workspace)
        return out
