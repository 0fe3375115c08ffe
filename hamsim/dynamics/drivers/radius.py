"""What is known of the fastest rate of a network before any step, for those who look at it then."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.timeline.stepsize import slopes
from hamsim.layout.arrange import Layout
from hamsim.network import Network

__all__ = ["first_direction", "largest_radius"]


def largest_radius(network: Network) -> float:
    """What the spectral radius of T^-1 (W H - I) exceeds in no state; infinite if unknown.

    The largest sum of sizes along a row, with the steepest slopes. Neurons with tau = 0 pass on
    what they receive, in whatever strength.
    """
    if (network.tau == 0).any() or any(group.shared > 1 for group in network.groups):
        return float("inf")
    with np.errstate(invalid="ignore", over="ignore"):
        received = abs(network.W) @ slopes(network)
    largest = float(((1.0 + received) / network.tau).max(initial=0.0))
    return largest if np.isfinite(largest) else float("inf")


def first_direction(network: Network, layout: Layout, trials: int) -> Floats:
    """A direction without symmetries in which fast neurons go furthest, shape (n, trials)."""
    n = network.n_neurons
    least = network.tau[network.tau > 0].min(initial=np.inf)
    rates = np.divide(least, network.tau, out=np.zeros(n), where=network.tau > 0)
    uneven = (1.0 + 0.5 * np.sin(np.arange(1.0, n + 1))) * rates
    order = slice(None) if layout.order is None else layout.order
    direction: Floats = np.tile(uneven[order][:, None], (1, trials))
    return direction
