"""Neurons of two values beside hidden neurons that follow at once: the reduced energy compared.

Hidden neurons with tau = 0 and no synapses among themselves have the states x = W g + I, and add
-L(x) to the energy [HAM, eq. 15]. A neuron of two values takes the one of lower reduced energy;
what its own activation adds to x is in both, so that it is not coupled to itself. With L = F of
patterns this is the rule of [KH16].

The states are kept: who takes another value adds to them, and asking a neuron costs one evaluation
of L. They are summed anew, neuron by neuron in their order, whenever a sweep begins, so that no
rounding outlives one.

[KH16]: Krotov and Hopfield 2016, Dense associative memory for pattern recognition,
arXiv:1606.01164.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.kernels.calls import call_chunk
from hamsim.kernels.jit import apart

__all__ = ["Hidden", "hidden_drive", "hidden_energy", "hidden_gain", "hidden_take", "renew_hidden"]

_BYTES = 8  # of a float64
_ADD, _ACTIVATE, _LINEAR = 0, 5, 6  # columns of `Hidden.chunks`


class Hidden(NamedTuple):
    """Hidden neurons, in an order in which those that share a Lagrangian lie together.

    Parameters
    ----------
    indptr, indices, weights
        For each neuron of the network, (n + 1,): which hidden neurons it is connected with, in
        rising order, and how strongly.
    input : ndarray, shape (trials or 1, hidden)
    states, tried : ndarray, shape (trials, hidden)
        x, and x if a neuron took another value.
    sums : ndarray, shape (trials, chunks)
        L of each chunk at `states`.
    lost : ndarray of int, shape (trials,)
        1 where no decision could be made, because L has no finite difference.
    activations : ndarray, shape (trials, hidden)
        At `states`, where `stale` is 0.
    stale : ndarray of int, shape (trials,)
    parameters : ndarray, shape (p, hidden)
    slopes : ndarray, shape (hidden,)
        Of activations that are linear.
    chunks : ndarray of int, shape (chunks, 7)
        Of each chunk the address of the function that adds L, its first neuron, the one after its
        last, how many share one Lagrangian, whether all have the same parameters, the address of
        the function that activates, and whether activations are linear.
    scratch : ndarray, shape (trials, rows, width)
    """

    indptr: Ints
    indices: NDArray[np.uint32]
    weights: Floats
    input: Floats
    states: Floats
    tried: Floats
    sums: Floats
    lost: Ints
    activations: Floats
    stale: Ints
    parameters: Floats
    slopes: Floats
    chunks: Ints
    scratch: Floats


@apart
def _call(hidden, t, c, address, x, out_at):
    """Call a function of a chunk of hidden neurons, at the states x of all of them."""
    _, start, stop, shared, uniform, _, _ = hidden.chunks[c]
    x_at = x.ctypes.data + _BYTES * start
    call_chunk(
        address,
        x_at,
        x_at,
        x_at,
        out_at,
        hidden.parameters.ctypes.data + _BYTES * start,
        hidden.parameters.shape[1],
        hidden.scratch[t].ctypes.data,
        hidden.scratch.shape[2],
        stop - start,
        1,
        shared,
        uniform,
    )


@apart
def _lagrangian(hidden, t, c, x):
    """L of a chunk of hidden neurons."""
    out = hidden.scratch[t, hidden.scratch.shape[1] - 1]
    out[0] = 0.0
    _call(hidden, t, c, hidden.chunks[c, _ADD], x, out.ctypes.data)
    return out[0]


@apart
def _add(hidden, first, last, change, x):
    """Add what a neuron's change sends along some of its synapses."""
    if last == first:
        return
    begin = np.int64(hidden.indices[first])
    if np.int64(hidden.indices[last - 1]) - begin == last - 1 - first:  # one after another
        weights, part = hidden.weights[first:last], x[begin : begin + last - first]
        for k in range(weights.size):
            part[k] += change * weights[k]
        return
    for k in range(np.uint64(first), np.uint64(last)):
        x[np.uint64(hidden.indices[k])] += change * hidden.weights[k]


@apart
def _lagrangian_after(hidden, t, c, first, last, change):
    """L of a chunk if a neuron's activation changed."""
    start, stop = hidden.chunks[c, 1], hidden.chunks[c, 2]
    states, tried = hidden.states[t, start:stop], hidden.tried[t, start:stop]
    if last - first == stop - start:  # it is connected with all of them
        weights = hidden.weights[first:last]
        for k in range(tried.size):
            tried[k] = states[k] + change * weights[k]
    else:
        for k in range(tried.size):
            tried[k] = states[k]
        _add(hidden, first, last, change, hidden.tried[t])
    return _lagrangian(hidden, t, c, hidden.tried[t])


@apart
def _rise_of_squares(hidden, t, first, last, shift):
    """Sum of a w (x + shift w) over some synapses w to hidden neurons with L = a x^2 / 2.

    Times `change` it is what L rises by where `shift` is half of that: nothing is evaluated twice.
    """
    states, one, two, three, four = hidden.states[t], 0.0, 0.0, 0.0, 0.0
    begin, count = np.int64(hidden.indices[first]), last - first
    if np.int64(hidden.indices[last - 1]) - begin == count - 1:  # one after another
        weights, x = hidden.weights[first:last], states[begin : begin + count]
        slopes = hidden.slopes[begin : begin + count]
        fours = np.uint64(4) * np.uint64(count // 4)
        # Four sums, so that one addition need not wait for the other.
        for k in range(np.uint64(0), fours, np.uint64(4)):
            w, v = weights[k], weights[k + np.uint64(1)]
            one += slopes[k] * w * (x[k] + shift * w)
            two += slopes[k + np.uint64(1)] * v * (x[k + np.uint64(1)] + shift * v)
            w, v = weights[k + np.uint64(2)], weights[k + np.uint64(3)]
            three += slopes[k + np.uint64(2)] * w * (x[k + np.uint64(2)] + shift * w)
            four += slopes[k + np.uint64(3)] * v * (x[k + np.uint64(3)] + shift * v)
        for k in range(fours, np.uint64(count)):
            one += slopes[k] * weights[k] * (x[k] + shift * weights[k])
        return (one + two) + (three + four)
    for k in range(np.uint64(first), np.uint64(last)):
        w, to = hidden.weights[k], np.uint64(hidden.indices[k])
        one += hidden.slopes[to] * w * (states[to] + shift * w)
    return one


@apart
def _last_in(hidden, c, first, end):
    """The first synapse, from `first` on, that leads beyond a chunk, by halves."""
    start, stop = hidden.chunks[c, 1], hidden.chunks[c, 2]
    last = min(end, first + (stop - start))  # each neuron has one there at most
    if last == first or np.int64(hidden.indices[last - 1]) < stop:
        return last
    while first < last:
        middle = (first + last) // 2
        if np.int64(hidden.indices[middle]) < stop:
            first = middle + 1
        else:
            last = middle
    return first


@apart
def hidden_gain(hidden, t, i, now, low, high):
    """How much the hidden neurons lower the energy at a neuron's upper value, against its lower.

    Parameters
    ----------
    hidden : Hidden
    t, i : int
        Trial, and neuron.
    now, low, high : float
        What its activation is, and can be.

    Returns
    -------
    float
        E(low) - E(high); 0 where L has no finite difference, which `lost` says then.
    """
    gain, first, end = 0.0, hidden.indptr[i], hidden.indptr[i + 1]
    for c in range(hidden.chunks.shape[0]):
        last = _last_in(hidden, c, first, end)
        if last == first:
            continue
        if hidden.chunks[c, _LINEAR]:
            shift = 0.5 * (high + low) - now
            gain += (high - low) * _rise_of_squares(hidden, t, first, last, shift)
            first = last
            continue
        up = down = hidden.sums[t, c]
        if now != high:
            up = _lagrangian_after(hidden, t, c, first, last, high - now)
        if now != low:
            down = _lagrangian_after(hidden, t, c, first, last, low - now)
        gain += up - down
        first = last
    if not np.isfinite(gain):
        hidden.lost[t] = 1
        return 0.0
    return gain


@apart
def hidden_take(hidden, t, i, change):
    """Let the hidden neurons follow a neuron whose activation has changed."""
    first, end = hidden.indptr[i], hidden.indptr[i + 1]
    hidden.stale[t] = 1
    for c in range(hidden.chunks.shape[0]):
        last = _last_in(hidden, c, first, end)
        if last > first and hidden.chunks[c, _LINEAR]:
            rise = _rise_of_squares(hidden, t, first, last, 0.5 * change)
            hidden.sums[t, c] += change * rise
            _add(hidden, first, last, change, hidden.states[t])
        elif last > first:
            _add(hidden, first, last, change, hidden.states[t])
            hidden.sums[t, c] = _lagrangian(hidden, t, c, hidden.states[t])
        first = last


@apart
def renew_hidden(hidden, t, g):
    """Sum the states of the hidden neurons anew: W g in the order of the neurons, then I."""
    states = hidden.states[t]
    hidden.stale[t] = 1
    for k in range(states.size):
        states[k] = 0.0
    for i in range(g.size):
        if g[i] != 0.0:
            _add(hidden, hidden.indptr[i], hidden.indptr[i + 1], g[i], states)
    current = hidden.input[t if hidden.input.shape[0] > 1 else 0]
    for k in range(states.size):
        states[k] += current[k]
    for c in range(hidden.chunks.shape[0]):
        hidden.sums[t, c] = _lagrangian(hidden, t, c, states)


@apart
def hidden_drive(hidden, t, i):
    """What a neuron receives from hidden neurons, the sum of W g."""
    states, activations = hidden.states[t], hidden.activations[t]
    if hidden.stale[t]:
        for c in range(hidden.chunks.shape[0]):
            out_at = activations.ctypes.data + _BYTES * hidden.chunks[c, 1]
            _call(hidden, t, c, hidden.chunks[c, _ACTIVATE], states, out_at)
        hidden.stale[t] = 0
    total = 0.0
    for k in range(np.uint64(hidden.indptr[i]), np.uint64(hidden.indptr[i + 1])):
        total += hidden.weights[k] * activations[np.uint64(hidden.indices[k])]
    return total


@apart
def hidden_energy(hidden, t):
    """What the hidden neurons add to the energy, -L."""
    total = 0.0
    for c in range(hidden.chunks.shape[0]):
        total -= hidden.sums[t, c]
    return total
