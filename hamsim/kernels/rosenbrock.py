"""RODAS, a Rosenbrock method of order 4 with an embedded one of order 3, in one chunk's neurons.

Hairer and Wanner, Solving Ordinary Differential Equations II, 2nd ed. 1996, section VI.4: stiffly
accurate, six stages, and of order 4 where T = diag(tau) is 0, too. For T x' = u(x),

    (T / (gamma h) + 1 - C H) U_i = u(x + sum_j a_ij U_j, t + alpha_i h) + T / h sum_j c_ij U_j
                                    + gamma_i h du/dt

with H, C and du/dt at x and t, the beginning of the step. The new state is that of the last stage
plus U_6, and U_6 is the difference from the embedded method.
"""

from __future__ import annotations

import numpy as np

from hamsim.kernels.alone import activate_alone, hessian_alone
from hamsim.kernels.implicit import (
    ACTIVATION,
    ALLOWED,
    AT,
    CAP,
    CHANGE,
    DIAGONAL,
    INVERSE,
    LEAK,
    METHOD,
    PHASE,
    POINT,
    POINT_ACTIVATION,
    RECORD,
    RIGHT,
    SCALE,
    SEARCH_H,
    STAGE,
    STATE,
    STEP,
    TAKEN_STEP,
    TIME,
    bits,
    send,
    size,
)
from hamsim.kernels.jit import internal
from hamsim.kernels.pieces import chunk_of, trial_of

__all__ = [
    "DENSE",
    "DRIFTS",
    "GAMMA",
    "NODES",
    "STAGES",
    "STAGE_VECTORS",
    "A",
    "C",
    "vectors_rosenbrock",
]

STAGES, GAMMA = 6, 0.25
_A5 = (1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950)
A = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [1.544, 0.0, 0.0, 0.0, 0.0],
        [0.9466785280815826, 0.2557011698983284, 0.0, 0.0, 0.0],
        [3.314825187068521, 2.896124015972201, 0.9986419139977817, 0.0, 0.0],
        [*_A5, 0.0],
        [*_A5, 1.0],
    ]
)
C = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [-5.6688, 0.0, 0.0, 0.0, 0.0],
        [-2.430093356833875, -0.2063599157091915, 0.0, 0.0, 0.0],
        [-0.1073529058151375, -9.594562251023355, -20.47028614809616, 0.0, 0.0],
        [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160, 0.0],
        [
            8.083246795921522,
            -7.981132988064893,
            -31.52159432874371,
            16.31930543123136,
            -6.058818238834054,
        ],
    ]
)
# When the second stage, the third, the fourth and all later ones are, and what the derivative of
# what acts counts in each of the first four; in the others nothing.
NODES = (0.386, 0.21, 0.63, 1.0)
DRIFTS = (0.25, -0.1043, 0.1035, -0.0362)
# The state at t + s h is (1 - s) x + s (y + (1 - s)(p + s q)), y being the new state, and p and q
# these sums of the U_j.
DENSE = np.array(
    [
        [
            10.12623508344586,
            -7.487995877610167,
            -34.80091861555747,
            -7.992771707568823,
            1.025137723295662,
        ],
        [
            -0.6762803392801253,
            6.087714651680015,
            16.43084320892478,
            24.76722511418386,
            -6.594389125716872,
        ],
    ]
)

# Vectors: U_1 to U_6 follow the state; u at the beginning of the step.
BASE = STATE + STAGES + 1
STAGE_VECTORS = BASE + 1

BEGIN, SLOPE, BEND, RENEW, LOOK, PREPARE, FORM = range(METHOD, METHOD + 7)
RIGHT_SIDE, STORE, ESTIMATE, KEEP, MOVE = range(METHOD + 7, METHOD + 12)
DRIFT, DRIFTED = range(METHOD + 12, METHOD + 14)


@internal
def _renew(plan, c, first, last, vectors, scratch, out, m, t):
    """Send the activations of the state that has been reached."""
    at, state = vectors[AT], vectors[STATE]
    for i in range(first, last):
        at[i] = state[i]
    activate_alone(plan, c, at, vectors[ACTIVATION], scratch)
    send(first, last, vectors[ACTIVATION], out, m, t)


@internal
def _look(first, last, solver, vectors, received, m, t, parts):
    """Write u at the beginning of a step, and linearise there."""
    at, base, free, most = vectors[AT], vectors[BASE], solver.free, np.int64(0)
    point, point_g, g = vectors[POINT], vectors[POINT_ACTIVATION], vectors[ACTIVATION]
    for i in range(first, last):
        base[i] = free[i] * (received[i * m + t] + solver.current[i, t] - at[i])
        point[i], point_g[i] = at[i], g[i]
        most = max(most, bits(base[i]))
    parts[0] = size(most)


@internal
def _limit(numbers, accuracy, one, other):
    allowed = numbers[ALLOWED]
    largest = max(abs(one), abs(other))
    return min(numbers[CAP], allowed * (accuracy[0] + accuracy[1] * largest))


@internal
def _slope(plan, c, first, last, solver, numbers, vectors, scratch, out, m, t, parts):
    """Write x' where tau is above 0, and send the change of g that it makes."""
    slope, base, tau, scale = vectors[STATE + 1], vectors[BASE], solver.tau, vectors[SCALE]
    state, most = vectors[STATE], np.int64(0)
    for i in range(first, last):
        slope[i] = base[i] / tau[i] if tau[i] > 0.0 else 0.0
        scale[i] = _limit(numbers, solver.accuracy, state[i], state[i])
        most = max(most, bits(slope[i] / scale[i]))
    parts[0] = size(most)
    point, g, sent = vectors[POINT], vectors[POINT_ACTIVATION], vectors[SEARCH_H]
    hessian_alone(plan, c, point, g, slope, sent, scratch)
    send(first, last, sent, out, m, t)


@internal
def _bend(first, last, solver, vectors, received, m, t, parts):
    """Find how large x'' is."""
    slope, scale, tau, most = vectors[STATE + 1], vectors[SCALE], solver.tau, np.int64(0)
    for i in range(first, last):
        if solver.free[i] > 0.0 and tau[i] > 0.0:
            most = max(most, bits((received[i * m + t] - slope[i]) / (tau[i] * scale[i])))
    parts[0] = size(most)


@internal
def _drift(plan, c, first, last, solver, vectors, slopes, scratch, out, m, t, parts):
    """Send the change of g that held states make; how large it is."""
    moves, sent, most = vectors[CHANGE], vectors[SEARCH_H], np.int64(0)
    for i in range(first, last):
        moves[i] = slopes[i] if solver.free[i] == 0.0 else 0.0
    point, g = vectors[POINT], vectors[POINT_ACTIVATION]
    hessian_alone(plan, c, point, g, moves, sent, scratch)
    for i in range(first, last):
        most = max(most, bits(sent[i]))
    parts[0] = size(most)
    send(first, last, sent, out, m, t)


@internal
def _drifted(first, last, slopes, received, m, t):
    """Add what held states drive to the derivative of the currents."""
    for i in range(first, last):
        slopes[i] += received[i * m + t]


@internal
def _add_drift(first, last, solver, vectors, stage, h, t):
    """Add what the derivative of what acts does in a stage, if it changes within steps."""
    if not solver.moving or stage >= len(DRIFTS):
        return
    right, slopes, weight = vectors[RIGHT], solver.within[t, len(NODES)], DRIFTS[stage] * h
    for i in range(first, last):
        right[i] += solver.free[i] * (weight * slopes[i])


@internal
def _prepare(first, last, solver, vectors, numbers, t):
    """Write the diagonal and the first right side."""
    diagonal, inverse, scale = vectors[DIAGONAL], vectors[INVERSE], vectors[SCALE]
    state, base, right, tau = vectors[STATE], vectors[BASE], vectors[RIGHT], solver.tau
    leak = numbers[LEAK]
    for i in range(first, last):
        diagonal[i] = 1.0 + leak * tau[i]
        inverse[i] = solver.free[i] / diagonal[i]
        scale[i] = _limit(numbers, solver.accuracy, state[i], state[i])
        right[i] = base[i]
    _add_drift(first, last, solver, vectors, 0, numbers[STEP], t)


@internal
def _form(plan, c, first, last, solver, trial, vectors, stage, scratch, out, m, t):
    """Form the state of a stage, and send its activations."""
    at, state = vectors[AT], vectors[STATE]
    for i in range(first, last):
        at[i] = state[i]
    for j in range(stage):
        change, weight = vectors[STATE + 1 + j], A[stage, j]
        for i in range(first, last):
            at[i] += weight * change[i]
    if solver.moving:
        held = solver.within[trial, min(stage, len(NODES)) - 1]
        for i in range(first, last):
            if solver.free[i] == 0.0:
                at[i] = held[i]
    activate_alone(plan, c, at, vectors[ACTIVATION], scratch)
    send(first, last, vectors[ACTIVATION], out, m, t)


@internal
def _right_side(first, last, solver, trial, vectors, stage, h, received, m, t):
    at, right, free, tau = vectors[AT], vectors[RIGHT], solver.free, solver.tau
    if solver.moving:
        current = solver.within[trial, min(stage, len(NODES)) - 1]
        for i in range(first, last):
            right[i] = free[i] * (received[i * m + t] + current[i] - at[i])
    else:
        for i in range(first, last):
            right[i] = free[i] * (received[i * m + t] + solver.current[i, t] - at[i])
    for j in range(stage):
        change, weight = vectors[STATE + 1 + j], C[stage, j] / h
        for i in range(first, last):
            right[i] += weight * tau[i] * change[i]
    _add_drift(first, last, solver, vectors, stage, h, trial)


@internal
def _estimate(first, last, solver, vectors, numbers, parts):
    """Write the new state, and how large its error is."""
    at, state, last_one, most = vectors[AT], vectors[STATE], vectors[STATE + STAGES], np.int64(0)
    for i in range(first, last):
        at[i] += last_one[i]
        scale = _limit(numbers, solver.accuracy, state[i], at[i])
        most = max(most, bits(last_one[i] / scale))
    parts[0] = size(most)


@internal
def _keep(first, last, solver, vectors, numbers, row, t):
    """Write states at all times of records that the step has passed."""
    state, new, h, now = vectors[STATE], vectors[AT], numbers[TAKEN_STEP], numbers[TIME]
    if solver.each_step:
        if row < solver.times.size and solver.places[t, PHASE] == 0:
            for i in range(first, last):
                solver.kept[row, i, t] = new[i]
        return
    while row < solver.times.size and solver.times[row] <= now:
        s = 1.0 - (now - solver.times[row]) / h
        for i in range(first, last):
            p, q = 0.0, 0.0
            for j in range(STAGES - 1):
                p += DENSE[0, j] * vectors[STATE + 1 + j, i]
                q += DENSE[1, j] * vectors[STATE + 1 + j, i]
            solver.kept[row, i, t] = (1.0 - s) * state[i] + s * (new[i] + (1.0 - s) * (p + s * q))
        row += 1


def vectors_rosenbrock(table, nothing, piece):
    """Do the operations of trials that take steps, in the neurons of a chunk."""
    plan, solver, first, last, m, scratch, out, received = chunk_of(table, piece)
    for trial in range(solver.places.shape[0]):
        operation, t, vectors, parts, numbers = trial_of(solver, piece, trial)
        stage = solver.places[trial, STAGE]
        if operation == BEGIN or operation == RENEW:
            _renew(plan, piece, first, last, vectors, scratch, out, m, t)
        elif operation == LOOK:
            _look(first, last, solver, vectors, received, m, t, parts)
        elif operation == SLOPE:
            _slope(plan, piece, first, last, solver, numbers, vectors, scratch, out, m, t, parts)
        elif operation == BEND:
            _bend(first, last, solver, vectors, received, m, t, parts)
        elif operation == PREPARE:
            _prepare(first, last, solver, vectors, numbers, trial)
        elif operation == FORM:
            _form(
                *(plan, piece, first, last, solver, trial, vectors, stage, scratch),
                *(out, m, t),
            )
        elif operation == RIGHT_SIDE:
            _right_side(
                *(first, last, solver, trial, vectors, stage, numbers[STEP], received, m, t)
            )
        elif operation == STORE:
            stored, change = vectors[STATE + 1 + stage], vectors[CHANGE]
            for i in range(first, last):
                stored[i] = change[i]
        elif operation == ESTIMATE:
            _estimate(first, last, solver, vectors, numbers, parts)
        elif operation == KEEP:
            _keep(first, last, solver, vectors, numbers, solver.places[trial, RECORD], trial)
        elif operation == MOVE:
            state, new = vectors[STATE], vectors[AT]
            for i in range(first, last):
                state[i] = new[i]
            if solver.moving:
                current = solver.within[trial, len(NODES) - 1]
                for i in range(first, last):
                    solver.current[i, t] = current[i]
        elif operation == DRIFT:
            _drift(
                *(plan, piece, first, last, solver, vectors, solver.within[trial, len(NODES)]),
                *(scratch, out, m, t, parts),
            )
        elif operation == DRIFTED:
            _drifted(first, last, solver.within[trial, len(NODES)], received, m, t)
