"""Which neurons follow from the others without reading one another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hamsim.dynamics.engine.classes import graph_of_sets, inside_sets
from hamsim.field.sharing import shared_sets
from hamsim.kernels.colouring import colour_nodes
from hamsim.kernels.jit import first_call
from hamsim.network import Network

__all__ = ["first_side"]


def first_side(network: Network, held: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Many neurons without synapses among them, none of them held, whatever the weights are.

    Parameters
    ----------
    network : Network
    held : ndarray of bool, shape (n,)

    Returns
    -------
    ndarray of bool, shape (n,)
        Neurons that share a Lagrangian are all among them, or none is.
    """
    network = _alike(network)
    sets = shared_sets(network)
    _, node = np.unique(sets, return_inverse=True)
    count = int(node.max(initial=-1)) + 1
    own, sizes = inside_sets(network)
    bad = np.zeros(count, dtype=bool)
    np.logical_or.at(bad, node, held | (own != 0.0) | (sizes != 0.0))
    graph = graph_of_sets(network, node, count)
    with first_call("colour_nodes"):
        colours = colour_nodes(
            graph.indptr.astype(np.int64),
            graph.indices.astype(np.int64),
            np.arange(count),
            0,
            True,
        )
    size = np.bincount(node, minlength=count) * ~bad
    best = int(np.argmax(np.bincount(colours, size))) if count else 0
    chosen: NDArray[np.bool_] = ((colours == best) & ~bad)[node]
    return chosen


def _alike(network: Network) -> Network:
    """The network with all weights 1: those that are 0 may become others."""
    W = network.pattern.matrix(np.ones(network.W.nnz))
    connections = tuple(
        replace(each, triples=each.triples._replace(weights=np.ones(each.triples.weights.size)))
        for each in network.connections
        if each.triples is not None
    )
    return replace(network, W=W, connections=connections)
