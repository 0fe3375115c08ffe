"""What steps over kinks of activations cost in accuracy.

Where a slope of an activation jumps within a step, the estimate of a pair says little: it is made
for smooth functions, and misses by chance what a kink adds, by factors of 10 to 500 with tsit5. But
that is known. A neuron whose state passes a break evenly, at the part p of the step, sends a
function of time s_p(t) = max(0, t - p), times the jump of its slope and the way that it goes in the
step, more than a smooth one. Over such a function the method is off by

    T(p) = (1 - p)^2 / 2 - sum_j b_j max(0, c_j - p)

steps. So one product W d, with d = jump times way times T, gives in h / tau W d what the kinks of
all neurons add to the error of each.
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.activation import activate_chunk
from hamsim.kernels.jit import internal
from hamsim.kernels.registers import flat

REACH = 8  # place in `Control.rules`


@internal
def _off(p, nodes, weights):
    """By how much the method misses the integral of a kink at part p of a step."""
    missed = 0.5 * (1.0 - p) * (1.0 - p)
    for j in range(nodes.size):
        if nodes[j] > p:
            missed -= weights[j] * (nodes[j] - p)
    return missed


@internal
def note_kinks(plan, c, tableau, buffers, control):
    """Write d of the neurons of a chunk, and the largest of them for each trial."""
    x, y, bent = buffers.x, buffers.y, control.bent
    weights = tableau.a[tableau.a.shape[1]]
    largest = control.largest[c]
    for t in range(x.shape[1]):
        largest[t] = 0.0
    for i in range(plan.chunk_start[c], plan.chunk_stop[c]):
        for t in range(x.shape[1]):
            bent[i, t] = 0.0
        for b in range(control.breaks.shape[0]):
            at, jump = control.breaks[b, i], control.jumps[b, i]
            if jump == 0.0:
                continue
            for t in range(x.shape[1]):
                before, after = x[i, t] - at, y[i, t] - at
                if before * after < 0.0:
                    way = abs(before) + abs(after)
                    missed = _off(abs(before) / way, control.nodes, weights)
                    bent[i, t] += jump * way * missed
                    largest[t] = max(largest[t], abs(bent[i, t]))


@internal
def kinks_matter(accuracy, buffers, control):
    """Whether what kinks add may be of the size of an error that is allowed."""
    if control.breaks.shape[0] == 0:
        return False
    for t in range(control.time.size):
        largest = 0.0
        for c in range(control.largest.shape[0]):
            largest = max(largest, control.largest[c, t])
            buffers.chunk_error[c, 0, t] = 0.0
        allowed = min(accuracy.atol[0], control.limit[t])
        if largest * control.rules[REACH] * buffers.h[t] > 0.2 * allowed:
            return True
    return False


@internal
def crosses(control, t):
    """Whether a trial's step goes over a kink."""
    for c in range(control.largest.shape[0]):
        if control.largest[c, t] > 0.0:
            return True
    return False


@internal
def send_chunk(plan, c, buffers, control):
    """Let d be sent in the place of activations; u is kept."""
    m = np.uint64(buffers.x.shape[1])
    first = np.uint64(plan.chunk_start[c]) * m
    last = np.uint64(plan.chunk_stop[c]) * m
    u, g, kept, bent = flat(buffers.u), flat(buffers.g), flat(control.defect), flat(control.bent)
    for q in range(first, last):
        kept[q] = u[q]
        g[q] = bent[q]


@internal
def weigh_kinks_chunk(plan, c, forces, accuracy, buffers, control):
    """Write the largest error by kinks of a chunk for each trial, and put g and u back."""
    atol, rtol, largest = accuracy.atol[0], accuracy.rtol[0], buffers.chunk_error[c, 0]
    for t in range(buffers.x.shape[1]):
        largest[t] = 0.0
    for i in range(plan.chunk_start[c], plan.chunk_stop[c]):
        for t in range(buffers.x.shape[1]):
            x, y, rate = buffers.x[i, t], buffers.y[i, t], buffers.rate[i, t]
            if rate != 0.0:
                received = buffers.u[i, t] - forces.input[i, t] + y
                allowed = min(atol + rtol * max(abs(x), abs(y)), control.limit[t])
                found = abs(rate * received) / allowed
                largest[t] = largest[t] if found <= largest[t] else found
            buffers.u[i, t] = control.defect[i, t]
    activate_chunk(plan, c, buffers.y, buffers.g, buffers.scratch)


@internal
def error_of_kinks(buffers, t):
    """Error of a trial's step by kinks, infinite if it is no number."""
    found = 0.0
    for c in range(buffers.chunk_error.shape[0]):
        found = found if buffers.chunk_error[c, 0, t] <= found else buffers.chunk_error[c, 0, t]
    return found if found == found else math.inf
