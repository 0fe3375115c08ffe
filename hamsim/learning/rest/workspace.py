"""Trials that are relaxed together: a network in the kernels' order, and what they write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

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
from hamsim.layout.neurons import call_addresses, write_parameters
from hamsim.learning.rest.folding import Folding
from hamsim.learning.rest.senders import Senders
from hamsim.network import Network

__all__ = ["Pull", "Workspace", "width_of"]

# Iterations of a linear equation at most.
MOST = 500


def width_of(trials: int) -> int:
    """Columns for so many trials: whole vectors of the processor."""
    return max(1, -(-trials // LANES)) * LANES


class Pull(NamedTuple):
    """What draws neurons to targets t, by v - t times a strength.

    Parameters
    ----------
    what : int
        DRIVEN, SENDING or SENDING_OF_STATES of `hamsim.kernels.relaxing`.
    neurons : ndarray of int, shape (k,)
        In file order. Those whose drive is pulled are on the second side.
    strength : ndarray, shape (k,)
    target : ndarray, shape (trials, k)
    """

    what: int
    neurons: Ints
    strength: Floats
    target: Floats


def _no_pull(width: int) -> dict[str, Any]:
    nothing = np.zeros((0, width))
    return {
        "pull": np.zeros(1, dtype=np.int64),
        "pulled": np.zeros((2, 0), dtype=np.int64),
        "strength": np.zeros(0),
        "target": nothing,
        "own": nothing,
    }


class Workspace:
    """Room for `width` trials of one network, and its weights.

    Parameters
    ----------
    network : Network
        The kept neurons alone; what is not its pattern is put in later.
    folding : Folding
    first : ndarray of bool, shape (n,)
        See `first_side`.
    held : ndarray of bool, shape (n,)
    width : int

    Attributes
    ----------
    is_set : bool
        Whether what acts on the kept neurons is there, as `relax` has put it together.
    """

    def __init__(
        self,
        network: Network,
        folding: Folding,
        first: NDArray[np.bool_],
        held: NDArray[np.bool_],
        width: int,
    ) -> None:
        n, nnz = network.n_neurons, int(network.W.nnz)
        self.width, self._folding = width, folding
        numbered = replace(network, W=network.pattern.matrix(np.arange(1.0, nnz + 1.0)))
        classes = np.where(first, 0, 1) if first.any() else np.zeros(n, dtype=np.int64)
        found = arrange_classes(numbered, classes, width, np.float64)
        layout = found.layout
        assert layout.order is not None
        self.order: Ints = np.array(layout.order, dtype=np.int64)
        entries = np.array(layout.plan.weights).astype(np.int64) - 1
        self._entries: Ints = folding.entries.data[entries]
        self._weights = np.empty(nnz)
        calls = layout.plan.chunk_calls.copy()
        calls[HESSIAN] = call_addresses(network.groups, WHAT[HESSIAN])[layout.chunk_group]
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
            moved=np.zeros((PAST, n - int(first.sum()), width)),
            changed=np.zeros((PAST, n - int(first.sum()), width)),
            products=np.zeros((PAST, PAST, width)),
            numbers=np.zeros((NUMBERS, width)),
            places=np.zeros((PLACES, width), dtype=np.int64),
            scratch=layout.make_scratch(width),
            **_no_pull(width),
        )
        self._senders = Senders(folding, self.order, width) if folding.folded.size else None
        self._kept = folding.kept[self.order]
        self._whole: Network | None = None
        self.is_set = False
        self._numbers = np.full(folding.kept.size + folding.folded.size, -1, dtype=np.int64)
        self._numbers[self._kept] = np.arange(n)

    def put(self, weights: Floats, whole: Network, balance: Floats | None) -> None:
        """Take other weights, and what else a network has.

        Parameters
        ----------
        weights : ndarray
            As `Folding` has their places.
        whole : Network
            With all neurons; W is not looked at.
        balance : ndarray, shape (kept,), or None
            D with D W symmetric.
        """
        np.take(weights, self._entries, out=self._weights)
        self._reaches = False
        if self._senders is not None:
            self._senders.put(weights)
        if whole is not self._whole:
            self._put_others(whole, balance)
            self._whole = whole

    def _put_others(self, whole: Network, balance: Floats | None) -> None:
        """Take all but the weights, as far as it is new."""
        folding, r, before = self._folding, self._r, self._whole
        self._input = whole.input[self._kept]
        if before is None or whole.groups is not before.groups:
            write_parameters(self._plan, folding.groups_of(whole), self.order)
            if self._senders is not None:
                self._senders.put_parameters(folding.senders_of(whole))
        if before is None or whole.triples is not None:
            gates = arrange_gates(folding.triples_of(whole), self.order.size, self.order)
            self._plan = self._plan._replace(**gates)
            self._table = make_table(self._plan)
        r.balance[:] = 0.0 if balance is None else balance[self.order]
        self._is_scaled = balance is not None and bool((balance != 1.0).any())

    def _reach(self) -> None:
        """Write norms of the rows of W, once for its weights."""
        if self._reaches:
            return
        starts, n = self._plan.indptr.astype(np.int64), self.order.size
        squares = np.append(self._weights * self._weights, 0.0)
        sums = np.where(np.diff(starts) > 0, np.add.reduceat(squares, starts[:-1]), 0.0)
        self._r.reach[:] = np.sqrt(sums.reshape(-1, n).sum(axis=0))
        self._digits = 8.0 + float(np.diff(starts).reshape(-1, n).sum(axis=0).max(initial=0))
        self._reaches = True

    def relax(
        self,
        x: Floats,
        current: Floats | None,
        first: int,
        g: Floats,
        tolerance: float,
        most: int,
    ) -> tuple[NDArray[np.bool_], Floats, Ints]:
        """Bring trials to rest, of rows from `first` on.

        Parameters
        ----------
        x : ndarray, shape (trials, n)
            States of all neurons, where the kept ones are written to.
        current : ndarray, shape (trials, n), or None
            Added to the input.
        first : int
        g : ndarray, shape (trials, n)
            Is written to.
        tolerance : float
        most : int
            Rounds.

        Returns
        -------
        rests : ndarray of bool, shape (columns that are rows,)
        residual : ndarray
        products : ndarray of int
        """
        r = self._r
        with first_call("take columns"):
            take_columns(x, first, self._kept, r.vectors[STATES])
            if current is not None:
                take_columns(current, first, self._kept, r.current)
        self.is_set = True
        if current is None:
            r.current[:] = self._input[:, None]
        else:
            r.current[:] += self._input[:, None]
        if self._senders is not None:
            self._senders.send(x, first, g, r.current)
        return self._relax(x, first, g, tolerance, most)

    def relax_again(
        self,
        x: Floats,
        first: int,
        g: Floats,
        tolerance: float,
        most: int,
        pull: Pull,
    ) -> tuple[NDArray[np.bool_], Floats, Ints]:
        """Bring trials to rest that the folded neurons send the same as last time, but pulled.

        Parameters
        ----------
        x, first, g, tolerance, most
            As of `relax`.
        pull : Pull
        """
        width, at = self.width, self._numbers[pull.neurons]
        middle = int(self._plan.block_start[self._r.sides[1]])
        target = np.empty((at.size, width))
        with first_call("take columns"):
            take_columns(x, first, self._kept, self._r.vectors[STATES])
            take_columns(pull.target, first, np.arange(at.size), target)
        before = self._r
        self._r = before._replace(
            pull=np.array([pull.what]),
            pulled=np.stack([at, (at >= middle).astype(np.int64)]),
            strength=pull.strength,
            target=target,
            own=np.zeros_like(target),
        )
        try:
            return self._relax(x, first, g, tolerance, most)
        finally:
            self._r = before

    def _relax(
        self, x: Floats, first: int, g: Floats, tolerance: float, most: int
    ) -> tuple[NDArray[np.bool_], Floats, Ints]:
        r, count = self._r, min(self.width, len(x) - first)
        with first_call("relax"):
            relax(self._table, r, tolerance, most)
        with first_call("give columns"):
            give_columns(r.vectors[STATES], self._kept, first, x)
            give_columns(r.vectors[ACTIVATION], self._kept, first, g)
        rests = r.places[STATE, :count] == RESTS
        return rests, r.numbers[WORST, :count].copy(), r.places[ROUNDS, :count].copy()

    def currents(self, first: int, out: Floats) -> None:
        """Write what acted on the kept neurons last to rows over them from `first` on."""
        give_columns(self._r.current, self.order, first, out)

    def solve(
        self,
        x: Floats,
        c: Floats,
        of_states: bool,
        first: int,
        tolerance: float,
        out: tuple[Floats, Floats, Floats],
        held: bool,
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_], Ints]:
        """Solve a = P H y, y = c + C^T a, by conjugate gradients, of rows from `first` on.

        Parameters
        ----------
        x, c : ndarray, shape (trials, n)
        of_states : bool
            c is by states: a = P (c + H y), y = C^T a.
        first : int
        tolerance : float
        out : three of ndarray, shape (trials, n)
            Where a, y and directions of negative curvature are written. y of folded neurons is not
            written to, but for what `held` adds.
        held : bool
            Whether to add C^T a to y of folded neurons.

        Returns
        -------
        stable, converged : ndarray of bool
        products : ndarray of int
        """
        r, count = self._r, min(self.width, len(x) - first)
        right, moved, sent = r.vectors[RIGHT], r.vectors[SEARCH], r.vectors[SENT]
        balance = r.balance[:, None]
        self._reach()
        with first_call("take columns"):
            take_columns(x, first, self._kept, r.vectors[STATES])
            take_columns(c, first, self._kept, moved if of_states else right)
        with first_call("activate both"):
            activate_both(self._table, r)
        own = None
        if of_states:
            moved *= r.free[:, None] / balance
            own = moved.copy()
            with first_call("send back"):
                send_back(self._table, r, SEARCH, RIGHT)
        elif self._is_scaled:
            right /= balance
        given = bool(right[: int(self._plan.block_start[r.sides[1]])].any())
        with first_call("conjugate"):
            conjugate(self._table, r, given, tolerance, MOST, self._digits)
        if own is not None:
            sent += own
        if self._is_scaled:
            sent *= balance
            r.vectors[SOLUTION] *= balance
        a, y, witness = out
        state = r.places[STATE, :count]
        with first_call("give columns"):
            give_columns(sent, self._kept, first, a)
            give_columns(r.vectors[SOLUTION], self._kept, first, y)
            if (state == UNSTABLE).any():
                give_columns(r.vectors[WITNESS], self._kept, first, witness)
        if held and self._senders is not None:
            self._senders.send_back(sent, first, y)
        products = r.places[ITERATIONS, :count] + int(given) + int(of_states)
        return state != UNSTABLE, state == SOLVED, products

    def send_back(self, g: Floats, v: Floats, first: int, out: Floats) -> None:
        """Write C^T v, with C at activations g, of rows from `first` on."""
        r = self._r
        balance = r.balance[:, None]
        with first_call("take columns"):
            take_columns(g, first, self._kept, r.vectors[ACTIVATION])
            take_columns(v, first, self._kept, r.vectors[SEARCH])
        if self._senders is not None:
            self._senders.send_back(r.vectors[SEARCH], first, out)
        r.vectors[SEARCH] /= balance
        with first_call("send back"):
            send_back(self._table, r, SEARCH, RIGHT)
        r.vectors[RIGHT] *= balance
        with first_call("give columns"):
            give_columns(r.vectors[RIGHT], self._kept, first, out)
