"""What a method of gradients is given: one question, with everything in file order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.learning.losses import BoundLoss
from hamsim.network import Network

__all__ = ["Posed", "Wanted"]


class Posed(NamedTuple):
    """The network, the trials and the loss of which a gradient is asked for.

    Parameters
    ----------
    network : Network
        As it lasts: on it acts what does not change, in `held` and `current`. For methods that go
        through time it is the network with all that acts.
    starts : ndarray, shape (trials, n)
        States at t = 0; those of held neurons are what they are held at.
    held : ndarray of bool, shape (n,)
        Neurons whose states are clamped, in every trial the same ones.
    current : ndarray, shape (trials, n), or None
        What is added to the network's input, of each trial.
    loss : BoundLoss
        Of as many trials.
    tolerance : float
        Residual max|W g + I - x| over free neurons at which a state rests.
    """

    network: Network
    starts: Floats
    held: NDArray[np.bool_]
    current: Floats | None
    loss: BoundLoss
    tolerance: float


class Wanted(NamedTuple):
    """By what the loss is to be differentiated; what is not wanted is not made.

    Parameters
    ----------
    weights, input, initial, tau, lagrangian : bool
        Weights of all synapses; currents, and with them the states at which neurons are held;
        states at t = 0; time constants; parameters of Lagrangians.
    edges : bool
        Whether the gradient by weights is to be told by single edges too.
    clamp : bool
        Whether `input` goes with the states at which neurons are held.
    only : mapping of str to collection of str, or None
        Of `lagrangian`, parameters by groups; all if there is none.
    """

    weights: bool = True
    input: bool = True
    initial: bool = False
    tau: bool = False
    lagrangian: bool = True
    edges: bool = False
    clamp: bool = True
    only: Mapping[str, Collection[str]] | None = None

    @property
    def anything(self) -> bool:
        """Whether a gradient is wanted, and not the loss alone."""
        return any((self.weights, self.input, self.initial, self.tau, self.lagrangian))

    @property
    def at_held(self) -> bool:
        """Whether it matters what reaches the activations of held neurons."""
        return self.lagrangian or (self.input and self.clamp)
