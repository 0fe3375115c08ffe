"""Neurons that are folded: their activations, and what they send to those that are kept."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.kernels.addresses import make_table
from hamsim.kernels.columns import give_columns, take_columns
from hamsim.kernels.jit import first_call
from hamsim.kernels.sending import BLOCK_COLUMNS, activate_all, add_blocks, add_rows
from hamsim.lagrangians.functions import WHAT
from hamsim.layout.arrange import arrange_neurons
from hamsim.layout.neurons import call_addresses, write_parameters
from hamsim.learning.rest.folding import Folding
from hamsim.network import Group

__all__ = ["Senders"]


class Senders:
    """Room for the folded neurons of `width` trials.

    Parameters
    ----------
    folding : Folding
    order : ndarray of int, shape (kept,)
        Kept neuron `order[k]` is number k to the kernels.
    width : int
    """

    def __init__(self, folding: Folding, order: Ints, width: int) -> None:
        n = folding.folded.size
        layout = arrange_neurons(folding.senders)
        own = np.arange(n) if layout.order is None else np.array(layout.order, dtype=np.int64)
        calls = layout.plan.chunk_calls.copy()
        calls[WHAT.index("activate")] = call_addresses(folding.senders, "activate")[
            layout.chunk_group
        ]
        self._own, self._layout = own, layout
        self._plan = layout.plan._replace(chunk_calls=calls)
        self._table = make_table(self._plan)
        self._neurons = folding.folded[own]
        self._scratch = layout.make_scratch(width)
        self._x, self._g = np.zeros((n, width)), np.zeros((n, width))
        sent = _permuted(folding.sent, order, own)
        receivers = _runs(folding.groups, order)
        blocks, covered = _full_blocks(sent, receivers, _runs(folding.senders, own))
        self._blocks: Ints = np.array(blocks, dtype=np.int64).reshape(-1, BLOCK_COLUMNS)
        self._rest = _without(sent, covered)
        self._values = np.empty(self._rest.nnz)

    def put(self, weights: Floats) -> None:
        """Take weights, of which full blocks are views."""
        self._weights = weights.view()
        self._weights.flags.writeable = False
        if self._values.size:
            np.take(weights, self._rest.data, out=self._values)

    def put_parameters(self, groups: tuple[Group, ...]) -> None:
        """Take other parameters of the folded groups."""
        write_parameters(self._plan, groups, self._own)

    def send(self, x: Floats, first: int, g: Floats, out: Floats) -> None:
        """Add what the folded neurons send to columns, of rows from `first` on.

        Parameters
        ----------
        x : ndarray, shape (trials, n)
        first : int
        g : ndarray, shape (trials, n)
            Their activations are written to it.
        out : ndarray, shape (kept, width)
        """
        with first_call("take columns"):
            take_columns(x, first, self._neurons, self._x)
        with first_call("activate all"):
            activate_all(self._table, self._x, self._g, self._scratch)
        with first_call("give columns"):
            give_columns(self._g, self._neurons, first, g)
        if self._blocks.size:
            with first_call("add blocks"):
                add_blocks(self._weights, self._blocks, False, self._g, out)
        if self._values.size:
            rest = self._rest
            with first_call("add rows"):
                add_rows(rest.indptr, rest.indices, self._values, self._g, out)

    def send_back(self, a: Floats, first: int, out: Floats) -> None:
        """Add W^T a of the folded neurons to rows from `first` on, from columns of a."""
        received = self._x
        with first_call("take columns"):
            take_columns(out, first, self._neurons, received)
        if self._blocks.size:
            with first_call("add blocks"):
                add_blocks(self._weights, self._blocks, True, a, received)
        if self._values.size:
            rest = self._rest
            turned = csr_array((self._values, rest.indices, rest.indptr), shape=rest.shape).T
            received += turned @ a
        with first_call("give columns"):
            give_columns(received, self._neurons, first, out)


def _permuted(W: csr_array, rows: Ints, columns: Ints) -> csr_array:
    """A matrix of whole numbers with rows and columns in another order."""
    counted = csr_array((W.data + 1.0, W.indices, W.indptr), shape=W.shape)
    moved = csr_array(counted[rows][:, columns])
    moved.sort_indices()
    data = moved.data.astype(np.int64) - 1
    return csr_array(
        (data, moved.indices.astype(np.uint32), moved.indptr.astype(np.int64)), shape=W.shape
    )


def _runs(groups: tuple[Group, ...], order: Ints) -> list[tuple[int, int]]:
    """Stretches of neurons of one group, in an order."""
    owner = np.repeat(np.arange(len(groups)), [group.size for group in groups])[order]
    borders = np.flatnonzero(np.diff(owner)) + 1
    ends = [0, *borders.tolist(), order.size]
    return list(pairwise(ends))


def _full_blocks(
    sent: csr_array, receivers: list[tuple[int, int]], senders: list[tuple[int, int]]
) -> tuple[list[list[int]], NDArray[np.bool_]]:
    """Blocks that are full and lie regularly in the weights, and which entries they have."""
    covered = np.zeros(sent.nnz, dtype=bool)
    row = np.repeat(np.arange(sent.shape[0]), np.diff(sent.indptr))
    blocks = []
    for top, bottom in receivers:
        for left, right in senders:
            inside = np.flatnonzero(
                (row >= top) & (row < bottom) & (sent.indices >= left) & (sent.indices < right)
            )
            height, width = bottom - top, right - left
            if inside.size != height * width:
                continue
            places = sent.data[inside].reshape(height, width)
            at = int(places[0, 0])
            down = int(places[1, 0]) - at if height > 1 else 1
            across = int(places[0, 1]) - at if width > 1 else 1
            steps = down * np.arange(height)[:, None] + across * np.arange(width)
            if down > 0 and across > 0 and np.array_equal(places, at + steps):
                blocks.append([top, left, height, width, at, down, across])
                covered[inside] = True
    return blocks, covered


def _without(sent: csr_array, covered: NDArray[np.bool_]) -> csr_array:
    """The other entries."""
    row = np.repeat(np.arange(sent.shape[0]), np.diff(sent.indptr))[~covered]
    indptr = np.searchsorted(row, np.arange(sent.shape[0] + 1))
    return csr_array((sent.data[~covered], sent.indices[~covered], indptr), shape=sent.shape)
