"""All weights that can be learned as one vector, each of them once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.learning.synapses import Synapses, synapses_of
from hamsim.network import Connection, Network

__all__ = ["LearnedWeights", "flat_of"]


def _own(network: Network, connection: Connection) -> Any:
    """Weights of a connection in its own shape."""
    own = connection.convolution
    if connection.triples is not None:
        return connection.triples.weights
    if own is not None and own.kernel is not None and own.W is network.W:
        return own.kernel
    return csr_array(network.block(connection))


class LearnedWeights:
    """Weights of a network, which may be written to.

    Parameters
    ----------
    network : Network
    """

    def __init__(self, network: Network) -> None:
        self._base = network
        self._synapses: Synapses = synapses_of(network)
        self.slices = {part.name: part.slice for part in self._synapses.parts}
        self.flat: Floats = np.zeros(self._synapses.size)
        for connection in network.connections:
            part = self._synapses.named[connection.name]
            self.flat[part.slice] = part.taken(_own(network, connection))

    def own(self, flat: Floats) -> Mapping[str, Any]:
        """By the names of connections, as `Network.with_weights` takes them."""
        return self._synapses.own(flat)

    def changed(self) -> None:
        """Say that the values were written to."""

    @property
    def network(self) -> Network:
        """The network with the values as they are now."""
        return self._base.with_weights(dict(self.own(self.flat)))


def flat_of(network: Network, gradient: Any) -> Floats:
    """A gradient by weights as one vector."""
    if hasattr(gradient, "flat"):
        flat: Floats = gradient.flat
        return flat
    own = gradient.connections
    parts = synapses_of(network).parts
    return np.concatenate([np.zeros(0), *(part.taken(own[part.name]) for part in parts)])
