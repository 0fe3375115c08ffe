"""Where those begin who look along the way how fast the fastest neurons are."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.layout.arrange import Layout
from hamsim.network import Network

__all__ = ["first_direction"]


def first_direction(network: Network, layout: Layout, trials: int) -> Floats:
    """A direction without symmetries in which fast neurons go furthest, shape (n, trials)."""
    n = network.n_neurons
    least = network.tau[network.tau > 0].min(initial=np.inf)
    rates = np.divide(least, network.tau, out=np.zeros(n), where=network.tau > 0)
    uneven = (1.0 + 0.5 * np.sin(np.arange(1.0, n + 1))) * rates
    order = slice(None) if layout.order is None else layout.order
    direction: Floats = np.tile(uneven[order][:, None], (1, trials))
    return direction
