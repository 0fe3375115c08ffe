"""Conjugate gradients for (D - C H) d = b where C joins two halves of the neurons only.

What is solved for is the second half; the first one follows exactly from it, so that directions
d_2 are joined by S = D_2 - C_21 H_1 D_1^-1 C_12 H_2, self-adjoint where `conjugate` says so
for the whole. A product with S is one with C_12 and one with C_21, two halves of a product with C,
and each gains as much as a whole product does on both halves: J. K. Reid, SIAM J. Numer. Anal.
9:325 (1972). The first half of b must be 0.

As there, d_2 = (b + C H d) / D in the end, which is a step of Jacobi's iteration closer.
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.addresses import implicit_at
from hamsim.kernels.alone import hessian_alone
from hamsim.kernels.conjugate import (
    END_HERE,
    SEARCH_ON,
    STEP_ON,
    TAKE,
    begin_solving,
    go_on_or_end,
    precondition,
    search_on,
    step_along,
)
from hamsim.kernels.implicit import (
    AFTER,
    ALONG,
    BACK,
    CHANGE,
    DIAGONAL,
    DO,
    FIRM,
    GOAL,
    INVERSE,
    ITERATION,
    LEFT,
    LEFT_H,
    POINT,
    POINT_ACTIVATION,
    RIGHT,
    SCALE,
    SEARCH,
    SEARCH_H,
    SIZE,
    SOLVE,
    SPREAD,
    SPREAD_BACK,
    SUM,
    TO_FIRST,
    TO_SECOND,
    USED,
    bits,
    largest,
    note_spread,
    size,
    total,
    wait_for_half,
)
from hamsim.kernels.implicit import IMAGE as OFF
from hamsim.kernels.jit import internal
from hamsim.kernels.pieces import chunk_of, trial_of

__all__ = ["control_halves", "vectors_halves"]

FOLLOW = END_HERE + 1


@internal
def _follow(plan, c, first, last, solver, vectors, scratch, received, send, m, t, parts):
    """Let the first half follow a direction, and send what that changes."""
    search, search_h, inverse = vectors[SEARCH], vectors[SEARCH_H], vectors[INVERSE]
    scale, is_first = vectors[SCALE], solver.first
    passed, sent, back = np.int64(0), np.int64(0), np.int64(0)
    for i in range(first, last):
        if is_first[i] > 0.0:
            search[i] = inverse[i] * received[i * m + t]
            passed = max(passed, bits(search[i] / scale[i]))
        else:
            sent = max(sent, bits(search_h[i] / scale[i]))
    at, g = vectors[POINT], vectors[POINT_ACTIVATION]
    hessian_alone(plan, c, at, g, search, search_h, scratch)
    for i in range(first, last):
        if is_first[i] > 0.0:
            back = max(back, bits(search_h[i] / scale[i]))
        send[i * m + t] = search_h[i]
    parts[0], parts[1], parts[2] = size(passed), size(sent), size(back)


@internal
def _take(first, last, solver, vectors, received, m, t, parts):
    """Write the image of the direction in the second half, divided by D."""
    search, search_h, off = vectors[SEARCH], vectors[SEARCH_H], vectors[OFF]
    inverse, diagonal, scale = vectors[INVERSE], vectors[DIAGONAL], vectors[SCALE]
    curvature, plain = 0.0, 0.0
    spread, sent = np.int64(0), np.int64(0)
    for i in range(first, last):
        if solver.first[i] > 0.0:
            off[i] = 0.0
            sent = max(sent, bits(search_h[i] / scale[i]))
            continue
        passed = inverse[i] * received[i * m + t]
        off[i] = search[i] - passed
        weight = solver.balance[i] * diagonal[i] * search_h[i]
        curvature += weight * off[i]
        plain += weight * search[i]
        spread = max(spread, bits(passed / scale[i]))
    parts[0], parts[1], parts[2], parts[3] = curvature, plain, size(spread), size(sent)


@internal
def _step(plan, c, first, last, along, solver, vectors, scratch, parts):
    left, left_h, off = vectors[LEFT], vectors[LEFT_H], vectors[OFF]
    search, gathered, diagonal = vectors[SEARCH], vectors[SUM], vectors[DIAGONAL]
    for i in range(first, last):
        if solver.first[i] > 0.0:
            gathered[i] += along * search[i]
        else:
            gathered[i] += along * (diagonal[i] * (search[i] - off[i]))
            left[i] -= along * off[i]
    at, g = vectors[POINT], vectors[POINT_ACTIVATION]
    hessian_alone(plan, c, at, g, left, left_h, scratch)
    precondition(first, last, solver.balance, vectors, parts)


@internal
def _end(first, last, solver, followed, vectors, parts):
    """Write the solution; the first half has followed a direction that is taken whole, or none."""
    change, right, gathered = vectors[CHANGE], vectors[RIGHT], vectors[SUM]
    inverse, scale, search = vectors[INVERSE], vectors[SCALE], vectors[SEARCH]
    most = np.int64(0)
    for i in range(first, last):
        if solver.first[i] > 0.0:
            change[i] = search[i] if followed else gathered[i]
        else:
            change[i] = inverse[i] * (right[i] + gathered[i])
        most = max(most, bits(change[i] / scale[i]))
    parts[0] = size(most)


def vectors_halves(table, nothing, piece):
    """Do the operations of trials that solve, in the neurons of a chunk."""
    plan, solver, first, last, m, scratch, send, received = chunk_of(table, piece)
    for trial in range(solver.places.shape[0]):
        operation, t, vectors, parts, numbers = trial_of(solver, piece, trial)
        if operation == SOLVE:
            begin_solving(plan, piece, first, last, solver, vectors, scratch, parts)
        elif operation == SEARCH_ON:
            search_on(first, last, numbers[BACK], vectors, send, m, t)
        elif operation == FOLLOW:
            _follow(plan, piece, first, last, solver, vectors, scratch, received, send, m, t, parts)
        elif operation == TAKE:
            _take(first, last, solver, vectors, received, m, t, parts)
        elif operation == STEP_ON:
            _step(plan, piece, first, last, numbers[ALONG], solver, vectors, scratch, parts)
        elif operation == END_HERE:
            _end(first, last, solver, solver.places[trial, USED] == 1, vectors, parts)


def control_halves(table, trial, operation):
    """Decide what follows an operation of a trial.

    `FAILED` is 1 in the end if D - C H was seen not to be positive, or too many iterations were
    taken.
    """
    solver = implicit_at(table)
    numbers, places = solver.numbers[trial], solver.places[trial]
    if operation == SOLVE or operation == STEP_ON:
        places[USED] = 0
        go_on_or_end(solver, trial, operation == SOLVE)
    elif operation == SEARCH_ON:
        wait_for_half(places, FOLLOW, True, TO_FIRST)
    elif operation == FOLLOW:
        note_spread(numbers, SPREAD, largest(solver, trial, 0), largest(solver, trial, 1))
        passed_back = numbers[SPREAD_BACK] * largest(solver, trial, 2)
        if places[ITERATION] == 0 and passed_back <= numbers[GOAL]:
            places[USED], places[DO] = 1, END_HERE
        else:
            wait_for_half(places, TAKE, True, TO_SECOND)
    elif operation == TAKE:
        places[ITERATION] += 1
        curvature, plain = total(solver, trial, 0), total(solver, trial, 1)
        note_spread(numbers, SPREAD_BACK, largest(solver, trial, 2), largest(solver, trial, 3))
        if plain > 0.0:
            # S has 1 - r^2 of what D makes of a direction, where D - C H has at least 1 - r.
            part = 1.0 - math.sqrt(min(1.0, max(0.0, 1.0 - curvature / plain)))
            numbers[FIRM] = min(numbers[FIRM], part)
        step_along(solver, trial, curvature, plain)
    else:
        numbers[SIZE] = largest(solver, trial, 0)
        places[DO] = places[AFTER]
