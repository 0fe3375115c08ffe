"""Edges of a network: each undirected one once, and each synapse that goes one way.

They have the order of W.data. Of an undirected edge the entry on or above the diagonal stands for
both of its directions; where no connection goes one way that is the upper triangle of W, row by
row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.network.replaced import frozen

if TYPE_CHECKING:
    from hamsim.network.network import Network

__all__ = ["Edges", "edges_of", "spread_edges"]


class Edges(NamedTuple):
    """Edges, and where their weights are in W.data.

    Parameters
    ----------
    ends : ndarray of int, shape (m, 2)
        Receiver and sender; of an undirected edge the first is not above the second.
    there : ndarray of int, shape (m,)
        The entry of W[receiver, sender].
    back : ndarray of int, shape (m,)
        The entry of W[sender, receiver] of an undirected edge, that of a self-connection is the
        same; -1 of one that goes one way.
    """

    ends: Ints
    there: Ints
    back: Ints


def edges_of(network: Network) -> Edges:
    """The edges of a network; looked up once for each pattern and what goes one way in it."""
    one_way = None
    if not network.symmetric:
        one_way = frozenset(c.name for c in network.connections if c.kind == "from")
    kept = network.pattern.edges
    if one_way not in kept:
        kept[one_way] = _find(network)
    return kept[one_way]


def spread_edges(edges: Edges, values: Floats, size: int) -> Floats:
    """Values of edges in the order of W.data, in which W has so many entries."""
    data = np.empty(size)
    data[edges.there] = values
    both = edges.back >= 0
    data[edges.back[both]] = values[both]
    return data


def _find(network: Network) -> Edges:
    pattern = network.pattern
    indptr, indices = pattern.indptr, pattern.indices.astype(np.int64)
    rows = np.repeat(np.arange(pattern.n), np.diff(indptr))
    back = np.full(indices.size, -1, dtype=np.int64)
    mirror = pattern.mirror if network.symmetric else None
    if mirror is not None:
        back[mirror.first] = mirror.second
        own = np.flatnonzero(rows == indices)
        back[own] = own
        there = np.flatnonzero(indices >= rows)
    else:
        turned = _turned_entries(rows, indices, pattern.n)
        undirected = _undirected(network, turned)
        back[undirected] = turned[undirected]
        there = np.flatnonzero((indices >= rows) | (back < 0))
    ends = np.stack([rows[there], indices[there]], axis=1)
    return Edges(frozen(ends), frozen(there), frozen(back[there]))


def _undirected(network: Network, turned: Ints) -> Ints:
    """Entries of W that only undirected connections have, in both directions."""
    known, one_way = (np.zeros(turned.size, dtype=bool) for _ in range(2))
    for connection in network.connections:
        if connection.gate:
            continue
        places = network.pattern.places(connection)
        for at in (places.there, places.back):
            if at is None:
                continue
            at = at if isinstance(at, slice) else at[at >= 0]
            known[at] = True
            one_way[at] |= connection.kind == "from"
    # Where one of two entries that face each other goes one way, so does the other.
    alone = one_way | ~known | (turned < 0)
    facing = turned >= 0
    alone[facing] |= alone[turned[facing]]
    return np.flatnonzero(~alone)


def _turned_entries(rows: Ints, columns: Ints, n: int) -> Ints:
    """For each entry of W, in its order, the one that faces it; -1 for none."""
    if rows.size == 0:
        return rows
    keys, turned = rows * n + columns, columns * n + rows
    at = np.minimum(np.searchsorted(keys, turned), keys.size - 1)
    return np.where(keys[at] == turned, at, -1)
