"""Neurons that compete for what they store: one batch of the sparse rule."""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.jit import internal, jit

__all__ = ["compete"]


@internal
def _largest(currents, taken):
    """The first of the largest that are not taken."""
    best = -1
    for m in range(currents.size):
        if not taken[m] and (best < 0 or currents[m] > currents[best]):
            best = m
    return best


@jit
def compete(weights, shown, power, rank, anti, change):
    """What a batch changes of the weights of neurons that compete; the largest of it.

    Of each pattern v the neuron with the largest current moves towards it, and the one of the
    given rank away: dW_m = s (v - <W_m, v> W_m) with s = 1 and -anti, and
    <W, v> = sum sign(W) |W|^(power - 1) v  [Krotov and Hopfield 2019, PNAS 116:7723, eq. 3].

    Parameters
    ----------
    weights : ndarray, shape (neurons, size)
    shown : ndarray, shape (rows, size)
    power : float
        At least 1.
    rank : int
        From 2 on: how many neurons have a current that is at least as large, itself included.
    anti : float
    change : ndarray, shape (neurons, size)
        Written.
    """
    count, size = weights.shape
    bent = np.empty((size, count))  # so that currents of all neurons are summed side by side
    for m in range(count):
        for i in range(size):
            w = weights[m, i]
            bent[i, m] = w if power == 2.0 else math.copysign(abs(w) ** (power - 1.0), w)
            change[m, i] = 0.0
    currents, taken = np.empty(count), np.zeros(count, dtype=np.bool_)
    for row in range(shown.shape[0]):
        currents[:] = 0.0
        for i in range(size):
            v = shown[row, i]
            if v != 0.0:  # as most pixels are
                for m in range(count):
                    currents[m] += bent[i, m] * v
        taken[:] = False
        for place in range(rank):
            m = _largest(currents, taken)
            taken[m] = True
            if place in (0, rank - 1):
                share = 1.0 if place == 0 else -anti
                for i in range(size):
                    change[m, i] += share * (shown[row, i] - currents[m] * weights[m, i])
    largest = 0.0
    for m in range(count):
        for i in range(size):
            largest = max(largest, abs(change[m, i]))
    return largest
