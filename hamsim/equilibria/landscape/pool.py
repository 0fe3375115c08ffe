"""Rest states to which starts have come, gathered a few starts at a time."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.equilibria.landscape.merging import merge, tolerances
from hamsim.equilibria.rest.point import FixedPoint

__all__ = ["Pool"]


class Pool:
    """Different rest states, and which of them each start has come to.

    Parameters
    ----------
    n : int
        Neurons.

    Attributes
    ----------
    x : ndarray, shape (states, n)
    energy, error : ndarray, shape (states,)
    labels : ndarray of int, shape (starts,)
        -1 of starts that did not come to rest.
    basin : ndarray of str, shape (starts,)
    lost : list of ndarray
        Where starts were left that did not come to rest, in their order.
    """

    def __init__(self, n: int) -> None:
        self.x: Floats = np.zeros((0, n))
        self.energy: Floats = np.zeros(0)
        self.error: Floats = np.zeros(0)
        self.labels: Ints = np.zeros(0, dtype=np.int64)
        self.basin = np.zeros(0, dtype="<U9")
        self.lost: list[Floats] = []

    def add(self, found: FixedPoint) -> Ints:
        """Take in what some starts, as rows, have come to; their labels are appended.

        Returns
        -------
        ndarray of int
            The labels of these starts.
        """
        rests = np.asarray(found.converged, dtype=bool)
        known = self.x.shape[0]
        x = np.concatenate([self.x, found.x[rests]])
        energy = np.concatenate([self.energy, found.energy[rests]])
        error = np.concatenate([self.error, found.error[rests]])
        merged = merge(x, tolerances(x, error))
        old = self.labels >= 0
        self.labels[old] = merged.label[:known][self.labels[old]]
        labels = np.full(rests.size, -1, dtype=np.int64)
        labels[rests] = merged.label[known:]
        self.x, self.energy, self.error = (each[merged.first] for each in (x, energy, error))
        self.labels = np.concatenate([self.labels, labels])
        self.basin = np.concatenate([self.basin, np.where(rests, found.basin, "unknown")])
        self.lost += list(found.x[~rests])
        return labels

    def add_state(self, x: Floats, energy: float, error: float) -> int:
        """Take in a rest state that no start came to.

        Returns
        -------
        int
            Its number.
        """
        self.x = np.concatenate([self.x, x[None]])
        self.energy = np.append(self.energy, energy)
        self.error = np.append(self.error, error)
        return len(self.x) - 1

    def counts(self) -> Ints:
        """Starts that came to each state."""
        here = self.labels[self.labels >= 0]
        counts: Ints = np.bincount(here, minlength=self.x.shape[0])
        return counts
