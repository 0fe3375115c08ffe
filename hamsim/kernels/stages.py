"""The arithmetic of a step in the neurons of one chunk: stages, error, and who takes it.

An explicit Runge-Kutta method goes from x to

    x + sum_j b_j k_j    with    k_j = h / tau u_j,

where u_j = W g + I - x at the state of stage j. A step that nobody refuses ends in x itself. One
that may be refused ends in y, and x stays until it is settled, for each trial, who takes the step.
Such methods have a second sum of the k_j, of another order; the difference of both is an estimate
of the error.
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.activation import activate_chunk, activate_leading
from hamsim.kernels.jit import internal
from hamsim.kernels.plan import MOVING
from hamsim.kernels.registers import flat


@internal
def pace_chunk(first, last, forces, h, rate):
    """Write the rates h / tau, one a neuron or one a neuron and trial; 0 where tau is infinite."""
    for i in range(first, last):
        for r in range(rate.shape[1]):
            rate[i, r] = h[r] / forces.tau[i]


# --- stages ------------------------------------------------------------------------------------


@internal
def _combine(first, last, rate, own, x, u, k, y):
    """Keep h dx/dt of a stage, and write the state that follows from it to y, in one trial.

    A rate of 0 means clamped or instantaneous: u may be infinite there.
    """
    for i in range(first, last):
        change = rate[i] * u[i]
        change = change if rate[i] != 0.0 else 0.0
        k[i] = change
        y[i] = x[i] + own * change


@internal
def _conclude(first, last, rate, own, u, x):
    """Add the last stage to the state itself, in one trial.

    Not `_combine` with y = x: loops over arrays that overlap are not vectorised.
    """
    for i in range(first, last):
        change = rate[i] * u[i]
        x[i] += own * change if rate[i] != 0.0 else 0.0


@internal
def _combine_trials(first, last, rate, own, x, u, k, y):
    """`_combine`, of many trials."""
    for i in range(first, last):
        moves = rate[i] != 0.0
        for t in range(x.shape[1]):
            change = rate[i] * u[i, t]
            change = change if moves else 0.0
            k[i, t] = change
            y[i, t] = x[i, t] + own * change


@internal
def _conclude_trials(first, last, rate, own, u, x):
    """`_conclude`, of many trials."""
    for i in range(first, last):
        if rate[i] != 0.0:
            for t in range(x.shape[1]):
                x[i, t] += own * (rate[i] * u[i, t])


@internal
def _add_earlier(first, last, coefficients, stage, k, y):
    """Add what earlier stages have given to y, which is seen as one axis."""
    for j in range(stage):
        if coefficients[j] != 0.0:
            earlier = flat(k[j])
            for q in range(first, last):
                y[q] += coefficients[j] * earlier[q]


@internal
def bounds_of(plan, c):
    # Unsigned, because numba asks of every signed index whether it counts from the end.
    return np.uint64(plan.chunk_start[c]), np.uint64(plan.chunk_stop[c])


@internal
def move_chunk(plan, c, tableau, buffers, stage):
    """Go to the state at which the stage after this one is evaluated, the last time to x itself.

    The state is returned.
    """
    is_last = stage == tableau.a.shape[1] - 1
    state = buffers.x if is_last else buffers.y
    first, last = bounds_of(plan, c)
    coefficients, x, u, k = tableau.a[stage + 1], buffers.x, buffers.u, buffers.k
    own, m, rate = coefficients[stage], np.uint64(x.shape[1]), flat(buffers.rate)
    several = m > np.uint64(1)
    if is_last and several:
        _conclude_trials(first, last, rate, own, u, x)
    elif is_last:
        _conclude(first, last, rate, own, flat(u), flat(x))
    elif several:
        _combine_trials(first, last, rate, own, x, u, k[stage], state)
    else:
        kept = flat(k[stage])
        _combine(first, last, rate, own, flat(x), flat(u), kept, flat(state))
    _add_earlier(first * m, last * m, coefficients, stage, k, flat(state))
    return state


@internal
def advance_chunk(plan, c, forces, tableau, buffers, stage):
    """`move_chunk`, and activate the state."""
    state = move_chunk(plan, c, tableau, buffers, stage)
    activate_leading(plan, c, forces, state, buffers.g, buffers.scratch)


@internal
def attempt_chunk(plan, c, forces, tableau, buffers, stage):
    """Go to y, where the stage after this one is evaluated; x stays, and every k is kept."""
    first, last = bounds_of(plan, c)
    x, y, u, k, rate = buffers.x, buffers.y, buffers.u, buffers.k, buffers.rate
    coefficients, m = tableau.a[stage + 1], np.uint64(x.shape[1])
    if stage == 0:
        pace_chunk(first, last, forces, buffers.h, rate)
        _copy(first * m, last * m, flat(u), flat(buffers.u_before))
        if buffers.gated.shape[0] > 0:
            _copy(first * m, last * m, flat(buffers.gated), flat(buffers.gated_before))
    own, kept = coefficients[stage], k[stage]
    if np.uint64(rate.shape[1]) == m:
        k_flat, y_flat = flat(kept), flat(y)
        _combine(first * m, last * m, flat(rate), own, flat(x), flat(u), k_flat, y_flat)
    else:
        _combine_trials(first, last, flat(rate), own, x, u, kept, y)
    _add_earlier(first * m, last * m, coefficients, stage, k, flat(y))
    activate_leading(plan, c, forces, y, buffers.g, buffers.scratch)


# --- whether a step is taken -------------------------------------------------------------------


@internal
def _copy(first, last, source, target):
    for q in range(first, last):
        target[q] = source[q]


@internal
def estimate_chunk(plan, c, forces, tableau, accuracy, buffers):
    """Write what a chunk adds to the error of the step from x to y, for each trial.

    In the order of the neurons, so that the bits depend on the chunks alone. Needs u at y.
    """
    squares, largest = buffers.chunk_error[c, 0], buffers.chunk_error[c, 1]
    x, y, u, k, rate = buffers.x, buffers.y, buffers.u, buffers.k, buffers.rate
    error, stages = tableau.error, tableau.a.shape[1]
    atol, rtol, own = accuracy.atol[0], accuracy.rtol[0], rate.shape[1] > 1
    for t in range(x.shape[1]):
        squares[t], largest[t] = 0.0, 0.0
    first, last = bounds_of(plan, c)
    for i in range(first, last):
        if forces.phase[i] != MOVING:
            continue
        for t in range(x.shape[1]):
            found = error[stages] * (rate[i, t if own else 0] * u[i, t])
            for j in range(stages):
                found += error[j] * k[j, i, t]
            size = abs(found) / (atol + rtol * max(abs(x[i, t]), abs(y[i, t])))
            size = size if size == size else math.inf
            squares[t] += size * size
            largest[t] = max(largest[t], size)


@internal
def add_errors(forces, buffers):
    """Make norms of what the chunks have written, in their order; no number gives infinity."""
    error, parts = buffers.error, buffers.chunk_error
    for t in range(error.shape[1]):
        error[0, t], error[1, t] = 0.0, 0.0
        for c in range(parts.shape[0]):
            error[0, t] += parts[c, 0, t]
            error[1, t] = max(error[1, t], parts[c, 1, t])
        error[0, t] = math.sqrt(error[0, t] / max(forces.moving[0], 1.0))


@internal
def settle_chunk(plan, c, buffers):
    """Let y be x in trials that take the step; in others let g and u belong to x again."""
    x, y, g, u = buffers.x, buffers.y, buffers.g, buffers.u
    first, last = bounds_of(plan, c)
    refused = False
    for t in range(x.shape[1]):
        refused = refused or buffers.accepted[t] == 0.0
    if not refused:
        m = np.uint64(x.shape[1])
        _copy(first * m, last * m, flat(y), flat(x))
        return
    with_gates = buffers.gated.shape[0] > 0
    for i in range(first, last):
        for t in range(x.shape[1]):
            if buffers.accepted[t] != 0.0:
                x[i, t] = y[i, t]
            else:
                u[i, t] = buffers.u_before[i, t]
                if with_gates:
                    buffers.gated[i, t] = buffers.gated_before[i, t]
    activate_chunk(plan, c, x, g, buffers.scratch)
