"""States within a step: records at any times, without a step that ends there.

At x + theta h a state is x plus a sum of the stages' k_j, times polynomials in theta. Some methods
evaluate further stages for it, only in steps in which something is recorded.
"""

from __future__ import annotations

import numpy as np

from hamsim.kernels.activation import activate_chunk
from hamsim.kernels.control import END
from hamsim.kernels.jit import internal
from hamsim.kernels.registers import flat

PLACES = 1024  # neurons in a piece


@internal
def _bounds(plan, c):
    # Unsigned, because numba asks of every signed index whether it counts from the end.
    return np.uint64(plan.chunk_start[c]), np.uint64(plan.chunk_stop[c])


@internal
def _copy(first, last, source, target):
    for q in range(first, last):
        target[q] = source[q]


@internal
def finish_chunk(plan, c, buffers, stage):
    """Keep h dx/dt of the state that has been evaluated last."""
    start, stop = _bounds(plan, c)
    m = np.uint64(buffers.x.shape[1])
    rate, u, k = flat(buffers.rate), flat(buffers.u), flat(buffers.k[stage])
    for q in range(start * m, stop * m):
        change = rate[q] * u[q]
        k[q] = change if rate[q] != 0.0 else 0.0


@internal
def later_chunk(plan, c, tableau, buffers, control, inside, stage):
    """Go to the state of a further stage; after the last one, back to where the step leads to."""
    start, stop = _bounds(plan, c)
    m, stages = np.uint64(buffers.x.shape[1]), tableau.a.shape[1]
    first, last = start * m, stop * m
    x, y, u = flat(buffers.x), flat(buffers.y), flat(buffers.u)
    with_gates = inside.kept_gated.shape[0] > 0
    if stage == 0:  # the errors of the step have been judged: there is room
        _copy(first, last, y, flat(inside.kept))
        _copy(first, last, u, flat(control.defect))
        if with_gates:
            _copy(first, last, flat(buffers.gated), flat(inside.kept_gated))
    else:
        finish_chunk(plan, c, buffers, stages + stage)
    if stage == inside.later.shape[0]:
        _copy(first, last, flat(inside.kept), y)
        _copy(first, last, flat(control.defect), u)
        if with_gates:
            _copy(first, last, flat(inside.kept_gated), flat(buffers.gated))
    else:
        _copy(first, last, x, y)
        for j in range(stages + 1 + stage):
            weight, k = inside.later[stage, j], flat(buffers.k[j])
            if weight != 0.0:
                for q in range(first, last):
                    y[q] += weight * k[q]
    activate_chunk(plan, c, buffers.y, buffers.g, buffers.scratch)


@internal
def weigh_stages(inside, t, theta):
    """Write the weights of the stages at x + theta h."""
    degree = inside.polynomials.shape[1]
    for j in range(inside.polynomials.shape[0]):
        value = 0.0
        for d in range(degree):
            value = theta * (inside.polynomials[j, degree - 1 - d] + value)
        inside.weights[t, j] = value


@internal
def put_piece(piece, buffers, inside):
    """Write states within the step, of some of the neurons that are recorded."""
    first = piece * PLACES
    last = min(first + PLACES, inside.places.size)
    for p in range(first, last):
        i = inside.places[p]
        for t in range(buffers.x.shape[1]):
            row = inside.row[t]
            if row >= 0:
                state = buffers.x[i, t]
                for j in range(inside.weights.shape[1]):
                    state += inside.weights[t, j] * buffers.k[j, i, t]
                inside.states[row, p, t] = state


@internal
def aim(buffers, control, inside, base):
    """Say for each trial where the next record within its step is to be put.

    Returns
    -------
    due : int
        In how many trials there is one; -1 if there is no room for it.
    """
    due, rows = 0, inside.states.shape[0]
    for t in range(control.time.size):
        inside.row[t] = -1
        n = inside.next[t]
        if buffers.h[t] == 0.0 or buffers.accepted[t] == 0.0 or n >= inside.times.size:
            continue
        when = inside.times[n]
        if when > control.reach[t] or when >= control.rules[END]:
            continue
        if n - base >= rows:
            return -1
        weigh_stages(inside, t, (when - control.time[t]) / buffers.h[t])
        inside.row[t] = n - base
        inside.next[t] = n + 1
        due += 1
    return due
