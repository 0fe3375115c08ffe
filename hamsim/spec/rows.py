"""Rows of cells of a text table, kept in little more memory than their text takes."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import overload

__all__ = ["CELL", "ROW", "Lines", "Rows"]

# Between cells, and between rows, of which many are one text.
CELL, ROW = "\x1f", "\x1e"
# Characters of a text to which rows are added one by one.
_LONG = 2**16


class Rows(Sequence[list[str]]):
    """Rows that are taken apart when they are looked at.

    Each cell as an object of its own would take some sixty bytes.
    """

    def __init__(self) -> None:
        # Texts of many rows each, and how many rows there are before each.
        self._texts: list[bytes] = []
        self._before = array("Q", [0])
        self._first = 0
        self._changes: tuple[Callable[[list[str]], list[str]], ...] = ()
        self._head: list[str] | None = None
        # Rows that are added one by one, and the text that was looked at last.
        self._open: list[str] = []
        self._size = 0
        self._kept: tuple[int, list[str]] = (-1, [])

    def add_text(self, text: str, count: int) -> None:
        """Add so many rows, between which and between whose cells the marks of this file stand."""
        self.close()
        self._texts.append(text.encode())
        self._before.append(self._before[-1] + count)

    def add(self, row: list[str]) -> None:
        """Add one row; `close` has to follow the last one.

        Raises
        ------
        ValueError
            A cell has characters that no text has.
        """
        text = CELL.join(row)
        if text.count(CELL) != len(row) - 1 or ROW in text:
            raise ValueError("a cell holds control characters")
        self._open.append(text)
        self._size += len(text)
        if self._size > _LONG:
            self.close()

    def close(self) -> None:
        """Put away the rows that were added one by one."""
        rows, self._open, self._size = self._open, [], 0
        if rows:
            self.add_text(ROW.join(rows), len(rows))

    def __len__(self) -> int:
        return self._before[-1] - self._first

    def __iter__(self) -> Iterator[list[str]]:
        first = self._first
        if self._head is not None and len(self):
            yield self._head
            first += 1
        for k in range(bisect_right(self._before, first) - 1, len(self._texts)):
            for text in self._rows(k)[max(first - self._before[k], 0) :]:
                yield self._row(text)

    @overload
    def __getitem__(self, k: int) -> list[str]: ...
    @overload
    def __getitem__(self, k: slice) -> Rows: ...
    def __getitem__(self, k: int | slice) -> list[str] | Rows:
        if isinstance(k, slice):
            start, stop, step = k.indices(len(self))
            if stop < len(self) or step != 1:
                raise IndexError("rows are left out at the start only")
            rows = self._copy()
            rows._first = self._first + start
            rows._head = None if start else self._head
            return rows
        if not -len(self) <= k < len(self):
            raise IndexError("no such row")
        k %= len(self)
        if self._head is not None and k == 0:
            return self._head
        k += self._first
        which = bisect_right(self._before, k) - 1
        return self._row(self._rows(which)[k - self._before[which]])

    def _rows(self, k: int) -> list[str]:
        if self._kept[0] != k:
            self._kept = k, self._texts[k].decode().split(ROW)
        return self._kept[1]

    def _row(self, text: str) -> list[str]:
        row = text.split(CELL)
        for change in self._changes:
            row = change(row)
        return row

    def with_first(self, row: list[str]) -> Rows:
        """The same rows, with another one in the place of the first."""
        rows = self._copy()
        rows._head = row
        return rows

    def changed(self, change: Callable[[list[str]], list[str]]) -> Rows:
        """The same rows, each as a function gives it."""
        rows = self._copy()
        rows._changes = (*self._changes, change)
        rows._head = None if self._head is None else change(self._head)
        return rows

    def _copy(self) -> Rows:
        rows = Rows()
        rows.__dict__.update(self.__dict__)
        return rows


class Lines(Sequence[int]):
    """In which line of a file each row stands: mostly one after another."""

    def __init__(self) -> None:
        # Rows from which on lines follow each other, and the lines of these.
        self._rows, self._lines = array("Q"), array("Q")
        self._count = 0

    def add(self, line: int, count: int = 1) -> None:
        """Add so many rows in lines from this one on."""
        if not self._rows or line - self._lines[-1] != self._count - self._rows[-1]:
            self._rows.append(self._count)
            self._lines.append(line)
        self._count += count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, k: int) -> int: ...
    @overload
    def __getitem__(self, k: slice) -> Sequence[int]: ...
    def __getitem__(self, k: int | slice) -> int | Sequence[int]:
        if isinstance(k, slice):
            return [self[each] for each in range(*k.indices(self._count))]
        if not -self._count <= k < self._count:
            raise IndexError("no such row")
        k %= self._count
        run = bisect_right(self._rows, k) - 1
        return self._lines[run] + k - self._rows[run]
