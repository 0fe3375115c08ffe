"""A step of convex splitting: what is convex of the energy at its end, the rest at its beginning.

With C >= 0 so large that C + W / 2 has no eigenvalue below -1 / (2 slope), the energy falls for
any h in steps

    tau / h (x+ - x) = W g + I - x+ + C (g - g+),

so x+ + kappa g(x+) = x + theta (u + C g) with theta = h / (tau + h) and kappa = theta C, which the
proximal maps of the Lagrangians solve.

[Eyre 1998, for F(g) = L*(g) - I g - g W g / 2]
"""

from __future__ import annotations

from hamsim.kernels.activation import activate_chunk, prox_of_chunk
from hamsim.kernels.addresses import buffers_at, convexity_at, forces_at, plan_at
from hamsim.kernels.plan import MOVING, PROX


def pace_implicit(table, nothing, piece):
    """Write h / (tau + h), one a neuron; 0 where tau is infinite."""
    plan, forces, buffers = plan_at(table), forces_at(table), buffers_at(table)
    for i in range(plan.chunk_start[piece], plan.chunk_stop[piece]):
        for r in range(buffers.rate.shape[1]):
            buffers.rate[i, r] = buffers.h[r] / (forces.tau[i] + buffers.h[r])


def split_convex(table, nothing, piece):
    """Take a step in the neurons of a chunk, and activate it."""
    plan, forces, buffers = plan_at(table), forces_at(table), buffers_at(table)
    convexity = convexity_at(table)
    x, y, g, u, rate = buffers.x, buffers.y, buffers.g, buffers.u, buffers.rate
    start, stop = plan.chunk_start[piece], plan.chunk_stop[piece]
    for i in range(start, stop):
        moves = forces.phase[i] == MOVING
        curvature, part = convexity.curvature[i], rate[i, 0]
        convexity.kappa[i] = part * curvature if moves else 0.0
        for t in range(x.shape[1]):
            change = part * (u[i, t] + curvature * g[i, t])
            y[i, t] = x[i, t] + (change if moves else 0.0)
    if plan.chunk_calls[PROX, piece] != 0:
        prox_of_chunk(plan, piece, y, convexity.kappa, x, buffers.scratch)
    else:
        for i in range(start, stop):
            for t in range(x.shape[1]):
                x[i, t] = y[i, t]
    activate_chunk(plan, piece, x, g, buffers.scratch)
