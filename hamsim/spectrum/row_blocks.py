"""Sparse matrices a block of rows at a time, so that temporary arrays stay small."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints

__all__ = [
    "multiply_rows",
    "row_blocks",
    "rows_of",
    "sized_times",
    "symmetric_mean",
    "take",
    "with_diagonal",
]

# Entries in one block.
BLOCK = 1 << 18


def row_blocks(indptr: NDArray[Any]) -> Iterator[tuple[int, int]]:
    """Ranges of rows with about BLOCK entries each; a longer row is one by itself."""
    rows = indptr.size - 1
    cuts = np.searchsorted(indptr, np.arange(0, int(indptr[-1]), BLOCK))
    return pairwise(np.unique([0, *cuts.tolist(), rows]).tolist())


def rows_of(indptr: NDArray[Any], first: int, last: int) -> Ints:
    """Row of each entry in a range of rows."""
    return np.repeat(np.arange(first, last), np.diff(indptr[first : last + 1]))


def multiply_rows(data: Floats, indptr: NDArray[Any], factors: Floats) -> None:
    """Multiply the entries of each row by its factor, in place."""
    for first, last in row_blocks(indptr):
        counts = np.diff(indptr[first : last + 1])
        data[indptr[first] : indptr[last]] *= np.repeat(factors[first:last], counts)


def take(factors: Floats, X: csr_array) -> Floats:
    """Factors of the columns of all entries, times the entries: the data of X diag(factors)."""
    data: Floats = factors[X.indices]
    data *= X.data
    return data


def sized_times(X: csr_array, v: Floats, size: Callable[[Floats], Any] = np.abs) -> Floats:
    """size(X) v, with the size of each entry, without a copy of X."""
    result = np.empty((X.shape[0], *v.shape[1:]))
    for first, last in row_blocks(X.indptr):
        start, stop = X.indptr[first], X.indptr[last]
        starts = X.indptr[first : last + 1] - start
        block = (size(X.data[start:stop]), X.indices[start:stop], starts)
        result[first:last] = csr_array(block, shape=(last - first, X.shape[1])) @ v
    return result


def with_diagonal(X: csr_array, diagonal: Floats) -> csr_array:
    """X + diag(diagonal), of a matrix with sorted rows; its entries are in a new place."""
    n = X.shape[0]
    held = np.zeros(n, dtype=bool)
    for first, last in row_blocks(X.indptr):
        rows = rows_of(X.indptr, first, last)
        held[rows[rows == X.indices[X.indptr[first] : X.indptr[last]]]] = True
    indptr = X.indptr + np.concatenate([[0], np.cumsum(~held)]).astype(X.indptr.dtype)
    data = np.empty(int(indptr[-1]))
    indices = np.empty(data.size, dtype=X.indices.dtype)
    for first, last in row_blocks(X.indptr):
        part, whole = (slice(ends[first], ends[last]) for ends in (X.indptr, indptr))
        rows = rows_of(X.indptr, first, last)
        added = first + np.flatnonzero(~held[first:last])
        # Entries in the order of their keys: each new one comes where its column belongs.
        keys = np.concatenate([rows * n + X.indices[part], added * (n + 1)])
        order = np.argsort(keys, kind="stable")
        data[whole] = np.concatenate([X.data[part], np.zeros(added.size)])[order]
        indices[whole] = np.concatenate([X.indices[part], added])[order]
        place = np.flatnonzero(indices[whole] == rows_of(indptr, first, last))
        data[whole][place] += diagonal[first:last]
    return csr_array((data, indices, indptr), shape=X.shape)


def symmetric_mean(X: csr_array) -> csr_array:
    """(X + X') / 2, without zeros; shares the places of its entries with X if it can."""
    turned = X.T.tocsr()
    if not (np.array_equal(X.indptr, turned.indptr) and np.array_equal(X.indices, turned.indices)):
        both = csr_array(X + turned)
        both.data *= 0.5
        return both
    turned.data += X.data
    turned.data *= 0.5
    if np.all(turned.data):
        return csr_array((turned.data, X.indices, X.indptr), shape=X.shape)
    turned.eliminate_zeros()
    return turned
