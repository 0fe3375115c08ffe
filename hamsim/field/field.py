"""The vector field of a network outside the kernels: u = W g + I - x and what follows from it.

    T x' = u = W g + I - x,    g = dL/dx        [HAM, eq. 1 and 2, with input currents]

Its derivative is J = W H - 1, with what gated synapses add to W. Neurons with tau = 0 have u = 0 at
all times. States are rows: shape (trials, n), in file order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.field.drive import Drive
from hamsim.field.hessian import Hessian
from hamsim.field.instants import explicit_instants
from hamsim.field.jacobian import Jacobian, ReducedJacobian
from hamsim.network import Network
from hamsim.operator import neurons_of

__all__ = ["Field", "Motion"]


class Motion(NamedTuple):
    """How states move, each of shape (trials, n).

    Parameters
    ----------
    g : ndarray
        Activations.
    u : ndarray
        W g + I - x; 0 of neurons with tau = 0.
    given : ndarray
        g' as far as neurons with tau > 0 cause it: H x', with their x' alone.
    velocity : ndarray
        x', also of neurons with tau = 0.
    """

    g: Floats
    u: Floats
    given: Floats
    velocity: Floats


class Field:
    """W g + I - x of a network, its derivative, and its neurons with tau = 0.

    Parameters
    ----------
    network : Network
    dense : bool
        For few neurons and many states; see `Drive`.
    """

    def __init__(self, network: Network, dense: bool = False) -> None:
        self.network = network
        self.neurons = neurons_of(network)
        self.drive = Drive(network, dense)
        self.instant: NDArray[np.bool_] = network.tau == 0

    def activation(self, x: Floats) -> Floats:
        """Activations g."""
        return self.neurons.activate(x)

    def residual(self, x: Floats) -> Floats:
        """What is left of W g + I - x: u, of neurons with tau = 0 as well."""
        return self.drive.at(self.activation(x)) - x

    def settle(self, x: Floats) -> Floats:
        """States with neurons of tau = 0 where the others put them: x_i = sum_j W_ij g_j + I_i.

        Parameters
        ----------
        x : ndarray, shape (trials, n)
            What it says of neurons with tau = 0 does not matter, if no one of them depends on
            another (`instants.explicit_instants`).
        """
        states = np.array(x, dtype=np.float64)
        if self.instant.any():
            states[:, self.instant] = 0.0
            driven = self.drive.at(self.activation(states))
            states[:, self.instant] = driven[:, self.instant]
        return states

    def motion(self, x: Floats) -> Motion:
        """How states move in which neurons with tau = 0 are where the others put them.

        Parameters
        ----------
        x : ndarray, shape (trials, n)
            As `settle` gives them; no neuron with tau = 0 may depend on another.
        """
        g = self.activation(x)
        u = self.drive.at(g) - x
        u[:, self.instant] = 0.0
        velocity = u / np.where(self.instant, 1.0, self.network.tau)
        given = self.neurons.hessian(x, velocity)
        if self.instant.any():
            # Their velocity follows from that of the others, on which they do not act back.
            followed = self.drive.change(g, given)
            velocity[:, self.instant] = followed[:, self.instant]
        return Motion(g, u, given, velocity)

    def hessian(self, x: Floats) -> Hessian:
        """H at one state of shape (n,)."""
        return Hessian(self.network, x)

    def jacobian(self, x: Floats) -> Jacobian:
        """J = W H - 1 at one state of shape (n,), with what gated synapses add to W."""
        return Jacobian(self.drive.matrix(self.activation(x[None])[0]), self.hessian(x))

    def reduced_jacobian(self, x: Floats) -> ReducedJacobian:
        """J of the neurons with tau > 0 alone, at one state of shape (n,)."""
        explicit = explicit_instants(self.network)
        return ReducedJacobian(self.jacobian(x), self.instant, explicit)
