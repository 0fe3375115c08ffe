"""Neurons at a kink of their activation, where one derivative says only half."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.network import Network
from hamsim.operator import Neurons

__all__ = ["at_kinks"]

# How near to a kink counts as at it, and what change of a slope, or of g, counts as a jump.
NEAR, JUMP = 1e-9, 1e-5


def at_kinks(network: Network, x: Floats) -> int:
    """How many neurons have a state at which their activation or its slope jumps.

    Parameters
    ----------
    network : Network
    x : ndarray, shape (n,)

    Notes
    -----
    Found by values on both sides, each neuron of a set that shares a Lagrangian going its own way.
    """
    count = 0
    for group in network.groups:
        if not group.family.kinks:
            continue
        alone, state = Neurons([group]), x[group.slice]
        rng = np.random.default_rng(group.size)
        way, v = np.ones(group.size), np.ones(group.size)
        if group.shared > 1:
            way, v = rng.uniform(-1.0, 1.0, group.size), rng.standard_normal(group.size)
        apart = NEAR * (1.0 + np.abs(state)) * way
        with np.errstate(all="ignore"):
            slopes = [alone.hessian(state + s * apart, v) for s in (1.0, -1.0)]
            g = [alone.activate(state + s * apart) for s in (1.0, -1.0)]
            jump = np.abs(slopes[0] - slopes[1]) > JUMP * (1.0 + np.abs(slopes[0]))
            steep = np.maximum(np.abs(slopes[0]), np.abs(slopes[1]))
            rise = np.abs(g[0] - g[1])
            jump |= rise > JUMP + 4.0 * np.abs(apart) * steep
        count += int(np.count_nonzero(jump))
    return count
