"""g and H v of one trial, whose neurons lie one after another, chunk by chunk."""

from __future__ import annotations

import math

from hamsim.kernels.activation import call_whole_chunk
from hamsim.kernels.jit import internal
from hamsim.kernels.plan import ACTIVATE, HESSIAN


@internal
def _call(what, plan, c, x, g, v, out, scratch):
    n = x.size
    column = out.reshape((n, 1))
    if not call_whole_chunk(
        what,
        plan,
        c,
        x.reshape((n, 1)),
        g.reshape((n, 1)),
        v.reshape((n, 1)),
        column,
        scratch,
    ):
        for i in range(plan.chunk_start[c], plan.chunk_stop[c]):
            out[i] = math.nan


@internal
def activate_alone(plan, c, x, g, scratch):
    """Write g(x) of the neurons of a chunk; x and g have shape (n,)."""
    _call(ACTIVATE, plan, c, x, x, x, g, scratch)


@internal
def hessian_alone(plan, c, x, g, v, out, scratch):
    """Write H v of the neurons of a chunk, with H = d2L/dx2 at x; all of shape (n,)."""
    _call(HESSIAN, plan, c, x, g, v, out, scratch)
