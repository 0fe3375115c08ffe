"""A loss whose neurons and targets are known to fit a network and its trials."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.learning.losses.measures import Measure, OfStates
from hamsim.learning.losses.shares import Shares
from hamsim.network import Network

__all__ = ["BoundLoss"]


class BoundLoss(NamedTuple):
    """A loss of some neurons of a network, for as many trials as its targets are for.

    Its methods take activations or states of all neurons, `v` of shape (rows, n): one row a trial,
    in the order of the targets. What is not finite gives what arithmetic makes of it.

    Parameters
    ----------
    of : {"g", "x"}
        Whether it is a function of activations or of states.
    neurons : ndarray of int, shape (k,)
        Those that it reads.
    n : int
        Neurons of the network.
    measure : Measure
    target : ndarray, shape (1, k) or (trials, k), or None
        What the neurons should be; one row is for all trials.
    steady : Measure or None
        The same loss as a function of states, where one on activations loses what is too small
        for a double (see `in_states`).
    """

    of: Literal["g", "x"]
    neurons: Ints
    n: int
    measure: Measure
    target: Floats | None
    steady: Measure | None = None

    @property
    def _at(self) -> Any:
        """The neurons, as a slice where they are one after another: it takes no copy."""
        first, last = int(self.neurons[0]), int(self.neurons[-1])
        even = last - first + 1 == self.neurons.size and bool((np.diff(self.neurons) == 1).all())
        return slice(first, last + 1) if even else self.neurons

    def value(self, v: Floats) -> Floats:
        """Loss of each trial, shape (rows,)."""
        return self.measure.value(v[:, self._at], self.target)

    def slope(self, v: Floats) -> Floats:
        """Derivative by `v`, in its shape: 0 where the loss reads nothing."""
        at = self._at
        result = np.zeros((v.shape[0], self.n))
        result[:, at] = self.measure.slope(v[:, at], self.target)
        return result

    def curvature(self, v: Floats) -> Floats | None:
        """Diagonal of the second derivative by `v`, in its shape; None if it is not known."""
        at = self._at
        found = self.measure.curvature(v[:, at], self.target)
        if found is None:
            return None
        result = np.zeros((v.shape[0], self.n))
        result[:, at] = found
        return result

    def least(self) -> Floats | None:
        """What its neurons have where it is least, shape (1, k) or (rows, k), if that is known.

        In the order of `neurons`; None of formulas, functions and losses that have no least place.
        """
        return self.measure.least(self.target)

    def rows(self, index: NDArray[np.int64] | slice) -> BoundLoss:
        """The same loss for some of the trials, in the order of `index`."""
        if self.target is None or self.target.shape[0] == 1:
            return self
        return self._replace(target=self.target[index])

    def in_states(self) -> BoundLoss | None:
        """A loss on activations as one on states that has the same values and loses no digits.

        Of cross entropy: its slope by the activations, c = -t / g, is huge where g is small, and
        lost where g is 0 to a double; by the states it is H c = beta (g - t). None where the loss
        is on states already, or nothing is lost. What a parameter of the group's own Lagrangian
        does to the activations it does to the loss: its derivative by parameters has c.dg/dtheta
        besides, with the slope of the loss on activations.
        """
        if self.steady is None:
            return None
        return self._replace(of="x", measure=self.steady, steady=None)

    def seen_in(self, network: Network) -> BoundLoss:
        """The same loss on activations, where parameters of the network's Lagrangians are others.

        A loss on states is what it was when it was bound, whatever they become.

        Parameters
        ----------
        network : Network
            With the same neurons.
        """
        if self.steady is None:
            return self
        first = int(self.neurons[0])
        group = next(each for each in network.groups if each.start <= first < each.stop)
        return self._replace(steady=OfStates(Shares(group)))
