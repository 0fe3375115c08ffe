"""The gradient by weights, on the synapses that exist: sums over trials of a_i g_j."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.network import Connection, Network
from hamsim.network.edges import edges_of

__all__ = ["SynapseGradient"]


class SynapseGradient:
    """Sums of d/dW of a.(W g + gates(g)) over rows.

    Parameters
    ----------
    network : Network
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        n = network.n_neurons
        self._outer: Floats = np.zeros((n, n))
        triples = network.triples
        self._gated: Floats = np.zeros(0 if triples is None else triples.weights.size)

    def adjoint(self, a: Floats, g: Floats, scale: Floats | float = 1.0) -> None:
        """Add scale times the sum over rows of the derivative of a.(W g + gates(g))."""
        a = a * np.reshape(scale, (-1, 1))
        self._outer += a.T @ g
        triples = self._network.triples
        if triples is not None:
            i, j, k, _ = triples
            for to, p, q in ((i, j, k), (j, i, k), (k, i, j)):
                self._gated += (a[:, to] * g[:, p] * g[:, q]).sum(axis=0)

    @property
    def edges(self) -> Floats:
        """One value for each row of `network.edges`."""
        edges = edges_of(self._network)
        i, j = edges.ends.T
        both = (edges.back >= 0) & (i != j)
        values: Floats = self._outer[i, j] + np.where(both, self._outer[j, i], 0.0)
        return values

    @property
    def connections(self) -> dict[str, Floats | csr_array]:
        """By the name of each connection, in its own shape."""
        done, result = 0, {}
        for connection in self._network.connections:
            if connection.triples is not None:
                size = connection.triples.weights.size
                result[connection.name] = self._gated[done : done + size]
                done += size
            else:
                result[connection.name] = self._of_block(connection)
        return result

    def _of_block(self, connection: Connection) -> Floats | csr_array:
        network = self._network
        rows, columns = network.neurons(connection.rows), network.neurons(connection.columns)
        block = network.block(connection)
        values = self._outer[np.ix_(rows, columns)]
        if connection.kind != "from":
            turned = self._outer[np.ix_(columns, rows)].T
            if connection.kind == "within":
                turned = turned - np.diag(np.diag(turned))
            values = values + turned
        if block.nnz == values.size:
            return values
        at = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
        data = values[at, block.indices]
        return csr_array((data, block.indices, block.indptr), shape=block.shape)
