"""What is said of a neuron that is not there, or that several may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from hamsim.errors import did_you_mean
from hamsim.names import Members, is_numeral, shown
from hamsim.numbering.places import Places, group_at

__all__ = ["Hints"]


class Hints:
    """Which neuron may be meant.

    Parameters
    ----------
    groups : sequence of Members
    number : mapping of str to int
        Which of the groups has a name.
    places : Places
        Of these groups.
    find_others : callable
        Gives other groups of the network, in which a neuron may be.
    where, numbered : str
        What is searched, and how its neurons are numbered.
    """

    def __init__(
        self,
        groups: Sequence[Members],
        number: Mapping[str, int],
        places: Places,
        find_others: Callable[[], Iterable[Members]],
        where: str,
        numbered: str,
    ) -> None:
        self._groups, self._number, self._places = groups, number, places
        self._find_others, self._where, self._numbered = find_others, where, numbered

    def several(self, written: str) -> str:
        """Say that something means several neurons, and how to write each of them."""
        holders = [group.name for group in self._groups if written in group.names]
        if len(holders) > 1:
            return f"'{written}' is in several groups of {self._where}; write group.{written}"
        ways = [f"{name}.{written}" for name in holders]
        group, _, name = written.partition(".")
        if group in self._number and name in (own := self._groups[self._number[group]].names):
            ways.append(f"{group}[{list(own).index(name)}]")
        if (at := self._places.one(written)) is not None:
            ways.append(f"{at[0]}[{at[1]}:{at[1] + 1}]")
        return f"{shown(written)} can mean several neurons; write {' or '.join(ways)}"

    def elsewhere(self, neuron: str) -> str | None:
        """Another group of the network that has a neuron."""
        group = group_at(neuron)
        if group is not None and group not in self._number:
            if group in {other.name for other in self.beyond}:
                return group
        return self._others.get(neuron)

    @cached_property
    def beyond(self) -> tuple[Members, ...]:
        """Other groups of the network."""
        return tuple(self._find_others())

    @cached_property
    def _others(self) -> dict[str, str]:
        """Groups of all neurons of other groups, by name and by group.name."""
        table: dict[str, str] = {}
        for group in self.beyond:
            for name in group.names:
                table.setdefault(name, group.name)
                table.setdefault(f"{group.name}.{name}", group.name)
        return table

    def hint(self, neuron: str) -> str:
        """Which neuron may be meant: the same name in another group before a similar one here."""
        if name := self.elsewhere(neuron):
            return f"it is a neuron of '{name}'"
        own = dict.fromkeys(name for group in self._groups for name in group.names)
        if own and is_numeral(neuron):
            place = int(neuron) if neuron.isdecimal() and len(neuron) < 10 else 0
            return f"neurons here have names; a place is written {self._groups[0].name}[{place}]"
        group, dot, rest = neuron.partition(".")
        if dot and group in self._number and (names := self._groups[self._number[group]].names):
            near = did_you_mean(rest, names)
            if near.startswith("did you mean '"):
                return near.replace("'", f"'{group}.", 1)
        text = did_you_mean(neuron, own, "neurons") if own else self._numbered
        if not text.startswith("did you mean"):
            for other in self.beyond:
                near = did_you_mean(neuron, other.names)
                if near.startswith("did you mean"):
                    return f"{near.removesuffix('?')} of '{other.name}'?"
        return text
