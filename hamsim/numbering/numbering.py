"""Numbers of neurons by whatever they are called."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Literal

import numpy as np

from hamsim.arrays import Ints
from hamsim.errors import did_you_mean, given
from hamsim.names import Members, is_numeral, plain, shown
from hamsim.numbering.hints import Hints
from hamsim.numbering.places import Places, too_many
from hamsim.placement import Placement

__all__ = ["Numbering"]

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
        self.groups = tuple(groups)
        self.where = where or f"[{', '.join(group.name for group in self.groups)}]"
        self.placement = Placement({group.name: group.size for group in self.groups})
        self.starts = self.placement.starts.tolist()
        self._place = self.placement.number
        self._places = Places(self.groups, self.starts, self._place)
        self._hints = Hints(
            self.groups, self._place, self._places, others, self.where, self._numbered
        )

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
                return self._hints.several(neuron)
            at = self._places.at(neuron)
            if isinstance(at, str):
                return at
            if at is not None and at.ndim == 0:
                return int(at)
            if at is not None:
                return f"{shown(neuron)} is a range of neurons; name one"
        why = f"no neuron {shown(neuron)} in {self.where}"
        if by == "position":
            return f"{why}; by: position takes numbers, {self._numbered}"
        return f"{why}; {self._hints.hint(neuron)}" if hint else why

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
            if many := too_many(written, self.groups[k].size):
                return many
            numbers = self._places.whole(k)
            same = self.table.get(written)
            if prefer_group or same is None or (numbers.size == 1 and same == numbers[0]):
                return numbers
            others = [group.name for group in self.groups if written in group.names]
            return (
                f"'{written}' is a group, and a neuron of '{others[0] if others else written}'; "
                f"write {written}[:] or {others[0] if others else 'group'}.{written}"
            )
        if isinstance(written, str) and written not in self.table:
            at = self._places.at(written)
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
            return text if self._hints.beyond else f"no group {shown(written)}; {hint}"
        near = hint.startswith("did you mean") and "did you mean" not in text
        text = f"no group or{text[2:]}"
        return f"{text.split('; ')[0]}; {hint}" if near else text

    def _slice(self, written: slice) -> Ints | str:
        """Numbers of a slice over all neurons, which may not reach beyond them."""
        if many := too_many(written, self.n):
            return many
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
                at = self._places.at(name)
                if isinstance(at, np.ndarray) and (at.ndim > 0 or int(at) != number):
                    found[name] = number
        return found

    def elsewhere(self, neuron: str) -> str | None:
        """Another group of the network that has a neuron."""
        return self._hints.elsewhere(neuron)
