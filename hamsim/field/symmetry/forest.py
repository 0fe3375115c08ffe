"""The spanning forest, and factors that follow along it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from hamsim.arrays import Floats, Ints
from hamsim.field.sharing import shared_sets
from hamsim.field.symmetry.pairs import Pairs
from hamsim.network import Network

__all__ = ["Forest", "fitting", "grow", "number_nodes", "signs_and_factors"]


@dataclass(frozen=True, eq=False)
class Forest:
    """Spanning trees of the graph of nodes, and signed factors d that follow along them.

    Parameters
    ----------
    node : ndarray, shape (n,)
        Node of each neuron.
    parent : ndarray, shape (nodes,)
        The next node on the way to the root; a root's is itself.
    edge : ndarray, shape (nodes,)
        The synapse from the parent to the node, a place in `Pairs`; -1 for a root.
    root, depth : ndarray, shape (nodes,)
    mantissa, exponent : ndarray, shape (nodes,)
        d = mantissa 2^exponent with d_i W_ij = d_j W_ji along the trees, d = 1 at roots.
    """

    node: NDArray[Any]
    parent: NDArray[Any]
    edge: Ints
    root: NDArray[Any]
    depth: Ints
    mantissa: Floats
    exponent: Ints


def number_nodes(network: Network) -> NDArray[Any]:
    """For each neuron the number of its node: what has to have one factor."""
    neurons = np.arange(network.n_neurons)
    sets = shared_sets(network)
    ends = [(neurons, sets)]
    triples = network.triples
    if triples is not None:
        acting = triples.weights != 0.0
        ends += [(other[acting], triples.k[acting]) for other in (triples.i, triples.j)]
    rows, columns = (np.concatenate(side) for side in zip(*ends, strict=True))
    if np.array_equal(rows, columns):
        return neurons
    shape = (neurons.size, neurons.size)
    links = coo_array((np.ones(rows.size, dtype=np.int8), (rows, columns)), shape=shape)
    _, node = connected_components(links, directed=False)
    return np.asarray(node)


def grow(pairs: Pairs, node: NDArray[Any]) -> Forest:
    """Grow a spanning tree of each connected part, with the factors along it."""
    parent = _parents(*_adjacency(pairs, node))
    nodes = parent.size
    edge = np.full(nodes, -1, dtype=np.int64)
    for part, rows, columns in pairs.blocks():
        receiver, sender = node[rows], node[columns]
        found = np.flatnonzero((parent[receiver] == sender) & (receiver != sender))
        edge[receiver[found]] = part.start + found
    inner = edge >= 0
    there, power = np.frexp(pairs.there[edge[inner]])
    back, back_power = np.frexp(pairs.back[edge[inner]])
    mantissa, exponent = np.ones(nodes), np.zeros(nodes, dtype=np.int64)
    mantissa[inner] = back / there
    exponent[inner] = back_power.astype(np.int64) - power
    depth = inner.astype(np.int64)
    # Doubling: `up` is 1, 2, 4, ... nodes nearer to the root, the rest is of the way up to there.
    up = parent
    while not np.array_equal(above := up[up], up):
        mantissa, carry = np.frexp(mantissa * mantissa[up])
        exponent = exponent + exponent[up] + carry
        depth = depth + depth[up]
        up = above
    return Forest(node, parent, edge, up, depth, mantissa, exponent)


def _adjacency(pairs: Pairs, node: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Neighbours of each node, each once, as indptr and indices."""
    nodes = int(node.max(initial=-1)) + 1
    if nodes == node.size:  # each neuron is a node, in file order
        return pairs.indptr, pairs.indices
    marks = np.ones(pairs.indices.size, dtype=np.int8)
    rows = csr_array((marks, node[pairs.indices], pairs.indptr), shape=(node.size, nodes))
    rows = rows[np.argsort(node, kind="stable")]
    starts = np.concatenate([[0], np.cumsum(np.bincount(node, minlength=nodes))])
    graph = csr_array((rows.data, rows.indices, rows.indptr[starts]), shape=(nodes, nodes))
    graph.sum_duplicates()  # which SciPy's search for strong parts does not stand
    return graph.indptr, graph.indices


def _parents(indptr: NDArray[Any], indices: NDArray[Any]) -> NDArray[Any]:
    """Parents in a forest of shortest paths, one tree a connected part."""
    nodes = indptr.size - 1
    # What the searches work with; they would copy other integers.
    indptr, indices = indptr.astype(np.int32, copy=False), indices.astype(np.int32, copy=False)
    graph = _graph(indptr, indices)
    # The pattern is symmetric, so strong parts are the parts; weak ones would need a transpose.
    parts, part = connected_components(graph, directed=True, connection="strong")
    roots = np.empty(parts, dtype=np.int32)
    roots[part[::-1]] = np.arange(nodes - 1, -1, -1)
    # One more node with a way to each root, so that one search visits all parts.
    indices = np.concatenate([indices, roots])
    indptr = np.append(indptr, np.int32(indices.size))
    graph = _graph(indptr, indices)
    _, parent = breadth_first_order(graph, nodes, directed=True, return_predecessors=True)
    parent = parent[:nodes]
    parent[roots] = roots
    return np.asarray(parent)


def _graph(indptr: NDArray[Any], indices: NDArray[Any]) -> csr_array:
    """Edges without weights, for which the searches do not ask: all are one number in memory."""
    nodes = indptr.size - 1
    weights = np.broadcast_to(0.0, indices.size)
    return csr_array((weights, indices, indptr), shape=(nodes, nodes))


def signs_and_factors(pairs: Pairs, forest: Forest) -> tuple[Floats, Floats]:
    """Sign and size of each neuron's factor; sizes may be 0 or infinite where they do not fit."""
    size = np.abs(forest.mantissa)
    logarithm = forest.exponent + np.log2(size)
    node, root = forest.node, forest.root
    neurons = root[node]
    count = np.bincount(neurons, minlength=root.size)
    total = np.bincount(neurons, weights=logarithm[node], minlength=root.size)
    mean = total / np.maximum(count, 1)
    whole = np.floor(mean)
    with np.errstate(over="ignore", under="ignore"):
        power = fitting(forest.exponent - whole[root].astype(np.int64))
        factor = np.ldexp(size * np.exp2(whole - mean)[root], power)
    signs = np.sign(forest.mantissa)
    if np.any(signs < 0):
        signs *= _excitation(pairs, forest, signs[node])[root]
    return signs[node], factor[node]


def _excitation(pairs: Pairs, forest: Forest, signs: Floats) -> Floats:
    """For each root +1, or -1 if neurons with the sign +1 are the inhibitory ones of its tree."""
    nodes = forest.root.size
    votes = np.zeros(nodes)
    for part, rows, columns in pairs.blocks():
        across = np.flatnonzero(signs[rows] != signs[columns])
        vote = signs[columns[across]] * np.sign(pairs.there[part][across])
        roots = forest.root[forest.node[rows[across]]]
        votes += np.bincount(roots, weights=vote, minlength=nodes)
    return np.where(votes < 0, -1.0, 1.0)


def fitting(power: Ints) -> NDArray[np.int32]:
    """Powers of two for `ldexp`, which takes no larger ones."""
    return np.clip(power, -5000, 5000).astype(np.int32)
