"""Groups whose neurons have shares of a whole, as classes do: which share one, and how steeply."""

from __future__ import annotations

from math import prod

import numpy as np

from hamsim.arrays import Floats
from hamsim.network import Group

__all__ = ["Shares", "are_shares"]


def are_shares(group: Group) -> bool:
    """Whether activations are exp(beta x) over their sum, so that they are positive and sum to 1.

    A silent unit would take a part of the whole.
    """
    return bool(group.family.steepness) and group.family.silent == 0


class Shares:
    """The wholes of a group, and the shares p of exp(beta x) that its neurons have of them.

    Parameters
    ----------
    group : Group
        If its activations are no shares themselves, those of all its neurons with beta 1 are
        meant.
    """

    def __init__(self, group: Group) -> None:
        own = are_shares(group)
        self.shape = group.shape
        self.over = group.over if own else tuple(range(len(group.shape)))
        self.beta: Floats = group.fact("steepness") if own else np.ones(group.size)
        self._axes = tuple(1 + axis for axis in self.over)
        self._last = self.over == tuple(range(len(self.shape) - len(self.over), len(self.shape)))
        self.whole = prod(self.shape[axis] for axis in self.over)

    @property
    def rest(self) -> tuple[int, ...]:
        """Shape of the wholes: the axes over which no whole goes."""
        return tuple(n for axis, n in enumerate(self.shape) if axis not in self.over)

    def _apart(self, v: Floats) -> tuple[Floats, tuple[int, ...]]:
        """Rows with one whole along the axes that come second; wholes in a row are one axis."""
        if self._last:
            return v.reshape(v.shape[0], v.shape[1] // self.whole, self.whole), (2,)
        return v.reshape(v.shape[0], *self.shape), self._axes

    def logarithm(self, x: Floats) -> Floats:
        """Logarithms of shares, in the shape of `x`, exact to rounding for all states."""
        apart, axes = self._apart(self.beta * x)
        below = apart - apart.max(axis=axes, keepdims=True)
        found: Floats = below - np.log(np.exp(below).sum(axis=axes, keepdims=True))
        return found.reshape(x.shape)

    def of(self, x: Floats) -> Floats:
        """Shares, in the shape of `x`."""
        apart, axes = self._apart(self.beta * x)
        above = np.exp(apart - apart.max(axis=axes, keepdims=True))
        found: Floats = above / above.sum(axis=axes, keepdims=True)
        return found.reshape(x.shape)

    def sums(self, t: Floats) -> Floats:
        """Sums of each whole, shape (rows, wholes)."""
        apart, axes = self._apart(t)
        found: Floats = apart.sum(axis=axes)
        return found.reshape(t.shape[0], t.shape[1] // self.whole)

    def one_hot(self, labels: Floats) -> Floats:
        """Rows with 1 where the labels, shape (rows, *rest), say, and 0 elsewhere."""
        inner = labels.astype(np.int64).reshape(labels.shape[0], *self.rest, 1)
        apart = (np.arange(self.whole) == inner).astype(np.float64)
        parts = apart.reshape(
            labels.shape[0], *self.rest, *(self.shape[axis] for axis in self.over)
        )
        order = [axis for axis in range(len(self.shape)) if axis not in self.over]
        back = np.argsort([0, *(1 + axis for axis in (*order, *self.over))])
        return np.ascontiguousarray(parts.transpose(back)).reshape(labels.shape[0], -1)
