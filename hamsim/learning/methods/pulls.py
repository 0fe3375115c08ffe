"""Losses whose nudge is a pull towards targets, which is relaxed together with the network.

That is so where the slope of the loss is v - t times a number, v being activations or states: of
half the sum of squares, and of cross entropy of shares, whose slope by states is beta (g - t).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.kernels.relaxing import DRIVEN, SENDING, SENDING_OF_STATES
from hamsim.learning.losses import BoundLoss
from hamsim.learning.losses.measures import OfStates, Squared
from hamsim.learning.rest.engine import Engine
from hamsim.learning.rest.workspace import Pull
from hamsim.network import Network

__all__ = ["prepare", "pull_of"]


def pull_of(
    network: Network, loss: BoundLoss, share: Floats, beta: float, trials: int
) -> Pull | None:
    """The nudge of a loss, or None if it is no such pull.

    Parameters
    ----------
    network : Network
    loss : BoundLoss
        As it was posed.
    share : ndarray, shape (n,)
        1 / D, and 0 of held neurons.
    beta : float
    trials : int
    """
    what, at = _kind(loss), loss.neurons
    if what is None or loss.target is None or not (share[at] > 0.0).all():
        return None
    strength = beta * share[at]
    if what == SENDING:
        measure = loss.steady
        assert isinstance(measure, OfStates)
        strength = strength * measure.shares.beta
    if what != DRIVEN and (_are_joined(network, at) or network.triples is not None):
        return None
    target = np.broadcast_to(loss.target, (trials, at.size))
    return Pull(what, at, np.ascontiguousarray(strength), np.ascontiguousarray(target))


def prepare(engine: Engine, loss: BoundLoss, held: NDArray[np.bool_]) -> None:
    """Arrange an engine for the pull of a loss, before it goes to rest: see `Engine.prepare`."""
    if _kind(loss) == DRIVEN and not held[loss.neurons].any():
        engine.prepare(loss.neurons)


def _kind(loss: BoundLoss) -> int | None:
    """What the pull of a loss changes."""
    if isinstance(loss.measure, Squared):
        return DRIVEN if loss.of == "g" else SENDING_OF_STATES
    return SENDING if isinstance(loss.steady, OfStates) else None


def _are_joined(network: Network, neurons: Ints) -> bool:
    """Whether any of the neurons have synapses among them."""
    W, among = network.W, np.zeros(network.n_neurons, dtype=bool)
    among[neurons] = True
    return any(among[W.indices[W.indptr[i] : W.indptr[i + 1]]].any() for i in neurons)
