"""How a trial goes to rest with steps of `kernels.transient`: their lengths, and its end."""

from __future__ import annotations

import math

from hamsim.kernels.addresses import implicit_at
from hamsim.kernels.implicit import (
    AFTER,
    CAP,
    DO,
    END,
    EQUAL,
    ERROR,
    FAILED,
    FIRST_STEP,
    GOAL,
    IN_A_ROW,
    LAST_SIZE,
    LEAK,
    LONGEST,
    MISFIT,
    NOTHING,
    PART,
    REFUSED,
    RELATIVE,
    RESIDUAL_GUESS,
    REST,
    RESTING,
    SOLVE,
    SPREAD,
    STATUS,
    STEP,
    STEPS,
    STUCK,
    TIME,
    largest,
    total,
    wait_for_product,
)
from hamsim.kernels.jit import internal
from hamsim.kernels.transient import BEGIN as TRANSIENT_BEGIN
from hamsim.kernels.transient import JUDGE, LINEARISE, MOVE, SEE, TAKE

__all__ = ["control_transient"]

# What activations may bend within a step, in units of the states, is `accuracy[0]`. An error of a
# linear equation may be this part of that, and of its right side.
SOLVED, TENFOLD = 0.2, 0.1
MOST_STEPS = 3000
LEAST_FACTOR, MOST_FACTOR, SAFETY = 0.1, 10.0, 0.9
SHRINK = 0.25  # after a direction was seen along which the energy falls ever faster
# Longest step, in units of END, the largest tau.
LONGEST_STEP = 1e12
SHORTEST_STEP = 1e-14
# The first step moves a state by this part of its size.
FIRST_PART = 0.1
# Long steps in a row that make the residual little smaller: where it is less than so many units of
# rounding, that is all that is left; where it is larger some more may find a way.
MOST_IDLE, IDLE = 4, 0.5
FLOOR, LONGER, ABOVE = 1e2, 40, 1e4
ROUNDING = 2.0**-52
RISING = 1e-9


@internal
def _begin(solver, t):
    """Choose the first step; stop where the state is no number, or rests."""
    numbers, places = solver.numbers[t], solver.places[t]
    left, most, fastest = largest(solver, t, 0), largest(solver, t, 1), largest(solver, t, 2)
    numbers[RESIDUAL_GUESS], numbers[MISFIT] = left, most
    numbers[PART], numbers[LONGEST], numbers[LAST_SIZE] = 0.0, 0.0, math.inf
    places[STEPS], places[REFUSED], places[IN_A_ROW] = 0, 0, 0
    numbers[ERROR] = math.inf
    if not left < math.inf:
        places[STATUS], places[DO] = STUCK, NOTHING
        return
    h = numbers[FIRST_STEP]
    if h == 0.0:
        h = LONGEST_STEP * numbers[END]
        if fastest > 0.0:
            h = min(h, FIRST_PART * most / fastest)
    numbers[STEP] = h
    numbers[LEAK] = 1.0 / h if h > 0.0 else 0.0
    if left <= numbers[REST]:
        numbers[ERROR] = left
        places[STATUS], places[DO] = RESTING, NOTHING
        return
    places[DO] = LINEARISE


@internal
def _choose(solver, t, factor):
    """Change the length of steps."""
    numbers = solver.numbers[t]
    h = min(numbers[STEP] * factor, LONGEST_STEP * numbers[END])
    numbers[STEP] = h
    numbers[LEAK] = 1.0 / h if h > 0.0 else 0.0


@internal
def _refuse(solver, t, factor):
    numbers, places = solver.numbers[t], solver.places[t]
    places[REFUSED] += 1
    places[IN_A_ROW] += 1
    _choose(solver, t, factor)
    if numbers[STEP] <= SHORTEST_STEP * numbers[END] or places[IN_A_ROW] > 60:
        places[STATUS], places[DO] = STUCK, NOTHING
    else:
        places[DO] = LINEARISE


@internal
def _judge(solver, t):
    """Take the step, or refuse it."""
    numbers, places = solver.numbers[t], solver.places[t]
    bent, left, far = largest(solver, t, 4), largest(solver, t, 5), largest(solver, t, 6)
    fall, terms = total(solver, t, 7), total(solver, t, 8)
    ratio = bent / solver.accuracy[0]
    if not (bent < math.inf and left < math.inf):
        _refuse(solver, t, SHRINK)
        return
    factor = MOST_FACTOR
    if ratio > 0.0:
        factor = min(MOST_FACTOR, max(LEAST_FACTOR, SAFETY / math.sqrt(ratio)))
    rises = solver.basis.shape[1] == 0 and fall < -RISING * terms
    rises = rises and left > numbers[RESIDUAL_GUESS]  # else it may be rounding
    if ratio > 1.0 or rises:
        _refuse(solver, t, min(factor, 0.5))
        return
    if places[IN_A_ROW] > 0:
        factor = min(factor, 2.0)
    before = numbers[RESIDUAL_GUESS]
    idle = numbers[STEP] > numbers[END] and left > IDLE * before
    places[EQUAL] = places[EQUAL] + 1 if idle else 0
    numbers[TIME] += numbers[STEP]
    numbers[LONGEST] = max(numbers[LONGEST], far)
    numbers[ERROR] = left * max(1.0, far / before) if before > 0.0 else 0.0
    numbers[PART] += bent
    numbers[LAST_SIZE], numbers[RESIDUAL_GUESS] = before, left
    places[STEPS] += 1
    places[IN_A_ROW] = 0
    _choose(solver, t, factor)
    places[DO] = TAKE


@internal
def _is_idle(steps, left, noise):
    """Whether more steps are of no use."""
    if steps >= MOST_IDLE and left < FLOOR * noise:
        return True
    return steps >= LONGER and left < ABOVE * noise


@internal
def _go_on(solver, t):
    """Decide after a step whether the trial rests."""
    numbers, places = solver.numbers[t], solver.places[t]
    left = numbers[RESIDUAL_GUESS]
    numbers[MISFIT] = largest(solver, t, 1)
    noise = ROUNDING * numbers[MISFIT]
    if left <= numbers[REST]:
        places[STATUS], places[DO] = RESTING, NOTHING
    elif places[STEPS] >= MOST_STEPS or _is_idle(places[EQUAL], left, noise):
        places[STATUS], places[DO] = STUCK, NOTHING
    elif numbers[MISFIT] > numbers[CAP]:
        places[STATUS], places[DO] = STUCK, NOTHING
    else:
        places[DO] = LINEARISE


def control_transient(table, trial, operation):
    """Decide what follows an operation of a trial."""
    solver = implicit_at(table)
    numbers, places = solver.numbers[trial], solver.places[trial]
    if operation == TRANSIENT_BEGIN:
        wait_for_product(places, SEE, False)
    elif operation == SEE:
        _begin(solver, trial)
    elif operation == LINEARISE:
        left, before = numbers[RESIDUAL_GUESS], numbers[LAST_SIZE]
        forcing = TENFOLD
        if before < math.inf and before > 0.0 and numbers[STEP] > numbers[END]:
            forcing = min(TENFOLD, (left / before) ** 1.5)
        least = 0.3 * numbers[REST] / left if left > 0.0 else TENFOLD
        numbers[RELATIVE] = min(TENFOLD, max(forcing, least))
        numbers[GOAL] = SOLVED * solver.accuracy[0]
        numbers[SPREAD] = math.inf
        places[DO], places[AFTER] = SOLVE, MOVE
    elif operation == MOVE:
        if places[FAILED] == 1:
            _refuse(solver, trial, SHRINK)
        else:
            wait_for_product(places, JUDGE, False)
    elif operation == JUDGE:
        _judge(solver, trial)
    elif operation == TAKE:
        _go_on(solver, trial)
