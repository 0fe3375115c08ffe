"""The interface of `Operator` in NumPy and SciPy: the oracle of the kernels.

Whoever wants other arithmetic for W, on another machine or of another library, writes a class with
these methods.
"""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.field.drive import Drive
from hamsim.network import Connection, Network
from hamsim.operator import Neurons
from hamsim.operator.parts import Energies, energies_of

__all__ = ["PlainOperator"]


class PlainOperator:
    """A network, evaluated by NumPy and SciPy; see `Operator` for what its methods give.

    Parameters
    ----------
    network : Network
    neurons : object, optional
        Has the methods of `Neurons`, which is what is taken if nothing is given: only Lagrangians
        are the kernels' then.
    """

    def __init__(self, network: Network, neurons: Neurons | None = None) -> None:
        self.network = network
        self.neurons = Neurons(network.groups) if neurons is None else neurons
        self._drive = Drive(network)
        self.has_instant = bool((network.tau == 0).any())

    def activate(self, x: Floats) -> Floats:
        """Activations g."""
        return self.neurons.activate(x)

    def lagrangian(self, x: Floats) -> Floats:
        """L of each group, shape (groups, rows)."""
        return self.neurons.lagrangian(x)

    def hessian(self, x: Floats, v: Floats) -> Floats:
        """H v."""
        return self.neurons.hessian(x, v)

    def drive(self, x: Floats) -> Floats:
        """W g + I and what gated synapses add."""
        g = self.activate(x)
        return self._drive.at(np.atleast_2d(g)).reshape(g.shape)

    def evaluate(self, x: Floats) -> tuple[Floats, Floats]:
        """States with neurons of tau = 0 at what they follow, and W g + I - x there."""
        instant = self.network.tau == 0
        settled = np.array(x, dtype=np.float64)
        if self.has_instant:
            settled[..., instant] = self.drive(settled)[..., instant]
        u = self.drive(settled) - settled
        u[..., instant] = 0.0
        return settled, u

    def velocity(self, x: Floats) -> Floats:
        """dx/dt, NaN where tau = 0."""
        u, tau = self.evaluate(x)[1], self.network.tau
        return np.divide(u, tau, out=np.full_like(u, np.nan), where=tau > 0)

    def advance(self, x: Floats, dt: float) -> Floats:
        """The state after one step of Euler's method."""
        settled, u = self.evaluate(x)
        moving = self.network.tau > 0
        settled[..., moving] += dt / self.network.tau[moving] * u[..., moving]
        return self.evaluate(settled)[0]

    def product(self, v: Floats) -> Floats:
        """W v."""
        return self._drive.weigh(v)

    def transposed(self, v: Floats) -> Floats:
        """The transpose of W times v."""
        return self._drive.weigh_back(v)

    def energy(self, x: Floats, scale: Floats | None = None) -> Energies:
        """Energy of states as they are, part by part."""
        network = self.network
        g, own = self.neurons.dual(np.atleast_2d(x), scale)
        D = np.ones(network.n_neurons) if scale is None else scale
        connections = [self._connection(connection, g, D) for connection in network.connections]
        return energies_of(network, g, own, connections, scale)

    def _connection(self, connection: Connection, g: Floats, D: Floats) -> Floats:
        """-1/2 g.D W g over the synapses of a connection; -D T g g g of a gating one."""
        network = self.network
        result: Floats
        if connection.triples is not None:
            i, j, k, weights = connection.triples
            result = -(g[:, i] * g[:, j] * g[:, k]) @ (D[i] * weights)
            return result
        rows, columns = network.neurons(connection.rows), network.neurons(connection.columns)
        there = network.block(connection)
        result = -0.5 * np.sum((D * g)[:, rows].T * (there @ g[:, columns].T), axis=0)
        if connection.kind == "between":
            back = there.T
            result -= 0.5 * np.sum((D * g)[:, columns].T * (back @ g[:, rows].T), axis=0)
        return result
