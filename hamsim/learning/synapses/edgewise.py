"""Values of edges from those of weights, and which edges have none there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.learning.synapses.parts import Synapses
from hamsim.network import Network
from hamsim.network.edges import edges_of

__all__ = ["Edgewise", "Pairs"]


class Pairs(NamedTuple):
    """Edges that are summed one by one."""

    receivers: Ints
    senders: Ints
    both: bool
    at: Ints


class Edgewise:
    """The rows of `network.edges`, as far as weights have their derivatives, and the others.

    Of a kernel, and where connections share places of W, an edge is not a weight: those edges are
    `pairs`, with sums of their own.

    Parameters
    ----------
    network : Network
    synapses : Synapses
    """

    def __init__(self, network: Network, synapses: Synapses) -> None:
        edges = edges_of(network)
        both = edges.back >= 0
        weight = np.full(network.W.nnz, -1, dtype=np.int64)
        goes_back = np.zeros(network.W.nnz, dtype=bool)
        for connection in network.connections:
            part = synapses.named[connection.name]
            if connection.block is not None or part.block is None or part.kernel is not None:
                continue
            places = network.pattern.places(connection)
            for at in (places.there, places.back):
                if at is not None:
                    weight[at] = part.start + part.block.data
                    goes_back[at] = part.both
        found = weight[edges.there]
        found[goes_back[edges.there] != both] = -1
        self._weight = found
        self.pairs: list[Pairs] = []
        for way in (True, False):
            at = np.flatnonzero((found < 0) & (both == way))
            if at.size:
                self.pairs.append(Pairs(edges.ends[at, 0], edges.ends[at, 1], way, at))

    def edges(self, flat: Floats, sums: list[Floats]) -> Floats:
        """Values of edges from those of weights, and of each of `pairs`."""
        values: Floats = flat[self._weight] if flat.size else np.zeros(self._weight.size)
        for pairs, found in zip(self.pairs, sums, strict=True):
            values[pairs.at] = found
        return values
