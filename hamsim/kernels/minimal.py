"""GMRES for (D - C H) d = b, where D - C H is not symmetric in any known inner product.

Saad and Schultz, SIAM J. Sci. Stat. Comput. 7:856 (1986); preconditioned by D from the left, with
errors measured in units of what they may be. Between restarts all vectors are kept.

In the end what is left is added to the solution, which is a step of Jacobi's iteration as in
`conjugate`. The combination of vectors that leaves least is wrong in all neurons alike, also in
those that hardly depend on others, and such errors have the same sign in step after step.
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.addresses import implicit_at
from hamsim.kernels.alone import hessian_alone
from hamsim.kernels.implicit import (
    AFTER,
    BASIS,
    CHANGE,
    DO,
    FAILED,
    FIRM,
    GOAL,
    INVERSE,
    ITERATION,
    LEFT,
    LEFT_H,
    LEFT_SIZE,
    POINT,
    POINT_ACTIVATION,
    RELATIVE,
    RIGHT,
    SCALE,
    SEARCH_H,
    SIZE,
    SOLVE,
    SPREAD,
    USED,
    bits,
    largest,
    note_spread,
    size,
    total,
    wait_for_product,
)
from hamsim.kernels.jit import internal
from hamsim.kernels.pieces import chunk_of, trial_of

__all__ = ["control_minimal", "vectors_minimal"]

NEXT, TAKE, CLEAN, END_HERE, LOOK, AGAIN = range(SOLVE + 1, SOLVE + 7)
MOST_RESTARTS = 12
# What is left of a vector, squared, below which rounding has spoiled it.
SPOILT = 1e-28


@internal
def _begin(plan, c, first, last, vectors, scratch, parts):
    """Start from d = 0; how large H makes what is left says whether that is enough."""
    left, change, scale = vectors[LEFT], vectors[CHANGE], vectors[SCALE]
    right, inverse, left_h = vectors[RIGHT], vectors[INVERSE], vectors[LEFT_H]
    square, most = 0.0, np.int64(0)
    for i in range(first, last):
        left[i] = inverse[i] * right[i]
        change[i] = 0.0
        square += (left[i] / scale[i]) ** 2
    at, g = vectors[POINT], vectors[POINT_ACTIVATION]
    hessian_alone(plan, c, at, g, left, left_h, scratch)
    for i in range(first, last):
        most = max(most, bits(left_h[i] / scale[i]))
    parts[0], parts[1] = square, size(most)


@internal
def _send(plan, c, first, last, direction, vectors, scratch, send, m, t):
    """Send H times a vector."""
    sent = vectors[SEARCH_H]
    at, g = vectors[POINT], vectors[POINT_ACTIVATION]
    hessian_alone(plan, c, at, g, direction, sent, scratch)
    for i in range(first, last):
        send[i * m + t] = sent[i]


@internal
def _take(first, last, count, vectors, basis, received, m, t, parts):
    """Write the image of the newest vector, and its products with all of them."""
    newest, left, sent = basis[count], vectors[LEFT], vectors[SEARCH_H]
    inverse, scale = vectors[INVERSE], vectors[SCALE]
    spread, most = np.int64(0), np.int64(0)
    for i in range(first, last):
        passed = inverse[i] * received[i * m + t]
        left[i] = newest[i] - passed
        spread = max(spread, bits(passed / scale[i]))
        most = max(most, bits(sent[i] / scale[i]))
    parts[BASIS], parts[BASIS + 1] = size(spread), size(most)
    for j in range(count + 1):
        vector, product = basis[j], 0.0
        for i in range(first, last):
            product += left[i] / scale[i] * (vector[i] / scale[i])
        parts[j] = product


@internal
def _clean(first, last, count, column, vectors, basis, parts):
    """Take the components out that are along the vectors."""
    left, scale, square = vectors[LEFT], vectors[SCALE], 0.0
    for j in range(count + 1):
        vector, along = basis[j], column[j]
        for i in range(first, last):
            left[i] -= along * vector[i]
    for i in range(first, last):
        square += (left[i] / scale[i]) ** 2
    parts[0] = square


@internal
def _end(first, last, count, coefficients, vectors, basis, parts):
    """Write the solution; the last coefficient is that of what has been cleaned last."""
    change, scale, most = vectors[CHANGE], vectors[SCALE], np.int64(0)
    left = vectors[LEFT]
    if count < 0:  # what is left is the solution
        for i in range(first, last):
            change[i] = left[i]
    elif count > 0:
        for i in range(first, last):
            change[i] += coefficients[count] * left[i]
    for j in range(count):
        vector, along = basis[j], coefficients[j]
        for i in range(first, last):
            change[i] += along * vector[i]
    for i in range(first, last):
        most = max(most, bits(change[i] / scale[i]))
    parts[0] = size(most)


@internal
def _again(first, last, vectors, received, m, t, parts):
    """Write what is left of the right side, divided by D."""
    left, change, right = vectors[LEFT], vectors[CHANGE], vectors[RIGHT]
    inverse, scale, square = vectors[INVERSE], vectors[SCALE], 0.0
    for i in range(first, last):
        left[i] = inverse[i] * (right[i] + received[i * m + t]) - change[i]
        square += (left[i] / scale[i]) ** 2
    parts[0] = square


def vectors_minimal(table, nothing, piece):
    """Do the operations of trials that solve, in the neurons of a chunk."""
    plan, solver, first, last, m, scratch, send, received = chunk_of(table, piece)
    for trial in range(solver.places.shape[0]):
        operation, t, vectors, parts, numbers = trial_of(solver, piece, trial)
        places, basis, triangle = solver.places[trial], solver.basis[trial], solver.triangle[trial]
        count = places[ITERATION] % BASIS
        if operation == SOLVE:
            _begin(plan, piece, first, last, vectors, scratch, parts)
        elif operation == NEXT:
            newest, left = basis[count], vectors[LEFT]
            factor = 1.0 / numbers[LEFT_SIZE]
            for i in range(first, last):
                newest[i] = factor * left[i]
            _send(plan, piece, first, last, newest, vectors, scratch, send, m, t)
        elif operation == TAKE:
            _take(first, last, count, vectors, basis, received, m, t, parts)
        elif operation == CLEAN:
            _clean(first, last, count, triangle[count], vectors, basis, parts)
        elif operation == END_HERE:
            _end(first, last, places[USED], triangle[BASIS + 2], vectors, basis, parts)
        elif operation == LOOK:
            _send(plan, piece, first, last, vectors[CHANGE], vectors, scratch, send, m, t)
        elif operation == AGAIN:
            _again(first, last, vectors, received, m, t, parts)


@internal
def _turn(triangle, count, below):
    """Make a column of Hessenberg's matrix one of a triangle; the last rows hold the rotations.

    Row `j` of `triangle` is column j; row BASIS is the right side, row BASIS + 1 has the cosines
    and BASIS + 2 the sines, until it is given the coefficients.
    """
    column, right = triangle[count], triangle[BASIS]
    cosines, sines = triangle[BASIS + 1], triangle[BASIS + 2]
    for j in range(count):
        upper, lower = column[j], column[j + 1]
        column[j] = cosines[j] * upper + sines[j] * lower
        column[j + 1] = cosines[j] * lower - sines[j] * upper
    length = math.hypot(column[count], below)
    cosines[count], sines[count] = 1.0, 0.0
    if length > 0.0:
        cosines[count], sines[count] = column[count] / length, below / length
    column[count] = length
    right[count + 1] = -sines[count] * right[count]
    right[count] = cosines[count] * right[count]


@internal
def _solve(triangle, count, length, adds):
    """Write the coefficients of the vectors; False if the matrix is singular.

    Parameters
    ----------
    triangle : ndarray
    count : int
        Of the vectors.
    length : float
        Of what has been cleaned last, which gets the last coefficient.
    adds : bool
        Whether what is left is added: its coefficients are the last unit vector times its size,
        turned back by all rotations. They take the place of cosines that have been read.
    """
    right, cosines, coefficients = triangle[BASIS], triangle[BASIS + 1], triangle[BASIS + 2]
    left = right[count] if adds and length > 0.0 else 0.0
    for j in range(count - 1, -1, -1):
        cosine, sine = cosines[j], coefficients[j]
        cosines[j + 1], left = cosine * left, -sine * left
        found = right[j]
        for k in range(j + 1, count):
            found -= triangle[k, j] * coefficients[k]
        if triangle[j, j] == 0.0:
            return False
        coefficients[j] = found / triangle[j, j]
    cosines[0] = left
    for j in range(count):
        coefficients[j] += cosines[j]
    coefficients[count] = cosines[count] / length if length > 0.0 else 0.0
    return True


@internal
def _start(solver, t, square):
    """Begin, or begin again, with what is left."""
    numbers, places, triangle = solver.numbers[t], solver.places[t], solver.triangle[t]
    numbers[LEFT_SIZE] = math.sqrt(square)
    if not 0.0 < square < math.inf:
        places[FAILED] = 0 if square == 0.0 else 1
        places[DO], places[USED] = END_HERE, 0
        return
    triangle[BASIS, 0] = numbers[LEFT_SIZE]
    places[DO] = NEXT


@internal
def _extend(solver, t):
    """Decide after a vector has been cleaned: another one, or the end."""
    numbers, places, triangle = solver.numbers[t], solver.places[t], solver.triangle[t]
    count = places[ITERATION] % BASIS
    square, before = total(solver, t, 0), 0.0
    for j in range(count + 1):
        before += triangle[count, j] ** 2
    spoilt = not square > SPOILT * before
    below = 0.0 if spoilt else math.sqrt(square)
    _turn(triangle, count, below)
    places[ITERATION] += 1
    numbers[LEFT_SIZE] = below
    # A step of Jacobi's iteration makes up to so much of what is left.
    left = max(1.0, numbers[SPREAD]) * abs(triangle[BASIS, count + 1])
    reached = left <= numbers[GOAL] * math.sqrt(solver.tau.size)
    if reached or spoilt or count + 1 == BASIS:
        solved = _solve(triangle, count + 1, below, reached or spoilt)
        places[FAILED] = 0 if solved and (reached or spoilt) else 1
        places[DO], places[USED] = END_HERE, count + 1 if solved else 0
    else:
        places[DO] = NEXT


def control_minimal(table, trial, operation):
    """Decide what follows an operation of a trial; `FAILED` is 1 if it has not solved."""
    solver = implicit_at(table)
    numbers, places = solver.numbers[trial], solver.places[trial]
    if operation == SOLVE:
        places[ITERATION], places[FAILED] = 0, 0
        error_of_nothing = math.sqrt(total(solver, trial, 0) / solver.tau.size)
        numbers[GOAL] = min(numbers[GOAL], numbers[RELATIVE] * error_of_nothing)
        if numbers[SPREAD] * largest(solver, trial, 1) <= numbers[GOAL]:
            places[DO], places[USED] = END_HERE, -1
        else:
            _start(solver, trial, total(solver, trial, 0))
    elif operation == NEXT:
        wait_for_product(places, TAKE, True)
    elif operation == TAKE:
        count = places[ITERATION] % BASIS
        for j in range(count + 1):
            solver.triangle[trial, count, j] = total(solver, trial, j)
        note_spread(
            numbers, SPREAD, largest(solver, trial, BASIS), largest(solver, trial, BASIS + 1)
        )
        # The vectors have length 1.
        numbers[FIRM] = min(numbers[FIRM], max(0.0, solver.triangle[trial, count, count]))
        places[DO] = CLEAN
    elif operation == CLEAN:
        _extend(solver, trial)
    elif operation == LOOK:
        wait_for_product(places, AGAIN, True)
    elif operation == AGAIN:
        _start(solver, trial, total(solver, trial, 0))
    else:
        numbers[SIZE] = largest(solver, trial, 0)
        restarts = places[FAILED] == 1 and places[ITERATION] < MOST_RESTARTS * BASIS
        if restarts and places[USED] > 0 and numbers[SIZE] < math.inf:
            places[DO] = LOOK
        else:
            places[DO] = places[AFTER]
