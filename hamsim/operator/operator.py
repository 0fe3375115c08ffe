"""One network, prepared: what the kernels give for states, in file order."""

from __future__ import annotations

from copy import copy

import numpy as np
from numpy.typing import DTypeLike

from hamsim.arrays import Floats
from hamsim.layout.arrange import Layout
from hamsim.network import Network, transposed
from hamsim.operator.energy import ConnectionEnergies
from hamsim.operator.neurons import Neurons
from hamsim.operator.parts import Energies, energies_of
from hamsim.operator.products import Products

__all__ = ["Operator"]


class Operator:
    """A network prepared for the kernels, each part of it when it is first needed.

    Arrays are rows over neurons in file order, (n,) or (rows, n), and results have their shape.
    They are not looked at: what is not finite gives what arithmetic makes of it. Several threads
    may use one operator at a time. Stimuli do not act.

    Parameters
    ----------
    network : Network
    layout : str
        How the weights are stored; see `hamsim.layout.choose`.
    dtype : {float64, float32}
        Of the weights.
    neurons : Neurons, optional
        The same network's groups, if they are prepared already.
    """

    def __init__(
        self,
        network: Network,
        layout: str = "auto",
        dtype: DTypeLike = np.float64,
        neurons: Neurons | None = None,
    ) -> None:
        # Not the network itself, which is to be let go of while its operator is kept for it.
        _ = network.pattern  # the copy is to have the same one
        self._network = copy(network)
        self._stored = layout, dtype
        self.neurons = Neurons(network.groups) if neurons is None else neurons
        self.has_instant = bool((network.tau == 0).any())
        self._products: dict[int, Products] = {}
        self._energies: ConnectionEnergies | None = None
        self._turned: Operator | None = None

    def _for(self, x: Floats) -> Products:
        """W for as many rows; kept for one row, and for the number asked for last."""
        trials = 1 if x.ndim == 1 else x.shape[0]
        found = self._products.get(trials)
        if found is None:
            found = Products(self._network, trials, *self._stored)
            single = {k: one for k, one in self._products.items() if k == 1}
            self._products = {**single, trials: found}
        return found

    def layout(self, trials: int) -> Layout:
        """How W is stored for so many trials."""
        return self._for(np.empty((trials, 0))).layout

    def activate(self, x: Floats) -> Floats:
        """Activations g = dL/dx  [HAM, eq. 1]."""
        return self.neurons.activate(x)

    def lagrangian(self, x: Floats) -> Floats:
        """L of each group, shape (groups, rows)."""
        return self.neurons.lagrangian(x)

    def hessian(self, x: Floats, v: Floats) -> Floats:
        """H v with H = d2L/dx2 at `x`; at a kink the one from the left."""
        return self.neurons.hessian(x, v)

    def drive(self, x: Floats) -> Floats:
        """W g + I and what gated synapses add, at states as they are, also where tau = 0."""
        return self._for(x).drive(x).reshape(x.shape)

    def evaluate(self, x: Floats) -> tuple[Floats, Floats]:
        """The field where neurons with tau = 0 are at what they follow  [HAM, eq. 2].

        Returns
        -------
        x : ndarray
            States, with those of neurons with tau = 0 at W g + I. They must not depend on each
            other (`hamsim.field.instants`).
        u : ndarray
            W g + I - x there.
        """
        settled, u = self._for(x).evaluate(x)
        return settled.reshape(x.shape), u.reshape(x.shape)

    def velocity(self, x: Floats) -> Floats:
        """dx/dt = u / tau, with u as of `evaluate`; NaN where tau = 0."""
        return self._for(x).velocity(x).reshape(x.shape)

    def advance(self, x: Floats, dt: float) -> Floats:
        """The state after one step x + (dt / tau) u of Euler's method."""
        tau = self._network.tau
        settled, u = self.evaluate(x)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            moved: Floats = np.where(tau > 0, settled + dt / tau * u, settled)
        return self.evaluate(moved)[0] if self.has_instant else moved

    def product(self, v: Floats) -> Floats:
        """W v, without gated synapses."""
        return self._for(v).product(v).reshape(v.shape)

    def transposed(self, v: Floats) -> Floats:
        """The transpose of W times v; where W is not symmetric it is stored once more."""
        if self._network.symmetric:
            return self.product(v)
        if self._turned is None:
            self._turned = Operator(transposed(self._network), *self._stored, self.neurons)
        return self._turned.product(v)

    def energy(self, x: Floats, scale: Floats | None = None) -> Energies:
        """Energy of states as they are, part by part  [HAM, eq. 3].

        Parameters
        ----------
        x : ndarray, shape (n,) or (rows, n)
        scale : ndarray, shape (n,), optional
            D of each neuron, with D W symmetric.
        """
        if self._energies is None:
            self._energies = ConnectionEnergies(self._network)
        g, own = self.neurons.dual(x, scale)
        rows = g.reshape(-1, g.shape[-1])
        return energies_of(self._network, rows, own, self._energies(rows, scale), scale)
