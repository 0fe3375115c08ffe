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
    "summed_field",
    "two_numbers",
]

# Stands in a given order for a neuron that is held.
NOBODY = np.uint32(2**32 - 1)
# What random numbers are for: they are counted by this, too.
_ORDER, HEAT = np.uint64(0), np.uint64(1)
_LOW, _HALF, _DROPPED = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(11)
_UNIT = 2.0**-53
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
def add_to_fields(synapses, i, change, h):
    """Add to the fields of all that receive from a neuron."""
    if synapses.block.size:
        column = synapses.block[i]
        for k in range(h.size):
            h[k] += change * column[k]
        return
    for k in range(np.uint64(synapses.sent_indptr[i]), np.uint64(synapses.sent_indptr[i + 1])):
        h[synapses.sent_indices[k]] += change * synapses.sent_weights[k]


@internal
def rounding_of(synapses, added):
    """How far a kept field may be from one that is summed anew."""
    if synapses.exact:
        return -1.0
    return _ROUNDING * synapses.reach[0] * (3.0 * synapses.reach[1] + 2.0 * added + 8.0)


@internal
def own_weight(synapses, i):
    """Of a neuron's synapse with itself."""
    return synapses.diagonal[i] if synapses.diagonal.size else 0.0


@internal
def keeps_fields(synapses):
    """Whether fields are kept; without a bound of activations none is certain."""
    return synapses.reach[0] < np.inf
