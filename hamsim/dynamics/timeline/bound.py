"""What no rate of a network exceeds, in whatever state: cheap, and mostly enough to choose by."""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse import csr_array

from hamsim.dynamics.timeline.stepsize import slopes
from hamsim.network import Network, once

__all__ = ["largest_rate"]

ROUNDS = 3  # products after which the bound hardly falls any more


def largest_rate(network: Network) -> float:
    """What the spectral radius of T^-1 (W H - I) exceeds in no state; infinite if unknown.

    Kept with the network. Entries of that matrix are at most those of B = T^-1 (|W| Lambda + I),
    with the steepest slopes, and the radius of B is at most the largest (B v)_i / v_i of any v > 0
    [Collatz 1942, Math. Z. 48:221]; v is 1, then B v and so on. Neurons with tau = 0 pass on what
    they receive, in whatever strength.
    """
    return once(network, "largest rate", lambda: _largest_rate(network))


def _largest_rate(network: Network) -> float:
    shares = any(group.shared > 1 for group in network.groups)
    if shares or network.triples is not None or not np.all(network.tau > 0):
        return math.inf
    steepest = slopes(network)
    if not np.all(np.isfinite(steepest)):
        return math.inf
    W = network.W
    sizes = csr_array((np.abs(W.data), W.indices, W.indptr), shape=W.shape)
    v, least = np.ones(network.n_neurons), math.inf
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for _ in range(ROUNDS):
            image = (sizes @ (steepest * v) + v) / network.tau
            most = float((image / v).max(initial=0.0))
            if not most < math.inf:
                break
            least = min(least, most)
            v = image / image.max()
    return least
