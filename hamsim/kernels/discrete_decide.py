"""What a neuron becomes when it is asked, by its field and by hidden neurons that follow at once.

A neuron of two values takes the one that its field asks for, and keeps what it has where the field
is 0; beside hidden neurons it takes the one of lower reduced energy. With a temperature T it takes
the upper one with the probability of a heat bath, 1 / (1 + exp(-(E(lower) - E(upper)) / T))
[Glauber]. Others are set to what drives them, x = W g + I, all that share a Lagrangian at once.

[Glauber]: R. J. Glauber, Time-dependent statistics of the Ising model, J. Math. Phys. 4, 294
(1963).
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.calls import call_chunk
from hamsim.kernels.discrete import current_of, own_weight, rounding_of, summed_field
from hamsim.kernels.discrete_hidden import hidden_drive, hidden_gain
from hamsim.kernels.jit import apart, internal

__all__ = ["differs", "drive_unit", "new_value", "wanting_of"]

_BYTES = 8  # of a float64
# A state that is set again is the same if it moves by no more than this part of 1 + |x|.
_QUIET = 1e-10


@internal
def differs(new, old):
    """Whether a state is another one, and not the same to rounding."""
    return abs(new - old) > _QUIET * (1.0 + abs(old))


@internal
def _asked_gain(u):
    """E(low) - E(high) over the temperature, above which u in [0, 1) gives the upper value."""
    return math.log(u / (1.0 - u)) if u > 0.0 else -np.inf


@internal
def _tie(synapses, i, now, low, high, temperature, u):
    """The field above which a neuron takes its upper value, for a number u in [0, 1).

    E(low) - E(high) = (high - low) (h - w g + w (high + low) / 2), with h the field and w g what
    the neuron adds to it.
    """
    own = own_weight(synapses, i) * (now - 0.5 * (high + low))
    return own + temperature / (high - low) * _asked_gain(u)


@internal
def _lower(synapses, hidden, t, i, now, field, temperature, u):
    """The value of lower energy beside hidden neurons, or one of a heat bath."""
    low, high = synapses.low[synapses.level[i]], synapses.high[synapses.level[i]]
    own = own_weight(synapses, i) * (now - 0.5 * (high + low))
    gain = (high - low) * (field - own) + hidden_gain(hidden, t, i, now, low, high)
    if temperature > 0.0:
        return high if gain > temperature * _asked_gain(u) else low
    return high if gain > 0.0 else low if gain < 0.0 else now


@internal
def new_value(synapses, hidden, fields, t, i, uncertain, temperature, u):
    """What a neuron of two values becomes, and its field.

    Parameters
    ----------
    synapses : Synapses
    hidden : Hidden
    fields : Fields
    t, i : int
        Trial, and neuron.
    uncertain : float
        How far its kept field may be from one that is summed anew.
    temperature : float
    u : float
        A number in [0, 1), for the heat bath.
    """
    now, field = fields.g[t, i], fields.h[t, i]
    if hidden.indptr[i + 1] > hidden.indptr[i]:
        return _lower(synapses, hidden, t, i, now, field, temperature, u), field
    low, high = synapses.low[synapses.level[i]], synapses.high[synapses.level[i]]
    tie = _tie(synapses, i, now, low, high, temperature, u) if temperature > 0.0 else 0.0
    if abs(field - tie) <= uncertain:
        field = summed_field(synapses, fields.g[t], current_of(fields, t), i)
    if temperature > 0.0:
        return high if field > tie else low, field
    return high if field > 0.0 else low if field < 0.0 else now, field


@apart
def drive_unit(synapses, graded, hidden, fields, t, unit):
    """Write what drives the members of a unit, and their activations there, into its buffer.

    Returns
    -------
    bool
        Whether a state is to change.
    """
    first, last = graded.first[unit], graded.first[unit + 1]
    buffer, current = graded.buffer[t], current_of(fields, t)
    moves = False
    for k in range(first, last):
        i = graded.members[k]
        x = fields.x[t, i]
        if not graded.held[i]:
            x = summed_field(synapses, fields.g[t], current, i)
            if hidden.indptr[i + 1] > hidden.indptr[i]:
                x += hidden_drive(hidden, t, i)
            moves |= differs(x, fields.x[t, i])
        buffer[0, k - first] = x
    at, out = buffer[0].ctypes.data, buffer[1].ctypes.data
    call_chunk(
        graded.address[unit],
        at,
        at,
        at,
        out,
        graded.parameters.ctypes.data + _BYTES * first,
        graded.parameters.shape[1],
        graded.scratch[t].ctypes.data,
        graded.scratch.shape[2],
        last - first,
        1,
        last - first,
        0,
    )
    return moves


@apart
def wanting_of(synapses, graded, hidden, fields, t, most):
    """How many neurons, or units, want to change without a temperature; up to `most`."""
    count, uncertain = 0, rounding_of(synapses, fields.added[t])
    for k in range(synapses.asked.size):
        i = synapses.asked[k]
        if graded.unit.size and graded.unit[i] >= 0:
            count += drive_unit(synapses, graded, hidden, fields, t, graded.unit[i])
        else:
            new, _ = new_value(synapses, hidden, fields, t, i, uncertain, 0.0, 0.5)
            count += new != fields.g[t, i]
        if count >= most:
            break
    return count
