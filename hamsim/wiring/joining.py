"""Blocks of weights put together row by row, with little memory besides the result."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array, triu

from hamsim.network import Floats, Ints

__all__ = ["continue_rows", "index_type", "mirrored", "of_dense", "tidied"]

# Entries of a block that are moved at once; bounds the extra memory.
ENTRIES_AT_ONCE = 1_000_000


def index_type(*numbers: int) -> type[np.int32] | type[np.int64]:
    """Integers that hold all of these."""
    return np.int32 if max(numbers) < 2**31 else np.int64


def continue_rows(block: csr_array, filled: Ints, offset: int, indices: Any, data: Floats) -> None:
    """Copy a block to where its rows continue in a larger one.

    Parameters
    ----------
    block : csr_array
    filled : ndarray of int, shape (rows,)
        Place of the next entry of each row; moved on.
    offset : int
        Added to the columns.
    indices, data : ndarray
        Written.
    """
    lengths = np.diff(block.indptr).astype(np.int64)
    shift = filled - block.indptr[:-1]
    filled += lengths
    first = 0
    while first < lengths.size:
        limit = int(block.indptr[first]) + ENTRIES_AT_ONCE
        last = max(first + 1, int(np.searchsorted(block.indptr, limit, side="right")) - 1)
        start, stop = int(block.indptr[first]), int(block.indptr[last])
        place = np.repeat(shift[first:last], lengths[first:last])
        place += np.arange(start, stop)
        indices[place] = block.indices[start:stop] + offset
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
    index = index_type(matrix.size, rows, columns)
    indices = np.tile(np.arange(columns, dtype=index), rows)
    indptr = np.arange(0, matrix.size + 1, columns, dtype=index)
    return csr_array((matrix.flatten(), indices, indptr), shape=matrix.shape)


def mirrored(half: csr_array) -> csr_array:
    """Symmetric matrix of an upper triangle with sorted rows; W[i, j] and W[j, i] the same bits."""
    n = half.shape[0]
    first = half.indices[half.indptr[:-1][np.diff(half.indptr) > 0]]
    on_diagonal = np.any(first == np.flatnonzero(np.diff(half.indptr) > 0))
    lower = (triu(half, 1) if on_diagonal else half).T.tocsr()
    indptr = lower.indptr.astype(np.int64) + half.indptr
    nnz = int(indptr[-1])
    index = index_type(nnz, n)
    indices, data = np.empty(nnz, dtype=index), np.empty(nnz)
    filled = indptr[:-1].copy()
    continue_rows(lower, filled, 0, indices, data)
    del lower
    continue_rows(half, filled, 0, indices, data)
    return csr_array((data, indices, indptr.astype(index)), shape=(n, n))
