"""A network as discrete dynamics reads it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints, Mask
from hamsim.errors import SimulationError
from hamsim.kernels.discrete_plan import Synapses
from hamsim.network import Network, once

__all__ = ["synapses_of", "two_valued"]

# Part of all pairs of neurons from which on columns of W are kept in one piece each.
DENSE_FROM = 0.4
# Bits of a float64's fraction: sums of multiples of one number are exact below that many.
EXACT_BITS = 53
# Weights of patterns of +-1 are whole multiples of the smallest, or of a part of it.
DIVISORS = (1, 2, 3)
KINDS = (np.int8, np.int16)
MOST_COLUMNS = 2**16  # of which sums of whole multiples are below 2**31
ROUNDING = 2.0**-51  # relative to a weight
MOST_LEVELS = 2**16  # pairs of values, of which the first is that of graded neurons
PART = 2**16  # numbers that are looked at together


def two_valued(network: Network) -> Mask:
    """Neurons whose activation takes two values, shape (n,)."""
    found = np.zeros(network.n_neurons, dtype=bool)
    for group in network.groups:
        found[group.slice] = group.family.two_valued
    return found


def synapses_of(
    network: Network, hidden: Mask, asked: NDArray[np.uint32], current: Floats
) -> Synapses:
    """Arrange the weights, and find out how exact sums of them are.

    Parameters
    ----------
    network : Network
    hidden : ndarray of bool, shape (n,)
        Neurons whose synapses are not among these.
    asked : ndarray of uint32
        Neurons that are asked, in file order.
    current : ndarray, shape (trials, n) or (1, n)
        I.
    """
    found, unit = once(network, "synapses of sweeps", lambda: _arranged(network, hidden))
    largest = float(found.reach[0] + np.abs(current).max(initial=0.0))
    unit = min(unit, _unit_of(current.ravel()))
    return found._replace(
        asked=asked,
        reach=np.array([largest, *found.reach[1:]]),
        exact=bool(found.exact and largest < 2.0 ** min(unit + EXACT_BITS, 1000.0)),
    )


def _arranged(network: Network, hidden: Mask) -> tuple[Synapses, float]:
    """The weights, and the exponent of the power of two that all are multiples of."""
    W = network.W
    if hidden.any():
        W = W.tocoo()
        kept = ~(hidden[W.coords[0]] | hidden[W.coords[1]])
        rows, columns = (at[kept] for at in W.coords)
        W = csr_array((W.data[kept], (rows, columns)), shape=W.shape)
        W.sort_indices()
    n, binary = network.n_neurons, two_valued(network)
    low, high = _bounds(network)
    level, levels = _levels(network, low, high)
    own = np.array(W.diagonal(), dtype=np.float64)
    rows = _rows_of(W)
    sent = rows if network.symmetric else _rows_of(csr_array(W.T))
    dense, unit = _dense(W) if W.nnz >= DENSE_FROM * n**2 else (np.zeros((0, 0)), 1.0)
    small = np.isin(levels, (-1.0, 0.0, 1.0)).all() and (binary | hidden).all()
    summed = dense.dtype != np.float64 and small and n <= MOST_COLUMNS
    with np.errstate(invalid="ignore"):  # no weight times an activation without a bound
        terms = abs(W) @ np.maximum(abs(low), abs(high))
    largest = float(terms.max(initial=0.0))
    synapses = Synapses(
        *rows,
        *sent,
        block=_if_of(dense, np.float64),
        few=_if_of(dense, np.int8),
        whole=_if_of(dense, np.int16),
        total=dense.sum(axis=0, dtype=np.int32) if summed else np.zeros(0, dtype=np.int32),
        diagonal=own if own.any() else np.zeros(0),
        level=level,
        low=levels[0].copy(),
        high=levels[1].copy(),
        asked=np.zeros(0, dtype=np.uint32),
        reach=np.array(
            [np.inf if np.isnan(largest) else largest, np.diff(W.indptr).max(initial=0) + 1, unit]
        ),
        exact=bool((binary | hidden).all()),
    )
    return synapses, _unit_of(synapses.weights)


def _rows_of(W: csr_array) -> tuple[Ints, NDArray[np.uint32], Floats]:
    """Rows as kernels read them; of the arrays of W what can be read as it is."""
    indices = np.ascontiguousarray(W.indices, dtype=np.int32).view(np.uint32)
    return W.indptr.astype(np.int64), indices, np.ascontiguousarray(W.data, dtype=np.float64)


def _dense(W: csr_array) -> tuple[NDArray[Any], float]:
    """Columns in one piece each; whole multiples of a number, which comes last, if they are."""
    weights = np.abs(W.data[W.data != 0.0])
    least, most = float(weights.min(initial=np.inf)), float(weights.max(initial=0.0))
    for divisor in DIVISORS:
        unit = least / divisor
        kind = next((each for each in KINDS if most < (np.iinfo(each).max + 0.5) * unit), None)
        if kind is None:
            break
        if all(_are_multiples(weights[k : k + PART], unit) for k in range(0, weights.size, PART)):
            whole = np.zeros(W.shape, dtype=kind)
            receivers = np.repeat(np.arange(W.shape[0]), np.diff(W.indptr))
            whole[W.indices, receivers] = np.rint(W.data / unit)
            return whole, unit
    return np.ascontiguousarray(W.toarray().T), 1.0


def _if_of(dense: NDArray[Any], kind: Any) -> NDArray[Any]:
    """An array if its numbers are of a type, else one without any."""
    return dense if dense.dtype == kind else np.zeros((0, 0), dtype=kind)


def _are_multiples(weights: Floats, unit: float) -> bool:
    """Whether weights are whole multiples of a number, to rounding."""
    whole = np.rint(weights / unit)
    return bool((np.abs(whole * unit - weights) <= ROUNDING * weights).all())


def _bounds(network: Network) -> tuple[Floats, Floats]:
    """Between which numbers each neuron's activation is."""
    low, high = np.empty(network.n_neurons), np.empty(network.n_neurons)
    for group in network.groups:
        low[group.slice], high[group.slice] = group.fact("low"), group.fact("high")
    return low, high


def _levels(network: Network, low: Floats, high: Floats) -> tuple[NDArray[np.uint16], Floats]:
    """Which two values each neuron has, of those that there are, shape (2, levels)."""
    level = np.zeros(low.size, dtype=np.uint16)
    found = [np.zeros((2, 1))]  # of graded neurons, which have none
    for group in network.groups:
        if group.family.two_valued:
            own = np.stack([low[group.slice], high[group.slice]])
            if (own == own[:, :1]).all():
                values, which = own[:, :1], np.zeros(group.size, dtype=np.int64)
            else:
                values, which = np.unique(own, axis=1, return_inverse=True)
            level[group.slice] = which.reshape(-1) + sum(each.shape[1] for each in found)
            found.append(values)
    if sum(each.shape[1] for each in found) > MOST_LEVELS:
        raise SimulationError("neurons of two values have more than 65,535 different pairs of them")
    return level, np.concatenate(found, axis=1)


def _unit_of(terms: Floats) -> float:
    """Exponent of the largest power of two that all numbers are multiples of.

    Sums of them are exact as long as they are below 2**53 of it.
    """
    unit = np.inf
    for first in range(0, terms.size, PART):
        part = terms[first : first + PART]
        fraction, exponent = np.frexp(part[part != 0.0])
        whole = np.abs(np.ldexp(fraction, EXACT_BITS)).astype(np.int64)
        zeros = np.log2((whole & -whole).astype(np.float64))  # at the end of the fraction
        unit = min(unit, float((exponent - EXACT_BITS + zeros).min(initial=np.inf)))
    return unit
