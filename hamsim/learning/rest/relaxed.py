"""A network without its folded neurons, relaxed in pieces of trials."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.kernels.relaxing import PAST, VECTORS
from hamsim.learning.rest.folding import Folding, folded_neurons
from hamsim.learning.rest.sides import first_side
from hamsim.learning.rest.workspace import Workspace, width_of
from hamsim.network import Network
from hamsim.operator import Neurons

__all__ = ["Relaxed"]

# Trials that are relaxed together at most, and numbers in all their vectors.
TOGETHER, NUMBERS = 64, 2**24
ROOM = VECTORS + 2 * PAST  # numbers of a neuron and a trial
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
        self._apart = np.zeros(self.kept.size, dtype=bool)
        self._asked: Ints | None = None
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
        self._weights, self._whole = weights, network
        self._balance = None if balance is None else balance[self.kept]
        self._network: Network | None = None
        for space in self._spaces.values():
            space.put(weights, network, self._balance)

    @property
    def network(self) -> Network:
        """The kept neurons with their weights as they are, as a network by itself."""
        if self._network is None:
            self._network = self.folding.network(self._whole, self._weights)
        return self._network

    def activate(self, x: Floats) -> Floats:
        """Activations of the kept neurons, of rows over them."""
        return Neurons(self.network.groups).activate(x)

    @property
    def together(self) -> int:
        """How many trials are relaxed together at most."""
        return max(1, min(TOGETHER, NUMBERS // (ROOM * max(1, self.kept.size))))

    @property
    def _side(self) -> NDArray[np.bool_]:
        """Which of the kept neurons are on the first side."""
        if self._first is None:
            self._first = first_side(self.network, self._held | self._apart)
        return self._first

    def put_second(self, neurons: Ints) -> None:
        """Have kept neurons, given in file order, on the second side from now on."""
        if neurons is self._asked:
            return
        self._asked, at = neurons, np.searchsorted(self.kept, neurons)
        if self._side[at].any():
            self._apart[at] = True
            self._first = None
            self._spaces.clear()

    def workspace(self, trials: int) -> Workspace:
        """Room for so many trials, or for as many as are relaxed together."""
        width = width_of(min(trials, self.together))
        found = self._spaces.get(width)
        if found is None:
            found = Workspace(self.network, self.folding, self._side, self._held, width)
            found.put(self._weights, self._whole, self._balance)
            while len(self._spaces) >= KEPT:
                del self._spaces[next(iter(self._spaces))]
            self._spaces[width] = found
        return found

    def pieces(self, trials: int) -> Iterator[tuple[int, Workspace]]:
        """Where pieces of so many trials begin, and the room for each; none of no neurons."""
        if self.kept.size and trials:
            own = self.workspace(trials)
            for first in range(0, trials, own.width):
                yield first, own
