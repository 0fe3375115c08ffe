"""A connection of the description as a block of the weight matrix."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array, triu

from hamsim.counted import counted
from hamsim.draws.choice import chosen, chosen_of_rows
from hamsim.errors import CompileError
from hamsim.network import Convolution
from hamsim.wiring.chosen import ChosenSynapses, apart, sparsity_of
from hamsim.wiring.joining import cut, mirrored, rows_of, thinned, tidied
from hamsim.wiring.makers import maker_of
from hamsim.wiring.making import (
    Making,
    OfPairs,
    Weights,
)
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
    def counted_from(self) -> float | None:
        """From where activations are counted, if an input goes with the weights; see `Weights`."""
        return self.weights.counted_from

    @property
    def threshold(self) -> float:
        """Drive that is to leave neurons of -1 and 1 half-way; scaled as the product of weights."""
        connection = self.making.connection
        times = 2 if connection.kind == "between" else 1
        return self.weights.threshold * connection.scale**times

    @property
    def by_parts(self) -> bool:
        """Whether a part can be made without the rest."""
        return isinstance(self.weights, OfPairs) or sparsity_of(self.making.connection).full

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
            block = self._of_pairs(self.weights, rows, columns)
        else:
            block = self._without_self(self.weights.part(rows, columns), rows, columns)
            block = _checked(block, self.making.path)
        return self._scaled(block, columns)

    @cached_property
    def _whole(self) -> csr_array:
        return self.whole().block

    def _of_pairs(self, weights: OfPairs, rows: range, columns: range) -> csr_array:
        """Weights of all pairs, or of those that are chosen among them."""
        making, connection = self.making, self.making.connection
        free = connection.kind != "within" and apart(connection, *making.ends)
        if sparsity_of(connection).full and (free or not weights.in_tiles):
            # Of a matrix rounding may have left something of a diagonal of 0.
            block = self._without_self(weights.part(rows, columns), rows, columns)
        else:
            block = self._chosen.part(rows, columns)
        return _checked(block, making.path)

    @cached_property
    def _chosen(self) -> ChosenSynapses:
        assert isinstance(self.weights, OfPairs)
        return ChosenSynapses(self.making, self.weights)

    def _scaled(self, block: csr_array, columns: range) -> csr_array:
        return scaled(block, self.making, columns)

    def _without_self(self, block: csr_array, rows: range, columns: range) -> csr_array:
        """Drop synapses of neurons with themselves, unless they are allowed."""
        receive, send = self.making.ends
        if apart(self.making.connection, receive, send):
            return block
        i, j = rows_of(block.indptr) + rows.start, block.indices + columns.start
        keep = receive.neurons[i] != send.neurons[j]
        if keep.all():
            return block
        kept = np.zeros(keep.size + 1, dtype=block.indptr.dtype)
        np.cumsum(keep, out=kept[1:])
        arrays = (block.data[keep], block.indices[keep], kept[block.indptr])
        return csr_array(arrays, shape=block.shape)


def _checked(block: csr_array, path: str) -> csr_array:
    if not np.isfinite(block.data).all():
        raise CompileError(f"{path}: the weight of a synapse is not finite")
    return tidied(block)


def _thin(making: Making, block: csr_array) -> csr_array:
    """Leave out some synapses of a rule; of symmetric ones both directions."""
    sparsity, stream = sparsity_of(making.connection), making.numbers.at("synapses")
    if sparsity.full:
        return block
    symmetric = making.connection.kind == "within"
    block = triu(block, format="csr") if symmetric else block
    block.sort_indices()
    if sparsity.degree is None:
        thin = thinned(block, chosen(stream, block.nnz, sparsity))
        return mirrored(thin) if symmetric else thin
    lengths = np.diff(block.indptr).astype(np.int64)
    if np.any(lengths < sparsity.degree):
        short = int(np.argmin(lengths))
        raise CompileError(
            f"{making.path}: the rule gives neuron {making.ends[0].label(short)} "
            f"{counted(int(lengths[short]), 'synapse')}, fewer than degree: {sparsity.degree}"
        )
    places = chosen_of_rows(stream, lengths, sparsity.degree) + block.indptr[:-1, None]
    return thinned(block, places.reshape(-1))
