"""Numerical differentiation formulas of orders 1 to 5 in the neurons of one chunk.

Klopfenstein, RCA Review 32:447 (1971), with the constants of Shampine and Reichelt, SIAM J. Sci.
Comput. 18:1 (1997), for T x' = u(x) with T = diag(tau), which may be 0:

    T / c (psi + d) = u(p + d),    c = h / ((1 - kappa_q) gamma_q)

where p extrapolates the state by backward differences, psi is made of them, and d, the correction,
is the next difference. Newton's method adds solutions of

    (T / c + 1 - C H) delta = u - T / c (psi + d)

to d, with H at the newest state: nothing is kept of C H, so that this costs nothing.
"""

from __future__ import annotations

import numpy as np

from hamsim.kernels.alone import activate_alone, hessian_alone
from hamsim.kernels.easing import send_direction, turn_direction
from hamsim.kernels.implicit import (
    ACTIVATION,
    ALLOWED,
    AT,
    CAP,
    CHANGE,
    DIAGONAL,
    DRIVE,
    FIRM,
    INVERSE,
    LEAK,
    LEFT_H,
    METHOD,
    ORDER,
    PHASE,
    POINT,
    POINT_ACTIVATION,
    RATE,
    RECORD,
    RIGHT,
    SCALE,
    SEARCH_H,
    STATE,
    STEP,
    TIME,
    bits,
    send,
    size,
)
from hamsim.kernels.jit import internal
from hamsim.kernels.pieces import chunk_of, trial_of

__all__ = [
    "ALPHA",
    "BDF_VECTORS",
    "DIRECTION",
    "ERROR",
    "GAMMA",
    "MOST_ORDER",
    "vectors_bdf",
]

MOST_ORDER = 5
KAPPA = (0.0, -0.1850, -1 / 9, -0.0823, -0.0415, 0.0)
_sums = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, MOST_ORDER + 1))])
GAMMA = tuple(_sums.tolist())
ALPHA = tuple(((1 - np.array(KAPPA)) * _sums).tolist())
# The error of a step of order q is this times the next difference; one more for order 6.
ERROR = (*(np.array(KAPPA) * _sums + 1 / np.arange(1, MOST_ORDER + 2)).tolist(), 1 / 7)

# Of what is asked for, errors that are forgotten may be so much.
FORGOTTEN = 0.4

# Vectors: differences from STATE on, which is the 0th; correction and what is known of the formula.
GATHERED, OFFSET = STATE + MOST_ORDER + 3, STATE + MOST_ORDER + 4
DIRECTION = OFFSET + 1  # along which is looked for the fastest rate: see `kernels.easing`
BDF_VECTORS = DIRECTION + 1

BEGIN, SLOPE, BEND, FIRST, PREDICT, RESIDUAL, CORRECT = range(METHOD, METHOD + 7)
RESEND, ACCEPT, RECORD_STATES, RESCALE, LOOK, LOOKED = range(METHOD + 7, METHOD + 13)
FOLLOW, GAUGE, GAUGED = range(METHOD + 13, METHOD + 16)


@internal
def _copy(first, last, source, target):
    for i in range(first, last):
        target[i] = source[i]


@internal
def _begin(plan, c, first, last, vectors, scratch, out, m, t):
    """Send the activations of the state from which steps begin."""
    _copy(first, last, vectors[STATE], vectors[AT])
    activate_alone(plan, c, vectors[AT], vectors[ACTIVATION], scratch)
    send(first, last, vectors[ACTIVATION], out, m, t)


@internal
def _scale(first, last, numbers, accuracy, one, other, tau, scale):
    """Write what the error of a step may be.

    Errors of steps add up where nothing forgets them: each may be a part of what is asked for. A
    neuron alone forgets them in about as many steps as its diagonal says, and with others in
    1 / `FIRM` times as many: those of fast neurons may be larger.
    """
    cap, allowed, atol, rtol = numbers[CAP], numbers[ALLOWED], accuracy[0], accuracy[1]
    forgets, leak = FORGOTTEN * numbers[FIRM], numbers[LEAK]
    for i in range(first, last):
        part = max(allowed, forgets / (1.0 + leak * tau[i]))
        scale[i] = min(cap, part * (atol + rtol * max(abs(one[i]), abs(other[i]))))


@internal
def _slope(plan, c, first, last, solver, numbers, vectors, scratch, received, out, m, t):
    """Write x' where tau is above 0, and send the change of g that it makes."""
    x = vectors[AT]
    _scale(first, last, numbers, solver.accuracy, x, x, solver.tau, vectors[SCALE])
    slope, at, free, tau = vectors[STATE + 1], vectors[AT], solver.free, solver.tau
    for i in range(first, last):
        leaking = free[i] * (received[i * m + t] + solver.current[i, t] - at[i])
        slope[i] = leaking / tau[i] if tau[i] > 0.0 and free[i] > 0.0 else 0.0
    for k in range(2, MOST_ORDER + 3):
        vectors[STATE + k, first:last] = 0.0
    _copy(first, last, at, vectors[POINT])
    _copy(first, last, vectors[ACTIVATION], vectors[POINT_ACTIVATION])
    hessian_alone(plan, c, at, vectors[ACTIVATION], slope, vectors[SEARCH_H], scratch)
    send(first, last, vectors[SEARCH_H], out, m, t)


@internal
def _bend(first, last, solver, vectors, received, m, t, parts):
    """Find how large x'' is; neurons with tau = 0 get the x' that follows from the others."""
    slope, scale, tau = vectors[STATE + 1], vectors[SCALE], solver.tau
    most = np.int64(0)
    for i in range(first, last):
        if solver.free[i] == 0.0:
            continue
        if tau[i] > 0.0:
            most = max(most, bits((received[i * m + t] - slope[i]) / (tau[i] * scale[i])))
        else:
            slope[i] = received[i * m + t]
    parts[0] = size(most)


@internal
def _predict(plan, c, first, last, solver, numbers, vectors, order, scratch, out, m, t):
    """Extrapolate, and send the activations there."""
    leak = numbers[LEAK]
    at, offset, gathered = vectors[AT], vectors[OFFSET], vectors[GATHERED]
    state = vectors[STATE]
    for i in range(first, last):
        at[i], offset[i], gathered[i] = state[i], 0.0, 0.0
    for k in range(1, order + 1):
        difference, factor = vectors[STATE + k], GAMMA[k] / ALPHA[order]
        for i in range(first, last):
            at[i] += difference[i]
            offset[i] += factor * difference[i]
    diagonal, inverse, free, tau = vectors[DIAGONAL], vectors[INVERSE], solver.free, solver.tau
    for i in range(first, last):
        diagonal[i] = 1.0 + leak * tau[i]
        inverse[i] = free[i] / diagonal[i]
    _scale(first, last, numbers, solver.accuracy, state, at, tau, vectors[SCALE])
    activate_alone(plan, c, at, vectors[ACTIVATION], scratch)
    _linearise(first, last, vectors)
    send(first, last, vectors[ACTIVATION], out, m, t)


@internal
def _linearise(first, last, vectors):
    _copy(first, last, vectors[AT], vectors[POINT])
    _copy(first, last, vectors[ACTIVATION], vectors[POINT_ACTIVATION])


@internal
def _residual(first, last, solver, vectors, leak, received, m, t):
    """Write the right side of Newton's equation."""
    at, drive, right = vectors[AT], vectors[DRIVE], vectors[RIGHT]
    offset, gathered, free, tau = vectors[OFFSET], vectors[GATHERED], solver.free, solver.tau
    for i in range(first, last):
        drive[i] = free[i] * (received[i * m + t] + solver.current[i, t] - at[i])
        right[i] = drive[i] - free[i] * (leak * tau[i] * (offset[i] + gathered[i]))


@internal
def _follow(plan, c, first, last, solver, vectors, leak, scratch, received, out, m, t):
    """Let the first half solve its equation as if the second one stayed, and linearise there."""
    at, offset, gathered = vectors[AT], vectors[OFFSET], vectors[GATHERED]
    inverse, tau = vectors[INVERSE], solver.tau
    for i in range(first, last):
        if solver.first[i] > 0.0:
            drive = received[i * m + t] + solver.current[i, t] - at[i]
            change = inverse[i] * (drive - leak * tau[i] * (offset[i] + gathered[i]))
            at[i] += change
            gathered[i] += change
    activate_alone(plan, c, at, vectors[ACTIVATION], scratch)
    _linearise(first, last, vectors)
    send(first, last, vectors[ACTIVATION], out, m, t)


@internal
def _size_of(first, last, values):
    most = np.int64(0)
    for i in range(first, last):
        most = max(most, bits(values[i]))
    return size(most)


@internal
def _correct(plan, c, first, last, vectors, scratch, parts):
    """Take what has been solved, and find how far g is from what its linearisation says."""
    at, gathered, change, scale = (
        vectors[AT],
        vectors[GATHERED],
        vectors[CHANGE],
        vectors[SCALE],
    )
    for i in range(first, last):
        at[i] += change[i]
        gathered[i] += change[i]
    point, before, linear = vectors[POINT], vectors[POINT_ACTIVATION], vectors[LEFT_H]
    hessian_alone(plan, c, point, before, change, linear, scratch)
    activate_alone(plan, c, at, vectors[ACTIVATION], scratch)
    g, misfit, most = vectors[ACTIVATION], np.int64(0), np.int64(0)
    for i in range(first, last):
        misfit = max(misfit, bits((g[i] - before[i] - linear[i]) / scale[i]))
        most = max(most, bits(gathered[i] / scale[i]))
    parts[0], parts[1] = size(most), size(misfit)


@internal
def _accept(first, last, solver, vectors, leak, order, parts):
    """Take the step: write the differences at the new state, and how large those beside are.

    T x' of the formula says how large the residual is.
    """
    gathered, scale, offset = vectors[GATHERED], vectors[SCALE], vectors[OFFSET]
    residual, tau, free = np.int64(0), solver.tau, solver.free
    for i in range(first, last):
        residual = max(residual, bits(free[i] * (tau[i] * (offset[i] + gathered[i]))))
    parts[2] = leak * size(residual)
    next_one, last_one = vectors[STATE + order + 2], vectors[STATE + order + 1]
    lower, higher = np.int64(0), np.int64(0)
    for i in range(first, last):
        next_one[i] = gathered[i] - last_one[i]
        last_one[i] = gathered[i]
        higher = max(higher, bits(next_one[i] / scale[i]))
    for k in range(order, -1, -1):
        this, above = vectors[STATE + k], vectors[STATE + k + 1]
        for i in range(first, last):
            this[i] += above[i]
    own = vectors[STATE + order]
    for i in range(first, last):
        lower = max(lower, bits(own[i] / scale[i]))
    parts[0], parts[1] = size(lower), size(higher)


@internal
def _record(first, last, solver, vectors, order, numbers, row, t):
    """Write states at all times of records that the step has passed."""
    state, h, now = vectors[STATE], numbers[STEP], numbers[TIME]
    if solver.each_step:
        if row < solver.times.size and solver.places[t, PHASE] == 0:
            for i in range(first, last):
                solver.kept[row, i, t] = state[i]
        return
    while row < solver.times.size and solver.times[row] <= now:
        kept = solver.kept[row]
        for i in range(first, last):
            kept[i, t] = state[i]
        factor, back = 1.0, solver.times[row] - now
        if back < 0.0:
            for k in range(1, order + 1):
                factor *= (back + (k - 1) * h) / (k * h)
                difference = vectors[STATE + k]
                for i in range(first, last):
                    kept[i, t] += factor * difference[i]
        row += 1


@internal
def _rescale(first, last, vectors, order, mix):
    """Make differences of steps of another length of these."""
    for i in range(first, last):
        if order == 1:
            vectors[STATE + 1, i] *= mix[1, 1]
            continue
        own = (
            vectors[STATE + 1, i],
            vectors[STATE + 2, i],
            vectors[STATE + 3, i],
            vectors[STATE + 4, i],
            vectors[STATE + 5, i],
        )
        for k in range(1, order + 1):
            found = 0.0
            for j in range(1, order + 1):
                found += mix[j, k] * own[j - 1]
            vectors[STATE + k, i] = found


def vectors_bdf(table, nothing, piece):
    """Do the operations of trials that take steps, in the neurons of a chunk."""
    plan, solver, first, last, m, scratch, out, received = chunk_of(table, piece)
    for trial in range(solver.places.shape[0]):
        operation, t, vectors, parts, numbers = trial_of(solver, piece, trial)
        order = solver.places[trial, ORDER]
        if operation == BEGIN:
            _begin(plan, piece, first, last, vectors, scratch, out, m, t)
        elif operation == SLOPE:
            _slope(
                *(plan, piece, first, last, solver, numbers, vectors, scratch),
                *(received, out, m, t),
            )
        elif operation == BEND:
            _bend(first, last, solver, vectors, received, m, t, parts)
        elif operation == FIRST:
            slope, h = vectors[STATE + 1], numbers[STEP]
            for i in range(first, last):
                slope[i] *= h
        elif operation == PREDICT:
            _predict(plan, piece, first, last, solver, numbers, vectors, order, scratch, out, m, t)
        elif operation == RESIDUAL:
            _residual(first, last, solver, vectors, numbers[LEAK], received, m, t)
            if solver.halved:
                for i in range(first, last):
                    vectors[RIGHT, i] *= 1.0 - solver.first[i]
        elif operation == FOLLOW:
            _follow(
                *(plan, piece, first, last, solver, vectors, numbers[LEAK], scratch),
                *(received, out, m, t),
            )
        elif operation == CORRECT:
            _correct(plan, piece, first, last, vectors, scratch, parts)
        elif operation == RESEND:
            _linearise(first, last, vectors)
            send(first, last, vectors[ACTIVATION], out, m, t)
        elif operation == ACCEPT:
            _accept(first, last, solver, vectors, numbers[LEAK], order, parts)
        elif operation == RECORD_STATES:
            _record(
                first, last, solver, vectors, order, numbers, solver.places[trial, RECORD], trial
            )
        elif operation == LOOK:
            _begin(plan, piece, first, last, vectors, scratch, out, m, t)
        elif operation == LOOKED:
            _residual(first, last, solver, vectors, 0.0, received, m, t)
            parts[0] = _size_of(first, last, vectors[DRIVE])
        elif operation == RESCALE:
            _rescale(first, last, vectors, order, solver.mix[trial])
        elif operation == GAUGE:
            send_direction(
                *(plan, piece, first, last, vectors, vectors[DIRECTION], numbers[RATE], scratch),
                *(out, m, t),
            )
        elif operation == GAUGED:
            turn_direction(first, last, solver, vectors, vectors[DIRECTION], received, m, t, parts)
