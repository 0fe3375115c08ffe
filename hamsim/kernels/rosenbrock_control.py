"""How a trial goes on with steps of `kernels.rosenbrock`."""

from __future__ import annotations

import math

from hamsim.kernels.addresses import implicit_at
from hamsim.kernels.implicit import (
    AFTER,
    CAP,
    DO,
    END,
    ENDED,
    ERROR,
    FAILED,
    FIRST_STEP,
    GOAL,
    LAST_SIZE,
    LONGEST,
    MOST_STEP,
    NOTHING,
    PHASE,
    REFUSED,
    REST,
    RESTING,
    SHORTEST,
    SIZE,
    SOLVE,
    STAGE,
    STATUS,
    STEP,
    STEPS,
    TAKEN_STEP,
    TIME,
    has_no_step,
    largest,
    set_leak,
    wait_for_product,
    waits_for_room,
)
from hamsim.kernels.jit import internal
from hamsim.kernels.rosenbrock import (
    BEGIN,
    BEND,
    DRIFT,
    DRIFTED,
    ESTIMATE,
    FORM,
    GAMMA,
    KEEP,
    LOOK,
    MOVE,
    PREPARE,
    RENEW,
    RIGHT_SIDE,
    SLOPE,
    STAGES,
    STORE,
)

__all__ = ["control_rosenbrock"]

# Errors of the linear equations, in units of the error that is allowed. They enter later stages
# with weights of up to 34; if they were taken for the error of a step, no shorter one would help.
LINEAR = 0.002
SHRINK_AFTER_FAILURE = 0.3
LEAST_FACTOR, MOST_FACTOR, SAFETY, POWER = 0.2, 8.0, 0.9, 0.25
CAPPED = 0.1  # where a residual ends a trial, no error may be larger than this part of it


@internal
def _first_step(solver, t):
    """Choose the first step: from how fast x' changes, and how far x moves meanwhile."""
    numbers, left = solver.numbers[t], solver.numbers[t, END] - solver.numbers[t, TIME]
    bend, slope = largest(solver, t, 0), numbers[LAST_SIZE]
    h = left
    if numbers[FIRST_STEP] > 0.0:
        h = min(left, numbers[FIRST_STEP])
    elif bend > 0.0 and slope > 0.0:
        rate = bend / slope
        h = min(left, min(1.0, (rate / slope) ** POWER) / rate)
    numbers[STEP] = h


@internal
def _try(solver, t):
    """Begin a step that does not go beyond the end; stop where it would not move."""
    numbers, places = solver.numbers[t], solver.places[t]
    left = numbers[END] - numbers[TIME]
    if has_no_step(solver, t):
        return
    numbers[STEP] = min(numbers[STEP], numbers[MOST_STEP])
    if numbers[STEP] * (1.0 + 1e-9) > left:
        numbers[STEP] = left
    set_leak(numbers, 1.0 / (GAMMA * numbers[STEP]))
    places[STAGE], places[DO] = 0, PREPARE
    if solver.moving:
        places[DO], places[PHASE] = NOTHING, 2


@internal
def _refuse(solver, t, factor):
    solver.places[t, REFUSED] += 1
    solver.numbers[t, STEP] *= factor
    _try(solver, t)


@internal
def _judge(solver, t):
    """Take the step, or refuse it."""
    numbers, places = solver.numbers[t], solver.places[t]
    error = largest(solver, t, 0)
    factor = SAFETY * max(error, 1e-10) ** -POWER
    if not error <= 1.0:
        _refuse(solver, t, max(LEAST_FACTOR, factor))
        return
    h, left = numbers[STEP], numbers[END] - numbers[TIME]
    numbers[ERROR], numbers[TAKEN_STEP] = error, h
    numbers[TIME] = numbers[END] if h == left else numbers[TIME] + h
    numbers[SHORTEST] = min(numbers[SHORTEST], h)
    numbers[LONGEST] = max(numbers[LONGEST], h)
    numbers[STEP] = h * min(MOST_FACTOR, factor)
    places[STEPS] += 1
    places[DO] = KEEP


@internal
def _look(solver, t):
    """Decide where u is known at the beginning of a step."""
    numbers, places = solver.numbers[t], solver.places[t]
    residual = largest(solver, t, 0)
    if residual <= numbers[REST]:
        places[STATUS], places[DO] = RESTING, NOTHING
        return
    if numbers[REST] > 0.0:
        numbers[CAP] = CAPPED * residual
    if numbers[STEP] == 0.0:
        places[DO] = SLOPE
    else:
        _try(solver, t)


@internal
def _solve(solver, t):
    numbers, places = solver.numbers[t], solver.places[t]
    numbers[GOAL] = LINEAR * solver.accuracy[3]
    places[DO], places[AFTER] = SOLVE, STORE


def control_rosenbrock(table, trial, operation):
    """Decide what follows an operation of a trial."""
    solver, t = implicit_at(table), trial
    numbers, places = solver.numbers[t], solver.places[t]
    if operation == BEGIN or operation == RENEW:
        if operation == BEGIN:
            numbers[STEP] = 0.0
        wait_for_product(places, LOOK, False)
    elif operation == LOOK:
        _look(solver, t)
    elif operation == SLOPE:
        numbers[LAST_SIZE] = largest(solver, t, 0)
        wait_for_product(places, BEND, True)
    elif operation == BEND:
        _first_step(solver, t)
        _try(solver, t)
    elif operation == DRIFT:
        if largest(solver, t, 0) > 0.0:
            wait_for_product(places, DRIFTED, True)
        else:
            places[DO] = PREPARE
    elif operation == DRIFTED:
        places[DO] = PREPARE
    elif operation == PREPARE or operation == RIGHT_SIDE:
        _solve(solver, t)
    elif operation == FORM:
        wait_for_product(places, RIGHT_SIDE, False)
    elif operation == STORE:
        if places[FAILED] == 1 or not numbers[SIZE] < math.inf:
            _refuse(solver, t, SHRINK_AFTER_FAILURE)
        else:
            places[STAGE] += 1
            places[DO] = ESTIMATE if places[STAGE] == STAGES else FORM
    elif operation == ESTIMATE:
        _judge(solver, t)
    elif operation == KEEP:
        places[DO] = NOTHING if waits_for_room(solver, t) else MOVE
    elif operation == MOVE:
        if numbers[TIME] >= numbers[END]:
            places[STATUS], places[DO] = ENDED, NOTHING
        else:
            places[DO] = RENEW
