"""g = dL/dx, and what groups add to sums over neurons, chunk by chunk.

[HAM, eq. 1 and 3]

The functions of a chunk's family are called by address (`kernels.calls`); where none is there,
the result is NaN. What Python calls takes a table with a plan (`kernels.table`).
"""

from __future__ import annotations

import math

from hamsim.kernels.calls import call_chunk
from hamsim.kernels.jit import internal, jit
from hamsim.kernels.plan import ACTIVATE, ADD_DUAL, ADD_LAGRANGIAN, HESSIAN
from hamsim.kernels.table import plan_at

BYTES = 8  # of a float64


@internal
def _call(what, plan, c, x, g, v, out_at, scratch):
    """Call a chunk's function; False if it has none."""
    function = plan.chunk_calls[what, c]
    if function == 0:
        return False
    start, stop = plan.chunk_start[c], plan.chunk_stop[c]
    m = x.shape[1]
    first = BYTES * start * m
    call_chunk(
        function,
        x.ctypes.data + first,
        g.ctypes.data + first,
        v.ctypes.data + first,
        out_at,
        plan.parameters.ctypes.data + BYTES * start,
        plan.parameters.shape[1],
        scratch.ctypes.data + BYTES * c * scratch.shape[1] * scratch.shape[2],
        scratch.shape[2],
        stop - start,
        m,
        plan.chunk_shared[c],
        plan.chunk_uniform[c],
    )
    return True


@internal
def _fill(out, first, last):
    for i in range(first, last):
        for t in range(out.shape[1]):
            out[i, t] = math.nan


@internal
def activate_chunk(plan, c, x, g, scratch):
    """Write g(x) of the neurons of one chunk."""
    first = plan.chunk_start[c]
    out_at = g.ctypes.data + BYTES * first * x.shape[1]
    if not _call(ACTIVATE, plan, c, x, g, x, out_at, scratch):
        _fill(g, first, plan.chunk_stop[c])


@jit
def activate(table, x, g, scratch):
    """Write g(x) of all neurons."""
    plan = plan_at(table.ctypes.data)
    for c in range(plan.chunk_start.size):
        activate_chunk(plan, c, x, g, scratch)


@internal
def add_dual_chunk(plan, c, x, g, out, scratch):
    """Add x.g - L of one chunk to `out` of shape (trials,)."""
    if not _call(ADD_DUAL, plan, c, x, g, x, out.ctypes.data, scratch):
        for t in range(out.size):
            out[t] = math.nan


@jit
def duals(table, x, g, out, scratch):
    """Write x.g - L of every chunk to `out` of shape (chunks, trials)."""
    plan = plan_at(table.ctypes.data)
    for c in range(plan.chunk_start.size):
        out[c] = 0.0
        add_dual_chunk(plan, c, x, g, out[c], scratch)


@jit
def lagrangians(table, x, out, scratch):
    """Write L of every chunk to `out` of shape (chunks, trials)."""
    plan = plan_at(table.ctypes.data)
    for c in range(plan.chunk_start.size):
        out[c] = 0.0
        if not _call(ADD_LAGRANGIAN, plan, c, x, x, x, out[c].ctypes.data, scratch):
            out[c] = math.nan


@jit
def hessian_products(table, x, g, v, out, scratch):
    """Write H v, with g = g(x) and H = d2L/dx2, all of shape (n, trials)."""
    plan = plan_at(table.ctypes.data)
    for c in range(plan.chunk_start.size):
        first = plan.chunk_start[c]
        out_at = out.ctypes.data + BYTES * first * x.shape[1]
        if not _call(HESSIAN, plan, c, x, g, v, out_at, scratch):
            _fill(out, first, plan.chunk_stop[c])
