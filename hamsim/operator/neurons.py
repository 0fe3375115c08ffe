"""Groups by themselves, prepared: g, L and H of states, without synapses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import SimulationError
from hamsim.kernels.addresses import make_table
from hamsim.kernels.jit import first_call
from hamsim.kernels.plan import Buffers, Plan
from hamsim.kernels.rows import (
    activate_rows,
    common_rows,
    dual_rows,
    hessian_rows,
    lagrangian_rows,
    prox_rows,
)
from hamsim.lagrangians.functions import WHAT
from hamsim.lagrangians.proximal import why_no_prox
from hamsim.layout.arrange import arrange_neurons
from hamsim.layout.buffers import make_buffers
from hamsim.layout.neurons import call_addresses
from hamsim.network import Group
from hamsim.operator.pool import Pool
from hamsim.operator.rowsof import order_of, rows_of

__all__ = ["Neurons"]

# Bytes of the states of a workspace that is kept.
KEEP_BYTES = 2**24


class Workspace(NamedTuple):
    """What the kernels write, and the table of where it is."""

    buffers: Buffers
    table: Ints


class Neurons:
    """Groups prepared for the kernels.

    All methods take states as rows, (n,) or (rows, n) in file order, whatever they hold, and may be
    called by several threads at a time.

    Parameters
    ----------
    groups : sequence of Group
        One after another in file order. A group of a larger network may be given by itself.
    """

    def __init__(self, groups: Sequence[Group]) -> None:
        first = groups[0].start
        if first:
            groups = [replace(g, start=g.start - first, stop=g.stop - first) for g in groups]
        self.groups = tuple(groups)
        self.n = self.groups[-1].stop
        self._layout = arrange_neurons(self.groups)
        self._order = order_of(self._layout)
        self._ready: set[str] = set()
        self._pools: dict[int, Pool[Workspace]] = {}

    def _provide(self, what: str) -> None:
        """Have the groups' functions at hand."""
        if what not in self._ready:
            addresses = call_addresses(self.groups, what)
            self._layout.plan.chunk_calls[WHAT.index(what)] = addresses[self._layout.chunk_group]
            self._ready.add(what)

    def _workspace(self, plan: Plan, trials: int) -> Workspace:
        x = np.zeros((self.n, trials))
        buffers = make_buffers(self._layout, x, stages=1)._replace(y=x)
        return Workspace(buffers, make_table(plan, buffers))

    def _pool(self, trials: int) -> Pool[Workspace]:
        pool = self._pools.get(trials)
        if pool is None:
            keep = 8 * self.n * trials <= KEEP_BYTES
            pool = Pool(lambda: self._workspace(self._layout.plan, trials), keep)
            if keep:
                if len(self._pools) >= 4:  # of numbers of rows that were asked for lately
                    self._pools = {}
                self._pools[trials] = pool
        return pool

    def activate(self, x: Floats) -> Floats:
        """Activations g = dL/dx, in the shape of `x`  [HAM, eq. 1]."""
        self._provide("activate")
        rows = rows_of(x)
        out = np.empty(rows.shape)
        pool = self._pool(rows.shape[0])
        workspace = pool.take()
        with first_call("activate rows"):
            activate_rows(workspace.table, rows, self._order, out)
        pool.give_back(workspace)
        return out.reshape(x.shape)

    def hessian(self, x: Floats, v: Floats) -> Floats:
        """H v with H = d2L/dx2 at `x`, in its shape. At a kink H is the one from the left."""
        self._provide("activate")
        self._provide("hessian")
        rows, vectors = rows_of(x), rows_of(v)
        out = np.empty(rows.shape)
        pool = self._pool(rows.shape[0])
        workspace = pool.take()
        with first_call("hessian rows"):
            hessian_rows(workspace.table, rows, vectors, self._order, out)
        pool.give_back(workspace)
        return out.reshape(x.shape)

    def common(self, x: Floats, v: Floats) -> Floats:
        """Part of v that neurons which share a Lagrangian have in common, in the shape of `x`.

        It is 0 of families of which none is known; see `hamsim.lagrangians.commonparts`.
        """
        self._provide("activate")
        calls = self._layout.plan.chunk_calls[WHAT.index("common")]
        if "common" not in self._ready:
            for number, group in enumerate(self.groups):
                if group.family.common:
                    address = call_addresses([group], "common")[0]
                    calls[self._layout.chunk_group == number] = address
            self._ready.add("common")
        rows, vectors = rows_of(x), rows_of(v)
        out = np.empty(rows.shape)
        pool = self._pool(rows.shape[0])
        workspace = pool.take()
        with first_call("common rows"):
            common_rows(workspace.table, rows, vectors, self._order, out)
        pool.give_back(workspace)
        return out.reshape(x.shape)

    def prox(self, r: Floats, kappa: Floats) -> Floats:
        """The states x with x + kappa g(x) = r, in the shape of `r`: the proximal map of kappa L.

        Where g jumps, x is where it has a value that solves the equation.

        Parameters
        ----------
        r : ndarray, shape (n,) or (rows, n)
        kappa : ndarray, shape (n,)
            At least 0, and alike for neurons that share a Lagrangian.

        Raises
        ------
        SimulationError
            If a Lagrangian is not convex, or no proximal map of it is known.
        """
        for group in self.groups:
            why = why_no_prox(group.family)
            if why:
                raise SimulationError(f"{group.name} has no proximal map: {why}")
        self._provide("prox")
        rows = rows_of(r)
        out = np.empty(rows.shape)
        factors = np.ascontiguousarray(kappa, dtype=np.float64)
        if self._order.size:
            factors = factors[self._order]
        pool = self._pool(rows.shape[0])
        workspace = pool.take()
        with first_call("prox rows"):
            prox_rows(workspace.table, rows, factors, self._order, out)
        pool.give_back(workspace)
        return out.reshape(r.shape)

    def lagrangian(self, x: Floats) -> Floats:
        """L of each group, shape (groups, rows)."""
        self._provide("add_lagrangian")
        rows = rows_of(x)
        part, out = self._sums(rows.shape[0])
        pool = self._pool(rows.shape[0])
        workspace = pool.take()
        chunk_group = self._layout.chunk_group
        with first_call("lagrangian rows"):
            lagrangian_rows(workspace.table, rows, self._order, chunk_group, part, out)
        pool.give_back(workspace)
        return out

    def dual(self, x: Floats, scale: Floats | None = None) -> tuple[Floats, Floats]:
        """Activations, in the shape of `x`, and x.g - L of each group, shape (groups, rows).

        Parameters
        ----------
        x : ndarray, shape (n,) or (rows, n)
        scale : ndarray, shape (n,), optional
            Factor of each neuron's part, alike for neurons that share a Lagrangian.
        """
        self._provide("activate")
        self._provide("add_dual")
        rows = rows_of(x)
        g, (part, out) = np.empty(rows.shape), self._sums(rows.shape[0])
        if scale is None:
            pool = self._pool(rows.shape[0])
        else:
            plan = self._layout.scaled(scale).plan
            pool = Pool(lambda: self._workspace(plan, rows.shape[0]), keep=False)
        workspace = pool.take()
        chunk_group = self._layout.chunk_group
        with first_call("dual rows"):
            dual_rows(workspace.table, rows, self._order, chunk_group, part, g, out)
        pool.give_back(workspace)
        return g.reshape(x.shape), out

    def _sums(self, trials: int) -> tuple[Floats, Floats]:
        """Room for what chunks give, and for what groups do."""
        chunks = self._layout.chunk_group.size
        return np.empty((chunks, trials)), np.empty((len(self.groups), trials))
