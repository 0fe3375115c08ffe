"""How neurons are written, and which numbers they have: the one place that reads their names.

A neuron is written as its name, `group.name`, `group[3]` or `group[2, 5]` by the group's shape, or
its number from 0. Where several may be meant, `group` is all of its neurons and `group[2:5]`, or
`group[0:2, :]` by its shape, a range of them, as in Python without the last.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hamsim.errors import did_you_mean, given
from hamsim.names import Members, is_numeral, plain, shown
from hamsim.placement import Placement

__all__ = ["Numbering"]

Ints = NDArray[np.int64]

_AT = re.compile(r"(?P<group>[^\[\]]*)\[(?P<place>[0-9: ,]+)\]\Z", re.DOTALL)
_ITEM = re.compile(
    r"(?P<one>[0-9]{1,18})"
    r"|(?P<from>[0-9]{0,18}) *: *(?P<to>[0-9]{0,18}) *(?:: *(?P<by>[0-9]{0,18}))?"
)
# No neuron has such a number, and it may have too many digits to be written.
_BEYOND = 2**62
# In the table of names: names that several neurons have.
_TWICE = -1
# More neurons that are not there are told without a hint, which takes long.
_MAX_HINTS = 10


class Numbering:
    """Neurons of groups, numbered from 0 one group after another, and what they are called.

    Parameters
    ----------
    groups : sequence of Members
    others : callable, optional
        Gives other groups of the network, in which hints look for a neuron that is not here.
    where : str, optional
        What is searched, in messages; the groups' names if nothing is said.
    """

    def __init__(
        self,
        groups: Sequence[Members],
        others: Callable[[], Iterable[Members]] = tuple,
        where: str = "",
    ) -> None:
        self.groups, self._find_others = tuple(groups), others
        self.where = where or f"[{', '.join(group.name for group in self.groups)}]"
        self.placement = Placement({group.name: group.size for group in self.groups})
        self.starts = self.placement.starts.tolist()
        self._place = self.placement.number

    @property
    def n(self) -> int:
        """Number of neurons."""
        return int(self.starts[-1])

    def label(self, k: int) -> str:
        """Name of neuron k, as people write it: ``pixels[3, 4]`` or ``motor.AVAL``."""
        which = int(self.placement.groups(np.array(k)))
        return self.groups[which].label(k - self.starts[which])

    @cached_property
    def named(self) -> bool:
        """Whether any neuron has a name, so that whatever is written names one."""
        return any(group.names for group in self.groups)

    @cached_property
    def numerals(self) -> bool:
        """Whether any neuron has a number for a name, so that numbers name neurons too."""
        return any(is_numeral(name) for group in self.groups for name in group.names)

    @cached_property
    def table(self) -> dict[str, int]:
        """Neurons by name, and by group.name; what means two neurons has a negative number."""
        table: dict[str, int] = {}
        for group, first in zip(self.groups, self.starts, strict=False):
            for k, name in enumerate(group.names, start=first):
                table[name] = _TWICE if name in table else k
        for group, first in zip(self.groups, self.starts, strict=False):
            for k, name in enumerate(group.names, start=first):
                label = f"{group.name}.{name}"
                table[label] = k if table.get(label, k) == k else _TWICE
        return table

    # --- single neurons, of which there may be very many ---

    def find(
        self, neurons: Sequence[str | int], by: Literal["name", "position"] | None = None
    ) -> tuple[Ints, list[tuple[int, str]]]:
        """Numbers of single neurons.

        Parameters
        ----------
        neurons : sequence of str or int
            Each as a name, ``group.name``, ``group[3]``, ``group[2, 5]`` or number.
        by : {"name", "position"}, optional
            What all of them are. Without it, text is a number only if no neuron has a name, and
            a number is one only if no neuron has a number for a name.

        Returns
        -------
        found : ndarray of int
            0 where there is no such neuron.
        problems : list of (int, str)
            Which of them are wrong, and why.
        """
        n = self.n
        table = {} if by == "position" else self.table
        text_counts = by == "position" or (by is None and not self.named)
        numbers_name = by == "name" or (by is None and self.numerals)
        clashes = self._clashes if by is None else {}
        found = array("q")
        problems: list[tuple[int, str]] = []
        for k, neuron in enumerate(neurons):
            number: int | None
            if isinstance(neuron, str):
                number = _TWICE if neuron in clashes else table.get(neuron)
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
        if counts and (whole := re.fullmatch(r"(-?[0-9]+)(\.0*)?", neuron)):
            return f"no neuron {shown(int(whole[1][:25]))} in {self.where}; {self._numbered}"
        if by != "position":
            if self.table.get(neuron) == _TWICE or (by is None and neuron in self._clashes):
                return self._several(neuron)
            at = self._at(neuron)
            if isinstance(at, str):
                return at
            if at is not None and at.ndim == 0:
                return int(at)
            if at is not None:
                return f"{shown(neuron)} is a range of neurons; name one"
        why = f"no neuron {shown(neuron)} in {self.where}"
        if by == "position":
            return f"{why}; by: position takes numbers, {self._numbered}"
        return f"{why}; {self._hint(neuron)}" if hint else why

    # --- one neuron, a range, or a group ---

    def select(self, written: Any, prefer_group: bool = False) -> Ints | str:
        """Numbers of what is written, shaped as an array over the group would be when indexed so.

        Parameters
        ----------
        written : str, int or slice
            A neuron, of which the result has no axis; a range; or a group.
        prefer_group : bool
            Whether a group's name means the group even where a neuron has the same.

        Returns
        -------
        ndarray of int, or str
            What is wrong.
        """
        written = plain(written)
        if isinstance(written, slice):  # as `Network.index` gives it
            return self._slice(written)
        if isinstance(written, bool) or not isinstance(written, str | int):
            return f"{shown(written)} is not the name of a neuron"
        if not isinstance(written, str) and abs(written) >= _BEYOND:
            return f"no neuron of so large a number in {self.where}; {self._numbered}"
        if isinstance(written, str) and written in self._place:
            k = self._place[written]
            numbers = self._whole(k)
            same = self.table.get(written)
            if prefer_group or same is None or (numbers.size == 1 and same == numbers[0]):
                return numbers
            others = [group.name for group in self.groups if written in group.names]
            return (
                f"'{written}' is a group, and a neuron of '{others[0] if others else written}'; "
                f"write {written}[:] or {others[0] if others else 'group'}.{written}"
            )
        if isinstance(written, str) and written not in self.table:
            at = self._at(written)
            if at is not None and not (isinstance(at, np.ndarray) and at.ndim == 0):
                return at
        found, problems = self.find([written])
        if not problems:
            return np.asarray(found[0])
        text = problems[0][1]
        if not text.startswith("no neuron '") or "; it is a neuron of " in text:
            return text
        hint = did_you_mean(str(written), self._place, "groups")
        if not self.named:
            return text if self._beyond else f"no group {shown(written)}; {hint}"
        near = hint.startswith("did you mean") and "did you mean" not in text
        text = f"no group or{text[2:]}"
        return f"{text.split('; ')[0]}; {hint}" if near else text

    def _slice(self, written: slice) -> Ints | str:
        """Numbers of a slice over all neurons, which may not reach beyond them."""
        try:
            numbers: Ints = np.arange(self.n, dtype=np.int64)[written]
            beyond = written.stop is not None and written.stop > self.n
            turned = written.step is not None and written.step < 0
        except (TypeError, ValueError, IndexError):
            turned = True
        if turned:
            return f"{given(written)} is no slice of numbers of neurons, in their order"
        if beyond or not numbers.size:
            return f"{given(written)} holds no neuron, or more than there are; {self._numbered}"
        return numbers

    def select_all(self, written: Iterable[Any]) -> tuple[Ints, list[tuple[int, str]]]:
        """Numbers of all that is written, one after another as it is written.

        Returns
        -------
        numbers : ndarray of int
        problems : list of (int, str)
            Which of them are wrong or name a neuron again, and why.
        """
        parts: list[Ints] = []
        problems: list[tuple[int, str]] = []
        seen = np.zeros(0, dtype=np.int64)
        items = [plain(item) for item in written]
        single = [k for k, item in enumerate(items) if self._is_plain(item)]
        numbers, wrong = self.find([items[k] for k in single])
        alone = dict(zip(single, numbers.tolist(), strict=True))
        for k, _ in wrong:
            del alone[single[k]]  # told below, with what is said of ranges and groups too
        for k, item in enumerate(items):
            part = np.array([alone[k]]) if k in alone else self.select(item)
            if isinstance(part, str):
                if len(problems) < _MAX_HINTS:
                    problems.append((k, part))
                continue
            parts.append(np.ravel(part))
        seen = np.concatenate([seen, *parts])
        if not problems and len(parts) > 1:
            known = np.zeros(self.n, dtype=bool)
            known[seen] = True
            if np.count_nonzero(known) < seen.size:
                problems += self._repeated(items)
        return seen, problems

    def _is_plain(self, item: Any) -> bool:
        """Whether an entry can only be one neuron."""
        if not isinstance(item, str):
            return isinstance(item, int) and not isinstance(item, bool) and abs(item) < _BEYOND
        return item in self.table and item not in self._place

    def _repeated(self, items: Sequence[Any]) -> Iterable[tuple[int, str]]:
        seen = np.zeros(self.n, dtype=bool)
        for k, item in enumerate(items):
            numbers = np.ravel(self.select(item))
            again = numbers[seen[numbers]]
            if again.size:
                yield k, f"{self.label(int(again[0]))} is named twice"
            seen[numbers] = True

    def _whole(self, k: int) -> Ints:
        group = self.groups[k]
        numbers: Ints = np.arange(self.starts[k], self.starts[k + 1], dtype=np.int64)
        return numbers.reshape(group.shape)

    def _at(self, written: str) -> Ints | str | None:
        """Numbers of ``group[...]``; what is wrong; or None for what is not written so."""
        at = _AT.match(written)
        if at is None or at["group"] not in self._place:
            return None
        items = [_ITEM.fullmatch(item.strip()) for item in at["place"].split(",")]
        if any(item is None for item in items):
            return None
        group, first = self.groups[k := self._place[at["group"]]], self.starts[k]
        axes = (group.size,) if len(items) == 1 else group.shape
        if len(axes) != len(items):
            return self._outside(group, at["place"])
        numbers: Any = np.asarray(first, dtype=np.int64)
        step = math.prod(axes)
        for item, size in zip(items, axes, strict=True):
            assert item is not None
            step //= size
            if item["one"] is not None:
                if int(item["one"]) >= size:
                    return self._outside(group, at["place"])
                numbers = numbers + int(item["one"]) * step
                continue
            low, high, by = int(item["from"] or 0), int(item["to"] or size), int(item["by"] or 1)
            if high > size or (low >= size and low >= high):
                return self._outside(group, at["place"])
            if by == 0 or low >= high:
                return f"{shown(written)} holds no neuron"
            numbers = np.add.outer(numbers, np.arange(low, high, by, dtype=np.int64) * step)
        return np.asarray(numbers, dtype=np.int64)

    def _outside(self, group: Members, place: str) -> str:
        if ":" in place:
            shown = f"neurons {group.name}[{place}]"
        else:
            shown = f"neuron {group.name}{[int(k) for k in re.findall('[0-9]+', place)]}"
        return f"no {shown}; the group has shape {list(group.shape)}"

    def split(self, text: str) -> list[str]:
        """Names in one text with commas between them, unless all of it is the name of one neuron.

        Commas inside of brackets part nothing.
        """
        if isinstance(self.select(text), np.ndarray):
            return [text]
        names, depth, last = [], 0, 0
        for k, letter in enumerate(text):
            depth += (letter == "[") - (letter == "]" and depth > 0)
            if letter == "," and depth == 0:
                names.append(text[last:k])
                last = k + 1
        return [name.strip() for name in (*names, text[last:])]

    # --- what is said of what is not there ---

    @property
    def _numbered(self) -> str:
        return f"they are numbered from 0 to {self.n - 1}"

    @cached_property
    def _clashes(self) -> dict[str, int]:
        """Names that are, as ``group[3]``, also the place of another neuron."""
        found = {}
        for name, number in self.table.items():
            if name.endswith("]") and number != _TWICE:
                at = self._at(name)
                if isinstance(at, np.ndarray) and (at.ndim > 0 or int(at) != number):
                    found[name] = number
        return found

    def _several(self, written: str) -> str:
        """That something means several neurons, and how to write each of them."""
        holders = [group.name for group in self.groups if written in group.names]
        if len(holders) > 1:
            return f"'{written}' is in several groups of {self.where}; write group.{written}"
        ways = [f"{name}.{written}" for name in holders]
        group, _, name = written.partition(".")
        if group in self._place and name in (own := self.groups[self._place[group]].names):
            ways.append(f"{group}[{list(own).index(name)}]")
        if (at := _AT.match(written)) and at["group"] in self._place:
            place = self._at(written)
            if isinstance(place, np.ndarray) and place.ndim == 0:
                k = int(place) - self.starts[self._place[at["group"]]]
                ways.append(f"{at['group']}[{k}:{k + 1}]")
        return f"{shown(written)} can mean several neurons; write {' or '.join(ways)}"

    def elsewhere(self, neuron: str) -> str | None:
        """Another group of the network that has a neuron."""
        at = _AT.match(neuron)
        if at and at["group"] not in self._place:
            if at["group"] in {group.name for group in self._beyond}:
                return at["group"]
        return self._others.get(neuron)

    @cached_property
    def _beyond(self) -> tuple[Members, ...]:
        return tuple(self._find_others())

    @cached_property
    def _others(self) -> dict[str, str]:
        """Groups of all neurons of other groups, by name and by group.name."""
        table: dict[str, str] = {}
        for group in self._beyond:
            for name in group.names:
                table.setdefault(name, group.name)
                table.setdefault(f"{group.name}.{name}", group.name)
        return table

    def _hint(self, neuron: str) -> str:
        """Which neuron may be meant: the same name in another group before a similar one here."""
        if name := self.elsewhere(neuron):
            return f"it is a neuron of '{name}'"
        own = dict.fromkeys(name for group in self.groups for name in group.names)
        if own and is_numeral(neuron):
            place = int(neuron) if neuron.isdecimal() and len(neuron) < 10 else 0
            return f"neurons here have names; a place is written {self.groups[0].name}[{place}]"
        group, dot, rest = neuron.partition(".")
        if dot and group in self._place and (names := self.groups[self._place[group]].names):
            near = did_you_mean(rest, names)
            if near.startswith("did you mean '"):
                return near.replace("'", f"'{group}.", 1)
        text = did_you_mean(neuron, own, "neurons") if own else self._numbered
        if not text.startswith("did you mean"):
            for other in self._beyond:
                near = did_you_mean(neuron, other.names)
                if near.startswith("did you mean"):
                    return f"{near.removesuffix('?')} of '{other.name}'?"
        return text
