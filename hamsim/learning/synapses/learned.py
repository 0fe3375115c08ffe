"""Weights that may be written to, and the network that has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.learning.synapses.parts import Part, Synapses, synapses_of
from hamsim.network import Connection, Network
from hamsim.network.replaced import frozen, sharing
from hamsim.network.weights import add_blocks, is_symmetric, require_places

__all__ = ["LearnedWeights"]


class LearnedWeights:
    """The weights of a network, which may be written to, and networks that have them.

    Parameters
    ----------
    network : Network
        Which is left as it is.

    Raises
    ------
    HamsimError
        Connections share places of W at which their weights cancelled, so that W has none there.

    Attributes
    ----------
    synapses : Synapses
        Where the weights of each connection are.
    flat : ndarray, shape (weights,)
        All weights, each of them once. Who writes here calls `changed`.
    slices : dict of str to slice
        Where those of a connection are.
    blocks : dict of str to ndarray
        Views of `flat`: the blocks of `between` and one-way connections that have no empty places.
    """

    def __init__(self, network: Network) -> None:
        require_places(network.pattern, network.connections)
        self.synapses: Synapses = synapses_of(network)
        self.flat: Floats = np.empty(self.synapses.size)
        self.slices = {part.name: part.slice for part in self.synapses.parts}
        self._base, self._made = network, network
        self._is_old = False
        for connection, part in zip(network.connections, self.synapses.parts, strict=True):
            self.flat[part.slice] = part.taken(_own(network, connection, part))
        self._begun = self.flat.copy()
        self.blocks = {
            part.name: self.flat[part.slice].reshape(part.shape)
            for part in self.synapses.parts
            if part.is_rectangle
        }
        self._source: Ints | None = None

    def own(self, flat: Floats) -> dict[str, Any]:
        """Numbers of all weights, by the names of connections in their own shapes."""
        return self.synapses.own(flat)

    def take(self, values: Mapping[str, Any]) -> None:
        """Write the weights of some connections, which are given in their own shapes."""
        for name, value in values.items():
            part = self.synapses.named[name]
            self.flat[part.slice] = part.taken(value)
        self.changed()

    def changed(self) -> None:
        """Say that `flat` was written to."""
        self._is_old = True

    @property
    def network(self) -> Network:
        """The network with the weights as they are now; it keeps them when others come."""
        if self._is_old:
            self._made = self._make()
            self._is_old = False
        return self._made

    @property
    def sources(self) -> Ints | None:
        """Which of the weights each entry of W has; None where some have several."""
        if any(connection.block is not None for connection in self._base.connections):
            return None
        if self._source is None:
            self._source = self._find()
        return self._source

    def _make(self) -> Network:
        base = self._base
        if self.flat.size == 0:
            return base
        if self._source is None:
            self._source = self._find()
        data = self.flat[self._source]
        connections = [
            self._with_block(connection, part)
            for connection, part in zip(base.connections, self.synapses.parts, strict=True)
        ]
        if any(connection.block is not None for connection in connections):
            add_blocks(base.pattern, connections, data)
        W = base.pattern.matrix(frozen(data))
        one_way = any(connection.kind == "from" for connection in connections)
        return sharing(
            base,
            {"weights": "learned"},
            W=W,
            symmetric=is_symmetric(base.pattern.mirror, data) if one_way else base.symmetric,
            connections=tuple(
                self._in_matrix(connection, part, W)
                for connection, part in zip(connections, self.synapses.parts, strict=True)
            ),
        )

    def _find(self) -> Ints:
        """Which of the weights each entry of W has; 0 where connections share a place."""
        source = np.zeros(self._base.W.nnz, dtype=np.intp)
        for connection, part in zip(self._base.connections, self.synapses.parts, strict=True):
            if part.block is None or connection.block is not None:
                continue
            places = self._base.pattern.places(connection)
            for at in (places.there, places.back):
                if at is not None:
                    source[at] = part.start + part.block.data
        return source

    def _with_block(self, connection: Connection, part: Part) -> Connection:
        """A connection with its own weights, if it has any beside those in W."""
        if connection.triples is not None:
            weights = frozen(self.flat[part.slice].copy())
            return replace(connection, triples=connection.triples._replace(weights=weights))
        if connection.block is None:
            return connection
        assert part.block is not None
        own = connection.block
        data = frozen(self.flat[part.slice][part.block.data])
        return replace(connection, block=csr_array((data, own.indices, own.indptr), own.shape))

    def _in_matrix(self, connection: Connection, part: Part, W: csr_array) -> Connection:
        """A connection with its kernel, if it has one still."""
        own = connection.convolution
        if own is None or own.W is not self._base.W:
            return connection
        if part.kernel is not None:
            assert own.kernel is not None
            kernel = np.where(part.kernel >= 0, part.own(self.flat), own.kernel)
            return replace(connection, convolution=replace(own, kernel=frozen(kernel), W=W))
        # The mean of a window is one no more when its weights are others.
        same = np.array_equal(self.flat[part.slice], self._begun[part.slice])
        return replace(connection, convolution=replace(own, W=W) if same else None)


def _own(network: Network, connection: Connection, part: Part) -> Any:
    """The weights of a connection in its own shape, or in the order of its block's data."""
    if connection.triples is not None:
        return connection.triples.weights
    if part.kernel is not None:
        assert connection.convolution is not None
        return connection.convolution.kernel
    if connection.block is not None:
        return connection.block.data
    return network.W.data[network.pattern.places(connection).there]
