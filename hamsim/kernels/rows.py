"""What Python calls for states in file order: rows in, kernels at work, rows out.

Rows have shape (trials, n) in file order; the kernels' arrays have shape (n, trials) in an order of
their own, in which neuron k is the file's `order[k]`. An empty `order` says that both are the same.
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.activation import activate_chunk, add_dual_chunk, prox_of_chunk
from hamsim.kernels.activation import call_whole_chunk as call
from hamsim.kernels.addresses import buffers_at, plan_at, programs_at
from hamsim.kernels.jit import internal, jit
from hamsim.kernels.plan import ADD_LAGRANGIAN, COMMON, HESSIAN
from hamsim.kernels.registers import flat
from hamsim.kernels.team import perform

__all__ = [
    "activate_rows",
    "common_rows",
    "dual_rows",
    "evaluate_rows",
    "give_rows",
    "hessian_rows",
    "lagrangian_rows",
    "prox_rows",
    "take_rows",
]

# Neurons of which a trial is copied at once, so that lines of the cache are used whole.
_STRETCH = 64


@internal
def _copy(one, other):
    # Unsigned, because numba asks of every signed index whether it counts from the end.
    for k in range(np.uint64(one.size)):
        other[k] = one[k]


@internal
def _divide(values, divisor):
    """Divide by positive numbers; NaN is written where one is 0."""
    for k in range(np.uint64(values.size)):
        quotient = values[k] / divisor[k]
        values[k] = quotient if divisor[k] > 0.0 else math.nan


@internal
def _take(rows, order, out):
    """Copy rows into (n, trials)."""
    n, m = out.shape
    if m == 1 and order.size == 0:
        _copy(flat(rows), flat(out))
        return
    for first in range(0, n, _STRETCH):
        last = min(n, first + _STRETCH)
        for t in range(m):
            if order.size:
                for k in range(first, last):
                    out[k, t] = rows[t, order[k]]
            else:
                for k in range(first, last):
                    out[k, t] = rows[t, k]


@internal
def _give(values, order, rows):
    """Copy (n, trials) into rows."""
    n, m = values.shape
    if m == 1 and order.size == 0:
        _copy(flat(values), flat(rows))
        return
    for first in range(0, n, _STRETCH):
        last = min(n, first + _STRETCH)
        for t in range(m):
            if order.size:
                for k in range(first, last):
                    rows[t, order[k]] = values[k, t]
            else:
                for k in range(first, last):
                    rows[t, k] = values[k, t]


@jit
def take_rows(rows, order, out):
    """Copy rows into an array of the kernels."""
    _take(rows, order, out)


@jit
def give_rows(values, order, rows):
    """Copy an array of the kernels into rows."""
    _give(values, order, rows)


@internal
def _activate(plan, buffers):
    for c in range(plan.chunk_start.size):
        activate_chunk(plan, c, buffers.x, buffers.g, buffers.scratch)


@jit
def activate_rows(table, rows, order, out):
    """Write g(x) of rows of states."""
    plan, buffers = plan_at(table.ctypes.data), buffers_at(table.ctypes.data)
    _take(rows, order, buffers.x)
    _activate(plan, buffers)
    _give(buffers.g, order, out)


@jit
def hessian_rows(table, rows, vectors, order, out):
    """Write H v with H = d2L/dx2 at rows of states."""
    plan, buffers = plan_at(table.ctypes.data), buffers_at(table.ctypes.data)
    _take(rows, order, buffers.x)
    _take(vectors, order, buffers.y)
    _activate(plan, buffers)
    for c in range(plan.chunk_start.size):
        if not call(HESSIAN, plan, c, buffers.x, buffers.g, buffers.y, buffers.u, buffers.scratch):
            for i in range(plan.chunk_start[c], plan.chunk_stop[c]):
                for t in range(buffers.u.shape[1]):
                    buffers.u[i, t] = math.nan
    _give(buffers.u, order, out)


@jit
def common_rows(table, rows, vectors, order, out):
    """Write the common part of vectors at rows of states; 0 of families that have none."""
    plan, buffers = plan_at(table.ctypes.data), buffers_at(table.ctypes.data)
    _take(rows, order, buffers.x)
    _take(vectors, order, buffers.y)
    _activate(plan, buffers)
    for c in range(plan.chunk_start.size):
        if not call(COMMON, plan, c, buffers.x, buffers.g, buffers.y, buffers.u, buffers.scratch):
            for i in range(plan.chunk_start[c], plan.chunk_stop[c]):
                for t in range(buffers.u.shape[1]):
                    buffers.u[i, t] = 0.0
    _give(buffers.u, order, out)


@jit
def prox_rows(table, rows, kappa, order, out):
    """Write the x with x + kappa g(x) = r for rows of r; kappa is in the kernels' order."""
    plan, buffers = plan_at(table.ctypes.data), buffers_at(table.ctypes.data)
    _take(rows, order, buffers.x)
    for c in range(plan.chunk_start.size):
        prox_of_chunk(plan, c, buffers.x, kappa, buffers.u, buffers.scratch)
    _give(buffers.u, order, out)


@internal
def _add_up(chunk_group, part, out):
    """Add what the chunks of each group gave, (chunks, trials), in their order."""
    for group in range(out.shape[0]):
        for t in range(out.shape[1]):
            out[group, t] = 0.0
    for c in range(chunk_group.size):
        for t in range(out.shape[1]):
            out[chunk_group[c], t] += part[c, t]


@jit
def dual_rows(table, rows, order, chunk_group, part, g_out, out):
    """Write g(x) of rows, and x.g - L of each group times the scale, (groups, trials)."""
    plan, buffers = plan_at(table.ctypes.data), buffers_at(table.ctypes.data)
    _take(rows, order, buffers.x)
    _activate(plan, buffers)
    for c in range(plan.chunk_start.size):
        part[c] = 0.0
        add_dual_chunk(plan, c, buffers.x, buffers.g, part[c], buffers.scratch)
    _give(buffers.g, order, g_out)
    _add_up(chunk_group, part, out)


@jit
def lagrangian_rows(table, rows, order, chunk_group, part, out):
    """Write L of each group at rows of states, (groups, trials)."""
    plan, buffers = plan_at(table.ctypes.data), buffers_at(table.ctypes.data)
    x = buffers.x
    _take(rows, order, x)
    for c in range(plan.chunk_start.size):
        part[c] = 0.0
        if not call(ADD_LAGRANGIAN, plan, c, x, x, x, part[c], buffers.scratch):
            part[c] = math.nan
    _add_up(chunk_group, part, out)


@jit
def evaluate_rows(board, table, rows, are_activations, order, divisor, out):
    """Perform the program `evaluate` on rows, and write u.

    Parameters
    ----------
    board, table : ndarray
        See `kernels.team` and `kernels.addresses`.
    rows, out : ndarray, shape (trials, n)
    are_activations : bool
        Whether rows are activations; else they are states.
    order : ndarray
    divisor : ndarray, shape (n,) or (0,)
        What u is divided by, in file order; NaN is written where it is 0.
    """
    table_at = table.ctypes.data
    buffers = buffers_at(table_at)
    if are_activations:
        _take(rows, order, buffers.g)
    else:
        _take(rows, order, buffers.x)
    perform(board, programs_at(table_at).evaluate, table_at)
    _give(buffers.u, order, out)
    if divisor.size:
        for t in range(out.shape[0]):
            _divide(out[t], divisor)
