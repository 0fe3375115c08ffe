"""A network as discrete dynamics reads it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.errors import SimulationError
from hamsim.kernels.discrete import Synapses
from hamsim.network import Network, once

__all__ = ["asked_for", "synapses_of"]

# Part of all pairs of neurons from which on columns of W are kept in one piece each.
DENSE_FROM = 0.4
# Bits of a float64's fraction: sums of multiples of one number are exact below that many.
EXACT_BITS = 53


def synapses_of(network: Network, asked: Ints, input: Floats) -> Synapses:
    """Arrange the weights, and find out how exact sums of them are.

    Parameters
    ----------
    network : Network
    asked : ndarray of int
        Neurons that are asked, in file order.
    input : ndarray, shape (trials, n) or (1, n)
    """
    found: Synapses = once(network, "synapses", lambda: _arranged(network))
    largest = found.largest + float(np.abs(input).max(initial=0.0))
    exact = _is_exact(np.concatenate([found.weights, input.reshape(-1)]), largest)
    return found._replace(asked=asked, largest=largest, exact=exact)


def _arranged(network: Network) -> Synapses:
    W = network.W
    sent = W if network.symmetric else csr_array(W.T)
    low, high = _values(network)
    dense = W.nnz >= DENSE_FROM * network.n_neurons**2
    reach = np.maximum(abs(low), abs(high))
    return Synapses(
        indptr=W.indptr.astype(np.int64),
        indices=W.indices.astype(np.uint32),
        weights=np.array(W.data, dtype=np.float64),
        sent_indptr=sent.indptr.astype(np.int64),
        sent_indices=sent.indices.astype(np.uint32),
        sent_weights=np.array(sent.data, dtype=np.float64),
        block=np.ascontiguousarray(W.toarray().T) if dense else np.zeros((0, 0)),
        diagonal=np.array(W.diagonal(), dtype=np.float64),
        low=low,
        high=high,
        asked=np.zeros(0, dtype=np.int64),
        largest=float((abs(W) @ reach).max(initial=0.0)),
        terms=float(np.diff(W.indptr).max(initial=0) + 1),
        exact=False,
    )


def _values(network: Network) -> tuple[Floats, Floats]:
    """The two values of each neuron."""
    low, high = np.empty(network.n_neurons), np.empty(network.n_neurons)
    for group in network.groups:
        if not group.family.two_valued:
            raise SimulationError(
                f"group '{group.name}' has Lagrangian {group.lagrangian}: discrete dynamics is of "
                "neurons whose activation takes two values"
            )
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


def asked_for(order: str | Ints, free: NDArray[np.bool_]) -> Ints:
    """Neurons that an order ever takes, of those that are free, in file order."""
    n = free.size
    named = np.arange(n) if isinstance(order, str) else np.unique(order)
    return named[free[named]].astype(np.int64)
