"""A network without its folded neurons, relaxed in pieces of trials."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.learning.rest.folding import Folding, folded_neurons
from hamsim.learning.rest.sides import first_side
from hamsim.learning.rest.workspace import Workspace, width_of
from hamsim.network import Network
from hamsim.operator import Neurons

__all__ = ["Relaxed"]

# Trials that are relaxed together at most: their vectors are to stay in the cache.
TOGETHER = 64
# Workspaces that are kept, for other numbers of trials.
KEPT = 3


class Relaxed:
    """The neurons of a network that are to be relaxed.

    Parameters
    ----------
    network : Network
        Whose pattern it is.
    held : ndarray of bool, shape (n,)
    places : ndarray of int, shape (nnz,)
        Where in the weights that are given each entry of W is.
    """

    def __init__(self, network: Network, held: NDArray[np.bool_], places: Ints) -> None:
        self.folding = Folding(network, folded_neurons(network, held), places)
        self.kept, self.folded = self.folding.kept, self.folding.folded
        self._held = held[self.kept]
        self._first: NDArray[np.bool_] | None = None
        self._spaces: dict[int, Workspace] = {}

    def put(self, network: Network, weights: Floats, balance: Floats | None) -> None:
        """Take values of a network.

        Parameters
        ----------
        network : Network
            W is not looked at.
        weights : ndarray
        balance : ndarray, shape (n,), or None
        """
        folding = self.folding
        self._weights, self._whole = weights, network
        self._balance = None if balance is None else balance[self.kept]
        self.network = folding.network(network, weights)
        if self._first is None:
            self._first = first_side(self.network, self._held)
        if self.folded.size:
            self._neurons = Neurons(folding.senders_of(network))
        for space in self._spaces.values():
            space.put(self.network.W.data, self.network, self._balance)

    def activate(self, x: Floats) -> Floats:
        """Activations of the kept neurons, of rows over them."""
        return Neurons(self.network.groups).activate(x)

    def workspace(self, trials: int) -> Workspace:
        """Room for so many trials, or for as many as are relaxed together."""
        width = width_of(min(trials, TOGETHER))
        found = self._spaces.get(width)
        if found is None:
            assert self._first is not None
            found = Workspace(self.network, self._first, self._held, width)
            found.put(self.network.W.data, self.network, self._balance)
            while len(self._spaces) >= KEPT:
                del self._spaces[next(iter(self._spaces))]
            self._spaces[width] = found
        return found

    def drive(self, x: Floats, current: Floats | None) -> tuple[Floats, Floats]:
        """What acts on the kept neurons, shape (rows, kept), and what the folded ones send."""
        base = np.empty((len(x), self.kept.size))
        base[:] = self._whole.input[self.kept]
        if current is not None:
            base += np.broadcast_to(current, x.shape)[:, self.kept]
        if not self.folded.size:
            return base, np.empty((len(x), 0))
        sent = self._neurons.activate(np.ascontiguousarray(x[:, self.folded]))
        for block in self.folding.blocks:
            matrix = block.matrix(self._weights)
            base[:, block.receivers] += (matrix @ sent[:, block.senders].T).T
        return base, sent

    def send_back(self, a: Floats) -> Floats:
        """W^T a of the folded neurons, from rows over the kept ones."""
        result = np.zeros((len(a), self.folded.size))
        for block in self.folding.blocks:
            matrix = block.matrix(self._weights)
            result[:, block.senders] += (matrix.T @ a[:, block.receivers].T).T
        return result
