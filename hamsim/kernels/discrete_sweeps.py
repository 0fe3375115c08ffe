"""Sweeps of discrete dynamics: neurons are set one by one, or all by the fields of one state."""

from __future__ import annotations

import numpy as np

from hamsim.kernels.addresses import course_at, fields_at, graded_at, hidden_at, synapses_at
from hamsim.kernels.discrete import (
    HEAT,
    NOBODY,
    add_to_fields,
    current_of,
    keeps_fields,
    own_weight,
    rounding_of,
    shuffle,
    sum_fields,
    two_numbers,
)
from hamsim.kernels.discrete_decide import differs, drive_unit, new_value, wanting_of
from hamsim.kernels.discrete_hidden import hidden_energy, hidden_take, renew_hidden
from hamsim.kernels.jit import apart, internal, jit

__all__ = ["begin_trials", "count_wanting", "sweep_trials"]


@internal
def _watch(watch, rise, rounding, sweep):
    """Note an update that raised the energy by more than rounding."""
    if rise > rounding:
        watch[0] += 1.0
        watch[3] += rise
        if watch[4] == 0.0:
            watch[4] = sweep
    if rise > watch[1]:
        watch[1], watch[2] = rise, sweep


@internal
def _take(synapses, hidden, fields, t, i, x, g, keeps):
    """Give a neuron a state and an activation, and let others know."""
    change = g - fields.g[t, i]
    fields.x[t, i] = x
    if change == 0.0:
        return
    fields.g[t, i] = g
    if keeps:
        add_to_fields(synapses, i, change, fields.h[t])
    hidden_take(hidden, t, i, change)
    fields.added[t] += 1


@apart
def _set_unit(synapses, graded, hidden, fields, t, unit, keeps):
    """Set a unit to what drives it; 1 if that is another state."""
    moves = drive_unit(synapses, graded, hidden, fields, t, unit)
    first = graded.first[unit]
    for k in range(first, graded.first[unit + 1]):
        x, g = graded.buffer[t, 0, k - first], graded.buffer[t, 1, k - first]
        _take(synapses, hidden, fields, t, graded.members[k], x, g, keeps)
    return 1 if moves else 0


@apart
def _one_by_one(synapses, graded, hidden, fields, course, t, sweep, temperature, order):
    """A sweep of single updates; how many changed something."""
    flips, u, spare = 0, 0.5, 0.5
    keeps = keeps_fields(synapses)
    uncertain = rounding_of(synapses, fields.added[t])
    for k in range(order.size):
        i = order[k]
        if temperature > 0.0:
            u = spare
            if k % 2 == 0:
                u, spare = two_numbers(course.key, k // 2, sweep, t, HEAT)
        if i == NOBODY:
            continue
        if graded.unit.size and graded.unit[i] >= 0:
            flips += _set_unit(synapses, graded, hidden, fields, t, graded.unit[i], keeps)
            uncertain = rounding_of(synapses, fields.added[t])
            continue
        new, field = new_value(synapses, hidden, fields, t, i, uncertain, temperature, u)
        change = new - fields.g[t, i]
        if change == 0.0:
            continue
        if course.watched:
            rise = -change * (field + 0.5 * own_weight(synapses, i) * change)
            _watch(fields.watch[t], rise, abs(change) * max(uncertain, 0.0), sweep)
        _take(synapses, hidden, fields, t, i, new, new, keeps)
        flips += 1
        uncertain = rounding_of(synapses, fields.added[t])
    return flips


@apart
def _at_once(synapses, graded, hidden, fields, course, t, sweep, temperature, order, g):
    """Decide for all neurons by the fields of one state; how many decisions change something."""
    flips, u, spare = 0, 0.5, 0.5
    uncertain = rounding_of(synapses, fields.added[t])
    x = fields.later[t]
    for i in range(g.size):
        x[i], g[i] = fields.x[t, i], fields.g[t, i]
    for k in range(order.size):
        i = order[k]
        if temperature > 0.0:
            u = spare
            if k % 2 == 0:
                u, spare = two_numbers(course.key, k // 2, sweep, t, HEAT)
        if i == NOBODY:
            continue
        if graded.unit.size and graded.unit[i] >= 0:
            unit = graded.unit[i]
            flips += drive_unit(synapses, graded, hidden, fields, t, unit)
            first = graded.first[unit]
            for j in range(first, graded.first[unit + 1]):
                x[graded.members[j]] = graded.buffer[t, 0, j - first]
                g[graded.members[j]] = graded.buffer[t, 1, j - first]
            continue
        x[i], _ = new_value(synapses, hidden, fields, t, i, uncertain, temperature, u)
        g[i] = x[i]
        flips += x[i] != fields.g[t, i]
    return flips


@apart
def _take_over(synapses, hidden, fields, t, g):
    """Let neurons have their new states; whether these are those before the last sweep."""
    returns, earlier, later = True, fields.earlier[t], fields.later[t]
    keeps = keeps_fields(synapses)
    for i in range(g.size):
        returns &= not (differs(later[i], earlier[i]) or np.isnan(earlier[i]))
        earlier[i] = fields.x[t, i]
        _take(synapses, hidden, fields, t, i, later[i], g[i], keeps)
    return returns


@apart
def _energy(hidden, fields, t):
    """-1/2 g.W g - I.g from fields, and what hidden neurons add: the whole of two values."""
    g, h, current, total = fields.g[t], fields.h[t], current_of(fields, t), 0.0
    for i in range(g.size):
        total -= g[i] * (h[i] + current[i])
    return 0.5 * total + hidden_energy(hidden, t)


@apart
def _sweep(synapses, graded, hidden, fields, course, t, sweep, order, g):
    """One sweep of a trial."""
    rests = course.limits[1]
    at, last = sweep - course.limits[0], course.temperature.size - 1
    temperature = course.temperature[min(at, last)]
    if course.shuffled:
        shuffle(synapses.asked, course.key, sweep, t, order)
    elif course.given.shape[0]:
        order = course.given[min(at, course.given.shape[0] - 1)]
    if course.together:
        before = _energy(hidden, fields, t) if course.watched else 0.0
        flips = _at_once(synapses, graded, hidden, fields, course, t, sweep, temperature, order, g)
        returns = _take_over(synapses, hidden, fields, t, g)
    else:
        flips = _one_by_one(synapses, graded, hidden, fields, course, t, sweep, temperature, order)
        returns, before = False, 0.0
    if flips:
        renew_hidden(hidden, t, fields.g[t])
    if course.together and course.watched:
        after = _energy(hidden, fields, t)
        rounding = g.size * max(rounding_of(synapses, fields.added[t]), 0.0)
        _watch(fields.watch[t], after - before, max(rounding, 1e-12 * abs(after)), sweep + 1)
    fields.flips[t] += flips
    fields.sweeps[t] += 1
    if returns and flips and sweep >= rests:
        fields.cycling[t] = fields.ended[t] = 1
    elif sweep + 1 >= rests:
        fields.wanting[t] = wanting_of(synapses, graded, hidden, fields, t, 1)
        fields.ended[t] = fields.wanting[t] == 0


@jit
def begin_trials(table, first, last, sweep):
    """Sum fields, and see whether a trial rests already.

    Parameters
    ----------
    table : ndarray of int
        Of Synapses, Graded, Hidden, Fields and Course; see `kernels.addresses`.
    first, last : int
        Trials.
    sweep : int
        Number of the sweep that comes next.
    """
    at = table.ctypes.data
    synapses, graded, hidden = synapses_at(at), graded_at(at), hidden_at(at)
    fields, course = fields_at(at), course_at(at)
    sum_fields(synapses, fields, first, last)
    for t in range(first, last):
        renew_hidden(hidden, t, fields.g[t])
        fields.added[t] = 0
        fields.wanting[t] = wanting_of(synapses, graded, hidden, fields, t, 1)
        fields.ended[t] = 1 if sweep >= course.limits[1] and fields.wanting[t] == 0 else 0
        fields.energy[t] = _energy(hidden, fields, t)


@jit
def sweep_trials(table, first, last, sweep, count):
    """Make sweeps of trials that have not ended.

    Parameters
    ----------
    table, first, last
        As those of `begin_trials`.
    sweep : int
        Number of the first sweep.
    count : int
        How many.
    """
    at = table.ctypes.data
    synapses, graded, hidden = synapses_at(at), graded_at(at), hidden_at(at)
    fields, course = fields_at(at), course_at(at)
    order, g = synapses.asked.copy(), np.empty(fields.g.shape[1])
    for t in range(first, last):
        for k in range(count):
            if fields.ended[t]:
                break
            _sweep(synapses, graded, hidden, fields, course, t, sweep + k, order, g)
        fields.energy[t] = _energy(hidden, fields, t)


@jit
def count_wanting(table, first, last):
    """Count how many neurons want to change in each trial.

    Parameters
    ----------
    table, first, last
        As those of `begin_trials`.
    """
    at = table.ctypes.data
    synapses, fields = synapses_at(at), fields_at(at)
    for t in range(first, last):
        fields.wanting[t] = wanting_of(
            synapses, graded_at(at), hidden_at(at), fields, t, synapses.asked.size
        )
