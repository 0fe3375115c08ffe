"""g = dL/dx and the groups' part of the energy, chunk by chunk.

[HAM, eq. 1 and 3]
"""

from __future__ import annotations

from hamsim.kernels.jit import jit, parallel_jit, prange
from hamsim.lagrangians import elementwise, groupwise
from hamsim.lagrangians.table import FIRST_COLLECTIVE

_one = elementwise.activation
_one_dual = elementwise.dual
_group = groupwise.activate
_group_dual = groupwise.add_dual


@jit
def _activate_chunk(plan, c, x, g, scratch):
    code, start, stop = plan.chunk_code[c], plan.chunk_start[c], plan.chunk_stop[c]
    if code >= FIRST_COLLECTIVE:
        _group(code, x, start, stop, plan.parameters, g, scratch[c])
        return
    for i in range(start, stop):
        p, q = plan.parameters[0, i], plan.parameters[1, i]
        for t in range(x.shape[1]):
            g[i, t] = _one(code, x[i, t], p, q)


@jit
def activate_serial(plan, x, g, scratch):
    """Write g(x) of all neurons."""
    for c in range(plan.chunk_code.size):
        _activate_chunk(plan, c, x, g, scratch)


@parallel_jit
def activate_parallel(plan, x, g, scratch):
    """Write g(x) of all neurons; the same bits as the serial one."""
    for c in prange(plan.chunk_code.size):
        _activate_chunk(plan, c, x, g, scratch)


@jit
def add_dual_chunk(plan, c, x, g, out, scratch):
    """Add x.g - L of one chunk to `out` of shape (trials,)."""
    code, start, stop = plan.chunk_code[c], plan.chunk_start[c], plan.chunk_stop[c]
    if code >= FIRST_COLLECTIVE:
        _group_dual(code, x, g, start, stop, plan.parameters, out, scratch[c])
        return
    for i in range(start, stop):
        p, q = plan.parameters[0, i], plan.parameters[1, i]
        for t in range(x.shape[1]):
            out[t] += _one_dual(code, x[i, t], p, q)


@jit
def duals(plan, x, g, out, scratch):
    """Write x.g - L of every chunk to `out` of shape (chunks, trials)."""
    for c in range(plan.chunk_code.size):
        out[c] = 0.0
        add_dual_chunk(plan, c, x, g, out[c], scratch)
