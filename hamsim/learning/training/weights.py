"""All weights that can be learned as one vector, each of them once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.sparse import issparse

from hamsim.arrays import Floats, Ints
from hamsim.network import Connection, Network

__all__ = ["LearnedWeights", "flat_of"]


def _own(network: Network, connection: Connection) -> Floats:
    """Weights of a connection as `Network.with_weights` takes them."""
    own = connection.convolution
    if connection.triples is not None:
        return np.array(connection.triples.weights)
    if own is not None and own.kernel is not None and own.W is network.W:
        return np.array(own.kernel)
    return np.array(network.block(connection).data)


def _upper(network: Network, connection: Connection) -> Ints:
    places = network.pattern.places(connection)
    return np.flatnonzero(places.rows <= places.block.indices)


class LearnedWeights:
    """Weights of a network, which may be written to.

    Parameters
    ----------
    network : Network
    """

    def __init__(self, network: Network) -> None:
        self._base = network
        parts, self.slices, at = [np.zeros(0)], {}, 0
        self._shapes = {}
        for connection in network.connections:
            own = _own(network, connection)
            self._shapes[connection.name] = own.shape
            if connection.kind == "within":
                own = own[_upper(network, connection)]
            parts.append(own.reshape(-1))
            self.slices[connection.name] = slice(at, at + own.size)
            at += own.size
        self.flat: Floats = np.concatenate(parts)

    def own(self, flat: Floats) -> Mapping[str, Any]:
        """By the names of connections, as `Network.with_weights` takes them."""
        found = {}
        for connection in self._base.connections:
            part = flat[self.slices[connection.name]]
            if connection.kind == "within":
                upper = _upper(self._base, connection)
                mirror = self._base.pattern.places(connection).mirror
                whole = np.zeros(self._shapes[connection.name])
                whole[upper] = part
                assert mirror is not None
                whole[mirror.second] = whole[mirror.first]
                part = whole
            found[connection.name] = part.reshape(self._shapes[connection.name])
        return found

    def changed(self) -> None:
        """Say that the values were written to."""

    @property
    def network(self) -> Network:
        """The network with the values as they are now."""
        return self._base.with_weights(dict(self.own(self.flat)))


def flat_of(network: Network, gradient: Any) -> Floats:
    """A gradient by weights as one vector."""
    parts = [np.zeros(0)]
    for connection in network.connections:
        own = gradient.connections[connection.name]
        own = own.data if issparse(own) else np.ravel(own)
        parts.append(own[_upper(network, connection)] if connection.kind == "within" else own)
    return np.concatenate(parts)
