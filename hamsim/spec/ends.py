"""The neurons at one end of a connection, and how a file names single ones."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Literal

import numpy as np

from hamsim.errors import did_you_mean
from hamsim.network import Ints
from hamsim.spec.messages import shown
from hamsim.spec.schema import GroupSpec

__all__ = ["End", "is_numeral"]

_AT = re.compile(r"(?P<group>.*)\[(?P<place>[0-9][0-9, ]*)\]\Z", re.DOTALL)
# In the table of names: names that two neurons have.
_TWICE = -1
# More neurons that are not there are told without a hint, which takes long.
_MAX_HINTS = 10


class End:
    """The neurons of one or several groups, one group after another in file order.

    Parameters
    ----------
    names : sequence of str
        Groups, in file order.
    groups : sequence of GroupSpec
    starts : sequence of int, optional
        Number of each group's first neuron in the network.
    network : mapping of str to GroupSpec or None, optional
        All groups of the network, in which hints look for a neuron that is not at this end.
    """

    def __init__(
        self,
        names: Sequence[str],
        groups: Sequence[GroupSpec],
        starts: Sequence[int] = (),
        network: Mapping[str, GroupSpec | None] | None = None,
    ) -> None:
        self.names, self.groups, self.starts = tuple(names), tuple(groups), tuple(starts)
        self.network = network or {}

    @cached_property
    def n(self) -> int:
        """Number of neurons."""
        return sum(group.count for group in self.groups)

    @cached_property
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

    @cached_property
    def named(self) -> bool:
        """Whether any neuron has a name, so that whatever is written names one."""
        return any(group.neurons for group in self.groups)

    @cached_property
    def _numerals(self) -> bool:
        """Whether any neuron has a number for a name, so that numbers name neurons too."""
        return any(is_numeral(neuron.id) for group in self.groups for neuron in group.neurons or ())

    def find(
        self, neurons: Sequence[str | int], by: Literal["name", "position"] | None = None
    ) -> tuple[Ints, list[tuple[int, str]]]:
        """Numbers, within this end, of neurons as a file names them.

        Parameters
        ----------
        neurons : sequence of str or int
            A name; ``group.name``; ``group[3]`` or ``group[2, 5]`` by the group's shape; or the
            number within this end, from 0.
        by : {"name", "position"}, optional
            What all of them are. Without it, text is a number within this end only if no neuron
            of it has a name, and a number is one only if no neuron has a number for a name.

        Returns
        -------
        found : ndarray of int
            0 where there is no such neuron.
        problems : list of (int, str)
            Which of them are wrong, and why.
        """
        n = self.n
        table = {} if by == "position" else self._table
        text_counts = by == "position" or (by is None and not self.named)
        numbers_name = by == "name" or (by is None and self._numerals)
        found: list[int] = []
        problems: list[tuple[int, str]] = []
        for k, neuron in enumerate(neurons):
            number: int | None
            if isinstance(neuron, str):
                number = table.get(neuron)
                if number is None and text_counts:
                    whole, _, rest = neuron.partition(".")  # 3.0 is a whole number too
                    if whole.isdecimal() and whole.isascii() and not rest.strip("0"):
                        number = int(whole.lstrip("0")[:20] or 0)
            else:
                number = table.get(str(neuron)) if numbers_name else neuron
            if number is None or not 0 <= number < n:
                counts = text_counts if isinstance(neuron, str) else not numbers_name
                result = self._look(str(neuron), counts, by, len(problems) < _MAX_HINTS)
                if isinstance(result, str):
                    problems.append((k, result))
                    result = 0
                number = result
            found.append(number)
        return np.array(found, dtype=np.int64), problems

    def _look(self, neuron: str, counts: bool, by: str | None, hint: bool) -> int | str:
        """A neuron that is not simply in the table, or what is wrong with it."""
        where = f"[{', '.join(self.names)}]"
        numbered = f"they are numbered from 0 to {self.n - 1}"
        if counts and (whole := re.fullmatch(r"(-?[0-9]+)(\.0*)?", neuron)):
            return f"no neuron {shown(int(whole[1][:25]))} in {where}; {numbered}"
        if by != "position":
            if self._table.get(neuron) == _TWICE:
                return f"'{neuron}' is in several groups of {where}; write group.{neuron}"
            at = _AT.match(neuron)
            if at and at["group"] in self.names:
                return self._at(at["group"], [int(k) for k in re.findall("[0-9]+", at["place"])])
        why = f"no neuron {shown(neuron)} in {where}"
        if by == "position":
            return f"{why}; by: position takes numbers, {numbered}"
        return f"{why}; {self._hint(neuron, numbered)}" if hint else why

    def elsewhere(self, neuron: str) -> str | None:
        """Group of a neuron that is not at this end, but somewhere in the network."""
        at = _AT.match(neuron)
        if at and at["group"] not in self.names and at["group"] in self.network:
            return at["group"]
        return self._others.get(neuron)

    @cached_property
    def _others(self) -> dict[str, str]:
        """Groups of all neurons of other groups, by name and by group.name."""
        table: dict[str, str] = {}
        for name, group in self.network.items():
            if group is not None and name not in self.names:
                for neuron in group.neurons or ():
                    table.setdefault(neuron.id, name)
                    table.setdefault(f"{name}.{neuron.id}", name)
        return table

    def _hint(self, neuron: str, numbered: str) -> str:
        """Which neuron may be meant: the same name in another group before a similar one here."""
        others = {
            name: group
            for name, group in self.network.items()
            if group is not None and group.neurons and name not in self.names
        }
        if name := self.elsewhere(neuron):
            return f"it is a neuron of '{name}'"
        own = dict.fromkeys(other.id for group in self.groups for other in group.neurons or ())
        if own and is_numeral(neuron):
            place = int(neuron) if neuron.isdecimal() and len(neuron) < 10 else 0
            return f"neurons here have names; a place is written {self.names[0]}[{place}]"
        text = did_you_mean(neuron, own, "neurons") if own else numbered
        if not text.startswith("did you mean"):
            for name, group in others.items():
                near = did_you_mean(neuron, [other.id for other in group.neurons or ()])
                if near.startswith("did you mean"):
                    return f"{near.removesuffix('?')} of '{name}'?"
        return text

    def _at(self, name: str, place: list[int]) -> int | str:
        shape = self.groups[self.names.index(name)].dimensions
        if len(place) == 1 and place[0] < math.prod(shape):
            return self.offsets[name] + place[0]
        if len(place) != len(shape) or any(k >= n for k, n in zip(place, shape, strict=True)):
            return f"no neuron {name}{place}; the group has shape {list(shape)}"
        return self.offsets[name] + int(np.ravel_multi_index(place, shape))


def is_numeral(name: str) -> bool:
    """Whether a name could be taken for a number: `5`, `-1` or `2.0`."""
    if name.strip()[:1] not in "+-.0123456789":
        return False
    try:
        float(name)
    except ValueError:
        return False
    return True
