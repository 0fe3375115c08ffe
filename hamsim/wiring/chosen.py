"""Synapses of which chance decides whether they exist, or what they weigh: made tile by tile."""

from __future__ import annotations

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
from hamsim.wiring.joining import index_type, stacked
from hamsim.wiring.making import Making, OfPairs, Pairs

__all__ = ["ChosenSynapses", "apart", "sparsity_of"]


def sparsity_of(connection: ConnectionSpec) -> Sparsity:
    """Which part of the pairs of a connection exists."""
    return Sparsity(connection.density, connection.degree, connection.probability)


def apart(connection: ConnectionSpec, rows: End, columns: End) -> bool:
    """Whether no synapse has to be left out because it leads from a neuron to itself."""
    return connection.self_connections or set(rows.names).isdisjoint(columns.names)


class _Synapses(NamedTuple):
    """Rows and columns of some synapses, as numbers within the ends, and their weights."""

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
        strips, kept = [], dict[tuple[int, int], _Synapses]()
        for a in down:
            synapses: list[_Synapses] = []
            for b in across:
                if self.symmetric:
                    synapses += self._of_triangle(a, b, down, kept)
                else:
                    synapses.append(self._tile(a, b))
            first, last = int(blocks.rows[a]), int(blocks.rows[a + 1])
            here = range(max(rows.start, first), min(rows.stop, last))
            held = len(here) == last - first and len(columns) == self.shape[1]
            strips.append(_strip(synapses, here, columns, held))
        return stacked(strips)

    def _tile(self, a: int, b: int) -> _Synapses:
        """Synapses of a tile, sorted."""
        rows, columns = self.pairs.blocks
        i, j = map(self._shifted, self.pairs.tile(a, b), (int(rows[a]), int(columns[b])))
        return _Synapses(i, j, self.weights.at(Pairs(i, j, (a, b))))

    def _shifted(self, numbers: Ints, start: int) -> Any:
        result = np.empty(numbers.shape, dtype=self.index)
        return np.add(numbers, start, out=result, casting="unsafe")

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


def _strip(synapses: Sequence[_Synapses], rows: range, columns: range, held: bool) -> csr_array:
    """Some neighbouring rows as a matrix; synapses of each row stand sorted, one after another.

    `held` says that none of them lies outside of these rows and columns.
    """
    i, j, weights = (
        parts[0] if len(parts) == 1 else np.concatenate(parts)
        for parts in zip(*synapses, strict=True)
    )
    if not held:
        wanted = (i >= rows.start) & (i < rows.stop) & (j >= columns.start) & (j < columns.stop)
        i, j, weights = i[wanted], j[wanted], weights[wanted]
    if rows.start:
        i = i - i.dtype.type(rows.start)
    if columns.start:
        j = j - j.dtype.type(columns.start)
    shape = (len(rows), len(columns))
    if len(synapses) > 1:
        return coo_array((weights, (i, j)), shape=shape).tocsr()
    indptr = i.searchsorted(np.arange(len(rows) + 1, dtype=i.dtype))
    index = index_type(i.size, *shape)
    arrays = (weights, j.astype(index, copy=False), indptr.astype(index))
    return csr_array(arrays, shape=shape)
