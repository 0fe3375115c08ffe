"""A connection of the description as a block of the weight matrix."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array, triu

from hamsim.arrays import Ints
from hamsim.errors import CompileError
from hamsim.network import Convolution
from hamsim.spec.connections import ConnectionSpec
from hamsim.spec.ends import End
from hamsim.wiring.joining import cut, index_type, mirrored, tidied
from hamsim.wiring.makers import maker_of
from hamsim.wiring.making import Making, OfPairs, Pairs, Weights
from hamsim.wiring.sampling import Sparsity, choose, choose_regular, rows_of, thinned
from hamsim.wiring.scaling import scaled, scaled_convolution

__all__ = ["ConnectionWeights", "Made"]


class Made(NamedTuple):
    """Weights of one connection.

    Parameters
    ----------
    block : csr_array, shape (rows, columns)
    convolution : Convolution or None
        The kernel of which the block consists, if there is one.
    """

    block: csr_array
    convolution: Convolution | None = None


class ConnectionWeights:
    """W[rows, columns] of one connection: row i receives, column j sends.

    Parameters
    ----------
    making : Making
        Not of a gating connection.
    """

    def __init__(self, making: Making) -> None:
        self.making = making
        self.weights: Weights = maker_of(making.connection.weights).make(making)

    @property
    def from_middle(self) -> bool:
        """Whether activations count from their middles, so that an input goes with the weights."""
        return self.weights.from_middle

    @property
    def by_parts(self) -> bool:
        """Whether a part can be made without the rest."""
        return self.weights.by_parts and _sparsity(self.making.connection).full

    def whole(self) -> Made:
        """All synapses.

        Returns
        -------
        Made
            Its block has shape (rows.n, columns.n), no explicit zeros, and is exactly symmetric
            for ``within``.
        """
        rows, columns = (range(end.n) for end in self.making.ends)
        weights = self.weights
        if isinstance(weights, OfPairs):
            return Made(self._scaled(self._of_pairs(weights, rows, columns), columns))
        block = weights.part(rows, columns)
        entries = block.nnz
        block = _thin(self.making, self._without_self(block, rows, columns))
        block = _checked(block, self.making.path)
        kept = weights.convolution if block.nnz == entries else None
        return Made(self._scaled(block, columns), scaled_convolution(kept, self.making))

    def part(self, rows: range, columns: range) -> csr_array:
        """All synapses from some neurons to some others.

        Parameters
        ----------
        rows, columns : range
            Neighbouring neurons of the end that receives and of the one that sends.

        Returns
        -------
        csr_array, shape (len(rows), len(columns))
            The same bits as this rectangle of the whole, which is made for it only where
            `by_parts` says so. Not to be written to.
        """
        if not self.by_parts:
            return cut(self._whole, rows, columns)
        if isinstance(self.weights, OfPairs):
            block = self._full(self.weights, rows, columns)
        else:
            block = self._without_self(self.weights.part(rows, columns), rows, columns)
        return self._scaled(_checked(block, self.making.path), columns)

    @cached_property
    def _whole(self) -> csr_array:
        return self.whole().block

    def _of_pairs(self, weights: OfPairs, rows: range, columns: range) -> csr_array:
        """Weights of all pairs, or of those that are chosen among them."""
        connection, path = self.making.connection, self.making.path
        receive, send = self.making.ends
        symmetric = connection.kind == "within"
        free = not symmetric and _apart(connection, receive, send)
        if _sparsity(connection).full and (weights.by_parts or free):
            return _checked(self._full(weights, rows, columns), path)
        choose_pairs = _pairs_within if symmetric else _pairs
        indptr, j = choose_pairs(connection, receive, send, self.making.numbers.rng)
        shape = (len(rows), len(columns))
        values = weights.at(Pairs(indptr, j))
        index = index_type(j.size, *shape)
        block = csr_array((values, j.astype(index, copy=False), indptr.astype(index)), shape=shape)
        del values, j
        block = _checked(block, path)
        return mirrored(block) if symmetric else block

    def _full(self, weights: OfPairs, rows: range, columns: range) -> csr_array:
        """Weights of all pairs. Of a matrix rounding may have left something of a diagonal of 0."""
        return self._without_self(weights.part(rows, columns), rows, columns)

    def _scaled(self, block: csr_array, columns: range) -> csr_array:
        return scaled(block, self.making, columns)

    def _without_self(self, block: csr_array, rows: range, columns: range) -> csr_array:
        """Drop synapses of neurons with themselves, unless they are allowed."""
        receive, send = self.making.ends
        if _apart(self.making.connection, receive, send):
            return block
        i, j = rows_of(block.indptr) + rows.start, block.indices + columns.start
        keep = receive.neurons[i] != send.neurons[j]
        if keep.all():
            return block
        kept = np.zeros(keep.size + 1, dtype=block.indptr.dtype)
        np.cumsum(keep, out=kept[1:])
        arrays = (block.data[keep], block.indices[keep], kept[block.indptr])
        return csr_array(arrays, shape=block.shape)


def _sparsity(connection: ConnectionSpec) -> Sparsity:
    return Sparsity(connection.density, connection.degree, connection.probability)


def _checked(block: csr_array, path: str) -> csr_array:
    if not np.isfinite(block.data).all():
        raise CompileError(f"{path}: the weight of a synapse is not finite")
    return tidied(block)


def _apart(connection: ConnectionSpec, rows: End, columns: End) -> bool:
    """Whether no synapse has to be left out because it leads from a neuron to itself."""
    return connection.self_connections or set(rows.names).isdisjoint(columns.names)


def _thin(making: Making, block: csr_array) -> csr_array:
    """Leave out some synapses of a rule; of symmetric ones both directions."""
    connection, sparsity = making.connection, _sparsity(making.connection)
    if sparsity.full:
        return block
    symmetric = connection.kind == "within"
    block = triu(block, format="csr") if symmetric else block
    block.sort_indices()
    lengths = np.diff(block.indptr)
    if sparsity.degree is not None and np.any(lengths < sparsity.degree):
        short = int(np.argmin(lengths))
        raise CompileError(
            f"{making.path}: the rule gives neuron {making.ends[0].label(short)} "
            f"{int(lengths[short])} synapses, fewer than degree: {sparsity.degree}"
        )
    chosen = choose(lengths, sparsity, making.numbers.rng)
    data, indices = thinned(block.data, block.indices, block.indptr, chosen)
    thin = csr_array((data, indices, chosen.indptr.astype(indices.dtype)), shape=block.shape)
    return mirrored(thin) if symmetric else thin


def _pairs_within(
    connection: ConnectionSpec, rows: End, columns: End, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Undirected synapses as an upper triangle: indptr and columns."""
    n, first = rows.n, 0 if connection.self_connections else 1
    if connection.degree is not None:
        chosen = choose_regular(n, connection.degree, rng)
    else:
        chosen = choose(np.arange(n, 0, -1) - first, _sparsity(connection), rng)
    j = chosen.candidates
    j += rows_of(chosen.indptr)
    j += first
    return chosen.indptr, j


def _pairs(
    connection: ConnectionSpec, rows: End, columns: End, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Synapses of a block: indptr and columns."""
    lengths = np.full(rows.n, columns.n, dtype=np.int64)
    if _apart(connection, rows, columns):
        return choose(lengths, _sparsity(connection), rng)
    # A neuron that is at both ends has one candidate less; those behind it move up by one.
    order = np.argsort(columns.neurons)
    place = np.searchsorted(columns.neurons, rows.neurons, sorter=order).clip(max=columns.n - 1)
    own = np.where(columns.neurons[order[place]] == rows.neurons, order[place], columns.n)
    chosen = choose(lengths - (own < columns.n), _sparsity(connection), rng)
    j = chosen.candidates
    j += j >= np.repeat(own, np.diff(chosen.indptr))
    return chosen.indptr, j
