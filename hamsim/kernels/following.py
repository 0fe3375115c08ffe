"""States of neurons that follow at once where they depend on each other: Newton's method.

They solve u_f = W g + I - x = 0 with the states of all others given; `Implicit.free` is 1 for them
alone. A correction solves (1 - C H) d = u, and is taken by halves until u becomes smaller.
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.addresses import implicit_at
from hamsim.kernels.alone import activate_alone
from hamsim.kernels.implicit import (
    ACTIVATION,
    AFTER,
    AT,
    CHANGE,
    DIAGONAL,
    DO,
    DRIVE,
    ENDED,
    ERROR,
    GOAL,
    INVERSE,
    LAST_SIZE,
    METHOD,
    NOTHING,
    PART,
    POINT,
    POINT_ACTIVATION,
    RELATIVE,
    RIGHT,
    SCALE,
    SOLVE,
    SOLVES,
    STATE,
    STATUS,
    STUCK,
    bits,
    largest,
    size,
    total,
    wait_for_product,
)
from hamsim.kernels.jit import internal
from hamsim.kernels.pieces import chunk_of, trial_of

__all__ = ["FOLLOW", "FOLLOW_VECTORS", "control_following", "vectors_following"]

FOLLOW, SEE, CORRECT, SHORTEN, KEEP = range(METHOD, METHOD + 5)
FOLLOW_VECTORS = STATE + 1

# Defect, relative to 1 + |x|, at which a state is found, and one that rounding may leave.
DEFECT, ROUNDING = 1e-13, 1e-9
MOST_CORRECTIONS, SHORTEST = 200, 1e-8
# Error of the linear equations relative to their solution.
FORCING = 1e-3


@internal
def _send(plan, c, first, last, vectors, scratch, send, m, t):
    at, g = vectors[AT], vectors[ACTIVATION]
    activate_alone(plan, c, at, g, scratch)
    for i in range(first, last):
        send[i * m + t] = g[i]


@internal
def _see(first, last, solver, vectors, received, m, t, parts):
    """Write u of those who follow, how large it is, and its square."""
    at, drive, scale, free = vectors[AT], vectors[DRIVE], vectors[SCALE], solver.free
    square, most = 0.0, np.int64(0)
    for i in range(first, last):
        drive[i] = free[i] * (received[i * m + t] + solver.current[i, t] - at[i])
        scale[i] = 1.0 + abs(at[i])
        square += drive[i] * drive[i]
        most = max(most, bits(drive[i] / scale[i]))
    parts[0], parts[1] = square, size(most)


@internal
def _keep(first, last, solver, vectors):
    """Linearise at the state that has been seen."""
    for i in range(first, last):
        vectors[POINT, i], vectors[POINT_ACTIVATION, i] = vectors[AT, i], vectors[ACTIVATION, i]
        vectors[STATE, i], vectors[RIGHT, i] = vectors[AT, i], vectors[DRIVE, i]
        vectors[DIAGONAL, i], vectors[INVERSE, i] = 1.0, solver.free[i]


def vectors_following(table, nothing, piece):
    """Do the operations of trials that look for their states, in the neurons of a chunk."""
    plan, solver, first, last, m, scratch, send, received = chunk_of(table, piece)
    for trial in range(solver.places.shape[0]):
        operation, t, vectors, parts, numbers = trial_of(solver, piece, trial)
        along = numbers[PART]
        if operation == FOLLOW:
            for i in range(first, last):
                vectors[AT, i] = vectors[STATE, i]
            _send(plan, piece, first, last, vectors, scratch, send, m, t)
        elif operation == SEE:
            _see(first, last, solver, vectors, received, m, t, parts)
        elif operation == CORRECT or operation == SHORTEN:
            for i in range(first, last):
                vectors[AT, i] = vectors[STATE, i] + along * vectors[CHANGE, i]
            _send(plan, piece, first, last, vectors, scratch, send, m, t)
        elif operation == KEEP:
            _keep(first, last, solver, vectors)


@internal
def _judge(solver, t):
    """Decide after u has been seen: found, correct it, or take less of the correction."""
    numbers, places = solver.numbers[t], solver.places[t]
    square, defect = total(solver, t, 0), largest(solver, t, 1)
    is_first = places[SOLVES] == 0
    smaller = square < numbers[LAST_SIZE] or (is_first and square < math.inf)
    places[DO] = KEEP
    if smaller:
        numbers[LAST_SIZE], numbers[ERROR] = square, defect
        if places[SOLVES] == MOST_CORRECTIONS:
            places[STATUS], places[DO] = STUCK, NOTHING
    elif numbers[ERROR] <= ROUNDING and not is_first:
        places[STATUS], places[DO] = ENDED, NOTHING
    elif numbers[PART] > SHORTEST and not is_first:
        numbers[PART] *= 0.5
        places[DO] = SHORTEN
    else:
        places[STATUS], places[DO] = STUCK, NOTHING


def control_following(table, trial, operation):
    """Decide what follows an operation of a trial; `ERROR` is the defect in the end."""
    solver = implicit_at(table)
    numbers, places = solver.numbers[trial], solver.places[trial]
    if operation == FOLLOW:
        places[SOLVES] = 0
        wait_for_product(places, SEE, False)
    elif operation == SEE:
        _judge(solver, trial)
    elif operation == KEEP:
        if numbers[ERROR] <= DEFECT:
            places[STATUS], places[DO] = ENDED, NOTHING
        else:
            numbers[GOAL], numbers[RELATIVE] = math.inf, FORCING
            places[DO], places[AFTER] = SOLVE, CORRECT
            places[SOLVES] += 1
            numbers[PART] = 1.0
    elif operation == CORRECT or operation == SHORTEN:
        wait_for_product(places, SEE, False)
