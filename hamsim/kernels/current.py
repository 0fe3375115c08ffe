"""u = W g + I - x, row by row: row i receives, column j sends.

[HAM, eq. 2]

Gated synapses T_ijk add T_ijk g_j g_k for each of their three neurons: the derivative by g_i of
what they add to -E, a third-order term [HAM, section 5].
"""

from __future__ import annotations

import math

from hamsim.kernels.jit import jit, parallel_jit, prange
from hamsim.kernels.plan import INSTANT, MOVING


@jit
def _receive_row(plan, i, g, u):
    """Write sum_j W_ij g_j to u[i]."""
    if g.shape[1] == 1:
        total = 0.0
        for k in range(plan.indptr[i], plan.indptr[i + 1]):
            total += plan.weights[k] * g[plan.indices[k], 0]
        u[i, 0] = total
        return
    u[i, :] = 0.0
    for k in range(plan.indptr[i], plan.indptr[i + 1]):
        j = plan.indices[k]
        weight = plan.weights[k]
        for t in range(g.shape[1]):
            u[i, t] += weight * g[j, t]


@jit
def _receive_gated(plan, i, g, gated):
    """Write sum_jk T_ijk g_j g_k to gated[i]."""
    for t in range(g.shape[1]):
        gated[i, t] = 0.0
    for m in range(plan.gate_indptr[i], plan.gate_indptr[i + 1]):
        j, k, weight = plan.gate_first[m], plan.gate_second[m], plan.gate_weights[m]
        for t in range(g.shape[1]):
            gated[i, t] += weight * g[j, t] * g[k, t]


@jit
def _receive_block(plan, b, forces, instant, x, g, u, gated, residual):
    """Do the instantaneous neurons of one block of rows, or all others of it."""
    if instant or not forces.has_instant:  # the pass that comes first
        residual[b] = 0.0
    for i in range(plan.block_start[b], plan.block_start[b + 1]):
        phase = forces.phase[i]
        if (phase == INSTANT) != instant:
            continue
        _receive_row(plan, i, g, u)
        if gated.shape[0] > 0:
            _receive_gated(plan, i, g, gated)
            for t in range(x.shape[1]):
                u[i, t] += gated[i, t]
        if instant:
            for t in range(x.shape[1]):
                x[i, t] = u[i, t] + forces.input[i, t]
                u[i, t] = 0.0
                if not abs(x[i, t]) < math.inf:
                    residual[b, t] = math.inf
            continue
        for t in range(x.shape[1]):
            u[i, t] = u[i, t] + forces.input[i, t] - x[i, t]
            if phase == MOVING and not abs(u[i, t]) <= residual[b, t]:
                # written so that NaN gives inf and stays
                residual[b, t] = abs(u[i, t]) if u[i, t] == u[i, t] else math.inf


@jit
def receive_serial(plan, forces, instant, x, g, u, gated, residual):
    """Write u, or x where neurons follow at once; `residual` gets max|u| of each block."""
    for b in range(plan.block_start.size - 1):
        _receive_block(plan, b, forces, instant, x, g, u, gated, residual)


@parallel_jit
def receive_parallel(plan, forces, instant, x, g, u, gated, residual):
    """Write u, or x where neurons follow at once; the same bits as the serial one."""
    for b in prange(plan.block_start.size - 1):
        _receive_block(plan, b, forces, instant, x, g, u, gated, residual)
