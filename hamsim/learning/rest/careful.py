"""Trials brought to the rest states to which the network itself goes from their starts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.equilibria.rest.fixed_point import rest_from
from hamsim.equilibria.rest.point import FixedPoint
from hamsim.network import Network, Stimulus

__all__ = ["go_carefully"]


def go_carefully(
    network: Network, held: NDArray[np.bool_], x0: Floats, current: Floats, tolerance: float
) -> FixedPoint:
    """Find rest states as `hamsim.fixed_point` does.

    Parameters
    ----------
    network : Network
        Without stimuli, noise and delays.
    held : ndarray of bool, shape (n,)
    x0 : ndarray, shape (trials, n)
    current : ndarray, shape (trials, n)
        In the place of the network's input.
    tolerance : float
    """
    n = network.n_neurons
    stimuli = [Stimulus("input", np.arange(n), current, 0.0, np.inf)]
    if held.any():
        some = np.flatnonzero(held)
        stimuli.append(Stimulus("clamp", some, x0[:, some], 0.0, np.inf))
    posed = replace(network, input=np.zeros(n), stimuli=tuple(stimuli))
    return rest_from(posed, x0, tolerance)
