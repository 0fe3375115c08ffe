"""What steps that solve an equation work on: vectors, numbers and places of each trial.

Each trial has steps of its own and goes through its own sequence of *operations*. An operation is
done in all neurons of a chunk by a work of `kernels.works`; what follows from it is decided for the
whole trial, from sums over the chunks. Only products with W are done for all trials at once: a
trial that needs one sends activations, or changes of them, and waits until every other trial
waits, too, or has nothing to do.

A trial's vectors lie one after another, each of length n.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.kernels.jit import internal

# --- vectors of a trial ------------------------------------------------------------------------

AT, ACTIVATION = 0, 1  # the state that is evaluated, and its g
POINT, POINT_ACTIVATION = 2, 3  # where the equation is linearised
DRIVE = 4  # u = W g + I - x at AT
RIGHT, CHANGE = 5, 6  # right side and solution of the linear equation
DIAGONAL, INVERSE, SCALE = 7, 8, 9  # tau / (gamma h) + 1, its inverse or 0; what an error may be
LEFT, LEFT_H = 10, 11  # what is left of the right side, divided by the diagonal, and H times it
SEARCH, SEARCH_H = 12, 13  # direction, and H times it, which is sent
IMAGE, SUM = 14, 15
STATE = 16  # the state that has been reached; further ones of a method follow

# --- numbers of a trial ------------------------------------------------------------------------

TIME, STEP, END = 0, 1, 2
LEAK = 3  # 1 / (gamma h): the diagonal is 1 + tau times this
GOAL = 4  # the size, in units of SCALE, that an error of a linear equation may have
ALONG, BACK = 5, 6  # coefficients of conjugate gradients
LEFT_SIZE = 7  # <left, left>, or the norm of the first vector
SPREAD = 8  # how much longer W makes a change of activations, as seen last
SIZE = 9  # largest entry of the solution, in units of SCALE
ALLOWED = 10  # factor of the errors that are allowed
LAST_SIZE, ERROR, LOWER_ERROR, HIGHER_ERROR = 11, 12, 13, 14
MISFIT = 15  # what g has that its linearisation has not
RELATIVE = 16  # a linear equation's error is also to be below this part of the right side's
REST, LOOK_BELOW = 17, 18  # residual that ends a trial, and an estimate of it that is worth a look
RESIDUAL_GUESS = 19
SHORTEST, LONGEST = 20, 21
FIRST_STEP = 22  # 0 to choose it
PART = 23  # of a correction that is taken
CAP = 24  # that no error may exceed, so that it does not hide how close to rest a trial is
TAKEN_STEP = 25  # length of the step that has been taken
# The least that the linear equation's matrix has made of a direction, as a part of what its
# diagonal alone makes of it; forgotten slowly.
FIRM = 26
SPREAD_BACK = 27  # as SPREAD, from the first half to the second one
MOST_STEP = 28  # longer ones could pass over a change of what acts without seeing it
RATE = 29  # of the fastest neurons, as seen last: length of the direction that it was seen along
CALM_SINCE = 30  # time from which on looks have found steps short
NUMBERS = 31

# --- places of a trial -------------------------------------------------------------------------

DO = 0  # the operation that is next
THEN = 1  # what follows a product
# 1 while a trial waits for room for records, then it makes those of its step; 2 while it waits for
# the currents at the end of a step.
PHASE = 2
STATUS = 3
ITERATION, SOLVES = 4, 5  # of the linear equation; solutions of a step so far
ORDER, EQUAL = 6, 7
PRODUCTS, STEPS, REFUSED = 8, 9, 10  # products are counted in halves
RECORD = 11  # the next record
FAILED = 12  # 1 if the linear equation has not been solved
STAGE = 13
USED = 14  # vectors of GMRES that make the solution
AFTER = 15  # what follows the solution of a linear equation
SENT = 16  # 1 if a change of activations has been sent, 0 if they themselves
IN_A_ROW = 17  # refusals
HALF = 18  # which rows a product is to give: EVERY, TO_FIRST or TO_SECOND
COLUMN = 19  # of a trial in what is sent and received, and in currents
# Looks that found steps short, beyond those that did not, and steps since the last one.
CALM_LOOKS, SINCE_LOOK = 20, 21
PLACES = 22

# --- operations --------------------------------------------------------------------------------

NOTHING, PRODUCT, SOLVE = 0, 1, 2  # those of who solves linear equations follow
METHOD = 32  # those of a method begin here

# Which rows of W a product gives: all, or those of one half of the neurons.
EVERY, TO_FIRST, TO_SECOND = 0, 1, 2

# What has become of a trial: it waits for a method of explicit steps, has reached the end, cannot
# go on, or rests.
GOING, EASED, ENDED, STUCK, RESTING = 0, 1, 2, 3, 4

PARTS = 32  # sums of a chunk
# A step is stuck if it is no longer than so many units of rounding of the time.
ROUNDING = 4.0 * 2.0**-52
FADING = 0.9  # of what was seen in directions of linear equations, from one to the next
BASIS = 24  # vectors of GMRES between restarts

_SIGNLESS = np.int64(0x7FFFFFFFFFFFFFFF)


class Implicit(NamedTuple):
    """What steps that solve an equation read and write."""

    tau: Floats  # (n,)  0 of neurons that follow at once
    free: Floats  # (n,)  0 of clamped neurons, else 1
    # (n,)  1 where neurons fall into two halves without synapses inside either, and in the one
    # that follows from the other in linear equations; else 0
    first: Floats
    balance: Floats  # (n,)  D with D W symmetric; 1 where W is
    current: Floats  # (n, columns)  input
    # (m, rows, n)  where a method has stages, and what acts changes within steps: currents at each
    # of their times, and in the last row their derivative where the step begins; of clamped neurons
    # their states, and the derivatives of these
    within: Floats
    vectors: Floats  # (m, vectors, n)
    basis: Floats  # (m, BASIS + 1, n)  of GMRES; (m, 0, n) for conjugate gradients
    triangle: Floats  # (m, BASIS + 3, BASIS + 1)  of GMRES
    numbers: Floats  # (m, NUMBERS)
    places: Ints  # (m, PLACES)
    mix: Floats  # (m, 6, 6)  how differences become those of another step
    parts: Floats  # (chunks, m, PARTS)
    # (4,)  atol, rtol, and errors of Newton's method and of linear equations: see `bdf_control`
    accuracy: Floats
    ease: Floats  # (2,)  see `kernels.easing`; (0,) where nobody looks
    times: Floats  # (r,)  when states are to be kept; where each step is, when they were reached
    kept: Floats  # (r, n, m)  states at these times
    vector: Ints  # (works, 3)  program of what is done in all neurons
    product: Ints  # (works, 3)  program of a product with W
    to_first: Ints  # (works, 3)  programs of its halves, empty where there are none
    to_second: Ints  # (works, 3)
    # (2,)  addresses of who decides what follows an operation: of a linear equation, of the method
    control: Ints
    # Gated synapses, as in `Plan`: they are no part of the product.
    gate_indptr: np.ndarray
    gate_first: np.ndarray
    gate_second: np.ndarray
    gate_weights: Floats
    each_step: bool  # whether the state is kept after each step, of a single trial
    moving: bool  # whether a trial waits for the currents of each attempt
    halved: bool  # whether neurons fall into two halves
    more: bool  # whether more records come after these: who has made all waits


@internal
def total(solver, trial, part):
    """Add what the chunks have written, in their order."""
    result = 0.0
    for c in range(solver.parts.shape[0]):
        result += solver.parts[c, trial, part]
    return result


@internal
def largest(solver, trial, part):
    """Find the largest of what the chunks have written; no number is infinity."""
    result = 0.0
    for c in range(solver.parts.shape[0]):
        found = solver.parts[c, trial, part]
        result = max(result, found if found == found else math.inf)
    return result


@internal
def bits(value):
    """Order sizes as integers, in which NaN comes after infinity: their maximum is vectorised."""
    return np.float64(value).view(np.int64) & _SIGNLESS


@internal
def size(found):
    """Make a number of what `bits` has found."""
    value = np.int64(found).view(np.float64)
    return value if value == value else math.inf


@internal
def has_no_step(solver, trial):
    """Whether the next step would not move time; then the trial stops there."""
    numbers, places = solver.numbers[trial], solver.places[trial]
    stuck = numbers[STEP] <= ROUNDING * abs(numbers[TIME]) or not numbers[STEP] > 0.0
    if stuck:
        places[STATUS], places[DO] = STUCK, NOTHING
    return stuck


@internal
def set_leak(numbers, leak):
    """Write 1 / (gamma h) of the step that comes next, and what follows for what was seen.

    With a smaller diagonal C makes more of a change, at most as much as the diagonal is smaller.
    """
    more = max(1.0, numbers[LEAK] / leak)
    numbers[SPREAD] *= more
    numbers[SPREAD_BACK] *= more
    numbers[FIRM] = min(1.0, numbers[FIRM] / FADING)
    numbers[LEAK] = leak


@internal
def note_spread(numbers, which, passed, sent):
    """Note how much longer W has made a change of activations; larger ones fade slowly.

    What a change becomes depends on its direction: one that was easy says little of the next.
    """
    if sent > 0.0:
        faded = FADING * numbers[which] if numbers[which] < math.inf else 0.0
        numbers[which] = max(faded, passed / sent)


@internal
def send(first, last, sent, out, columns, column):
    """Send what is in a vector: it gets a column of what a product is made of."""
    for i in range(first, last):
        out[i * columns + column] = sent[i]


@internal
def wait_for_product(places, purpose, is_change):
    """Let a trial wait for a product of what it has sent, a change of activations or themselves."""
    places[THEN], places[SENT] = purpose, 1 if is_change else 0
    places[DO], places[HALF] = PRODUCT, EVERY
    places[PRODUCTS] += 2


@internal
def wait_for_half(places, purpose, is_change, half):
    """Let a trial wait for the rows of one half of a product."""
    places[THEN], places[SENT] = purpose, 1 if is_change else 0
    places[DO], places[HALF] = PRODUCT, half
    places[PRODUCTS] += 1


@internal
def waits_for_room(solver, trial):
    """Count the records that a step has made; whether the trial waits for room for more."""
    numbers, places = solver.numbers[trial], solver.places[trial]
    if solver.each_step:
        if places[PHASE] == 0:
            solver.times[places[RECORD]] = numbers[TIME]
            places[RECORD] += 1
    else:
        while places[RECORD] < solver.times.size:
            if solver.times[places[RECORD]] > numbers[TIME]:
                break
            places[RECORD] += 1
    waits = places[RECORD] == solver.times.size and solver.more
    places[PHASE] = 1 if waits else 0
    return waits
