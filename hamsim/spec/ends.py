"""The neurons at one end of a connection, and how a file names single ones."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from hamsim.errors import did_you_mean
from hamsim.network import Ints
from hamsim.spec.messages import shown
from hamsim.spec.schema import GroupSpec

__all__ = ["End"]

_AT = re.compile(r"(?P<group>.*)\[(?P<place>[0-9][0-9, ]*)\]\Z", re.DOTALL)
# In the table of names: names that two neurons have.
_TWICE = -1


class End:
    """The neurons of one or several groups, one group after another in file order.

    Parameters
    ----------
    names : sequence of str
        Groups, in file order.
    groups : sequence of GroupSpec
    starts : sequence of int, optional
        Number of each group's first neuron in the network.
    """

    def __init__(
        self, names: Sequence[str], groups: Sequence[GroupSpec], starts: Sequence[int] = ()
    ) -> None:
        self.names, self.groups, self.starts = tuple(names), tuple(groups), tuple(starts)

    @property
    def n(self) -> int:
        """Number of neurons."""
        return sum(group.count for group in self.groups)

    @property
    def shape(self) -> tuple[int, ...]:
        """The group's shape; (n,) where there are several groups."""
        return self.groups[0].dimensions if len(self.groups) == 1 else (self.n,)

    @cached_property
    def neurons(self) -> Ints:
        """Numbers of the neurons in the network, shape (n,)."""
        return np.concatenate(
            [
                np.arange(start, start + group.count, dtype=np.int64)
                for start, group in zip(self.starts, self.groups, strict=True)
            ]
        )

    def label(self, k: int) -> str:
        """Name of this end's neuron k, as people write it: `pixels[3, 4]` or `motor.AVAL`."""
        which = int(np.searchsorted(list(self.offsets.values()), k, side="right")) - 1
        name, group = self.names[which], self.groups[which]
        k -= self.offsets[name]
        if group.neurons:
            return f"{name}.{group.neurons[k].id}"
        place = ", ".join(str(int(axis)) for axis in np.unravel_index(k, group.dimensions))
        return f"{name}[{place}]"

    @property
    def offsets(self) -> dict[str, int]:
        """Where each group begins among the neurons of this end."""
        counts = [0, *(group.count for group in self.groups)]
        return dict(zip(self.names, np.cumsum(counts).tolist(), strict=False))

    @cached_property
    def _table(self) -> dict[str, int]:
        """Neurons by name, and by group.name."""
        table: dict[str, int] = {}
        for name, group in zip(self.names, self.groups, strict=True):
            first = self.offsets[name]
            for k, neuron in enumerate(group.neurons or (), start=first):
                table[neuron.id] = _TWICE if neuron.id in table else k
        for name, group in zip(self.names, self.groups, strict=True):
            first = self.offsets[name]
            for k, neuron in enumerate(group.neurons or (), start=first):
                table.setdefault(f"{name}.{neuron.id}", k)
        return table

    def find(self, neurons: Sequence[str | int]) -> tuple[Ints, list[tuple[int, str]]]:
        """Numbers, within this end, of neurons as a file names them.

        Parameters
        ----------
        neurons : sequence of str or int
            A name; ``group.name``; ``group[3]`` or ``group[2, 5]`` by the group's shape; or the
            number within this end, from 0.

        Returns
        -------
        found : ndarray of int
            0 where there is no such neuron.
        problems : list of (int, str)
            Which of them are wrong, and why.
        """
        table, n = self._table, self.n
        found: list[int] = []
        problems = []
        for k, neuron in enumerate(neurons):
            number = neuron if isinstance(neuron, int) else table.get(neuron)
            if number is None or not 0 <= number < n:
                result = self._look(neuron)
                if isinstance(result, str):
                    problems.append((k, result))
                    result = 0
                number = result
            found.append(number)
        return np.array(found, dtype=np.int64), problems

    def _look(self, neuron: str | int) -> int | str:
        """A neuron that is not simply in the table, or what is wrong with it."""
        where = f"[{', '.join(self.names)}]"
        if isinstance(neuron, str):
            if self._table.get(neuron) == _TWICE:
                return f"'{neuron}' is in several groups of {where}; write group.{neuron}"
            at = _AT.match(neuron)
            if at and at["group"] in self.names:
                return self._at(at["group"], [int(k) for k in re.findall("[0-9]+", at["place"])])
            if not re.fullmatch("[0-9]+", neuron):
                hint = f"they are numbered from 0 to {self.n - 1}"
                if names := [neuron.id for group in self.groups for neuron in group.neurons or ()]:
                    hint = did_you_mean(neuron, dict.fromkeys(names), "neurons")
                return f"no neuron {shown(neuron)} in {where}; {hint}"
            neuron = int(neuron.lstrip("0")[:20] or 0)
            if 0 <= neuron < self.n:
                return neuron
        return f"no neuron {neuron} in {where}; they are numbered from 0 to {self.n - 1}"

    def _at(self, name: str, place: list[int]) -> int | str:
        shape = self.groups[self.names.index(name)].dimensions
        if len(place) == 1 and place[0] < math.prod(shape):
            return self.offsets[name] + place[0]
        if len(place) != len(shape) or any(k >= n for k, n in zip(place, shape, strict=True)):
            return f"no neuron {name}{place}; the group has shape {list(shape)}"
        return self.offsets[name] + int(np.ravel_multi_index(place, shape))
