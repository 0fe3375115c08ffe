"""Classes of neurons that move one after another, each to where its drive leads in a time.

Neurons of a class have no synapses among them, so that their drive does not change while they
move and all others are held: x(h) = d + exp(-h / tau) (x - d) is exact. The energy falls in each
such part. Rates are those of half a step.
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.activation import activate_chunk
from hamsim.kernels.addresses import buffers_at, forces_at, plan_at, plan_of_float32_at
from hamsim.kernels.jit import internal
from hamsim.kernels.plan import INSTANT, MOVING
from hamsim.kernels.receive import add_gated_of_block, row_of_one, row_of_trials
from hamsim.kernels.registers import flat

# What is done with a block: go half a step with the u that is there; with a new one half a step,
# a whole one, or none; or half a step after which u is what it is there.
KEPT, HALF, WHOLE, LOOK, LAST = range(5)
MODES = 8  # an argument is the first piece times this, plus the mode


def pace_of_halves(table, nothing, piece):
    """Write 1 - exp(-h / (2 tau)), one a neuron or one a neuron and trial."""
    plan, forces, buffers = plan_at(table), forces_at(table), buffers_at(table)
    h, rate = buffers.h, buffers.rate
    for i in range(plan.chunk_start[piece], plan.chunk_stop[piece]):
        for r in range(rate.shape[1]):
            rate[i, r] = -math.expm1(-0.5 * h[r] / forces.tau[i])


@internal
def _move_block(plan, b, forces, buffers, mode):
    """Move the neurons of a block; u holds W g, or with KEPT all of u."""
    x, u, rate, residual = buffers.x, buffers.u, buffers.rate, buffers.block_residual
    own = rate.shape[1] > 1
    ends = mode == LOOK or mode == LAST
    for t in range(x.shape[1]):
        residual[b, t] = 0.0 if ends else residual[b, t]
    for i in range(np.uint64(plan.block_start[b]), np.uint64(plan.block_start[b + 1])):
        phase = forces.phase[i]
        for t in range(x.shape[1]):
            r = t if own else 0
            part = rate[i, r]
            if mode == WHOLE:
                part *= 2.0 - part
            elif mode == LOOK:
                part = 0.0
            if mode == KEPT:
                x[i, t] += part * u[i, t] if phase == MOVING else 0.0
                continue
            drive = u[i, t] + forces.input[i, t]
            if phase == INSTANT:
                x[i, t] = drive
            elif phase == MOVING:
                x[i, t] += part * (drive - x[i, t])
            u[i, t] = drive - x[i, t]  # as where x is evaluated by itself, to the bit
            if ends:
                size = abs(u[i, t]) if phase == MOVING else 0.0
                if phase == INSTANT and not abs(x[i, t]) < math.inf:
                    size = math.inf
                size = size if size == size else math.inf
                residual[b, t] = max(residual[b, t], size)


@internal
def _flow_block(plan, b, forces, buffers, mode):
    """Move the neurons of a block, one trial or several."""
    g, u = buffers.g, buffers.u
    if mode != KEPT:
        start, stop = np.uint64(plan.block_start[b]), np.uint64(plan.block_start[b + 1])
        if u.shape[1] == 1:
            states, drive = flat(g), flat(u)
            for i in range(start, stop):
                drive[i] = row_of_one(plan, i, states)
        else:
            for tile in range((plan.indptr.size - 1) // g.shape[0]):
                for i in range(start, stop):
                    row_of_trials(plan, tile, i, g, u)
        if buffers.gated.shape[0] > 0:
            add_gated_of_block(plan, b, g, buffers.gated, u)
    _move_block(plan, b, forces, buffers, mode)


def flow(table, argument, piece):
    """Move a block of a class."""
    first, mode = argument // MODES, argument % MODES
    _flow_block(plan_at(table), first + piece, forces_at(table), buffers_at(table), mode)


def flow_float32(table, argument, piece):
    """`flow`, from weights in float32."""
    first, mode = argument // MODES, argument % MODES
    plan = plan_of_float32_at(table)
    _flow_block(plan, first + piece, forces_at(table), buffers_at(table), mode)


def activate_class(table, first, piece):
    """Write g of x of a chunk of a class."""
    buffers = buffers_at(table)
    activate_chunk(plan_at(table), first + piece, buffers.x, buffers.g, buffers.scratch)
