"""Neurons that compete for what they store: one batch of the sparse rule."""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.jit import jit

__all__ = ["compete"]


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
    currents = np.empty(count)
    for row in range(shown.shape[0]):
        currents[:] = 0.0
        for i in range(size):
            v = shown[row, i]
            if v != 0.0:  # as most pixels are
                for m in range(count):
                    currents[m] += bent[i, m] * v
        order = np.argsort(-currents, kind="mergesort")  # of equal ones the first
        for place, share in ((0, 1.0), (rank - 1, -anti)):
            m = order[place]
            for i in range(size):
                change[m, i] += share * (shown[row, i] - currents[m] * weights[m, i])
    largest = 0.0
    for m in range(count):
        for i in range(size):
            largest = max(largest, abs(change[m, i]))
    return largest
