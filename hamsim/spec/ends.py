"""The neurons at one end of a connection, and how a file names single ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from hamsim.arrays import Ints
from hamsim.names import Members, is_numeral
from hamsim.numbering import Numbering
from hamsim.placement import Placement
from hamsim.spec.groups import GroupSpec

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["Chosen", "End", "in_reading_order", "is_numeral", "members", "whole_network"]


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
    where : str, optional
        What messages call this end; the names of its groups if nothing is said.
    """

    def __init__(
        self,
        names: Sequence[str],
        groups: Sequence[GroupSpec],
        starts: Sequence[int] = (),
        network: Mapping[str, GroupSpec | None] | None = None,
        where: str = "",
    ) -> None:
        self.names, self.groups, self.starts = tuple(names), tuple(groups), tuple(starts)
        self.network, self.where = network or {}, where

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
        return self.numbering.label(k)

    @cached_property
    def placement(self) -> Placement:
        """Where each group lies among the neurons of this end."""
        counts = [group.count for group in self.groups]
        return Placement(dict(zip(self.names, counts, strict=True)))

    @property
    def offsets(self) -> dict[str, int]:
        """Where each group begins among the neurons of this end."""
        return dict(zip(self.names, self.placement.starts.tolist(), strict=False))

    def is_within(self, other: End) -> bool:
        """Whether all of these neurons are at another end too."""
        return set(self.names) <= set(other.names)

    def places_in(self, other: End) -> Ints:
        """Numbers of these neurons among those of another end, which has them all."""
        return self._shifted(other, np.arange(self.n, dtype=np.int64))

    def _shifted(self, other: End, own: Ints) -> Ints:
        return self.placement.into(other.placement, own)

    @cached_property
    def numbering(self) -> Numbering:
        """Names and places of the neurons of this end."""
        own = [members(name, group) for name, group in zip(self.names, self.groups, strict=True)]
        return Numbering(own, self._elsewhere, self.where)

    def _elsewhere(self) -> Iterator[Members]:
        for name, group in self.network.items():
            if group is not None and name not in self.names:
                yield members(name, group)

    @property
    def named(self) -> bool:
        """Whether any neuron has a name, so that whatever is written names one."""
        return any(group.neurons for group in self.groups)

    def find(
        self, neurons: Sequence[str | int], by: Literal["name", "position"] | None = None
    ) -> tuple[Ints, list[tuple[int, str]]]:
        """Numbers, within this end, of neurons as a file names them; see `Numbering.find`."""
        return self.numbering.find(neurons, by)

    def elsewhere(self, neuron: str) -> str | None:
        """Group of a neuron that is not at this end, but somewhere in the network."""
        return self.numbering.elsewhere(neuron)


def whole_network(groups: Mapping[str, GroupSpec]) -> End:
    """All neurons of a network as one end."""
    starts = np.cumsum([0, *(group.count for group in groups.values())]).tolist()
    return End(tuple(groups), tuple(groups.values()), starts[:-1], where="the network")


class Chosen(End):
    """Some neurons of an end, in the order in which a file names them.

    Parameters
    ----------
    end : End
    places : ndarray of int
        Their numbers within that end, each once.
    """

    def __init__(self, end: End, places: Ints) -> None:
        super().__init__(end.names, end.groups, end.starts, end.network, end.where)
        self.places = places

    @property
    def n(self) -> int:
        """Number of neurons."""
        return int(self.places.size)

    @property
    def shape(self) -> tuple[int, ...]:
        """Always (n,)."""
        return (self.n,)

    @cached_property
    def neurons(self) -> Ints:
        """Numbers of the neurons in the network, shape (n,)."""
        return super().neurons[self.places]

    def is_within(self, other: End) -> bool:
        """Whether all of these neurons are at another end too."""
        which = self.placement.groups(self.places)
        return {self.names[k] for k in np.unique(which).tolist()} <= set(other.names)

    def places_in(self, other: End) -> Ints:
        """Numbers of these neurons among those of another end, which has them all."""
        return self._shifted(other, self.places)

    def label(self, k: int) -> str:
        """Name of the neuron that is named k-th."""
        return super().label(int(self.places[k]))

    def find(
        self, neurons: Sequence[str | int], by: Literal["name", "position"] | None = None
    ) -> tuple[Ints, list[tuple[int, str]]]:
        """Numbers among the chosen neurons."""
        found, problems = super().find(neurons, by)
        order = np.argsort(self.places)
        at = np.searchsorted(self.places, found, sorter=order).clip(max=self.n - 1)
        numbers: Ints = order[at]
        wrong = dict(problems)
        for k in np.flatnonzero(self.places[numbers] != found).tolist():
            wrong.setdefault(k, f"{super().label(int(found[k]))} is not one of those named")
        numbers[list(wrong)] = 0
        return numbers, sorted(wrong.items())


def members(name: str, group: GroupSpec) -> Members:
    """The neurons of a group of a description."""
    return Members(name, group.dimensions, [neuron.id for neuron in group.neurons or ()])


def in_reading_order(connection: ConnectionSpec, ends: Sequence[End]) -> Sequence[End]:
    """Ends in the order in which the file names them: of one-way connections the sender first."""
    return ends[::-1] if connection.kind == "from" else ends
