"""Loops that bring entries of a sparse matrix into the order in which they are stored."""

from __future__ import annotations

import numpy as np

from hamsim.kernels.jit import jit

__all__ = ["count_ahead", "count_tiles", "cut_columns", "fill_tiles", "fill_triangle"]

_SIXTEEN = np.uint32(16)


@jit
def count_ahead(indptr, indices, counts):
    """Write how many columns each row has right of the diagonal."""
    for i in range(counts.size):
        for k in range(indptr[i], indptr[i + 1]):
            if indices[k] > i:
                counts[i] += 1


@jit
def fill_triangle(indptr, indices, weights, start, entries, entry_weights):
    """Write the columns and weights right of the diagonal, row by row."""
    for i in range(indptr.size - 1):
        at = start[i]
        for k in range(indptr[i], indptr[i + 1]):
            if indices[k] > i:
                entries[at] = indices[k]
                entry_weights[at] = weights[k]
                at += 1


@jit
def count_tiles(indptr, indices, edge, side, counts):
    """Count the entries right of the diagonal in each tile of `side`; `edge` tiles a row."""
    for i in range(indptr.size - 1):
        first = (i // side) * edge
        for k in range(indptr[i], indptr[i + 1]):
            if indices[k] > i:
                counts[first + indices[k] // side] += 1


@jit
def fill_tiles(indptr, indices, weights, edge, side, at, entries, entry_weights):
    """Write the entries right of the diagonal, tile by tile; `at` says where each begins."""
    for i in range(indptr.size - 1):
        row = i // side
        low = np.uint32(i - row * side) << _SIXTEEN
        for k in range(indptr[i], indptr[i + 1]):
            j = indices[k]
            if j > i:
                tile = row * edge + j // side
                place = at[tile]
                entries[place] = low | np.uint32(j % side)
                entry_weights[place] = weights[k]
                at[tile] = place + 1


@jit
def cut_columns(indptr, indices, weights, tiles, start, entries, entry_weights):
    """Write the entries of some columns row by row, then those of the next columns.

    Parameters
    ----------
    indptr, indices, weights : ndarray
        Of a matrix with sorted columns.
    start : ndarray, shape (tiles * n + 1,)
        Where each row of each tile begins is written here.
    entries, entry_weights : ndarray
    """
    n = indptr.size - 1
    heads = indptr[:-1].copy()
    at = 0
    for tile in range(tiles):
        border = (tile + 1) * n // tiles
        for i in range(n):
            start[tile * n + i] = at
            k = heads[i]
            while k < indptr[i + 1] and indices[k] < border:
                entries[at] = indices[k]
                entry_weights[at] = weights[k]
                at += 1
                k += 1
            heads[i] = k
    start[tiles * n] = at
