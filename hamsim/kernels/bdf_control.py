"""How a trial goes on with steps of `kernels.bdf`: Newton's method, step and order."""

from __future__ import annotations

import math

from hamsim.kernels.addresses import implicit_at
from hamsim.kernels.bdf import (
    ACCEPT,
    ALPHA,
    BEND,
    CORRECT,
    ERROR,
    FIRST,
    FOLLOW,
    GAUGE,
    GAUGED,
    LOOK,
    LOOKED,
    MOST_ORDER,
    PREDICT,
    RECORD_STATES,
    RESCALE,
    RESEND,
    RESIDUAL,
    SLOPE,
)
from hamsim.kernels.bdf import BEGIN as BDF_BEGIN
from hamsim.kernels.easing import eases, looks_now
from hamsim.kernels.implicit import (
    AFTER,
    CAP,
    DO,
    END,
    ENDED,
    EQUAL,
    FAILED,
    FIRST_STEP,
    GOAL,
    HIGHER_ERROR,
    IN_A_ROW,
    LAST_SIZE,
    LONGEST,
    LOOK_BELOW,
    LOWER_ERROR,
    MOST_STEP,
    NOTHING,
    ORDER,
    PHASE,
    REFUSED,
    RESIDUAL_GUESS,
    REST,
    RESTING,
    SHORTEST,
    SIZE,
    SOLVE,
    SOLVES,
    SPREAD,
    STATUS,
    STEP,
    STEPS,
    TIME,
    TO_FIRST,
    TO_SECOND,
    has_no_step,
    largest,
    set_leak,
    wait_for_half,
    wait_for_product,
    waits_for_room,
)
from hamsim.kernels.implicit import (
    ERROR as STEP_ERROR,
)
from hamsim.kernels.jit import internal

__all__ = ["control_bdf"]

# What is left of an equation is noise in the differences: extrapolation of order q makes up to
# 2^(q + 1) times as much of it, and the estimate of the error 1 / (q + 1) of that. It must not be
# taken for an error that a shorter step would not have.
QUIET = tuple((q + 1) / 2.0 ** (q + 1) for q in range(MOST_ORDER + 1))
MOST_SOLVES = 5
# Where a residual ends a trial, no error may be larger than this part of the residual.
CAPPED = 0.1
# Refusals in a row after which a lower order is taken.
MOST_REFUSALS = 2
SHRINK_AFTER_FAILURE = 0.3
LEAST_FACTOR, MOST_FACTOR, SAFETY = 0.2, 10.0, 0.9
# The error of the first step, in units of what is allowed.
FIRST_ERROR = 0.5


@internal
def _rescale(solver, t, factor):
    """Prepare differences of steps `factor` times as long, for the order that holds."""
    numbers, places, mix = solver.numbers[t], solver.places[t], solver.mix[t]
    order = places[ORDER]
    numbers[STEP] *= factor
    places[EQUAL] = 0
    for k in range(1, order + 1):
        for j in range(1, order + 1):
            mix[j, k] = 0.0
    for middle in range(1, order + 1):
        outer = 1.0
        for j in range(1, order + 1):
            outer *= (j - 1 - factor * middle) / j
            for k in range(1, order + 1):
                inner = 1.0
                for i in range(1, middle + 1):
                    inner *= (i - 1 - k) / i
                mix[j, k] += outer * inner
    places[DO] = RESCALE


@internal
def _try(solver, t):
    """Begin a step that does not go beyond the end; stop where it would not move."""
    numbers, places = solver.numbers[t], solver.places[t]
    left = numbers[END] - numbers[TIME]
    if has_no_step(solver, t):
        return
    most = min(left, numbers[MOST_STEP])
    if numbers[STEP] * (1.0 + 1e-9) > most and numbers[STEP] != most:
        _rescale(solver, t, most / numbers[STEP])
        numbers[STEP] = most
        return
    places[SOLVES] = 0
    set_leak(numbers, ALPHA[places[ORDER]] / numbers[STEP])
    places[DO] = PREDICT
    if solver.moving:
        places[DO], places[PHASE] = NOTHING, 2


@internal
def _fail(solver, t, factor):
    places = solver.places[t]
    places[REFUSED] += 1
    places[IN_A_ROW] += 1
    if places[IN_A_ROW] > MOST_REFUSALS and places[ORDER] > 1:
        places[ORDER] -= 1
    _rescale(solver, t, factor)


@internal
def _begin_steps(solver, t):
    """Choose the first step from x'': the error of one of order 1 is about h^2 x'' / 2."""
    numbers, places = solver.numbers[t], solver.places[t]
    bend = largest(solver, t, 0)
    left = numbers[END] - numbers[TIME]
    h = left
    if numbers[FIRST_STEP] > 0.0:
        h = min(left, numbers[FIRST_STEP])
    elif bend > 0.0:
        h = min(left, math.sqrt(2.0 * FIRST_ERROR / bend))
    numbers[STEP] = h
    places[ORDER], places[EQUAL] = 1, 0
    places[DO] = FIRST


@internal
def _judge(solver, t):
    """Decide after Newton's method has changed the state: again, or take the step, or refuse it."""
    numbers, places = solver.numbers[t], solver.places[t]
    places[SOLVES] += 1
    order, size = places[ORDER], numbers[SIZE]
    if places[FAILED] == 1 or not size < math.inf:
        _fail(solver, t, SHRINK_AFTER_FAILURE)
        return
    misfit = numbers[SPREAD] * largest(solver, t, 1)
    newton = solver.accuracy[2] * QUIET[order]
    if not (misfit <= newton or size <= newton):
        slow = places[SOLVES] > 1 and size > 0.9 * numbers[LAST_SIZE]
        if slow or places[SOLVES] == MOST_SOLVES:
            _fail(solver, t, SHRINK_AFTER_FAILURE)
        else:
            numbers[LAST_SIZE] = size
            places[DO] = RESEND
        return
    error = ERROR[order] * largest(solver, t, 0)
    numbers[STEP_ERROR] = error
    if error > 1.0:
        _fail(solver, t, max(LEAST_FACTOR, SAFETY * error ** (-1.0 / (order + 1))))
    else:
        places[IN_A_ROW] = 0
        places[DO] = ACCEPT


@internal
def _advance(solver, t):
    """Let time pass."""
    numbers, places = solver.numbers[t], solver.places[t]
    left = numbers[END] - numbers[TIME]
    numbers[TIME] = numbers[END] if numbers[STEP] == left else numbers[TIME] + numbers[STEP]
    numbers[SHORTEST] = min(numbers[SHORTEST], numbers[STEP])
    numbers[LONGEST] = max(numbers[LONGEST], numbers[STEP])
    places[STEPS] += 1
    places[EQUAL] += 1
    numbers[LOWER_ERROR], numbers[HIGHER_ERROR] = largest(solver, t, 0), largest(solver, t, 1)
    numbers[RESIDUAL_GUESS] = largest(solver, t, 2)
    if numbers[REST] > 0.0:
        numbers[CAP] = CAPPED * max(numbers[RESIDUAL_GUESS], numbers[REST])
    places[DO] = RECORD_STATES


@internal
def _choose(solver, t):
    """Choose order and length of the next step."""
    numbers, places = solver.numbers[t], solver.places[t]
    order = places[ORDER]
    if places[EQUAL] < order + 1:
        _try(solver, t)
        return
    tiny = 1e-10
    best, factor = order, max(numbers[STEP_ERROR], tiny) ** (-1.0 / (order + 1))
    if order > 1:
        error = max(ERROR[order - 1] * numbers[LOWER_ERROR], tiny)
        other = error ** (-1.0 / order)
        if other > factor:
            best, factor = order - 1, other
    if order < MOST_ORDER:
        error = max(ERROR[order + 1] * numbers[HIGHER_ERROR], tiny)
        other = error ** (-1.0 / (order + 2))
        if other > factor:
            best, factor = order + 1, other
    places[ORDER] = best
    most = min(MOST_FACTOR, numbers[MOST_STEP] / numbers[STEP])
    _rescale(solver, t, min(most, SAFETY * factor))


@internal
def _look_ahead(solver, t):
    """Go on after a step and all looks at it, unless the end is reached."""
    numbers, places = solver.numbers[t], solver.places[t]
    if numbers[TIME] >= numbers[END]:
        places[STATUS], places[DO] = ENDED, NOTHING
    elif looks_now(solver, t):
        places[DO] = GAUGE
    else:
        _choose(solver, t)


@internal
def _go_on(solver, t):
    """Go on after a step, unless the trial has to wait until there is room for its records."""
    numbers, places = solver.numbers[t], solver.places[t]
    if waits_for_room(solver, t):
        places[DO] = NOTHING
    elif numbers[RESIDUAL_GUESS] <= numbers[LOOK_BELOW]:
        places[DO] = LOOK
    else:
        _look_ahead(solver, t)


def control_bdf(table, trial, operation):
    """Decide what follows an operation of a trial."""
    solver, t = implicit_at(table), trial
    numbers, places = solver.numbers[t], solver.places[t]
    if operation == BDF_BEGIN:
        wait_for_product(places, SLOPE, False)
    elif operation == SLOPE:
        wait_for_product(places, BEND, True)
    elif operation == BEND:
        _begin_steps(solver, t)
    elif operation == FIRST or operation == RESCALE:
        _try(solver, t)
    elif operation == PREDICT or operation == RESEND:
        if solver.halved:
            wait_for_half(places, FOLLOW, False, TO_FIRST)
        else:
            wait_for_product(places, RESIDUAL, False)
    elif operation == FOLLOW:
        wait_for_half(places, RESIDUAL, False, TO_SECOND)
    elif operation == RESIDUAL:
        numbers[GOAL] = solver.accuracy[3] * QUIET[places[ORDER]]
        places[DO], places[AFTER] = SOLVE, CORRECT
    elif operation == CORRECT:
        _judge(solver, t)
    elif operation == ACCEPT:
        _advance(solver, t)
    elif operation == RECORD_STATES:
        _go_on(solver, t)
    elif operation == LOOK:
        wait_for_product(places, LOOKED, False)
    elif operation == LOOKED:
        if largest(solver, t, 0) <= numbers[REST]:
            places[STATUS], places[DO] = RESTING, NOTHING
        else:
            numbers[LOOK_BELOW] = 0.5 * numbers[RESIDUAL_GUESS]
            _look_ahead(solver, t)
    elif operation == GAUGE:
        wait_for_product(places, GAUGED, True)
    elif operation == GAUGED:
        if not eases(solver, t):
            _choose(solver, t)
