"""Fields of discrete dynamics, which are kept, and its random numbers, by place.

The field of neuron i is h_i = sum_j W_ij g_j + I_i. It is kept: a neuron that takes another value
adds to the fields of those that receive from it, and a neuron that is asked costs no sum. Adding up
in another order rounds otherwise, so that a kept field that is within its rounding of where the
decision changes is summed anew, in the order of the row. So each decision is that of a plain loop
which sums each field when it is asked for, whatever has happened before.
"""

from __future__ import annotations

import numpy as np

from hamsim.kernels.jit import apart, internal
from hamsim.kernels.normals import philox

__all__ = [
    "HEAT",
    "NOBODY",
    "add_to_fields",
    "current_of",
    "keeps_fields",
    "own_weight",
    "rounding_of",
    "shuffle",
    "sum_fields",
    "summed_field",
    "two_numbers",
]

# Stands in a given order for a neuron that is held.
NOBODY = np.uint32(2**32 - 1)
# What random numbers are for: they are counted by this, too.
_ORDER, HEAT = np.uint64(0), np.uint64(1)
_LOW, _HALF, _DROPPED = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(11)
_UNIT = 2.0**-53
_TOGETHER = 24  # trials for which columns of whole multiples are read once
_BLOCK = 32  # of these columns
_EIGHT = 8  # trials for which rows are
# Rounding of one addition, with something to spare.
_ROUNDING = 1.125 * 2.0**-53


# --- random numbers ----------------------------------------------------------------------------


@apart
def two_numbers(key, place, sweep, trial, what):
    """Two numbers alike likely in [0, 1), of a place in a sweep of a trial."""
    a, b, c, d = philox(np.uint64(place), np.uint64(sweep), np.uint64(trial), what, key[0], key[1])
    first, second = (a << _HALF) | b, (c << _HALF) | d
    return np.int64(first >> _DROPPED) * _UNIT, np.int64(second >> _DROPPED) * _UNIT


@apart
def shuffle(asked, key, sweep, trial, order):
    """Put neurons into a random order: the shuffle of Fisher and Yates, inside out."""
    spare = 0.0
    for k in range(asked.size):
        u = spare
        if k % 2 == 0:
            u, spare = two_numbers(key, k // 2, sweep, trial, _ORDER)
        j = np.int64(u * (k + 1))
        order[k] = order[j]
        order[j] = asked[k]


# --- fields ------------------------------------------------------------------------------------


@apart
def summed_field(synapses, g, input_, i):
    """The field of a neuron, summed in the order of its row."""
    total = 0.0
    for k in range(np.uint64(synapses.indptr[i]), np.uint64(synapses.indptr[i + 1])):
        total += synapses.weights[k] * g[synapses.indices[k]]
    return total + input_[i]


@internal
def current_of(fields, t):
    """The inputs of a trial."""
    return fields.input[t if fields.input.shape[0] > 1 else 0]


@internal
def _add_multiples(columns, i, change, h):
    """Add multiples of a number, which `change` is."""
    column = columns[i]
    for k in range(np.uint64(h.size)):
        h[k] += change * column[k]


@internal
def add_to_fields(synapses, i, change, h):
    """Add to the fields of all that receive from a neuron."""
    if synapses.few.size:
        _add_multiples(synapses.few, i, change * synapses.reach[2], h)
        return
    if synapses.whole.size:
        _add_multiples(synapses.whole, i, change * synapses.reach[2], h)
        return
    if synapses.block.size:
        column = synapses.block[i]
        for k in range(np.uint64(h.size)):
            h[k] += change * column[k]
        return
    for k in range(np.uint64(synapses.sent_indptr[i]), np.uint64(synapses.sent_indptr[i + 1])):
        h[synapses.sent_indices[k]] += change * synapses.sent_weights[k]


@internal
def _add_columns(columns, which, count, sums):
    """Add some columns up, four at a time."""
    n = np.uint64(sums.size)
    for m in range(0, count - 3, 4):
        a, b = columns[which[m]], columns[which[m + 1]]
        c, d = columns[which[m + 2]], columns[which[m + 3]]
        for k in range(n):
            sums[k] += np.int32(a[k] + b[k]) + np.int32(c[k] + d[k])
    for m in range(count - count % 4, count):
        a = columns[which[m]]
        for k in range(n):
            sums[k] += np.int32(a[k])


@apart
def _sum_multiples(columns, synapses, fields, first, last):
    """Fields of some trials whose activations are -1, 0 and 1; their sums are exact.

    Columns of neurons at 1 are added up, and of those at 0 if some are at -1, whose sum is what is
    left of that of all columns.
    """
    n, unit = fields.g.shape[1], synapses.reach[2]
    above = np.zeros((last - first, n), dtype=np.int32)
    absent = np.zeros((last - first, n), dtype=np.int32)
    below = np.zeros(last - first, dtype=np.bool_)
    for t in range(first, last):
        for i in range(n):
            below[t - first] |= fields.g[t, i] < 0.0
    which = np.zeros(_BLOCK, dtype=np.int64)
    for j in range(0, n, _BLOCK):
        end = min(j + _BLOCK, n)
        for t in range(first, last):
            for value, sums in ((1.0, above), (0.0, absent)):
                if value == 0.0 and not below[t - first]:
                    continue
                count = 0
                for i in range(j, end):
                    which[count] = i
                    count += fields.g[t, i] == value
                _add_columns(columns, which, count, sums[t - first])
    for t in range(first, last):
        current = current_of(fields, t)
        for k in range(n):
            sum_ = np.int64(above[t - first, k])
            if below[t - first]:
                sum_ += sum_ + absent[t - first, k] - synapses.total[k]
            fields.h[t, k] = unit * sum_ + current[k]


@apart
def _sum_eight(synapses, fields, first, last):
    """Fields of up to eight trials, each summed in the order of its row as `summed_field` does."""
    n, weights, indices = fields.g.shape[1], synapses.weights, synapses.indices
    g = np.zeros((n, _EIGHT))
    for t in range(first, last):
        for i in range(n):
            g[i, t - first] = fields.g[t, i]
    sums = np.zeros(_EIGHT)
    for i in range(n):
        a = b = c = d = e = f = p = q = 0.0
        for k in range(np.uint64(synapses.indptr[i]), np.uint64(synapses.indptr[i + 1])):
            w, sent = weights[k], g[np.uint64(indices[k])]
            a += w * sent[0]
            b += w * sent[1]
            c += w * sent[2]
            d += w * sent[3]
            e += w * sent[4]
            f += w * sent[5]
            p += w * sent[6]
            q += w * sent[7]
        sums[0], sums[1], sums[2], sums[3], sums[4] = a, b, c, d, e
        sums[5], sums[6], sums[7] = f, p, q
        for t in range(first, last):
            fields.h[t, i] = sums[t - first] + current_of(fields, t)[i]


@apart
def sum_fields(synapses, fields, first, last):
    """Fields of some trials, whose bits do not depend on which trials there are besides."""
    if synapses.total.size:
        for t in range(first, last, _TOGETHER):
            end = min(t + _TOGETHER, last)
            if synapses.few.size:
                _sum_multiples(synapses.few, synapses, fields, t, end)
            else:
                _sum_multiples(synapses.whole, synapses, fields, t, end)
        return
    if last - first > 1:
        for t in range(first, last, _EIGHT):
            _sum_eight(synapses, fields, t, min(t + _EIGHT, last))
        return
    for t in range(first, last):
        g, current = fields.g[t], current_of(fields, t)
        for i in range(g.size):
            fields.h[t, i] = summed_field(synapses, g, current, i)


@internal
def rounding_of(synapses, added):
    """How far a kept field may be from one that is summed anew."""
    if synapses.exact:
        return -1.0
    return _ROUNDING * synapses.reach[0] * (4.0 * synapses.reach[1] + 8.0 * added + 8.0)


@internal
def own_weight(synapses, i):
    """Of a neuron's synapse with itself."""
    return synapses.diagonal[i] if synapses.diagonal.size else 0.0


@internal
def keeps_fields(synapses):
    """Whether fields are kept; without a bound of activations none is certain."""
    return synapses.reach[0] < np.inf
