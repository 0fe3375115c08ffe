"""Rows of trials as columns of the kernels' arrays, and back, where there may be more columns."""

from __future__ import annotations

from hamsim.kernels.jit import jit

__all__ = ["give_columns", "take_columns"]

# Neurons of which a trial is copied at once, so that lines of the cache are used whole.
_STRETCH = 64


@jit
def take_columns(rows, first, order, out):
    """Write rows[first:, order] to columns; columns that are left over get the last row.

    Parameters
    ----------
    rows : ndarray, shape (trials, n)
    first : int
    order : ndarray of int, shape (k,)
    out : ndarray, shape (k, columns)
    """
    k, m = out.shape
    last = rows.shape[0] - 1
    for start in range(0, k, _STRETCH):
        stop = min(k, start + _STRETCH)
        for t in range(m):
            row = rows[min(first + t, last)]
            for i in range(start, stop):
                out[i, t] = row[order[i]]


@jit
def give_columns(values, order, first, rows):
    """Write columns to rows[first:, order], as many as there are rows."""
    k, m = values.shape
    for start in range(0, k, _STRETCH):
        stop = min(k, start + _STRETCH)
        for t in range(min(m, rows.shape[0] - first)):
            row = rows[first + t]
            for i in range(start, stop):
                row[order[i]] = values[i, t]
