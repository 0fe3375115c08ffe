"""Steps to rest: linearly implicit Euler steps that grow, until they are those of Newton's method.

A step of length h solves

    (T / h + 1 - C H) d = u

at a state x and goes to x + d. What u is then, less T d / h, is what the activations bend within
the step: the step follows the solution as far as that is small. Pseudo-transient continuation, see
Kelley and Keyes, SIAM J. Numer. Anal. 35:508 (1998). Whether the energy rises is seen from
dE = -u.dg by the trapezoidal rule.
"""

from __future__ import annotations

import numpy as np

from hamsim.kernels.alone import activate_alone
from hamsim.kernels.implicit import (
    ACTIVATION,
    AT,
    CHANGE,
    DIAGONAL,
    DRIVE,
    INVERSE,
    LEAK,
    METHOD,
    MISFIT,
    POINT,
    POINT_ACTIVATION,
    RIGHT,
    SCALE,
    STATE,
    bits,
    size,
)
from hamsim.kernels.jit import internal
from hamsim.kernels.pieces import chunk_of, trial_of

__all__ = ["TRANSIENT_VECTORS", "vectors_transient"]

ARRIVED = STATE + 1  # u at the state to which a step leads
TRANSIENT_VECTORS = ARRIVED + 1

BEGIN, SEE, LINEARISE, MOVE, JUDGE, TAKE = range(METHOD, METHOD + 6)
# A neuron's error is measured in the largest state of its chunk, or in this part of the largest.
LEAST_SCALE = 1e-3
# Where a chunk keeps its largest state; solvers of linear equations write before it.
OWN = 28


@internal
def _send(plan, c, first, last, vectors, scratch, send, m, t):
    at, g = vectors[AT], vectors[ACTIVATION]
    activate_alone(plan, c, at, g, scratch)
    for i in range(first, last):
        send[i * m + t] = g[i]


@internal
def _see(first, last, solver, vectors, received, m, t, parts):
    """Write u; how large it is, how large states are, and how fast they change."""
    at, drive, free, tau = vectors[AT], vectors[DRIVE], solver.free, solver.tau
    left, most, fastest, square = np.int64(0), np.int64(0), np.int64(0), 0.0
    for i in range(first, last):
        drive[i] = free[i] * (received[i * m + t] + solver.current[i, t] - at[i])
        left = max(left, bits(drive[i]))
        most = max(most, max(bits(at[i]), bits(at[i] + drive[i])))
        if tau[i] > 0.0:
            fastest = max(fastest, bits(drive[i] / tau[i]))
        vectors[POINT_ACTIVATION, i] = vectors[ACTIVATION, i]
        square += drive[i] * drive[i]
    parts[0], parts[1], parts[2], parts[3] = size(left), size(most), size(fastest), square
    parts[OWN] = parts[1]


@internal
def _linearise(first, last, solver, vectors, numbers, parts):
    """Prepare the linear equation at the state that has been reached."""
    leak, free, tau = numbers[LEAK], solver.free, solver.tau
    diagonal, inverse, scale = vectors[DIAGONAL], vectors[INVERSE], vectors[SCALE]
    own = max(parts[OWN], LEAST_SCALE * numbers[MISFIT])
    for i in range(first, last):
        diagonal[i] = 1.0 + leak * tau[i]
        inverse[i] = free[i] / diagonal[i]
        scale[i] = own
        vectors[RIGHT, i], vectors[POINT, i] = vectors[DRIVE, i], vectors[STATE, i]


@internal
def _judge(first, last, solver, vectors, leak, received, m, t, parts):
    """Write u at the new state, how far it is from the linear one, and what the energy does."""
    at, before, after = vectors[AT], vectors[DRIVE], vectors[ARRIVED]
    change, inverse, scale = vectors[CHANGE], vectors[INVERSE], vectors[SCALE]
    g, point, free, tau = vectors[ACTIVATION], vectors[POINT_ACTIVATION], solver.free, solver.tau
    bent, left, far = np.int64(0), np.int64(0), np.int64(0)
    fall, terms = 0.0, 0.0
    for i in range(first, last):
        after[i] = free[i] * (received[i * m + t] + solver.current[i, t] - at[i])
        bent = max(bent, bits(inverse[i] * (after[i] - leak * tau[i] * change[i]) / scale[i]))
        left = max(left, bits(after[i]))
        far = max(far, bits(change[i]))
        part = solver.balance[i] * (before[i] + after[i]) * (g[i] - point[i])
        fall += part
        terms += abs(part)
    parts[4], parts[5], parts[6] = size(bent), size(left), size(far)
    parts[7], parts[8] = fall, terms


@internal
def _take(first, last, vectors, parts):
    """Go to the new state."""
    at, drive, after = vectors[AT], vectors[DRIVE], vectors[ARRIVED]
    left, most, square = np.int64(0), np.int64(0), 0.0
    for i in range(first, last):
        drive[i] = after[i]
        vectors[STATE, i], vectors[POINT_ACTIVATION, i] = at[i], vectors[ACTIVATION, i]
        left = max(left, bits(drive[i]))
        most = max(most, max(bits(at[i]), bits(at[i] + drive[i])))
        square += drive[i] * drive[i]
    parts[0], parts[1], parts[3] = size(left), size(most), square
    parts[OWN] = parts[1]


def vectors_transient(table, nothing, piece):
    """Do the operations of trials that go to rest, in the neurons of a chunk."""
    plan, solver, first, last, m, scratch, send, received = chunk_of(table, piece)
    for trial in range(solver.places.shape[0]):
        operation, t, vectors, parts, numbers = trial_of(solver, piece, trial)
        if operation == BEGIN:
            for i in range(first, last):
                vectors[AT, i] = vectors[STATE, i]
            _send(plan, piece, first, last, vectors, scratch, send, m, t)
        elif operation == SEE:
            _see(first, last, solver, vectors, received, m, t, parts)
        elif operation == LINEARISE:
            _linearise(first, last, solver, vectors, numbers, parts)
        elif operation == MOVE:
            for i in range(first, last):
                vectors[AT, i] = vectors[STATE, i] + vectors[CHANGE, i]
            _send(plan, piece, first, last, vectors, scratch, send, m, t)
        elif operation == JUDGE:
            _judge(first, last, solver, vectors, numbers[LEAK], received, m, t, parts)
        elif operation == TAKE:
            _take(first, last, vectors, parts)
