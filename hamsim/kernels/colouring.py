"""Greedy colouring of graphs: neighbours get different numbers."""

from __future__ import annotations

import numpy as np

from hamsim.kernels.jit import internal, jit


@internal
def _smallest(indptr, indices, node, colours, seen):
    """Smallest colour that no neighbour has; `seen` holds the node that met a colour last."""
    for k in range(indptr[node], indptr[node + 1]):
        if colours[indices[k]] >= 0:
            seen[colours[indices[k]]] = node
    colour = 0
    while seen[colour] == node:
        colour += 1
    return colour


@jit
def colour_nodes(indptr, indices, order, roots, along):
    """Give each node the smallest number that none of its neighbours has.

    Parameters
    ----------
    indptr, indices : ndarray of int
        Neighbours, in both directions; a node that is its own neighbour may have any number.
    order : ndarray of int, shape (nodes,)
        In which nodes are taken; `along` the graph those that are met from nodes taken earlier
        come before others, so that a graph with two colours gets two.
    roots : int
        So many nodes of the order are taken first in any case.
    along : bool

    Returns
    -------
    colours : ndarray of int, shape (nodes,)
    """
    n = order.size
    colours = np.full(n, -1, np.int64)
    seen = np.full(n + 1, -1, np.int64)
    queue = np.empty(n, np.int64)
    queued = np.zeros(n, np.bool_)
    first, last = 0, 0
    for k in range(roots):
        queue[last] = order[k]
        queued[order[k]] = True
        last += 1
    for k in range(n):
        if not queued[order[k]]:
            queue[last] = order[k]
            queued[order[k]] = True
            last += 1
        while first < last:
            node = queue[first]
            first += 1
            colours[node] = _smallest(indptr, indices, node, colours, seen)
            if along:
                for j in range(indptr[node], indptr[node + 1]):
                    if not queued[indices[j]]:
                        queue[last] = indices[j]
                        queued[indices[j]] = True
                        last += 1
    return colours
