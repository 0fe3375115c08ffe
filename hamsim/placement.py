"""Where the neurons of groups lie in arrays over all of them: one group after another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from hamsim.arrays import Ints

__all__ = ["Placement"]


class Placement:
    """Groups in an order, and the numbers that their neurons have.

    Parameters
    ----------
    sizes : mapping of str to int
        Neurons of each group, in order.
    """

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self.names = tuple(sizes)
        self.number = {name: k for k, name in enumerate(self.names)}
        self.sizes = np.array(list(sizes.values()), dtype=np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.sizes)])

    @property
    def n(self) -> int:
        """Number of neurons."""
        return int(self.starts[-1])

    def groups(self, neurons: Ints) -> Ints:
        """Number of each neuron's group."""
        return np.searchsorted(self.starts, neurons, side="right") - 1

    def only(self, names: Iterable[str]) -> Placement:
        """Some of the groups by themselves, in the order that they have here."""
        chosen = sorted(self.number[name] for name in names)
        return Placement({self.names[k]: int(self.sizes[k]) for k in chosen})

    def into(self, other: Placement, neurons: Ints) -> Ints:
        """Numbers that neurons have in another placement; -1 of groups that are not there."""
        there = [other.number.get(name, -1) for name in self.names]
        shift = np.array([-1 if k < 0 else other.starts[k] for k in there], dtype=np.int64)
        group = self.groups(neurons)
        return np.where(shift[group] < 0, -1, neurons - self.starts[group] + shift[group])

    def neurons(self, names: Iterable[str]) -> Ints:
        """Numbers of the neurons of some groups, ascending."""
        chosen = sorted(self.number[name] for name in names)
        ranges = [np.arange(self.starts[k], self.starts[k + 1]) for k in chosen]
        return np.concatenate([np.zeros(0, dtype=np.int64), *ranges])
