"""What steps over kinks of activations cost in accuracy.

Where a slope of an activation jumps within a step, the estimate of a pair says little: it is made
for smooth functions, and misses by chance what a kink adds, by factors of 10 to 500 with tsit5. But
that is known. A neuron whose state passes a break evenly, at the part p of the step, sends a
function of time s_p(t) = max(0, t - p), times the jump of its slope and the way that it goes in the
step, more than a smooth one. Over such a function the method is off by

    T(p, 1) = (1 - p)^2 / 2 - sum_j b_j max(0, c_j - p)

steps, and its interpolant, where weights are polynomials P_j, at the part q of the step by

    T(p, q) = max(0, q - p)^2 / 2 - sum_j P_j(q) max(0, c_j - p)

which is more. So one product W d, with d = jump times way times T, gives in h / tau W d what the
kinks of all neurons add to the error of each: at the end of a step, and in one within which states
are recorded, where T is largest of some q.

Where that is too much, the next step that is tried ends where the first of these neurons comes to
its break, as the cubic through both states with both velocities has it, or rather a bit before:
what a kink adds at the beginning of a step is next to nothing, while methods may weigh what is at
its end heavily.
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.activation import activate_chunk
from hamsim.kernels.jit import internal
from hamsim.kernels.registers import flat

REACH = 8  # place in `Control.rules`
# Kinks of neurons that fall silent one after the other add up to so many times the error of one.
ADD_UP = 2.0
# How far before a kink a step ends, in parts of the one that was refused: so many times what the
# integral of the kink was off by, over the error, within bounds. A step that would hardly be
# shorter is none.
CLOSER, CLOSEST, FARTHEST, ALMOST_ALL = 5.0, 1e-6, 1e-2, 0.95
HALVINGS = 50


@internal
def _off(p, first, marks, nodes, weights):
    """By how much integrals of a kink at part p of a step are missed, at most, up to the marks."""
    most = 0.0
    for r in range(first, marks.size):
        beyond = max(0.0, marks[r] - p)
        missed = 0.5 * beyond * beyond
        for j in range(nodes.size):
            if nodes[j] > p:
                missed -= weights[r, j] * (nodes[j] - p)
        if abs(missed) > abs(most):
            most = missed
    return most


@internal
def _first_mark(buffers, control, inside, t):
    """Where to begin with the marks: with the last one, the end, where no record is within."""
    n = inside.next[t]
    if n < inside.times.size and inside.times[n] < control.time[t] + buffers.h[t]:
        return 0
    return control.marks.size - 1


@internal
def _comes_to(before, after, slope, slope_after):
    """Part of the step at which the cubic of Hermite is 0, of two values of different signs."""
    low, high = 0.0, 1.0
    bend = 3.0 * (after - before) - 2.0 * slope - slope_after
    twist = slope + slope_after - 2.0 * (after - before)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        value = before + middle * (slope + middle * (bend + middle * twist))
        if (value < 0.0) == (before < 0.0):
            low = middle
        else:
            high = middle
    return high


@internal
def note_kinks(plan, c, accuracy, buffers, control, inside):
    """Write d of the neurons of a chunk, the largest of them, and where the first ones bend."""
    x, y, bent = buffers.x, buffers.y, control.bent
    nodes, marks, weights = control.nodes, control.marks, control.integrals
    largest, first = control.largest[c], control.meets[c]
    for t in range(x.shape[1]):
        largest[t], first[0, t], first[1, t] = 0.0, 2.0, 0.0
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
                    mark = _first_mark(buffers, control, inside, t)
                    missed = _off(abs(before) / way, mark, marks, nodes, weights)
                    bent[i, t] += jump * way * missed
                    largest[t] = max(largest[t], abs(bent[i, t]))
                    if may_matter(accuracy, buffers, control, t, abs(jump * way * missed)):
                        begins = ends = after - before  # of neurons that follow at once
                        if buffers.rate[i, t] != 0.0:
                            begins = buffers.k[0, i, t]
                            ends = buffers.rate[i, t] * buffers.u[i, t]
                        part = _comes_to(before, after, begins, ends)
                        if part < first[0, t]:
                            first[0, t], first[1, t] = part, abs(missed)


@internal
def may_matter(accuracy, buffers, control, t, size):
    """Whether what is bent by so much may add an error of the size of one that is allowed."""
    allowed = min(accuracy.atol[0], control.limit[t])
    return size * control.rules[REACH] * buffers.h[t] > 0.2 * allowed


@internal
def ends_before(buffers, control, t, error):
    """Part of a refused step that ends where the first neuron bends; 0 where none does."""
    part, missed = 2.0, 0.0
    for c in range(control.meets.shape[0]):
        if control.meets[c, 0, t] < part:
            part, missed = control.meets[c, 0, t], control.meets[c, 1, t]
    if part > 1.0:
        return 0.0
    found = part - min(max(CLOSER * missed / error, CLOSEST), FARTHEST)
    return found if found < ALMOST_ALL else 0.0


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
        if may_matter(accuracy, buffers, control, t, largest):
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
                found = ADD_UP * abs(rate * received) / allowed
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
