"""Conjugate gradients for (D - C H) d = b, where D = 1 + tau / (gamma h) is diagonal.

C is W, with what gated synapses add. Where it is symmetric, H positive semidefinite, and tau the
same in all neurons that share a Lagrangian, D - C H is self-adjoint in the inner product a.H b, and
D is the preconditioner. H is applied once in an iteration, to what is left.

H may be singular, and the inner product does not see its kernel. But d = (b + C H d) / D, and
C H d is known from the products: with it, d solves what the iteration cannot see, and is one step
of Jacobi's iteration closer elsewhere. What is wrong with it then is about C H z, z being what is
left divided by D; how much C makes of a change of activations is known from the last product.
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.addresses import implicit_at
from hamsim.kernels.alone import hessian_alone
from hamsim.kernels.implicit import (
    AFTER,
    ALONG,
    BACK,
    CHANGE,
    DIAGONAL,
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
    SEARCH,
    SEARCH_H,
    SIZE,
    SOLVE,
    SPREAD,
    SUM,
    bits,
    largest,
    note_spread,
    size,
    total,
    wait_for_product,
)
from hamsim.kernels.implicit import IMAGE as OFF
from hamsim.kernels.jit import internal
from hamsim.kernels.pieces import chunk_of, trial_of

__all__ = [
    "END_HERE",
    "SEARCH_ON",
    "STEP_ON",
    "TAKE",
    "begin_solving",
    "control_conjugate",
    "go_on_or_end",
    "precondition",
    "search_on",
    "step_along",
    "vectors_conjugate",
]

SEARCH_ON, TAKE, STEP_ON, END_HERE = range(SOLVE + 1, SOLVE + 5)
MOST_ITERATIONS = 500
# A curvature below this part of what the preconditioner alone has is none.
FLAT = 1e-13


@internal
def precondition(first, last, balance, vectors, parts):
    """Write what is left in the inner product, and the size of what H makes of it."""
    left, left_h, scale = vectors[LEFT], vectors[LEFT_H], vectors[SCALE]
    diagonal = vectors[DIAGONAL]
    product, most, most_left = 0.0, np.int64(0), np.int64(0)
    for i in range(first, last):
        product += balance[i] * diagonal[i] * left[i] * left_h[i]
        most = max(most, bits(left_h[i] / scale[i]))
        most_left = max(most_left, bits(left[i] / scale[i]))
    parts[0], parts[1], parts[2] = product, size(most), size(most_left)


@internal
def begin_solving(plan, c, first, last, solver, vectors, scratch, parts):
    """Start from d = 0."""
    left, left_h, along = vectors[LEFT], vectors[LEFT_H], vectors[SUM]
    right, inverse = vectors[RIGHT], vectors[INVERSE]
    for i in range(first, last):
        left[i] = inverse[i] * right[i]
        along[i] = 0.0
    at, g = vectors[POINT], vectors[POINT_ACTIVATION]
    hessian_alone(plan, c, at, g, left, left_h, scratch)
    precondition(first, last, solver.balance, vectors, parts)


@internal
def search_on(first, last, back, vectors, send, m, t):
    left, left_h = vectors[LEFT], vectors[LEFT_H]
    search, search_h = vectors[SEARCH], vectors[SEARCH_H]
    if back == 0.0:
        for i in range(first, last):
            search[i], search_h[i] = left[i], left_h[i]
    else:
        for i in range(first, last):
            search[i] = left[i] + back * search[i]
            search_h[i] = left_h[i] + back * search_h[i]
    for i in range(first, last):
        send[i * m + t] = search_h[i]


@internal
def _take(first, last, balance, vectors, received, m, t, parts):
    """Write the image of the direction, divided by D."""
    search, search_h, off = vectors[SEARCH], vectors[SEARCH_H], vectors[OFF]
    inverse, diagonal, scale = vectors[INVERSE], vectors[DIAGONAL], vectors[SCALE]
    curvature, plain = 0.0, 0.0
    spread, sent = np.int64(0), np.int64(0)
    for i in range(first, last):
        passed = inverse[i] * received[i * m + t]
        off[i] = search[i] - passed
        weight = balance[i] * diagonal[i] * search_h[i]
        curvature += weight * off[i]
        plain += weight * search[i]
        spread = max(spread, bits(passed / scale[i]))
        sent = max(sent, bits(search_h[i] / scale[i]))
    parts[0], parts[1], parts[2], parts[3] = curvature, plain, size(spread), size(sent)


@internal
def _step(plan, c, first, last, along, solver, vectors, scratch, parts):
    left, left_h, off = vectors[LEFT], vectors[LEFT_H], vectors[OFF]
    search, gathered, diagonal = vectors[SEARCH], vectors[SUM], vectors[DIAGONAL]
    for i in range(first, last):
        gathered[i] += along * (diagonal[i] * (search[i] - off[i]))
        left[i] -= along * off[i]
    at, g = vectors[POINT], vectors[POINT_ACTIVATION]
    hessian_alone(plan, c, at, g, left, left_h, scratch)
    precondition(first, last, solver.balance, vectors, parts)


@internal
def _end(first, last, vectors, parts):
    change, right, gathered = vectors[CHANGE], vectors[RIGHT], vectors[SUM]
    inverse, scale = vectors[INVERSE], vectors[SCALE]
    most = np.int64(0)
    for i in range(first, last):
        change[i] = inverse[i] * (right[i] + gathered[i])
        most = max(most, bits(change[i] / scale[i]))
    parts[0] = size(most)


def vectors_conjugate(table, nothing, piece):
    """Do the operations of trials that solve, in the neurons of a chunk."""
    plan, solver, first, last, m, scratch, send, received = chunk_of(table, piece)
    for trial in range(solver.places.shape[0]):
        operation, t, vectors, parts, numbers = trial_of(solver, piece, trial)
        if operation == SOLVE:
            begin_solving(plan, piece, first, last, solver, vectors, scratch, parts)
        elif operation == SEARCH_ON:
            search_on(first, last, numbers[BACK], vectors, send, m, t)
        elif operation == TAKE:
            _take(first, last, solver.balance, vectors, received, m, t, parts)
        elif operation == STEP_ON:
            _step(plan, piece, first, last, numbers[ALONG], solver, vectors, scratch, parts)
        elif operation == END_HERE:
            _end(first, last, vectors, parts)


@internal
def judge_left(solver, trial, begins):
    """Note what is left, and say whether the solution is good enough; `FAILED` if it cannot be."""
    numbers, places = solver.numbers[trial], solver.places[trial]
    left = total(solver, trial, 0)
    error = numbers[SPREAD] * largest(solver, trial, 1)
    if begins:
        places[ITERATION], places[FAILED] = 0, 0
        numbers[BACK] = 0.0
        error_of_nothing = largest(solver, trial, 2)
        numbers[GOAL] = min(numbers[GOAL], numbers[RELATIVE] * error_of_nothing)
    else:
        numbers[BACK] = left / numbers[LEFT_SIZE]
    numbers[LEFT_SIZE] = left
    if left == 0.0 or error <= numbers[GOAL]:
        return True
    if not 0.0 < left < math.inf:
        places[FAILED] = 1
    return False


@internal
def go_on_or_end(solver, trial, begins):
    """Look for the next direction, unless the solution is good enough or none is found."""
    places = solver.places[trial]
    if judge_left(solver, trial, begins):
        places[DO] = END_HERE
    elif places[ITERATION] >= MOST_ITERATIONS or places[FAILED] == 1:
        places[FAILED], places[DO] = 1, END_HERE
    else:
        places[DO] = SEARCH_ON


@internal
def step_along(solver, trial, curvature, plain):
    """Go along a direction, unless the matrix is not positive there."""
    numbers, places = solver.numbers[trial], solver.places[trial]
    if curvature > FLAT * plain:
        numbers[ALONG] = numbers[LEFT_SIZE] / curvature
        places[DO] = STEP_ON
    else:
        places[FAILED], places[DO] = 1, END_HERE


def control_conjugate(table, trial, operation):
    """Decide what follows an operation of a trial.

    `FAILED` is 1 in the end if D - C H was seen not to be positive, or too many iterations were
    taken.
    """
    solver = implicit_at(table)
    numbers, places = solver.numbers[trial], solver.places[trial]
    if operation == SOLVE or operation == STEP_ON:
        go_on_or_end(solver, trial, operation == SOLVE)
    elif operation == SEARCH_ON:
        wait_for_product(places, TAKE, True)
    elif operation == TAKE:
        places[ITERATION] += 1
        curvature, plain = total(solver, trial, 0), total(solver, trial, 1)
        note_spread(numbers, SPREAD, largest(solver, trial, 2), largest(solver, trial, 3))
        if plain > 0.0:
            numbers[FIRM] = min(numbers[FIRM], max(0.0, curvature / plain))
        step_along(solver, trial, curvature, plain)
    else:
        numbers[SIZE] = largest(solver, trial, 0)
        places[DO] = places[AFTER]
