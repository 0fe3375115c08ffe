"""Which neurons share one Lagrangian."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Ints
from hamsim.network import Network

__all__ = ["shared_sets"]


def shared_sets(network: Network) -> Ints:
    """For each neuron the first neuron of those that share its Lagrangian; itself if additive."""
    sets = np.arange(network.n_neurons, dtype=np.int64)
    for group in network.groups:
        if group.over:
            numbers = sets[group.slice].reshape(group.shape)
            first = tuple(
                slice(0, 1) if k in group.over else slice(None) for k in range(numbers.ndim)
            )
            sets[group.slice] = np.broadcast_to(numbers[first].copy(), group.shape).reshape(-1)
    return sets
