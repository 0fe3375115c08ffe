"""Whether the steps of an explicit pair are as long as its stability admits, and no longer.

The last stage and the new state belong to the same time. Where fast components hover at the border
of stability, these two states differ along them more than along others, and

    h |f(y) - f(y')| / |y - y'|

is h times their rate [Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.2].
It takes no product. A network is called stiff after that has been close to the border in many steps
more than it has not, if as many steps as these would need much work up to the end.
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.control import GOING
from hamsim.kernels.jit import internal
from hamsim.kernels.radius import CALM
from hamsim.kernels.registers import flat

# Places in `Stability.rules`: h times a rate that is close to the border, products of a step, when
# the run is over, and so many products that are worth another method.
BORDER, PRODUCTS, OVER_AT, WORTH = range(4)
# Rows of `Stability.score`: in how many more steps close to the border than not, and how many steps
# ago one was looked at.
SCORE, SINCE = 0, 1
# Of so many steps one is looked at, until one is close to the border.
EVERY = 4
# Steps that are kept below the border are close to it from this part of the longest ones on.
SHORTENED = 0.9
# Close to the border in so many more steps than not.
OFTEN = 10


@internal
def asks(buffers, control, stability):
    """Whether some trial's step is to be looked at."""
    if stability.rules.size == 0:
        return False
    for t in range(control.time.size):
        if _looks_at(buffers, control, stability, t):
            return True
    return False


@internal
def _looks_at(buffers, control, stability, t):
    if control.state[t] != GOING or buffers.h[t] == 0.0:
        return False
    return stability.score[SCORE, t] > 0 or stability.score[SINCE, t] >= EVERY - 1


@internal
def probe_chunk(plan, c, tableau, buffers, control, stability):
    """Write sums of squares of both differences over a chunk, for each trial; needs u at y."""
    m, stages = buffers.x.shape[1], tableau.a.shape[1]
    start, stop = plan.chunk_start[c], plan.chunk_stop[c]
    first, last = np.uint64(start) * np.uint64(m), np.uint64(stop) * np.uint64(m)
    apart = flat(control.defect)
    for q in range(first, last):
        apart[q] = 0.0
    for j in range(stages):
        weight = tableau.a[stages, j] - tableau.a[stages - 1, j]
        if weight != 0.0:
            stage = flat(buffers.k[j])
            for q in range(first, last):
                apart[q] += weight * stage[q]
    found = stability.found[c]
    for t in range(m):
        found[0, t] = found[1, t] = 0.0
    for i in range(start, stop):
        for t in range(m):
            rate = buffers.rate[i, t]
            if rate != 0.0:
                change = rate * buffers.u[i, t] - buffers.k[stages - 1, i, t]
                found[0, t] += change * change
                found[1, t] += control.defect[i, t] * control.defect[i, t]


@internal
def note_border(buffers, control, stability):
    """Note for each trial that is looked at whether its step is close to the border."""
    for t in range(control.time.size):
        if not _looks_at(buffers, control, stability, t):
            continue
        stability.score[SINCE, t] = -1
        change = apart = 0.0
        for c in range(stability.found.shape[0]):
            change += stability.found[c, 0, t]
            apart += stability.found[c, 1, t]
        close = change > stability.rules[BORDER] ** 2 * apart
        # Steps that are kept where fast components die come close to where they are kept.
        most = control.rules[CALM]
        close = close or buffers.h[t] * control.radius[t] > SHORTENED * most > 0.0
        if close:
            stability.score[SCORE, t] += 1
        elif stability.score[SCORE, t] > 0:
            stability.score[SCORE, t] -= 1


@internal
def count_steps(buffers, control, stability):
    """Count the attempts of each trial."""
    if stability.rules.size > 0:
        for t in range(control.time.size):
            if control.state[t] == GOING and buffers.h[t] > 0.0:
                stability.score[SINCE, t] += 1


@internal
def is_stiff(buffers, control, stability, t):
    """Whether a trial that has taken its step should go on with a method for stiff networks."""
    if stability.rules.size == 0 or stability.score[SCORE, t] < OFTEN:
        return False
    rules = stability.rules
    left = (rules[OVER_AT] - control.time[t]) / buffers.h[t] * rules[PRODUCTS]
    return left > rules[WORTH] and left < math.inf
