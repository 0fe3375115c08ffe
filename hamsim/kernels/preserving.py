"""Time constants that differ among neurons which share a Lagrangian, so that the energy falls.

Before a stage uses u of such neurons, it is replaced by what gives them, divided by tau, the
velocity of `hamsim.lagrangians.commonparts`: with the common part c of u, w = (u - c) / tau and
1 / t_0, the mean of 1 / tau,

    x' = w + c / t_0,    or    x' = w - (common part of w) + c / t_0    of orthogonal ones.

Neurons that are clamped do not move; they count as silent ones.
"""

from __future__ import annotations

from hamsim.kernels.activation import call_whole_chunk as call
from hamsim.kernels.addresses import buffers_at, forces_at, plan_at, preserving_at
from hamsim.kernels.jit import internal
from hamsim.kernels.plan import COMMON, MOVING


@internal
def preserve_chunk(plan, c, orthogonal, preserving, x, g, u, scratch):
    """Replace u, of which that of neurons that do not move is 0, in a chunk."""
    common, rest, again = preserving.common, preserving.rest, preserving.again
    start, stop = plan.chunk_start[c], plan.chunk_stop[c]
    call(COMMON, plan, c, x, g, u, common, scratch)
    for i in range(start, stop):
        for t in range(x.shape[1]):
            rest[i, t] = (u[i, t] - common[i, t]) / preserving.tau[i]
    if orthogonal:
        call(COMMON, plan, c, x, g, rest, again, scratch)
    for i in range(start, stop):
        for t in range(x.shape[1]):
            change = rest[i, t] - (again[i, t] if orthogonal else 0.0)
            u[i, t] = preserving.tau[i] * (change + common[i, t] * preserving.rate[i])


def preserve(table, at_y, piece):
    """Replace u of a chunk; g belongs to x, or to y."""
    plan, forces, buffers = plan_at(table), forces_at(table), buffers_at(table)
    preserving = preserving_at(table)
    c = preserving.chunks[piece]
    u = buffers.u
    for i in range(plan.chunk_start[c], plan.chunk_stop[c]):
        if forces.phase[i] != MOVING:
            for t in range(u.shape[1]):
                u[i, t] = 0.0
    state = buffers.y if at_y == 1 else buffers.x
    orthogonal = preserving.orthogonal[piece] == 1
    preserve_chunk(plan, c, orthogonal, preserving, state, buffers.g, u, buffers.scratch)
