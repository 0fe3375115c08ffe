"""g.W g over the synapses of one connection after another, from the rows of W itself.

[HAM, eq. 3]

W stays as it is: a connection's synapses are the entries of some stretches of rows in some
stretches of columns. Where both of its directions are alike, only one is read.
"""

from __future__ import annotations

import numpy as np

from hamsim.kernels.jit import internal, jit

__all__ = ["add_quadratic_forms"]

# Rows whose terms are added up by themselves, so that a sum of many rows loses less to rounding.
_ROWS = 512


@internal
def _first_at(indices, low, high, column):
    """The first of the sorted entries low <= k < high that is in this column or behind it."""
    while low < high:
        middle = (low + high) // 2
        if indices[middle] < column:
            low = middle + 1
        else:
            high = middle
    return low


@internal
def _row(indices, weights, low, high, g):
    """sum_j W_ij g_j over some entries: four sums, because a sum waits for the one before."""
    k, last = np.uint64(low), np.uint64(high)
    a = b = c = d = 0.0
    while k + np.uint64(3) < last:
        a += weights[k] * g[indices[k], 0]
        b += weights[k + np.uint64(1)] * g[indices[k + np.uint64(1)], 0]
        c += weights[k + np.uint64(2)] * g[indices[k + np.uint64(2)], 0]
        d += weights[k + np.uint64(3)] * g[indices[k + np.uint64(3)], 0]
        k += np.uint64(4)
    while k < last:
        a += weights[k] * g[indices[k], 0]
        k += np.uint64(1)
    return (a + c) + (b + d)


@internal
def _add_entries(indices, weights, low, high, g, factor, sums):
    """Add factor times sum_j W_ij g_j over some entries of a row, for each trial."""
    if g.shape[1] == 1:
        sums[0] += factor * _row(indices, weights, low, high, g)
        return
    for k in range(low, high):
        w, j = factor * weights[k], np.uint64(indices[k])
        for t in range(g.shape[1]):
            sums[t] += w * g[j, t]


@internal
def _add_row(indptr, indices, weights, i, columns, upper, g, sums):
    """Add what neuron i receives from stretches of columns; twice what comes behind it if upper."""
    first, end = indptr[i], indptr[i + 1]
    found = False
    for s in range(columns.shape[0]):
        left, right = columns[s, 0], columns[s, 1]
        low = first
        if upper:
            left = max(left, i)
        if left > 0:
            low = _first_at(indices, first, end, left)
        high = end
        if right < indptr.size - 1:
            high = _first_at(indices, low, end, right)
        if high <= low:
            continue
        found = True
        if upper:
            if indices[low] == i:
                _add_entries(indices, weights, low, low + 1, g, 1.0, sums)
                low += 1
            _add_entries(indices, weights, low, high, g, 2.0, sums)
        else:
            _add_entries(indices, weights, low, high, g, 1.0, sums)
    return found


@jit
def add_quadratic_forms(indptr, indices, weights, rows, columns, upper, scale, g, factor, out):
    """Add factor * sum_ij D_i g_i W_ij g_j over stretches of rows and columns to `out`.

    Parameters
    ----------
    indptr, indices, weights : ndarray
        W by rows, sorted.
    rows, columns : ndarray of int, shape (stretches, 2)
        First and last, of neurons; columns one after another.
    upper : bool
        Whether entries behind the diagonal stand for both directions, and those before are left.
    scale : ndarray, shape (n,) or (0,)
        D; (0,) where all are 1.
    g : ndarray, shape (n, trials)
    factor : float
    out : ndarray, shape (trials,)
    """
    m = g.shape[1]
    sums, part = np.empty(m), np.empty(m)
    for s in range(rows.shape[0]):
        for first in range(rows[s, 0], rows[s, 1], _ROWS):
            part[:] = 0.0
            for i in range(first, min(rows[s, 1], first + _ROWS)):
                sums[:] = 0.0
                # A neuron without these synapses adds nothing, even if its activation overflows.
                if _add_row(indptr, indices, weights, i, columns, upper, g, sums):
                    own = scale[i] if scale.size else 1.0
                    for t in range(m):
                        part[t] += own * g[i, t] * sums[t]
            for t in range(m):
                out[t] += factor * part[t]
