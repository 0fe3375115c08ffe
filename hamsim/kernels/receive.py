"""u = W g + I - x, row by row: row i receives, column j sends.

[HAM, eq. 2]

Gated synapses T_ijk add T_ijk g_j g_k for each of their three neurons: the derivative by g_i of
what they add to -E, a third-order term [HAM, section 5].
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.jit import internal
from hamsim.kernels.plan import INSTANT, MOVING
from hamsim.kernels.registers import LANES, flat
from hamsim.kernels.vectors import gather_panel

# Unsigned, because numba makes a float of the sum of an unsigned and a signed integer.
_ONE, _TWO, _THREE, _FOUR = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)

_SIZE = np.int64(0x7FFFFFFFFFFFFFFF)  # all bits but the sign

_wide = gather_panel(4)
_narrow = gather_panel(1)


@internal
def row_of_one(plan, i, g):
    """sum_j W_ij g_j, with g of shape (n,): four sums, because a sum waits for the one before."""
    weights, indices = plan.weights, plan.indices
    k, last = plan.indptr[i], plan.indptr[i + _ONE]
    a = b = c = d = 0.0
    while k + _THREE < last:
        a += weights[k] * g[indices[k]]
        b += weights[k + _ONE] * g[indices[k + _ONE]]
        c += weights[k + _TWO] * g[indices[k + _TWO]]
        d += weights[k + _THREE] * g[indices[k + _THREE]]
        k += _FOUR
    while k < last:
        a += weights[k] * g[indices[k]]
        k += _ONE
    return (a + c) + (b + d)


@internal
def row_of_trials(plan, tile, i, g, u):
    """Add what the columns of one tile send to neuron i in many trials."""
    row = np.uint64(tile * g.shape[0]) + i
    first, last = plan.indptr[row], plan.indptr[row + _ONE]
    m, t = g.shape[1], 0
    while t < m:
        wide = t + 4 * LANES <= m
        if wide:
            _wide(plan.indices, plan.weights, first, last, g, u, i, t, tile)
        else:
            _narrow(plan.indices, plan.weights, first, last, g, u, i, t, tile)
        t += 4 * LANES if wide else LANES


@internal
def _receive_gated(plan, i, g, gated):
    """Write sum_jk T_ijk g_j g_k to gated[i]."""
    for t in range(g.shape[1]):
        gated[i, t] = 0.0
    for m in range(plan.gate_indptr[i], plan.gate_indptr[i + _ONE]):
        j, k, weight = plan.gate_first[m], plan.gate_second[m], plan.gate_weights[m]
        for t in range(g.shape[1]):
            gated[i, t] += weight * g[j, t] * g[k, t]


@internal
def _is_due(forces, i, instant):
    """Whether neuron i belongs to this pass."""
    return not forces.has_instant or (forces.phase[i] == INSTANT) == instant


@internal
def _rows(plan, b, forces, instant, g, u):
    """Write to u what rows give that are read one by one, in one trial; both of shape (n,)."""
    start, stop = np.uint64(plan.block_start[b]), np.uint64(plan.block_start[b + 1])
    if plan.weights.size == 0 and not forces.has_instant:
        for i in range(start, stop):
            u[i] = 0.0
    elif forces.has_instant:
        for i in range(start, stop):
            if _is_due(forces, i, instant):
                u[i] = row_of_one(plan, i, g)
    else:
        for i in range(start, stop):
            u[i] = row_of_one(plan, i, g)


@internal
def _rows_of_trials(plan, b, forces, instant, g, u):
    """Write to u what rows give that are read one by one, in many trials."""
    start, stop = np.uint64(plan.block_start[b]), np.uint64(plan.block_start[b + 1])
    for tile in range((plan.indptr.size - 1) // g.shape[0]):
        for i in range(start, stop):
            if _is_due(forces, i, instant):
                row_of_trials(plan, tile, i, g, u)


@internal
def _add_windows(plan, b, forces, instant, windows, u):
    """Add what tasks have written for the rows of a block, always in the same order."""
    start, stop = np.uint64(plan.block_start[b]), np.uint64(plan.block_start[b + 1])
    for w in range(plan.window_indptr[b], plan.window_indptr[b + 1]):
        first = max(start, np.uint64(plan.windows[w, 0]))
        last = min(stop, np.uint64(plan.windows[w, 1]))
        shift = np.uint64(plan.windows[w, 2] - plan.windows[w, 0])
        if forces.has_instant:
            for i in range(first, last):
                if _is_due(forces, i, instant):
                    for t in range(u.shape[1]):
                        u[i, t] += windows[shift + i, t]
        else:
            m = np.uint64(u.shape[1])
            total, part = flat(u), flat(windows)
            shift *= m
            for k in range(first * m, last * m):
                total[k] += part[shift + k]


@internal
def _add_gated(plan, b, forces, instant, g, gated, u):
    for i in range(np.uint64(plan.block_start[b]), np.uint64(plan.block_start[b + 1])):
        if _is_due(forces, i, instant):
            _receive_gated(plan, i, g, gated)
            for t in range(u.shape[1]):
                u[i, t] += gated[i, t]


@internal
def add_gated_of_block(plan, b, g, gated, u):
    """Add what gated synapses give to all neurons of a block."""
    for i in range(np.uint64(plan.block_start[b]), np.uint64(plan.block_start[b + 1])):
        _receive_gated(plan, i, g, gated)
        for t in range(u.shape[1]):
            u[i, t] += gated[i, t]


@internal
def _settle(plan, b, forces, x, u, residual):
    """Move instantaneous neurons to what they receive; an infinite state shows in the residual."""
    for i in range(np.uint64(plan.block_start[b]), np.uint64(plan.block_start[b + 1])):
        if forces.phase[i] == INSTANT:
            for t in range(u.shape[1]):
                x[i, t] = u[i, t] + forces.input[i, t]
                u[i, t] = 0.0
                if not abs(x[i, t]) < math.inf:
                    residual[b, t] = math.inf


@internal
def _leak(plan, b, forces, x, u, residual):
    """Add input and leak in one trial, and raise the residual to max|u| of those that move.

    The sizes of numbers have the order of their bits as integers, in which NaN comes after
    infinity, and the largest of integers can be found in any order.
    """
    start, stop = np.uint64(plan.block_start[b]), np.uint64(plan.block_start[b + 1])
    state, drive, current = flat(x), flat(u), flat(forces.input)
    largest = np.int64(0)
    if forces.has_instant:
        for i in range(start, stop):
            leaking = drive[i] + current[i] - state[i]
            drive[i] = leaking if forces.phase[i] != INSTANT else 0.0
            size = np.float64(drive[i]).view(np.int64) & _SIZE
            size = size if forces.phase[i] == MOVING else np.int64(0)
            largest = max(largest, size)
    else:
        for i in range(start, stop):
            drive[i] = drive[i] + current[i] - state[i]
            size = np.float64(drive[i]).view(np.int64) & _SIZE
            size = size if forces.phase[i] == MOVING else np.int64(0)
            largest = max(largest, size)
    found = np.int64(largest).view(np.float64)
    residual[b, 0] = max(residual[b, 0], found if found == found else math.inf)


@internal
def _leak_of_trials(plan, b, forces, x, u, residual):
    """Add input and leak, and raise the residual to max|u| of those that move."""
    for i in range(np.uint64(plan.block_start[b]), np.uint64(plan.block_start[b + 1])):
        if forces.phase[i] == INSTANT:
            continue
        for t in range(u.shape[1]):
            u[i, t] = u[i, t] + forces.input[i, t] - x[i, t]
        if forces.phase[i] == MOVING:
            for t in range(u.shape[1]):
                size = abs(u[i, t])
                size = size if size == size else math.inf
                residual[b, t] = residual[b, t] if size <= residual[b, t] else size


@internal
def _finish(plan, b, forces, instant, x, buffers):
    """Add to W g of rows read one by one what else drives the neurons of a block."""
    u, residual = buffers.u, buffers.block_residual
    _add_windows(plan, b, forces, instant, buffers.windows, u)
    if buffers.gated.shape[0] > 0:
        _add_gated(plan, b, forces, instant, buffers.g, buffers.gated, u)
    if instant or not forces.has_instant:  # the pass that comes first
        for t in range(u.shape[1]):
            residual[b, t] = 0.0
    if instant:
        _settle(plan, b, forces, x, u, residual)
    elif u.shape[1] == 1:
        _leak(plan, b, forces, x, u, residual)
    else:
        _leak_of_trials(plan, b, forces, x, u, residual)


@internal
def receive_block(plan, b, forces, buffers, which):
    """Write u, or x where neurons follow at once, in one block of rows and one trial.

    Parameters
    ----------
    which : int
        1 for instantaneous neurons, else 0; plus 2 where the state is `buffers.y`.
    """
    instant = which % 2 == 1
    g, u = flat(buffers.g), flat(buffers.u)
    _rows(plan, b, forces, instant, g, u)
    x = buffers.y if which >= 2 else buffers.x
    _finish(plan, b, forces, instant, x, buffers)


@internal
def receive_block_of_trials(plan, b, forces, buffers, which):
    """Write u, or x where neurons follow at once, in one block of rows; see `receive_block`."""
    instant = which % 2 == 1
    _rows_of_trials(plan, b, forces, instant, buffers.g, buffers.u)
    x = buffers.y if which >= 2 else buffers.x
    _finish(plan, b, forces, instant, x, buffers)
