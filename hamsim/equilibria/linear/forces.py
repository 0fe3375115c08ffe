"""What acts on a network that stays as it is: which neurons are held, and currents of stimuli."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats, Mask
from hamsim.counted import counted
from hamsim.errors import HamsimError
from hamsim.network import Network
from hamsim.operator import operator_of

__all__ = ["currents", "held_neurons", "unrest"]


def held_neurons(network: Network) -> Mask:
    """Neurons whose states stimuli hold."""
    held = np.zeros(network.n_neurons, dtype=bool)
    for each in network.stimuli:
        if each.mode != "input":
            held[each.neurons] = True
    return held


def currents(network: Network, rows: int) -> Floats:
    """What stimuli add to the input, shape (rows, n).

    Raises
    ------
    HamsimError
        They have values of another number of trials.
    """
    added = np.zeros((rows, network.n_neurons))
    for each in network.stimuli:
        if each.mode != "input":
            continue
        if each.value.ndim == 2 and len(each.value) != rows:
            raise HamsimError(
                f"x has {counted(rows, 'state')}, and a stimulus has values of "
                f"{counted(len(each.value), 'trial')}"
            )
        added[:, each.neurons] += each.value
    return added


def unrest(network: Network, x: Floats, added: Floats) -> Floats:
    """W g + I - x at states as they are, shape (rows, n); 0 of neurons that are held."""
    u: Floats = operator_of(network).drive(x) + added - x
    u[:, held_neurons(network)] = 0.0
    return u
