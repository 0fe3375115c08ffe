"""Whether steps that solve an equation have become so short that explicit ones would do.

Every few steps one product tells how fast the fastest neurons are where the state is: the power
method on the Jacobian, whose direction is kept from look to look. Where h times that rate is small,
steps are short because the state changes fast, and not because anything would be unstable. A trial
that is found so in many looks, and has much work before it, is left for another method.
"""

from __future__ import annotations

import math

from hamsim.kernels.alone import activate_alone, hessian_alone
from hamsim.kernels.implicit import (
    ACTIVATION,
    AT,
    CALM_LOOKS,
    CALM_SINCE,
    DO,
    EASED,
    NOTHING,
    RATE,
    RIGHT,
    SEARCH_H,
    SINCE_LOOK,
    STATE,
    STATUS,
    STEP,
    TIME,
    send,
    total,
)
from hamsim.kernels.jit import internal

# Places in `Implicit.ease`: when the run is over, and how much work is worth another method.
OVER_AT, WORTH = range(2)
# Steps are short where h times the rate is at most this. An explicit pair of order 5 takes 6
# products for a step of 3 / rate, these formulas at least 2 for one of h.
SHORT = 0.5
# Products that a step takes at least.
LEAST_PRODUCTS = 2.0
# Found short in so many looks more than not, and for so long, times the rate: where a state only
# goes to rest, its steps are longer by then.
OFTEN, LASTS = 10, 30.0
# Of so many steps one is looked at, and of so many while the last one was not short.
EVERY, SELDOM = 16, 40


@internal
def looks_now(solver, t):
    """Count a step, and whether its trial is looked at after it."""
    if solver.ease.size == 0:
        return False
    numbers, places = solver.numbers[t], solver.places[t]
    places[SINCE_LOOK] += 1
    if not 0.0 < numbers[RATE] < math.inf:  # nothing moves, or all that is known is lost
        return False
    return places[SINCE_LOOK] >= (EVERY if places[CALM_LOOKS] > 0 else SELDOM)


@internal
def send_direction(plan, c, first, last, vectors, direction, rate, scratch, out, m, t):
    """Send what a change of length 1 along the direction makes of activations at the state."""
    at, unit, state = vectors[AT], vectors[RIGHT], vectors[STATE]
    for i in range(first, last):
        at[i] = state[i]
        unit[i] = direction[i] / rate
    activate_alone(plan, c, at, vectors[ACTIVATION], scratch)
    hessian_alone(plan, c, at, vectors[ACTIVATION], unit, vectors[SEARCH_H], scratch)
    send(first, last, vectors[SEARCH_H], out, m, t)


@internal
def turn_direction(first, last, solver, vectors, direction, received, m, t, parts):
    """Write T^-1 (W H - 1) times that change, which is the next direction, and its square."""
    unit, free, tau = vectors[RIGHT], solver.free, solver.tau
    square = 0.0
    for i in range(first, last):
        change = free[i] * (received[i * m + t] - unit[i]) / tau[i]
        direction[i] = change
        square += change * change
    parts[0] = square


@internal
def eases(solver, t):
    """Note what a look has found; whether the trial has been left for another method."""
    numbers, places = solver.numbers[t], solver.places[t]
    places[SINCE_LOOK] = 0
    numbers[RATE] = math.sqrt(total(solver, t, 0))
    if numbers[STEP] * numbers[RATE] <= SHORT:
        if places[CALM_LOOKS] == 0:
            numbers[CALM_SINCE] = numbers[TIME]
        places[CALM_LOOKS] += 1
    elif places[CALM_LOOKS] > 0:
        places[CALM_LOOKS] -= 1
    lasts = (numbers[TIME] - numbers[CALM_SINCE]) * numbers[RATE]
    if places[CALM_LOOKS] < OFTEN or not lasts >= LASTS:
        return False
    left = (solver.ease[OVER_AT] - numbers[TIME]) / numbers[STEP] * LEAST_PRODUCTS
    if not solver.ease[WORTH] < left < math.inf:
        return False
    places[STATUS], places[DO] = EASED, NOTHING
    return True
