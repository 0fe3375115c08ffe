"""How each trial chooses the length of its steps, and whether it takes one that was tried.

Proportional and integral control [Hairer and Wanner, Solving Ordinary Differential Equations II,
section IV.2]: after a step of error e, and e' before it, the next one is longer by the factor

    safety e^(-alpha) e'^beta

within bounds. Of many neurons the one with the largest error decides, since a mean over neurons
hides those that are few.
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.jit import internal
from hamsim.kernels.kinks import ends_before, error_of_kinks, note_kinks
from hamsim.kernels.registers import flat

# Places in `Control.rules`: the control's numbers, when the stretch is over, part of |x| that is
# rounding, and part of the residual that a step's error may be.
# The next ones are `hamsim.kernels.kinks.REACH`, the most that a neuron receives per unit of
# activation and of its tau, and those of `hamsim.kernels.radius`.
SAFETY, ALPHA, BETA, LEAST, MOST, EXPONENT, END, RESIDUAL_PART = range(8)
# Power of a step that errors by kinks are proportional to.
OF_KINKS = 2.0
# Rows of `Control.counts`; the next one is `hamsim.kernels.radius.SINCE`.
TAKEN, REFUSED, IN_A_ROW, FURTHER = 0, 1, 2, 3
# What `Control.state` says of a trial: it goes on; it has come to the end of the stretch; to rest;
# no step of it is short enough for a finite state; it is stiff, and waits for another method.
GOING, ARRIVED, RESTS, FALLEN, STIFF = 0, 1, 2, 3, 4

# A step that would leave a rest of less than this part of itself goes on to the end.
REST = 0.05
# Errors below this do not let the next steps grow further.
SMALLEST_ERROR = 1e-4
# Shorter steps than this part of the time do not change the time.
TIME_ROUNDS = 8 * 2.0**-52
# Errors below this part of a state are rounding.
STATE_ROUNDS = 4 * 2.0**-52

_SIZE = np.int64(0x7FFFFFFFFFFFFFFF)  # all bits but the sign


# --- error -------------------------------------------------------------------------------------


@internal
def _bounds(plan, c):
    # Unsigned, because numba asks of every signed index whether it counts from the end.
    return np.uint64(plan.chunk_start[c]), np.uint64(plan.chunk_stop[c])


@internal
def _add_last(first, last, own, rate, u, defect):
    """Begin an estimate with what the new state adds to it; a rate of 0 hides an infinite u."""
    for q in range(first, last):
        change = rate[q] * u[q]
        defect[q] = own * change if rate[q] != 0.0 else 0.0


@internal
def _add_stages(first, last, error, k, defect):
    for j in range(k.shape[0]):
        if error[j] != 0.0:
            stage = flat(k[j])
            for q in range(first, last):
                defect[q] += error[j] * stage[q]


@internal
def _combine(first, last, defect, second):
    """Of two estimates make one [Hairer, Norsett and Wanner I, section II.10]."""
    for q in range(first, last):
        one, two = abs(defect[q]), 0.1 * abs(second[q])
        larger = max(one, two)
        a, b = one / larger, two / larger  # squares of large numbers would overflow
        defect[q] = one * a / math.sqrt(a * a + b * b) if larger != 0.0 else larger


@internal
def _largest(first, last, atol, rtol, limit, x, y, defect):
    """Largest error of one trial, in units of what it may be; NaN counts as infinite.

    The sizes of numbers have the order of their bits as integers, in which NaN comes last, and the
    largest of integers can be found in any order.
    """
    largest = np.int64(0)
    for q in range(first, last):
        size = max(abs(x[q]), abs(y[q]))
        allowed = max(min(atol + rtol * size, limit), STATE_ROUNDS * size)
        found = np.float64(abs(defect[q]) / allowed).view(np.int64) & _SIZE
        largest = max(largest, found)
    found = np.int64(largest).view(np.float64)
    return found if found == found else math.inf


@internal
def _largest_of_trials(first, last, atol, rtol, limit, x, y, defect, largest):
    """`_largest`, of each trial."""
    for i in range(first, last):
        for t in range(x.shape[1]):
            size = max(abs(x[i, t]), abs(y[i, t]))
            allowed = max(min(atol + rtol * size, limit[t]), STATE_ROUNDS * size)
            found = abs(defect[i, t]) / allowed
            found = found if found == found else math.inf
            largest[t] = largest[t] if found <= largest[t] else found


@internal
def weigh_chunk(plan, c, tableau, accuracy, buffers, control, inside):
    """Write the largest error of a chunk for each trial; needs u at y."""
    x, y, u, k, rate = buffers.x, buffers.y, buffers.u, buffers.k, buffers.rate
    m, stages = np.uint64(x.shape[1]), tableau.a.shape[1]
    start, stop = _bounds(plan, c)
    first, last = start * m, stop * m
    defect, error = flat(control.defect), tableau.error
    _add_last(first, last, error[stages], flat(rate), flat(u), defect)
    _add_stages(first, last, error, k[:stages], defect)
    if control.breaks.shape[0] > 0:
        note_kinks(plan, c, accuracy, buffers, control, inside)
    if control.second.size > 0:
        other, second = flat(control.defect2), control.second
        _add_last(first, last, second[stages], flat(rate), flat(u), other)
        _add_stages(first, last, second, k[:stages], other)
        _combine(first, last, defect, other)
    atol, rtol, limit = accuracy.atol[0], accuracy.rtol[0], control.limit
    largest = buffers.chunk_error[c, 1]
    if m == np.uint64(1):
        x1, y1 = flat(x), flat(y)
        largest[0] = _largest(first, last, atol, rtol, limit[0], x1, y1, defect)
    else:
        for t in range(x.shape[1]):
            largest[t] = 0.0
        _largest_of_trials(start, stop, atol, rtol, limit, x, y, control.defect, largest)


# --- steps -------------------------------------------------------------------------------------


@internal
def _wanted(control, t):
    """Length of a trial's next step, which ends where the stretch does or well before."""
    left, h = control.rules[END] - control.time[t], control.ahead[t]
    if left <= (1.0 + REST) * h:
        return left
    # Two alike, rather than a long one and a short one.
    return 0.5 * left if left < 2.0 * h else h


@internal
def propose(buffers, control, horizon):
    """Write the length of the step that each trial tries next; 0 if it waits. False if all do.

    Nobody goes beyond the horizon before all others are there.
    """
    any_goes = False
    for t in range(control.time.size):
        buffers.h[t] = 0.0
        if control.state[t] == GOING:
            h = _wanted(control, t)
            if control.time[t] + h <= horizon:
                buffers.h[t] = h
                any_goes = True
    if any_goes:
        return True
    for t in range(control.time.size):
        if control.state[t] == GOING and control.time[t] < horizon:
            buffers.h[t] = min(_wanted(control, t), horizon - control.time[t])
            any_goes = True
    return any_goes


@internal
def note_left(buffers, control):
    """Note the residuals of the states that the steps lead to."""
    for t in range(control.time.size):
        control.left[t] = 0.0
        for b in range(buffers.block_residual.shape[0]):
            control.left[t] = max(control.left[t], buffers.block_residual[b, t])


@internal
def _error_of(buffers, control, t):
    """Error of a trial's step but for kinks, infinite if the new state is not finite."""
    found = 0.0
    for c in range(buffers.chunk_error.shape[0]):
        found = max(found, buffers.chunk_error[c, 1, t])
    return found if control.left[t] < math.inf else math.inf


@internal
def judge(buffers, control):
    """Decide in each trial whether the step is taken, and how long the next one is.

    Returns
    -------
    taken : bool
        Whether any trial takes its step. Of those, `Control.reach` is the new time.
    """
    any_taken = False
    for t in range(control.time.size):
        buffers.accepted[t] = 1.0
        if control.state[t] != GOING:
            continue
        error, of_kinks = _error_of(buffers, control, t), error_of_kinks(buffers, t)
        if max(error, of_kinks) <= 1.0:
            _take(buffers, control, t, max(error, of_kinks))
            any_taken = True
        elif error >= of_kinks:
            _refuse(buffers, control, t, error, control.rules[EXPONENT])
        elif not _end_at_kink(buffers, control, t, error, of_kinks):
            _refuse(buffers, control, t, of_kinks, OF_KINKS)
    return any_taken


@internal
def _end_at_kink(buffers, control, t, error, of_kinks):
    """Let the next step end at a kink, unless one that is not shorter may go over it."""
    rules, h = control.rules, buffers.h[t]
    part = ends_before(buffers, control, t, of_kinks)
    is_long = h * part > TIME_ROUNDS * abs(control.time[t])
    if not (is_long and part > rules[SAFETY] * of_kinks ** (-1.0 / OF_KINKS)):
        return False
    # Afterwards steps are as long as before, as far as their own errors go.
    factor = rules[SAFETY] * max(error, SMALLEST_ERROR) ** (-1.0 / rules[EXPONENT])
    control.resume[t] = max(control.resume[t], h * min(1.0, factor))
    control.ahead[t] = h * part
    control.counts[REFUSED, t] += 1
    buffers.accepted[t] = 0.0
    return True


@internal
def _take(buffers, control, t, error):
    rules, h = control.rules, buffers.h[t]
    error = max(error, SMALLEST_ERROR)
    factor = rules[SAFETY] * error ** -rules[ALPHA] * control.before[t] ** rules[BETA]
    factor = min(max(factor, rules[LEAST]), rules[MOST])
    if control.counts[IN_A_ROW, t] > 0:
        factor = min(factor, 1.0)
    longer = h * factor
    # A step that was cut short says little of longer ones.
    control.ahead[t] = max(longer, control.ahead[t]) if h < control.ahead[t] else longer
    control.ahead[t], control.resume[t] = max(control.ahead[t], control.resume[t]), 0.0
    control.before[t] = error
    control.counts[TAKEN, t] += 1
    control.counts[IN_A_ROW, t] = 0
    control.lengths[0, t] = min(control.lengths[0, t], h)
    control.lengths[1, t] = max(control.lengths[1, t], h)
    is_last = h >= rules[END] - control.time[t]
    control.reach[t] = rules[END] if is_last else control.time[t] + h


@internal
def _refuse(buffers, control, t, error, power):
    rules, h = control.rules, buffers.h[t]
    factor = rules[SAFETY] * error ** (-1.0 / power)
    control.ahead[t] = h * min(max(factor, rules[LEAST]), 0.9)
    control.counts[REFUSED, t] += 1
    control.counts[IN_A_ROW, t] += 1
    buffers.accepted[t] = 0.0
    if control.ahead[t] <= TIME_ROUNDS * abs(control.time[t]) or control.ahead[t] == 0.0:
        control.state[t] = FALLEN


@internal
def conclude(buffers, control, tolerance):
    """Note residuals of steps that were taken, and which trials have come to an end by them."""
    for t in range(control.time.size):
        if control.state[t] != GOING or buffers.accepted[t] == 0.0:
            continue
        control.time[t] = control.reach[t]
        buffers.residual[t] = control.left[t]
        if control.left[t] <= tolerance:
            control.state[t] = RESTS
        elif control.time[t] >= control.rules[END]:
            control.state[t] = ARRIVED
        if tolerance > 0.0:
            control.limit[t] = control.rules[RESIDUAL_PART] * control.left[t]


# --- the first step ----------------------------------------------------------------------------


@internal
def propose_trial_step(forces, accuracy, buffers, control, node):
    """Write the step of Euler's method that would change states by a hundredth of their size.

    [Hairer, Norsett and Wanner I, section II.4], with the largest number over neurons in the
    place of each norm. What is tried is `node` of the step that is written.
    """
    atol, rtol = accuracy.atol[0], accuracy.rtol[0]
    for t in range(control.time.size):
        size = slope = 0.0
        for i in range(buffers.x.shape[0]):
            x = abs(buffers.x[i, t])
            allowed = atol + rtol * x
            size = max(size, x / allowed)
            if forces.tau[i] < math.inf:
                slope = max(slope, abs(buffers.u[i, t]) / forces.tau[i] / allowed)
        left = control.rules[END] - control.time[t]
        h = 0.01 * size / slope if size >= 1e-5 and slope >= 1e-5 else 1e-6 * left
        h = h if 0.0 < h < math.inf else 1e-6 * left
        control.defect[0, t] = slope
        buffers.h[t] = min(h, left) / node if control.state[t] == GOING else 0.0


@internal
def choose_first(forces, accuracy, buffers, control, node):
    """Write how long the first step may be, from how the slopes change along the one tried."""
    atol, rtol, power = accuracy.atol[0], accuracy.rtol[0], 1.0 / control.rules[EXPONENT]
    for t in range(control.time.size):
        if control.state[t] != GOING:
            continue
        h, slope, bend = buffers.h[t] * node, control.defect[0, t], 0.0
        for i in range(buffers.x.shape[0]):
            if forces.tau[i] < math.inf:
                allowed = atol + rtol * abs(buffers.x[i, t])
                change = abs(buffers.u[i, t] - buffers.u_before[i, t])
                bend = max(bend, change / forces.tau[i] / allowed)
        bend = bend / h
        bend = bend if bend == bend else math.inf
        largest = max(slope, bend)
        wanted = (0.01 / largest) ** power if largest > 1e-15 else max(1e-6, 1e-3 * h)
        wanted = min(100.0 * h, wanted) if bend < math.inf else 0.01 * h
        left = control.rules[END] - control.time[t]
        control.ahead[t] = min(wanted, left)
        control.counts[FURTHER, t] += 1
