"""Synapses and their way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.arrays import Ints
from hamsim.spectrum.row_blocks import row_blocks, rows_of

__all__ = ["Alone", "Pairs", "Weights", "pair_up"]

Weights = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Synapses that have one back: W in rows, and at the same places its transpose.

    Parameters
    ----------
    indptr, indices : ndarray
        Of a CSR matrix with sorted rows.
    there, back : ndarray, shape (pairs,)
        W_ij and W_ji.
    """

    indptr: NDArray[Any]
    indices: NDArray[Any]
    there: Weights
    back: Weights

    def blocks(self) -> Iterator[tuple[slice, Ints, NDArray[Any]]]:
        """Slices of `there`, with rows and columns."""
        for first, last in row_blocks(self.indptr):
            part = slice(int(self.indptr[first]), int(self.indptr[last]))
            yield part, rows_of(self.indptr, first, last), self.indices[part]

    def ends(self, edge: int) -> tuple[int, int]:
        """Receiving and sending neuron of W_ij."""
        row = int(np.searchsorted(self.indptr, edge, side="right")) - 1
        return row, int(self.indices[edge])


@dataclass(frozen=True)
class Alone:
    """The strongest of the synapses without one back, and how many they are."""

    receiver: int
    sender: int
    weight: float
    count: int


def pair_up(W: csr_array) -> tuple[Pairs, Alone | None]:
    """Synapses with their way back, and the strongest without one."""
    if not (np.all(W.data) and W.has_canonical_format):
        W = W.copy()
        W.sum_duplicates()
        W.eliminate_zeros()
    turned = W.T.tocsr()  # its rows are sorted, too
    same = np.array_equal(W.indptr, turned.indptr) and np.array_equal(W.indices, turned.indices)
    if same:
        return Pairs(W.indptr, W.indices, W.data, turned.data), None
    both, too = np.empty(W.nnz, dtype=bool), np.empty(W.nnz, dtype=bool)
    starts = np.zeros_like(W.indptr)
    for first, last in row_blocks(W.indptr):
        here, there = (_keys(matrix, first, last) for matrix in (W, turned))
        found = np.isin(here, there, assume_unique=True)
        both[W.indptr[first] : W.indptr[last]] = found
        too[turned.indptr[first] : turned.indptr[last]] = np.isin(there, here, assume_unique=True)
        rows = rows_of(W.indptr, first, last)[found] - first
        starts[first + 1 : last + 1] = np.bincount(rows, minlength=last - first)
    back = turned.data[too]
    del turned
    np.cumsum(starts, out=starts)
    return Pairs(starts, W.indices[both], W.data[both], back), _strongest(W, ~both)


def _keys(matrix: csr_array, first: int, last: int) -> Ints:
    """One number for each synapse in some rows: where it is in the matrix."""
    columns = matrix.indices[matrix.indptr[first] : matrix.indptr[last]]
    keys: Ints = rows_of(matrix.indptr, first, last) * matrix.shape[1] + columns
    return keys


def _strongest(W: csr_array, alone: NDArray[np.bool_]) -> Alone:
    edges = np.flatnonzero(alone)
    edge = int(edges[np.argmax(np.abs(W.data[edges]))])
    row = int(np.searchsorted(W.indptr, edge, side="right")) - 1
    return Alone(row, int(W.indices[edge]), float(W.data[edge]), edges.size)
