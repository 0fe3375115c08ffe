"""What adjoints and activations of many steps add up to.

Rows are collected until there are enough for one product, in the order in which they come; how many
that are depends on the numbers of trials and steps alone, so that the bits do not depend on which
states were kept.
"""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.learning.parameters import lagrangian_gradient
from hamsim.learning.posed import Wanted
from hamsim.learning.synapses import SynapseGradient
from hamsim.learning.unrolled.backward import Passed
from hamsim.network import Network

__all__ = ["Sums"]

# Rows that are multiplied at a time.
ROWS = 512


class Sums:
    """Gradients by weights and by parameters of Lagrangians, as they grow.

    Parameters
    ----------
    network : Network
    share : ndarray, shape (trials,)
        What each trial has in them.
    wanted : Wanted
    evaluations : int
        So many are added.
    """

    def __init__(self, network: Network, share: Floats, wanted: Wanted, evaluations: int) -> None:
        self._network = network
        trials, n = share.size, network.n_neurons
        self._most = min(max(1, ROWS // trials), evaluations)
        shape = (self._most, trials, n)
        self._share, self._only = np.tile(share, self._most), wanted.only
        self.weights = SynapseGradient(network, wanted.edges) if wanted.weights else None
        self.lagrangian: dict[str, dict[str, Floats]] | None = {} if wanted.lagrangian else None
        self._drive, self._g = (np.empty(shape if wanted.weights else (0, 0, n)) for _ in range(2))
        self._sent, self._x = (np.empty(shape if wanted.lagrangian else (0, 0, n)) for _ in "sx")
        self._count = 0

    def add(self, x: Floats, g: Floats, passed: Passed) -> None:
        """Add one evaluation."""
        at = self._count
        if self.weights is not None:
            self._drive[at], self._g[at] = passed.drive, g
        if self.lagrangian is not None:
            self._sent[at], self._x[at] = passed.sent, x
        self._count += 1
        if self._count == self._most:
            self.finish()

    def finish(self) -> None:
        """Add what has been collected."""
        count, n = self._count, self._network.n_neurons
        if not count:
            return
        share = self._share[: count * (self._share.size // self._most)]
        if self.weights is not None:
            drive, g = self._drive[:count].reshape(-1, n), self._g[:count].reshape(-1, n)
            self.weights.adjoint(drive, g, scale=share)
        if self.lagrangian is not None:
            x, sent = self._x[:count].reshape(-1, n), self._sent[:count].reshape(-1, n)
            found = lagrangian_gradient(self._network, x, sent, self._only)
            for group, parameters in found.items():
                kept = self.lagrangian.setdefault(group, {})
                for name, rows in parameters.items():
                    kept[name] = kept.get(name, 0.0) + share @ rows
        self._count = 0
