"""Blocks of weights put together row by row, with little memory besides the result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array, triu

from hamsim.arrays import Floats, Ints

__all__ = [
    "Rows",
    "Stack",
    "beside",
    "continue_rows",
    "cut",
    "index_type",
    "mirrored",
    "of_dense",
    "rows_of",
    "thinned",
    "tidied",
    "turned",
]

# So few rows and entries are sorted at once: numpy sorts numbers of 16 bits in linear time.
FEW = 2**16
# Entries of a block that are moved at once; bounds the extra memory.
ENTRIES_AT_ONCE = 1_000_000


class Rows(NamedTuple):
    """The arrays of a CSR matrix, without what making a matrix of them costs."""

    indptr: Any
    indices: Any
    data: Floats


def turned(block: csr_array) -> Rows:
    """Rows of the transpose, sorted."""
    rows, columns = block.shape
    if block.nnz == rows * columns and block.has_canonical_format:
        index = block.indices.dtype
        return _full_rows(np.ascontiguousarray(block.data.reshape(rows, columns).T), index)
    by_column = block.tocsc()
    return Rows(by_column.indptr, by_column.indices, by_column.data)


def cut(block: csr_array, rows: range, columns: range) -> csr_array:
    """A rectangle of a block; the block itself where that is all of it."""
    n_rows, n_columns = block.shape
    if (rows.start, rows.stop) != (0, n_rows):
        block = block[rows.start : rows.stop]
    if (columns.start, columns.stop) != (0, n_columns):
        block = block[:, columns.start : columns.stop]
    return block


def index_type(*numbers: int) -> type[np.int32] | type[np.int64]:
    """Integers that hold all of these."""
    return np.int32 if max(numbers) < 2**31 else np.int64


def continue_rows(
    block: csr_array | Rows, filled: Ints, offset: int, indices: Any, data: Floats
) -> None:
    """Copy a block to where its rows continue in a larger one.

    Parameters
    ----------
    block : csr_array or Rows
    filled : ndarray of int, shape (rows,)
        Place of the next entry of each row; moved on.
    offset : int
        Added to the columns.
    indices, data : ndarray
        Written.
    """
    indptr = block.indptr
    lengths = indptr[1:] - indptr[:-1]
    shift = filled - indptr[:-1]
    filled += lengths
    first, rows = 0, lengths.size
    while first < rows:
        last, start = rows, int(indptr[first])
        if int(indptr[-1]) - start > ENTRIES_AT_ONCE:
            limit = start + ENTRIES_AT_ONCE
            last = max(first + 1, int(np.searchsorted(indptr, limit, side="right")) - 1)
        stop = int(indptr[last])
        place = shift[first:last].repeat(lengths[first:last])
        place += np.arange(start, stop)
        indices[place] = block.indices[start:stop] + offset if offset else block.indices[start:stop]
        data[place] = block.data[start:stop]
        first = last


def tidied(block: csr_array) -> csr_array:
    """The block itself, without repeated entries and zeros; costs little where it has none."""
    if not block.has_canonical_format:
        block.sum_duplicates()
    if not block.data.all():
        block.eliminate_zeros()
    return block


def of_dense(matrix: Floats) -> csr_array:
    """What `csr_array` makes of a matrix, sooner where no entry is zero."""
    rows, columns = matrix.shape
    if not matrix.all():
        return csr_array(matrix)
    indptr, indices, data = _full_rows(matrix, index_type(matrix.size, rows, columns))
    return csr_array((data.copy(), indices, indptr), shape=matrix.shape)


def _full_rows(matrix: Floats, index: Any) -> Rows:
    """Rows of a matrix of which each entry counts, with the matrix' own numbers."""
    rows, columns = matrix.shape
    indices = np.empty((rows, columns), dtype=index)
    indices[:] = np.arange(columns, dtype=index)
    indptr = np.arange(0, matrix.size + 1, columns, dtype=index)
    return Rows(indptr, indices.reshape(-1), matrix.reshape(-1))


def rows_of(indptr: Ints) -> Ints:
    """Row of each entry."""
    return np.arange(indptr.size - 1).repeat(indptr[1:] - indptr[:-1])


def beside(blocks: Sequence[csr_array]) -> csr_array:
    """Matrices of as many rows, one beside the other."""
    if len(blocks) == 1:
        return blocks[0]
    rows, columns = blocks[0].shape[0], sum(block.shape[1] for block in blocks)
    indptr = sum(block.indptr.astype(np.int64) for block in blocks)
    nnz = int(indptr[-1])
    index = index_type(nnz, rows, columns)
    indices, data = np.empty(nnz, dtype=index), np.empty(nnz)
    filled, start = indptr[:-1].copy(), 0
    for block in blocks:
        continue_rows(block, filled, start, indices, data)
        start += block.shape[1]
    return csr_array((data, indices, indptr.astype(index)), shape=(rows, columns))


class Stack:
    """Matrices put one below the other as they come.

    Each is copied at once, so that they and the result are never all in memory.

    Parameters
    ----------
    columns : int
    expected : float
        How many entries there will be, about; room that is not needed costs nothing.
    """

    def __init__(self, columns: int, expected: float) -> None:
        self.columns = columns
        self._size, self._nnz = int(expected + 8 * math.sqrt(expected)) + 64, 0
        self._data = np.empty(self._size)
        self._indices = np.empty(self._size, dtype=index_type(columns))
        self._ends: list[Ints] = []

    def add(self, strip: csr_array) -> None:
        """Put a matrix below those that there are."""
        first, last = self._nnz, self._nnz + strip.nnz
        if last > self._size:
            self._resize(2 * last)
        self._data[first:last], self._indices[first:last] = strip.data, strip.indices
        self._ends.append(strip.indptr[1:] + np.int64(first))
        self._nnz = last

    def _resize(self, size: int) -> None:
        self._size = size
        self._data.resize(size, refcheck=False)
        self._indices.resize(size, refcheck=False)

    def whole(self) -> csr_array:
        """All of them; nothing may be added then."""
        self._resize(self._nnz)
        ends = np.concatenate([np.zeros(1, dtype=np.int64), *self._ends])
        shape = (ends.size - 1, self.columns)
        index = index_type(self._nnz, *shape)
        indices = self._indices.astype(index, copy=False)
        return csr_array((self._data, indices, ends.astype(index)), shape=shape)


def thinned(block: csr_array, entries: Ints) -> csr_array:
    """A matrix with some of its entries, told by their numbers in it, sorted."""
    indptr = entries.searchsorted(block.indptr).astype(block.indptr.dtype)
    return csr_array((block.data[entries], block.indices[entries], indptr), shape=block.shape)


def mirrored(half: csr_array) -> csr_array:
    """Symmetric matrix of an upper triangle with sorted rows; W[i, j] and W[j, i] the same bits."""
    n = half.shape[0]
    if max(n, half.nnz) <= FEW:
        return _mirrored_at_once(half)
    begins = half.indptr[:-1]
    filled_rows = np.flatnonzero(half.indptr[1:] > begins)
    on_diagonal = (half.indices[begins[filled_rows]] == filled_rows).any()
    lower = turned(triu(half, 1, format="csr") if on_diagonal else half)
    indptr = lower.indptr.astype(np.int64) + half.indptr
    nnz = int(indptr[-1])
    index = index_type(nnz, n)
    indices, data = np.empty(nnz, dtype=index), np.empty(nnz)
    filled = indptr[:-1].copy()
    continue_rows(lower, filled, 0, indices, data)
    del lower
    continue_rows(half, filled, 0, indices, data)
    return csr_array((data, indices, indptr.astype(index)), shape=(n, n))


def _mirrored_at_once(half: csr_array) -> csr_array:
    n, values = half.shape[0], half.data
    i = np.arange(n, dtype=half.indices.dtype).repeat(half.indptr[1:] - half.indptr[:-1])
    j = half.indices
    apart = i != j
    below = (j, i, values) if apart.all() else (j[apart], i[apart], values[apart])
    # What is below the diagonal comes first in each row, and both parts are sorted as they are.
    rows, columns, data = (np.concatenate(pair) for pair in zip(below, (i, j, values), strict=True))
    order = rows.astype(np.uint16).argsort(kind="stable")
    indptr = half.indptr.copy()
    indptr[1:] += np.bincount(below[0], minlength=n).cumsum()
    return csr_array((data.take(order), columns.take(order), indptr), shape=(n, n))
