"""What a method of gradients gives back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats

__all__ = ["Found", "WeightGradient"]


class WeightGradient(Protocol):
    """The gradient by weights, on the synapses that exist."""

    @property
    def edges(self) -> Floats:
        """One value an undirected edge, shape (m,), in the order of `network.edges`."""

    @property
    def connections(self) -> Mapping[str, object]:
        """By the name of each connection, in its own shape: block, kernel, edges or triples."""


class Found(NamedTuple):
    """A gradient, averaged over the trials that count, and what became of each trial.

    Fields that were not wanted are None. Of `input`, `clamp` and `initial` each trial has a row,
    the derivative of its own loss, 0 where the trial does not count: `mean` gives their average.

    Parameters
    ----------
    loss : ndarray, shape (trials,)
    counts : ndarray of bool, shape (trials,)
        Trials that rested in a stable state, or did not diverge; the others are left out of every
        average.
    stable : ndarray of bool, shape (trials,)
        False where the rest state was seen to have a direction of negative curvature.
    residual : ndarray, shape (trials,)
        max|W g + I - x| over free neurons where the loss was taken.
    products_forward, products_backward : ndarray, shape (trials,)
        Products with W to the states, and from there to the gradient.
    x : ndarray, shape (trials, n)
        States where the loss was taken.
    weights : WeightGradient or None
        Mean over the trials that count.
    input : ndarray, shape (trials, n), or None
        By currents; 0 at held neurons.
    clamp : ndarray, shape (trials, n), or None
        By the states at which neurons are held; 0 at free neurons.
    initial : ndarray, shape (trials, n), or None
        By states at t = 0 of free neurons; 0 at held ones.
    tau : ndarray, shape (n,), or None
        Mean over the trials that count.
    lagrangian : mapping of str to mapping of str to ndarray, or None
        By groups and parameters, of shape (size of the group,); the mean over the trials that
        count. Where neurons share a Lagrangian the sum over them is the parameter's.
    """

    loss: Floats
    counts: NDArray[np.bool_]
    stable: NDArray[np.bool_]
    residual: Floats
    products_forward: Floats
    products_backward: Floats
    x: Floats
    weights: WeightGradient | None = None
    input: Floats | None = None
    clamp: Floats | None = None
    initial: Floats | None = None
    tau: Floats | None = None
    lagrangian: Mapping[str, Mapping[str, Floats]] | None = None

    def mean(self, rows: Floats) -> Floats:
        """Average over the trials that count of one of the fields with a row a trial."""
        count = max(int(np.count_nonzero(self.counts)), 1)
        total: Floats = rows[self.counts].sum(axis=0) / count
        return total

    @property
    def share(self) -> Floats:
        """What each trial has in averages, shape (trials,): 1 / their number, or 0."""
        count = max(int(np.count_nonzero(self.counts)), 1)
        return np.where(self.counts, 1.0 / count, 0.0)
