"""Positions of the values of a text, kept in a few bytes each."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Marks", "Places", "root"]

# Where the values inside of longer ones lie is kept once it was asked for.
LONG = 16


class Places:
    """Position of every value and key of a text, in the order in which they begin.

    A value is a number here: its place in that order. A key comes right before its value, and what
    is inside a value right after it.
    """

    def __init__(self) -> None:
        self.lines = array("I")
        self.columns = array("I")
        # The number after the last value inside; 0 where nothing can be inside.
        self.ends = array("I")
        self.keys = array("I")
        self.names: list[str | None] = []  # of the keys; None for one that names nothing
        self.aliases: dict[int, int] = {}
        self._kept: dict[int, dict[Any, int]] = {}

    def add(self, mark: Any) -> int:
        """Take down where the next value begins, and number it."""
        self.lines.append(mark.line)
        self.columns.append(mark.column)
        self.ends.append(0)
        return len(self.ends) - 1

    def add_key(self, mark: Any, name: str | None) -> None:
        """Take down where a key begins; its value has to follow."""
        self.keys.append(self.add(mark))
        self.names.append(name)

    def close(self, value: int) -> None:
        """Take down that nothing more is inside a value."""
        self.ends[value] = len(self.ends)

    def inside(self, value: int) -> dict[Any, int]:
        """Numbers of what is directly inside a value, by key or list position."""
        value = self.aliases.get(value, value)
        found = self._kept.get(value)
        if found is None:
            first, end = value + 1, self.ends[value]
            k = bisect_left(self.keys, first)
            if k < len(self.keys) and self.keys[k] == first:
                found = self._of_mapping(k, end)
            else:
                found = dict(enumerate(self._of_sequence(first, end)))
            if len(found) > LONG:
                self._kept[value] = found
        return found

    def _of_sequence(self, at: int, end: int) -> list[int]:
        items = []
        while at < end:
            items.append(at)
            at = self.ends[at] or at + 1
        return items

    def _of_mapping(self, k: int, end: int) -> dict[Any, int]:
        found: dict[Any, int] = {}
        at = self.keys[k]
        while at < end:
            name, value = self.names[k], at + 1
            if name is not None:
                found.setdefault(name, value)  # of a repeated key the first counts
            at = self.ends[value] or value + 1
            k = bisect_left(self.keys, at, k + 1)
        return found


@dataclass(slots=True)
class Marks:
    """Position of a value in the text, of its key, and of what is inside it.

    Lines and columns are counted from 1; 0 means unknown.
    """

    line: int = 0
    column: int = 0
    key_line: int = 0
    key_column: int = 0
    _places: Places = field(default_factory=Places, repr=False, compare=False)
    _value: int = field(default=-1, repr=False, compare=False)

    @property
    def inside(self) -> dict[Any, Marks]:
        """Marks of what is directly inside, by key or list position."""
        if self._value < 0:
            return {}
        found = self._places.inside(self._value)
        return {part: _marks(self._places, value, part) for part, value in found.items()}

    def at(self, path: tuple[Any, ...]) -> Marks:
        """Marks of the deepest known value along a path of keys and list positions."""
        places, value, last = self._places, self._value, None
        for part in path if value >= 0 else ():
            inner = places.inside(value).get(part)
            if inner is None:
                break
            value, last = inner, part
        return self if last is None else _marks(places, value, last)


def _marks(places: Places, value: int, part: Any) -> Marks:
    line, column = places.lines[value] + 1, places.columns[value] + 1
    if not isinstance(part, str):
        return Marks(line, column, 0, 0, places, value)
    key = value - 1
    return Marks(line, column, places.lines[key] + 1, places.columns[key] + 1, places, value)


def root(places: Places) -> Marks:
    """Marks of a text's outermost value."""
    return _marks(places, 0, 0) if places.ends else Marks(1, 1)
