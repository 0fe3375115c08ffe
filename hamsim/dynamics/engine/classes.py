"""Classes of neurons without synapses inside a class, so that each has an exact flow."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csr_array

from hamsim.arrays import Floats, Ints
from hamsim.field.sharing import shared_sets
from hamsim.kernels.colouring import colour_nodes
from hamsim.kernels.jit import first_call
from hamsim.network import Network, Triples

__all__ = ["MOST_CLASSES", "classes_of", "graph_of_sets", "inside_sets", "largest_activations"]

# With more classes than this a step is a long row of small pieces of work.
MOST_CLASSES = 32


def inside_sets(network: Network) -> tuple[Floats, Floats]:
    """Of each neuron's row of W: its own weight, and the sizes of weights from its set.

    A gated synapse of two that share a Lagrangian, or of a neuron with itself, is a weight of the
    largest size of the third.
    """
    W, sets = network.W, shared_sets(network)
    own = W.diagonal()
    sizes = np.zeros(network.n_neurons)
    if any(group.shared > 1 for group in network.groups):
        entries = W.tocoo()
        inside = (sets[entries.row] == sets[entries.col]) & (entries.row != entries.col)
        np.add.at(sizes, entries.row[inside], np.abs(entries.data[inside]))
    if network.triples is not None:
        _add_gates(network.triples, sets, largest_activations(network), sizes)
    return own, sizes


def largest_activations(network: Network) -> Floats:
    """Upper bound of |g| of each neuron, or infinity."""
    groups = network.groups
    low, high = (np.concatenate([g.fact(name) for g in groups]) for name in ("low", "high"))
    most: Floats = np.maximum(np.abs(low), np.abs(high))
    return most


def _add_gates(triples: Triples, sets: Ints, most: Floats, sizes: Floats) -> None:
    neurons, weights = np.stack(triples[:3]), np.abs(triples.weights)
    for third in range(3):
        first, second = np.delete(neurons, third, axis=0)
        inside = sets[first] == sets[second]
        gated = weights[inside] * most[neurons[third][inside]]
        np.add.at(sizes, first[inside], gated)
        np.add.at(sizes, second[inside], gated)


def classes_of(network: Network, most: int | None = None) -> Ints | None:
    """Number of each neuron's class, those of the fastest neurons first; None if there are many.

    With more than `most`, or than splitting makes use of, there are many.

    Neurons that share a Lagrangian are in one class. All neurons with tau = 0, which must not
    depend on each other, are in the first one. Synapses inside a set of neurons that share a
    Lagrangian, and of a neuron with itself, do not count: see `inside_sets`.
    """
    sets = shared_sets(network)
    _, node = np.unique(sets, return_inverse=True)
    count = int(node.max(initial=-1)) + 1
    graph = graph_of_sets(network, node, count)
    tau = np.full(count, np.inf)
    np.minimum.at(tau, node, network.tau)
    instant = np.flatnonzero(tau == 0)
    others = np.flatnonzero(tau > 0)
    degrees = np.diff(graph.indptr)
    found: list[Ints] = []
    for along in (True, False):
        rest = others if along else others[np.argsort(-degrees[others], kind="stable")]
        order = np.concatenate([instant, rest]).astype(np.int64)
        with first_call("colour_nodes"):
            colours = colour_nodes(
                graph.indptr.astype(np.int64),
                graph.indices.astype(np.int64),
                order,
                instant.size,
                along,
            )
        found.append(colours)
        if colours.max() < 2:
            break
    colours = min(found, key=lambda each: int(each.max()))
    if colours.max() >= (MOST_CLASSES if most is None else most):
        return None
    fastest = np.full(int(colours.max()) + 1, np.inf)
    np.minimum.at(fastest, colours, tau)
    rank = np.empty(fastest.size, dtype=np.int64)
    rank[np.argsort(fastest, kind="stable")] = np.arange(fastest.size)
    classes: Ints = rank[colours][node]
    return classes


def graph_of_sets(network: Network, node: Ints, count: int) -> csr_array:
    """Which sets are joined by synapses in any direction, or by gated ones."""
    W = network.W.tocoo()
    rows, columns = [node[W.row]], [node[W.col]]
    if network.triples is not None:
        i, j, k = (node[each] for each in network.triples[:3])
        rows += [i, i, j]
        columns += [j, k, k]
    row, column = np.concatenate(rows), np.concatenate(columns)
    apart = row != column
    row, column = row[apart], column[apart]
    ones = np.ones(row.size, dtype=np.int8)
    graph = coo_array((ones, (row, column)), (count, count)).tocsr()
    return csr_array(graph + graph.T)
