"""g = dL/dx, and what groups add to sums over neurons, chunk by chunk.

[HAM, eq. 1 and 3]

The functions of a chunk's family are called by address (`kernels.calls`); where none is there,
the result is NaN. What Python calls is in `kernels.rows`.
"""

from __future__ import annotations

import math

from hamsim.kernels.calls import call_chunk
from hamsim.kernels.jit import internal
from hamsim.kernels.plan import ACTIVATE, ADD_DUAL, COMMON, HESSIAN, INSTANT, PROX

BYTES = 8  # of a float64


@internal
def _call(what, plan, c, start, stop, x, g, v, out_at, scratch):
    """Call a chunk's function for some of its neurons; False if it has none."""
    function = plan.chunk_calls[what, c]
    if function == 0:
        return False
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
    start, stop = plan.chunk_start[c], plan.chunk_stop[c]
    out_at = g.ctypes.data + BYTES * start * x.shape[1]
    if not _call(ACTIVATE, plan, c, start, stop, x, g, x, out_at, scratch):
        _fill(g, start, stop)


@internal
def activate_leading(plan, c, forces, x, g, scratch):
    """Write g(x) of one chunk before anything is received, if any of it does not follow at once.

    What follows at once is activated when it has its state, and nobody asks for its g before that.
    """
    start, stop = plan.chunk_start[c], plan.chunk_stop[c]
    if forces.has_instant:
        while start < stop and forces.phase[start] == INSTANT:
            start += 1
    if start < stop:
        activate_chunk(plan, c, x, g, scratch)


@internal
def activate_following(plan, c, forces, x, g, scratch):
    """Write g(x) of one chunk if any of it follows at once and has just been given its state."""
    for i in range(plan.chunk_start[c], plan.chunk_stop[c]):
        if forces.phase[i] == INSTANT:
            activate_chunk(plan, c, x, g, scratch)
            return


@internal
def _add_dual(plan, c, start, stop, x, g, out, scratch):
    if not _call(ADD_DUAL, plan, c, start, stop, x, g, x, out.ctypes.data, scratch):
        for t in range(x.shape[1]):
            out[t] = math.nan


@internal
def add_dual_chunk(plan, c, x, g, out, scratch):
    """Add x.g - L of one chunk, times the neurons' scale, to `out` of shape (trials,).

    Neurons of one scale are done at once; the last row of scratch holds their sum.
    """
    start, stop = plan.chunk_start[c], plan.chunk_stop[c]
    if plan.scale.size == 0:
        _add_dual(plan, c, start, stop, x, g, out, scratch)
        return
    part = scratch[c, scratch.shape[1] - 1]
    while start < stop:
        end = start + 1
        while end < stop and plan.scale[end] == plan.scale[start]:
            end += 1
        for t in range(x.shape[1]):
            part[t] = 0.0
        _add_dual(plan, c, start, end, x, g, part, scratch)
        for t in range(x.shape[1]):
            out[t] += plan.scale[start] * part[t]
        start = end


@internal
def call_whole_chunk(what, plan, c, x, g, v, out, scratch):
    """Call a function of a chunk; False if it has none.

    `out` is of the shape of `x` for ACTIVATE, HESSIAN and COMMON, else of shape (trials,).
    """
    start, stop = plan.chunk_start[c], plan.chunk_stop[c]
    out_at = out.ctypes.data
    if what == ACTIVATE or what == HESSIAN or what == COMMON:
        out_at += BYTES * start * x.shape[1]
    return _call(what, plan, c, start, stop, x, g, v, out_at, scratch)


@internal
def prox_of_chunk(plan, c, r, kappa, x, scratch):
    """Write the x with x + kappa g(x) = r of one chunk; kappa has one number a neuron.

    The neurons' functions must be there; `r` and `x` must differ.
    """
    start, stop = plan.chunk_start[c], plan.chunk_stop[c]
    m = r.shape[1]
    first = BYTES * start
    if plan.chunk_calls[PROX, c] == 0:
        _fill(x, start, stop)
        return
    call_chunk(
        plan.chunk_calls[PROX, c],
        r.ctypes.data + first * m,
        r.ctypes.data + first * m,
        kappa.ctypes.data + first,
        x.ctypes.data + first * m,
        plan.parameters.ctypes.data + first,
        plan.parameters.shape[1],
        scratch.ctypes.data + BYTES * c * scratch.shape[1] * scratch.shape[2],
        scratch.shape[2],
        stop - start,
        m,
        plan.chunk_shared[c],
        plan.chunk_uniform[c],
    )
