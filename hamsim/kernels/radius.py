"""The spectral radius of the Jacobian, found along with the steps of a trial.

A pair whose estimate of errors is of high order sees little of what decays quickly beside what is
slow. Where that limits the steps they settle at the border of stability; there components that
should be gone are kept up, a hundred times larger than the tolerance, and an interpolant of high
order amplifies them. So steps are kept where such components die: h times the radius is at most
`CALM`. The radius is found by the power method on differences of dx/dt [Sommeijer, Shampine and
Verwer, J. Comput. Appl. Math. 88 (1998) 315, section 3.1]: one evaluation every few steps, which
begins with the direction of the one before, since that hardly turns meanwhile.
"""

from __future__ import annotations

import math

from hamsim.kernels.activation import activate_chunk
from hamsim.kernels.jit import internal
from hamsim.kernels.registers import flat

# What `hamsim.kernels.control` calls so, which uses this.
GOING, FURTHER = 0, 3
CALM, BOUND = 9, 10  # places in `Control.rules`: largest h times radius, and what no radius exceeds
SINCE = 4  # row of `Control.counts`: steps taken since the last look
FIRST = 8  # evaluations of the first look
EVERY, SELDOM = (
    4,
    16,
)  # steps from look to look, and where steps are not half as long as they may be
PART = 1e-7  # change of the state, in parts of its largest entry
TINY = 1e-300  # a radius where nothing moves


@internal
def wants_look(buffers, control):
    """Choose the trials whose radius is looked at, and how far to go; False if there are none."""
    if control.direction.shape[0] == 0:
        return False
    rules, any_looks = control.rules, False
    for t in range(control.time.size):
        control.apart[t] = 0.0
        ahead, radius = control.ahead[t], control.radius[t]
        goes = control.state[t] == GOING and buffers.accepted[t] != 0.0 and buffers.h[t] > 0.0
        if not goes or ahead * rules[BOUND] <= rules[CALM]:
            continue
        control.counts[SINCE, t] += 1
        wait = EVERY if 2.0 * ahead * radius > rules[CALM] else SELDOM
        if radius > 0.0 and control.counts[SINCE, t] < wait:
            continue
        size = 0.0
        for i in range(buffers.x.shape[0]):
            size = max(size, abs(buffers.x[i, t]))
        control.apart[t] = PART * (size if size > 0.0 else 1.0) * math.sqrt(buffers.x.shape[0])
        control.counts[SINCE, t] = 0 if radius > 0.0 else 1 - FIRST
        any_looks = True
    return any_looks


@internal
def go_apart_chunk(plan, c, buffers, control):
    """Go from x into the direction; u is kept."""
    x, y, u, kept = buffers.x, buffers.y, flat(buffers.u), flat(control.defect)
    for i in range(plan.chunk_start[c], plan.chunk_stop[c]):
        for t in range(x.shape[1]):
            y[i, t] = x[i, t]
            if control.apart[t] > 0.0:
                y[i, t] += control.apart[t] / control.length[t] * control.direction[i, t]
            kept[i * x.shape[1] + t] = u[i * x.shape[1] + t]
    activate_chunk(plan, c, buffers.y, buffers.g, buffers.scratch)


@internal
def come_back_chunk(plan, c, buffers, control):
    """Write the new direction, h J times the one before, and its squares; put g and u back."""
    m = buffers.x.shape[1]
    u, kept, squares = buffers.u, control.defect, control.largest[c]
    for t in range(m):
        squares[t] = 0.0
    for i in range(plan.chunk_start[c], plan.chunk_stop[c]):
        for t in range(m):
            if control.apart[t] > 0.0:
                rate = buffers.rate[i, t]
                way = rate * (u[i, t] - kept[i, t]) / control.apart[t] if rate != 0.0 else 0.0
                control.direction[i, t] = way
                squares[t] += way * way
            u[i, t] = kept[i, t]
    activate_chunk(plan, c, buffers.x, buffers.g, buffers.scratch)


@internal
def note_radius(buffers, control):
    """Note the radii that were looked at; False if nobody needs another look."""
    any_looks = False
    for t in range(control.time.size):
        if control.apart[t] == 0.0:
            continue
        control.counts[FURTHER, t] += 1
        squares = 0.0
        for c in range(control.largest.shape[0]):
            squares += control.largest[c, t]
        if 0.0 < squares < math.inf:
            control.length[t] = math.sqrt(squares)
            control.radius[t] = control.length[t] / buffers.h[t]
        else:  # nothing moves, or there are no numbers
            control.direction[:, t] = 1.0
            control.length[t] = math.sqrt(control.direction.shape[0])
            control.radius[t] = TINY
            control.counts[SINCE, t] = 0
        if control.counts[SINCE, t] < 0:
            control.counts[SINCE, t] += 1
            any_looks = True
        else:
            control.apart[t] = 0.0
    return any_looks


@internal
def stay_calm(control):
    """Keep the next steps where what is fast dies."""
    if control.direction.shape[0] > 0:
        for t in range(control.time.size):
            if control.radius[t] > 0.0:
                most = control.rules[CALM] / control.radius[t]
                control.ahead[t] = min(control.ahead[t], most)
