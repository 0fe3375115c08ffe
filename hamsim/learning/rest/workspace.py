"""Trials that are relaxed together: a network in the kernels' order, and what they write."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.kernels.addresses import make_table
from hamsim.kernels.adjoint import (
    ITERATIONS,
    RIGHT,
    SEARCH,
    SENT,
    SOLUTION,
    SOLVED,
    UNSTABLE,
    WITNESS,
    activate_both,
    conjugate,
    send_back,
)
from hamsim.kernels.columns import give_columns, take_columns
from hamsim.kernels.jit import first_call
from hamsim.kernels.plan import HESSIAN
from hamsim.kernels.registers import LANES
from hamsim.kernels.relaxing import (
    NUMBERS,
    PAST,
    PLACES,
    RESTS,
    ROUNDS,
    STATE,
    VECTORS,
    WORST,
    Relaxing,
    relax,
)
from hamsim.kernels.relaxing import G as ACTIVATION
from hamsim.kernels.relaxing import X as STATES
from hamsim.lagrangians.functions import WHAT
from hamsim.layout.classes import arrange_classes
from hamsim.layout.gates import arrange_gates
from hamsim.layout.neurons import call_addresses
from hamsim.network import Group, Network

__all__ = ["Workspace", "width_of"]

# Iterations of a linear equation at most.
MOST = 500


def width_of(trials: int) -> int:
    """Columns for so many trials: whole vectors of the processor."""
    return max(1, -(-trials // LANES)) * LANES


class Workspace:
    """Room for `width` trials of one network, and its weights.

    Parameters
    ----------
    network : Network
        Whose weights, gates, parameters and input may change later.
    first : ndarray of bool, shape (n,)
        See `first_side`.
    held : ndarray of bool, shape (n,)
    width : int
    """

    def __init__(
        self,
        network: Network,
        first: NDArray[np.bool_],
        held: NDArray[np.bool_],
        width: int,
    ) -> None:
        n, nnz = network.n_neurons, int(network.W.nnz)
        self.width = width
        numbered = Network(
            *("", network.pattern.matrix(np.arange(1.0, nnz + 1.0))),
            *(network.tau, network.input, network.initial, network.groups, network.connections),
            symmetric=network.symmetric,
        )
        classes = np.where(first, 0, 1) if first.any() else np.zeros(n, dtype=np.int64)
        found = arrange_classes(numbered, classes, width, np.float64)
        layout = found.layout
        assert layout.order is not None
        self.order: Ints = np.array(layout.order, dtype=np.int64)
        self._owner = layout.chunk_group
        self._entries = np.array(layout.plan.weights).astype(np.int64) - 1
        self._weights = np.empty(nnz)
        calls = layout.plan.chunk_calls.copy()
        calls[HESSIAN] = call_addresses(network.groups, WHAT[HESSIAN])[self._owner]
        self._plan = layout.plan._replace(weights=self._weights, chunk_calls=calls)
        at = [0, *found.blocks[1:]] if first.any() else [0, 0, found.blocks[-1]]
        chunks = [0, *found.chunks[1:]] if first.any() else [0, 0, found.chunks[-1]]
        at, chunks = (each if len(each) == 3 else [*each, each[-1]] for each in (at, chunks))
        self._r = Relaxing(
            sides=np.array([*at, *chunks], dtype=np.int64),
            free=np.where(held, 0.0, 1.0)[self.order],
            balance=np.zeros(n),
            reach=np.zeros(n),
            current=np.zeros((n, width)),
            vectors=np.zeros((VECTORS, n, width)),
            moved=np.zeros((PAST, n, width)),
            changed=np.zeros((PAST, n, width)),
            products=np.zeros((PAST, PAST, width)),
            numbers=np.zeros((NUMBERS, width)),
            places=np.zeros((PLACES, width), dtype=np.int64),
            scratch=layout.make_scratch(width),
        )
        self._digits = 0.0

    def put(self, weights: Floats, network: Network, balance: Floats | None) -> None:
        """Take other weights, in the order of W.data, and the network's gates and parameters.

        Parameters
        ----------
        weights : ndarray, shape (nnz,)
        network : Network
            Of which W is not looked at.
        balance : ndarray, shape (n,), or None
            D with D W symmetric.
        """
        np.take(weights, self._entries, out=self._weights)
        self._put_parameters(network.groups)
        gates = arrange_gates(network.triples, self.order.size, self.order)
        self._plan = self._plan._replace(**gates)
        self._table = make_table(self._plan)
        r = self._r
        r.balance[:] = 0.0 if balance is None else balance[self.order]
        sizes = np.diff(self._plan.indptr).astype(np.int64)
        squares = self._weights * self._weights
        starts = self._plan.indptr[:-1].astype(np.int64)
        sums = np.where(sizes > 0, np.add.reduceat(np.append(squares, 0.0), starts), 0.0)
        r.reach[:] = np.sqrt(sums.reshape(-1, self.order.size).sum(axis=0))
        self._digits = 8.0 + float(sizes.reshape(-1, self.order.size).sum(axis=0).max(initial=0))

    def _put_parameters(self, groups: tuple[Group, ...]) -> None:
        plan = self._plan
        values = np.zeros(plan.parameters.shape)
        for group in groups:
            for p, parameter in enumerate(group.family.parameters):
                values[p, group.slice] = group.parameters[parameter.name]
        values = values[:, self.order]
        if np.array_equal(values, plan.parameters):
            return
        plan.parameters[:] = values
        for c, (start, stop) in enumerate(zip(plan.chunk_start, plan.chunk_stop, strict=True)):
            own = values[:, start:stop]
            plan.chunk_uniform[c] = bool((own == own[:, :1]).all())

    def relax(
        self, x: Floats, current: Floats, first: int, tolerance: float, most: int
    ) -> tuple[NDArray[np.bool_], Floats, Ints]:
        """Bring trials to rest, of rows from `first` on.

        Parameters
        ----------
        x : ndarray, shape (trials, n)
            Is written to.
        current : ndarray, shape (trials, n)
        first : int
        tolerance : float
        most : int
            Rounds.

        Returns
        -------
        rests : ndarray of bool, shape (columns that are rows,)
        residual : ndarray
        products : ndarray of int
        """
        r, count = self._r, min(self.width, len(x) - first)
        with first_call("take columns"):
            take_columns(x, first, self.order, r.vectors[STATES])
            take_columns(current, first, self.order, r.current)
        with first_call("relax"):
            relax(self._table, r, tolerance, most)
        with first_call("give columns"):
            give_columns(r.vectors[STATES], self.order, first, x)
        rests = r.places[STATE, :count] == RESTS
        return rests, r.numbers[WORST, :count].copy(), r.places[ROUNDS, :count].copy()

    def activations(self, first: int, out: Floats) -> None:
        """Write the activations of the states that were relaxed last to rows from `first` on."""
        give_columns(self._r.vectors[ACTIVATION], self.order, first, out)

    def solve(
        self,
        x: Floats,
        b: Floats,
        moved: Floats | None,
        first: int,
        tolerance: float,
        out: tuple[Floats, Floats, Floats],
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_], Ints]:
        """Solve (1 - C P H) y = b, or = C v, by conjugate gradients, of rows from `first` on.

        Parameters
        ----------
        x, b : ndarray, shape (trials, n)
        moved : ndarray, shape (trials, n), or None
            v, in the place of b.
        first : int
        tolerance : float
        out : three of ndarray, shape (trials, n)
            Where P H y, y and directions of negative curvature are written.

        Returns
        -------
        stable, converged : ndarray of bool
        products : ndarray of int
        """
        r, count = self._r, min(self.width, len(x) - first)
        with first_call("take columns"):
            take_columns(x, first, self.order, r.vectors[STATES])
            if moved is None:
                take_columns(b, first, self.order, r.vectors[RIGHT])
            else:
                take_columns(moved, first, self.order, r.vectors[SEARCH])
        with first_call("activate both"):
            activate_both(self._table, r)
        if moved is not None:
            with first_call("send back"):
                send_back(self._table, r, SEARCH, RIGHT)
        middle = int(self._plan.block_start[r.sides[1]])
        given = bool(r.vectors[RIGHT, :middle].any())
        with first_call("conjugate"):
            conjugate(self._table, r, given, tolerance, MOST, self._digits)
        with first_call("give columns"):
            for vector, rows in zip((SENT, SOLUTION, WITNESS), out, strict=True):
                give_columns(r.vectors[vector], self.order, first, rows)
        state = r.places[STATE, :count]
        products = r.places[ITERATIONS, :count] + int(given) + int(moved is not None)
        return state != UNSTABLE, state == SOLVED, products

    def send(self, g: Floats, v: Floats, first: int, out: Floats) -> None:
        """Write C v, with C at activations g, of rows from `first` on."""
        r = self._r
        with first_call("take columns"):
            take_columns(g, first, self.order, r.vectors[ACTIVATION])
            take_columns(v, first, self.order, r.vectors[SEARCH])
        with first_call("send back"):
            send_back(self._table, r, SEARCH, RIGHT)
        with first_call("give columns"):
            give_columns(r.vectors[RIGHT], self.order, first, out)
