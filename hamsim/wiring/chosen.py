"""Synapses of which chance decides whether they exist, or what they weigh: made tile by tile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import coo_array, csr_array

from hamsim.arrays import Floats, Ints
from hamsim.draws.choice import Sparsity
from hamsim.draws.pairs import Rectangle, Triangle
from hamsim.draws.tiles import touched
from hamsim.spec.connections import ConnectionSpec
from hamsim.spec.ends import End
from hamsim.wiring.joining import Stack, beside, index_type
from hamsim.wiring.making import Making, OfPairs, Pairs

__all__ = ["ChosenSynapses", "apart", "sparsity_of"]


def sparsity_of(connection: ConnectionSpec) -> Sparsity:
    """Which part of the pairs of a connection exists."""
    return Sparsity(connection.density, connection.degree, connection.probability)


def apart(connection: ConnectionSpec, rows: End, columns: End) -> bool:
    """Whether no synapse has to be left out because it leads from a neuron to itself."""
    return connection.self_connections or set(rows.names).isdisjoint(columns.names)


class _Synapses(NamedTuple):
    """Rows and columns of some synapses, counted from those of a tile or of a matrix; weights."""

    i: Any
    j: Any
    weights: Floats


class ChosenSynapses:
    """Synapses among all pairs of two ends, made tile by tile.

    Which of them exist, what they weigh, or both is left to chance.

    Parameters
    ----------
    making : Making
    weights : OfPairs
        What the pairs weigh.
    """

    def __init__(self, making: Making, weights: OfPairs) -> None:
        connection, (receive, send) = making.connection, making.ends
        sparsity, stream = sparsity_of(connection), making.numbers.at("synapses")
        self.weights, self.shape = weights, (receive.n, send.n)
        self.index = index_type(*self.shape)
        self.symmetric = connection.kind == "within"
        self.pairs: Rectangle | Triangle
        if self.symmetric:
            self.pairs = Triangle(stream, receive.n, sparsity, connection.self_connections)
        else:
            own = None if apart(connection, receive, send) else _own_columns(receive, send)
            both_ways = connection.kind == "between"
            self.pairs = Rectangle(stream, self.shape, sparsity, both_ways, own)

    def part(self, rows: range, columns: range) -> csr_array:
        """All synapses from some neurons to some others; see `Weights.part`.

        Only tiles that have some of these rows and columns are made.
        """
        blocks = self.pairs.blocks
        down, across = touched(blocks.rows, rows), touched(blocks.columns, columns)
        part = len(rows) * len(columns) / max(1, math.prod(self.shape))
        expected = self.pairs.sparsity.expected(self.shape[0], math.prod(self.shape))
        stack, kept = Stack(len(columns), part * expected), dict[tuple[int, int], _Synapses]()
        for a in down:
            here = _inside(blocks.rows, a, rows)
            if self.symmetric:
                synapses = [
                    self._placed(one, (a, b), (here, columns))
                    for b in across
                    for one in self._of_triangle(a, b, down, kept)
                ]
                whole = (blocks.shape(a, 0)[0], self.shape[1])
                stack.add(_matrix(synapses, (len(here), len(columns)), whole))
                continue
            tiles = []
            for b in across:
                there = _inside(blocks.columns, b, columns)
                tile = self._placed(self._tile(a, b), (a, b), (here, there))
                tiles.append(_matrix([tile], (len(here), len(there)), blocks.shape(a, b)))
            stack.add(beside(tiles))
        return stack.whole()

    def _tile(self, a: int, b: int) -> _Synapses:
        """Synapses of a tile, sorted."""
        rows, columns = self.pairs.blocks
        i, j = self.pairs.tile(a, b)
        pairs = Pairs(i, j, (a, b), (int(rows[a]), int(columns[b])))
        return _Synapses(i, j, self.weights.at(pairs))

    def _placed(
        self, tile: _Synapses, at: tuple[int, int], wanted: tuple[range, range]
    ) -> _Synapses:
        """The same, counted from the rows and columns that are wanted."""
        shifts = (
            int(borders[block]) - numbers.start
            for borders, block, numbers in zip(self.pairs.blocks, at, wanted, strict=True)
        )
        i, j = (
            np.add(numbers, shift, out=np.empty(numbers.shape, self.index), casting="unsafe")
            if shift or numbers.dtype != self.index
            else numbers
            for numbers, shift in zip(tile[:2], shifts, strict=True)
        )
        return _Synapses(i, j, tile.weights)

    def _of_triangle(
        self, a: int, b: int, down: range, kept: dict[tuple[int, int], _Synapses]
    ) -> list[_Synapses]:
        """Synapses from the block b to the block a of a symmetric connection, in their order.

        A tile that is wanted both ways is kept from the first to the second.
        """
        if a < b:
            tile = self._tile(a, b)
            if b in down:
                kept[a, b] = tile
            return [tile]
        found = kept.pop((b, a), None)
        i, j, weights = tile = self._tile(b, a) if found is None else found
        if a != b:
            return [_Synapses(j, i, weights)]
        # What lies below the diagonal comes first in each row; what lies on it only once.
        below = i != j
        turned = (j, i, weights) if below.all() else (j[below], i[below], weights[below])
        return [_Synapses(*turned), tile]


def _own_columns(rows: End, columns: End) -> Ints | None:
    """The column of each row that is the same neuron, -1 for none; None where no row has one."""
    order = np.argsort(columns.neurons)
    place = np.searchsorted(columns.neurons, rows.neurons, sorter=order).clip(max=columns.n - 1)
    own: Ints = np.where(columns.neurons[order[place]] == rows.neurons, order[place], -1)
    return own if (own >= 0).any() else None


def _inside(borders: Ints, block: int, wanted: range) -> range:
    """Wanted numbers that lie in a block."""
    first, last = int(borders[block]), int(borders[block + 1])
    return range(max(first, wanted.start), min(last, wanted.stop))


def _matrix(
    synapses: Sequence[_Synapses], shape: tuple[int, int], drawn: tuple[int, int]
) -> csr_array:
    """Synapses as a matrix; those of each row stand sorted, one after another.

    Of more rows and columns than the matrix has, as many as `drawn` says, some are left out.
    """
    i, j, weights = (
        parts[0] if len(parts) == 1 else np.concatenate(parts)
        for parts in zip(*synapses, strict=True)
    )
    if shape != drawn:
        wanted = (i >= 0) & (i < shape[0]) & (j >= 0) & (j < shape[1])
        i, j, weights = i[wanted], j[wanted], weights[wanted]
    if len(synapses) > 1:
        return coo_array((weights, (i, j)), shape=shape).tocsr()
    index = index_type(i.size, *shape)
    indptr = np.zeros(shape[0] + 1, dtype=index)
    np.cumsum(np.bincount(i, minlength=shape[0]), out=indptr[1:])
    arrays = (weights, j.astype(index, copy=False), indptr)
    return csr_array(arrays, shape=shape)
