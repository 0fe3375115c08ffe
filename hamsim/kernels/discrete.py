"""Sweeps of discrete dynamics over neurons of two values: each takes the value that its field asks.

The field of neuron i is h_i = sum_j W_ij g_j + I_i. It is kept: a neuron that takes another value
adds to the fields of those that receive from it, and a neuron that is asked costs no sum. Adding up
in another order rounds otherwise, so that a kept field that is within its rounding of where the
decision changes is summed anew, in the order of the row. So each decision is that of a plain loop
which sums each field when it is asked for, whatever has happened before.

With a temperature T a neuron takes its upper value with the probability of a heat bath,
1 / (1 + exp(-(E(lower) - E(upper)) / T)) [Glauber].

[Glauber]: R. J. Glauber, Time-dependent statistics of the Ising model, J. Math. Phys. 4, 294
(1963).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.kernels.jit import apart, internal, jit
from hamsim.kernels.normals import philox

__all__ = ["NOBODY", "Course", "Fields", "Synapses", "begin_trials", "sweep_trials"]

# Stands in a given order for a neuron that is held.
NOBODY = -1
# What random numbers are for: they are counted by this, too.
_ORDER, _HEAT = np.uint64(0), np.uint64(1)
_LOW, _HALF, _DROPPED = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(11)
_UNIT = 2.0**-53
# Rounding of one addition, with something to spare.
_ROUNDING = 1.125 * 2.0**-53


class Synapses(NamedTuple):
    """The network as discrete dynamics reads it.

    Rows of W give a field, columns say whose fields a neuron adds to. Where W is dense, `block`
    holds its columns in one piece each; else it has shape (0, 0).
    """

    indptr: Ints
    indices: NDArray[np.uint32]
    weights: Floats
    sent_indptr: Ints
    sent_indices: NDArray[np.uint32]
    sent_weights: Floats
    block: Floats
    diagonal: Floats
    low: Floats  # of each neuron's values
    high: Floats
    asked: Ints  # neurons that are asked, in file order
    largest: float  # that a field can be, with its terms all of one sign
    terms: float  # that a field has at most
    exact: bool  # whether all sums are without rounding


class Fields(NamedTuple):
    """What a run writes; a row a trial."""

    g: Floats
    h: Floats
    input: Floats  # I, a row a trial, or one row for all
    added: Ints  # how often fields have been added to since they were summed
    flips: Ints
    sweeps: Ints
    wanting: Ints  # neurons that want to change
    energy: Floats
    watch: Floats  # (trials, 5): rises, largest rise, its sweep, sum of rises, sweep of the first
    earlier: Floats  # g before the last sweep, where all are set at once; else without columns
    cycling: Ints  # whether a trial alternates between two states
    ended: Ints  # whether it goes on no more


class Course(NamedTuple):
    """What a run does."""

    together: bool
    given: Ints  # orders that are given, (sweeps, neurons) or (1, neurons); (0, 0) if none is
    shuffled: bool  # whether each sweep has a random order of its own
    temperature: Floats  # of each sweep of this run, or of all
    key: NDArray[np.uint64]
    first: int  # sweep with which this run begins
    rests: int  # sweep from which on a trial ends where no neuron wants to change
    watched: bool  # whether single updates must lower the energy


# --- random numbers ----------------------------------------------------------------------------


@apart
def _pair(key, place, sweep, trial, what):
    """Two numbers alike likely in [0, 1), of a place in a sweep of a trial."""
    a, b, c, d = philox(np.uint64(place), np.uint64(sweep), np.uint64(trial), what, key[0], key[1])
    first, second = (a << _HALF) | b, (c << _HALF) | d
    return np.int64(first >> _DROPPED) * _UNIT, np.int64(second >> _DROPPED) * _UNIT


@apart
def _shuffle(asked, key, sweep, trial, order):
    """Put neurons into a random order: the shuffle of Fisher and Yates, inside out."""
    spare = 0.0
    for k in range(asked.size):
        u = spare
        if k % 2 == 0:
            u, spare = _pair(key, k // 2, sweep, trial, _ORDER)
        j = np.int64(u * (k + 1))
        order[k] = order[j]
        order[j] = asked[k]


# --- fields ------------------------------------------------------------------------------------


@apart
def _summed(synapses, g, input_, i):
    """The field of a neuron, summed in the order of its row."""
    total = 0.0
    for k in range(np.uint64(synapses.indptr[i]), np.uint64(synapses.indptr[i + 1])):
        total += synapses.weights[k] * g[synapses.indices[k]]
    return total + input_[i]


@internal
def _add(synapses, i, change, h):
    """Add to the fields of all that receive from a neuron."""
    if synapses.block.size:
        column = synapses.block[i]
        for k in range(h.size):
            h[k] += change * column[k]
        return
    for k in range(np.uint64(synapses.sent_indptr[i]), np.uint64(synapses.sent_indptr[i + 1])):
        h[synapses.sent_indices[k]] += change * synapses.sent_weights[k]


@internal
def _uncertain(synapses, added):
    """How far a kept field may be from one that is summed anew."""
    if synapses.exact:
        return -1.0
    return _ROUNDING * synapses.largest * (2.0 * synapses.terms + added + 8.0)


# --- decisions ---------------------------------------------------------------------------------


@internal
def _asked_value(h, now, low, high):
    """The value that a field asks for; without one the neuron keeps what it has."""
    return high if h > 0.0 else low if h < 0.0 else now


@internal
def _tie(synapses, i, now, temperature, u):
    """The field above which a neuron takes its upper value, for a number u in [0, 1).

    E(low) - E(high) = (high - low) (h - w g + w (high + low) / 2), with h the field and w g what
    the neuron adds to it.
    """
    if u <= 0.0:
        return -np.inf
    low, high = synapses.low[i], synapses.high[i]
    own = synapses.diagonal[i] * (now - 0.5 * (high + low))
    return own + temperature / (high - low) * math.log(u / (1.0 - u))


@internal
def _decide(synapses, g, h, input_, i, uncertain, temperature, u):
    """What a neuron becomes, and its field."""
    low, high = synapses.low[i], synapses.high[i]
    tie = _tie(synapses, i, g[i], temperature, u) if temperature > 0.0 else 0.0
    field = h[i]
    if abs(field - tie) <= uncertain:
        field = _summed(synapses, g, input_, i)
    if temperature > 0.0:
        return high if field > tie else low, field
    return _asked_value(field, g[i], low, high), field


@apart
def _count_wanting(synapses, g, h, input_, added):
    """How many neurons want to change without a temperature."""
    count, uncertain = 0, _uncertain(synapses, added)
    for k in range(synapses.asked.size):
        i = synapses.asked[k]
        new, _ = _decide(synapses, g, h, input_, i, uncertain, 0.0, 0.5)
        count += new != g[i]
    return count


# --- sweeps ------------------------------------------------------------------------------------


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


@apart
def _one_by_one(synapses, g, h, input_, course, t, sweep, temperature, order, added, watch):
    """A sweep of single updates; how many neurons took another value."""
    flips, u, spare = 0, 0.5, 0.5
    uncertain = _uncertain(synapses, added)
    for k in range(order.size):
        i = order[k]
        if temperature > 0.0:
            u = spare
            if k % 2 == 0:
                u, spare = _pair(course.key, k // 2, sweep, t, _HEAT)
        if i == NOBODY:
            continue
        new, field = _decide(synapses, g, h, input_, i, uncertain, temperature, u)
        if new == g[i]:
            continue
        change = new - g[i]
        if course.watched:
            rise = -change * (field + 0.5 * synapses.diagonal[i] * change)
            _watch(watch, rise, abs(change) * max(uncertain, 0.0), sweep)
        g[i] = new
        _add(synapses, i, change, h)
        flips += 1
        uncertain = _uncertain(synapses, added + flips)
    return flips


@apart
def _at_once(synapses, g, h, input_, course, t, sweep, temperature, order, added, new):
    """Decide for all neurons by the fields of one state; how many take another value."""
    flips, u, spare = 0, 0.5, 0.5
    uncertain = _uncertain(synapses, added)
    new[:] = g
    for k in range(order.size):
        i = order[k]
        if temperature > 0.0:
            u = spare
            if k % 2 == 0:
                u, spare = _pair(course.key, k // 2, sweep, t, _HEAT)
        if i == NOBODY:
            continue
        new[i], _ = _decide(synapses, g, h, input_, i, uncertain, temperature, u)
    for i in range(g.size):
        flips += new[i] != g[i]
    return flips


@apart
def _take_over(synapses, g, h, new, earlier):
    """Let neurons have their new values; whether they had them before the last sweep, too."""
    returns = True
    for i in range(g.size):
        returns &= new[i] == earlier[i]
        earlier[i] = g[i]
        change = new[i] - g[i]
        if change != 0.0:
            g[i] = new[i]
            _add(synapses, i, change, h)
    return returns


@apart
def _energy(g, h, input_):
    """-1/2 g.W g - I.g of neurons whose own part of the energy is 0, from fields."""
    total = 0.0
    for i in range(g.size):
        total -= g[i] * (h[i] + input_[i])
    return 0.5 * total


@internal
def _sweep(synapses, fields, course, t, sweep, order, new):
    """One sweep of a trial."""
    g, h = fields.g[t], fields.h[t]
    input_ = fields.input[t if fields.input.shape[0] > 1 else 0]
    at, added = sweep - course.first, fields.added[t]
    temperature = course.temperature[min(at, course.temperature.size - 1)]
    if course.shuffled:
        _shuffle(synapses.asked, course.key, sweep, t, order)
    elif course.given.shape[0]:
        order = course.given[min(at, course.given.shape[0] - 1)]
    if course.together:
        before = _energy(g, h, input_)
        flips = _at_once(synapses, g, h, input_, course, t, sweep, temperature, order, added, new)
        returns = _take_over(synapses, g, h, new, fields.earlier[t])
        if course.watched:
            after = _energy(g, h, input_)
            rounding = g.size * max(_uncertain(synapses, added + flips), 0.0)
            _watch(fields.watch[t], after - before, max(rounding, 1e-12 * abs(after)), sweep + 1)
        if returns and flips and sweep >= course.rests:
            fields.cycling[t] = 1
    else:
        flips = _one_by_one(
            synapses, g, h, input_, course, t, sweep, temperature, order, added, fields.watch[t]
        )
    fields.flips[t] += flips
    fields.added[t] += flips
    fields.sweeps[t] += 1
    wanting = _count_wanting(synapses, g, h, input_, fields.added[t])
    fields.wanting[t] = wanting
    if sweep + 1 >= course.rests and (wanting == 0 or fields.cycling[t]):
        fields.ended[t] = 1


@jit
def begin_trials(synapses, fields, course, first, last, sweep):
    """Sum fields, and see who wants to change and whether a trial rests already.

    Parameters
    ----------
    synapses : Synapses
    fields : Fields
    course : Course
    first, last : int
        Trials.
    sweep : int
        Number of the sweep that comes next.
    """
    for t in range(first, last):
        g, h = fields.g[t], fields.h[t]
        input_ = fields.input[t if fields.input.shape[0] > 1 else 0]
        for i in range(h.size):
            h[i] = _summed(synapses, g, input_, i)
        fields.added[t] = 0
        fields.wanting[t] = _count_wanting(synapses, g, h, input_, 0)
        fields.ended[t] = sweep >= course.rests and fields.wanting[t] == 0
        fields.energy[t] = _energy(g, h, input_)


@jit
def sweep_trials(synapses, fields, course, first, last, sweep, count):
    """Make sweeps of trials that have not ended.

    Parameters
    ----------
    synapses : Synapses
    fields : Fields
    course : Course
    first, last : int
        Trials.
    sweep : int
        Number of the first sweep.
    count : int
        How many.
    """
    order, new = synapses.asked.copy(), np.empty(fields.g.shape[1])
    for t in range(first, last):
        for k in range(count):
            if fields.ended[t]:
                break
            _sweep(synapses, fields, course, t, sweep + k, order, new)
        input_ = fields.input[t if fields.input.shape[0] > 1 else 0]
        fields.energy[t] = _energy(fields.g[t], fields.h[t], input_)
