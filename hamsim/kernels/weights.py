"""New weights for a pattern of synapses: checked, and put where the kernels read them."""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.jit import jit

__all__ = ["are_alike", "copy_finite", "put_weights"]


@jit
def copy_finite(values, out):
    """Copy numbers; False if one is not finite."""
    finite = True
    for k in range(values.size):
        out[k] = values[k]
        finite &= abs(values[k]) < math.inf
    return finite


@jit
def are_alike(data, first, second):
    """Whether entries of W are equal to others, pair by pair."""
    alike = True
    for k in range(first.size):
        alike &= data[first[k]] == data[second[k]]
    return alike


@jit
def put_weights(data, places, out):
    """Write the entries of W that belong at places, counted from 1 on; 0 where it is none."""
    for k in range(places.size):
        place = places[k]
        out[k] = data[np.uint64(place) - np.uint64(1)] if place > 0 else 0.0
