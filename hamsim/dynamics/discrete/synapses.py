"""A network as discrete dynamics reads it."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints, Mask
from hamsim.kernels.discrete_plan import Synapses
from hamsim.network import Network, once

__all__ = ["synapses_of", "two_valued"]

# Part of all pairs of neurons from which on columns of W are kept in one piece each.
DENSE_FROM = 0.4
# Bits of a float64's fraction: sums of multiples of one number are exact below that many.
EXACT_BITS = 53


def two_valued(network: Network) -> Mask:
    """Neurons whose activation takes two values, shape (n,)."""
    found = np.zeros(network.n_neurons, dtype=bool)
    for group in network.groups:
        found[group.slice] = group.family.two_valued
    return found


def synapses_of(network: Network, hidden: Mask, asked: Ints, current: Floats) -> Synapses:
    """Arrange the weights, and find out how exact sums of them are.

    Parameters
    ----------
    network : Network
    hidden : ndarray of bool, shape (n,)
        Neurons whose synapses are not among these.
    asked : ndarray of int
        Neurons that are asked, in file order.
    current : ndarray, shape (trials, n) or (1, n)
        I.
    """
    found: Synapses = once(network, "synapses of sweeps", lambda: _arranged(network, hidden))
    largest = float(found.reach[0] + np.abs(current).max(initial=0.0))
    exact = found.exact and _is_exact(np.concatenate([found.weights, current.ravel()]), largest)
    return found._replace(asked=asked, reach=np.array([largest, found.reach[1]]), exact=exact)


def _arranged(network: Network, hidden: Mask) -> Synapses:
    W = network.W
    if hidden.any():
        W = W.tocoo()
        kept = ~(hidden[W.coords[0]] | hidden[W.coords[1]])
        rows, columns = (at[kept] for at in W.coords)
        W = csr_array((W.data[kept], (rows, columns)), shape=W.shape)
        W.sort_indices()
    sent = W if network.symmetric else csr_array(W.T)
    n, binary = network.n_neurons, two_valued(network)
    low, high = _bounds(network)
    dense = W.nnz >= DENSE_FROM * n**2
    with np.errstate(invalid="ignore"):  # no weight times an activation without a bound
        terms = abs(W) @ np.maximum(abs(low), abs(high))
    largest = float(terms.max(initial=0.0))
    return Synapses(
        indptr=W.indptr.astype(np.int64),
        indices=W.indices.astype(np.uint32),
        weights=np.array(W.data, dtype=np.float64),
        sent_indptr=sent.indptr.astype(np.int64),
        sent_indices=sent.indices.astype(np.uint32),
        sent_weights=np.array(sent.data, dtype=np.float64),
        block=np.ascontiguousarray(W.toarray().T) if dense else np.zeros((0, 0)),
        diagonal=np.array(W.diagonal(), dtype=np.float64),
        low=np.where(binary, low, 0.0),
        high=np.where(binary, high, 0.0),
        asked=np.zeros(0, dtype=np.int64),
        reach=np.array(
            [np.inf if np.isnan(largest) else largest, np.diff(W.indptr).max(initial=0) + 1.0]
        ),
        exact=bool((binary | hidden).all()),
    )


def _bounds(network: Network) -> tuple[Floats, Floats]:
    """Between which numbers each neuron's activation is."""
    low, high = np.empty(network.n_neurons), np.empty(network.n_neurons)
    for group in network.groups:
        low[group.slice], high[group.slice] = group.fact("low"), group.fact("high")
    return low, high


def _is_exact(terms: Floats, largest: float) -> bool:
    """Whether all sums of these numbers up to the largest are exact.

    They are where all are multiples of one power of two, and the largest sum is a small multiple.
    """
    fraction, exponent = np.frexp(terms[terms != 0.0])
    if not fraction.size:
        return True
    whole = np.abs(np.ldexp(fraction, EXACT_BITS)).astype(np.int64)
    zeros = np.log2((whole & -whole).astype(np.float64))  # at the end of the fraction
    unit = float((exponent - EXACT_BITS + zeros).min())
    return bool(largest < 2.0 ** min(unit + EXACT_BITS, 1000.0))
