"""Cells of text tables: csv, with commas, semicolons or tabs between them."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TextIO

from hamsim.counted import counted
from hamsim.errors import printable
from hamsim.spec.cells import is_number
from hamsim.spec.rows import CELL, ROW, Lines, Rows

__all__ = [
    "ANY",
    "DataFileError",
    "Limits",
    "Table",
    "may_have_decimal_commas",
    "read_table",
    "with_corner",
]

_SEPARATORS = (",", ";", "\t")
# Lines by which the separator is found, and characters in them.
_SAMPLE, _SAMPLE_SIZE = 50, 200_000
# More columns, and rows, than are needed: labels, and so many that what is wrong can be told.
SLACK = 100
# Columns of a table of which only some are read.
MAX_COLUMNS = 100_000
# Characters of a line beside those of its cells, and of a cell on average.
MAX_LINE, MAX_CELL = 2**16, 256
# Characters that are read at once.
AT_ONCE = 2**16
# Rows of a long table by which it is judged only once.
FEW = 2 * AT_ONCE


class DataFileError(Exception):
    """A data file is missing or holds something else than is needed; each argument is one line.

    Whatever it quotes of the file, a name of an array or of a column, cannot break the line.
    """

    def __init__(self, *messages: str) -> None:
        super().__init__(*map(printable, messages))


class Table(NamedTuple):
    """Cells of a text file.

    Parameters
    ----------
    name : str
        Of the file.
    rows : Rows
        All that are not blank, also a header.
    lines : sequence of int
        Where each row stands in the file.
    separator : str
    numeric : frozenset of str
        Columns of a table of Python that hold numbers, not text: those of neurons are positions,
        as they are in an array.
    """

    name: str
    rows: Rows
    lines: Sequence[int]
    separator: str = ","
    numeric: frozenset[str] = frozenset()

    def require_width(self, first: int, width: int) -> None:
        """Refuse a row, from the first of these on, that has another number of cells."""
        for k, row in enumerate(self.rows[first:], start=first):
            if len(row) != width:
                count, hint = counted(len(row), "column"), ""
                if len(row) == width + 1 and _is_one_number(row, self.separator):
                    one = f"{row[-2].strip()}.{row[-1].strip()}"
                    hint = f"; decimals have a point: {printable(one[:40])}"
                raise DataFileError(
                    f"'{self.name}' line {self.lines[k]} has {count}, not {width}{hint}"
                )


class Limits(NamedTuple):
    """How much of a table is needed.

    Parameters
    ----------
    shapes : tuple of (rows, columns)
        Of the numbers; None for any number of them.
    least : int
        Columns that there are at least.
    """

    shapes: tuple[tuple[int | None, int | None], ...] = ((None, None),)
    least: int = 1

    @property
    def columns(self) -> int:
        """Columns that are read at most."""
        columns = [MAX_COLUMNS if n is None else n + SLACK for _, n in self.shapes]
        return max(columns)

    def rows(self, width: int) -> float:
        """Rows that are read at most if they have so many cells."""
        fitting = [
            math.inf if rows is None else rows
            for rows, columns in self.shapes
            if columns is None or columns in (width, width - 1)  # beside an index
        ]
        return max(fitting, default=0) + SLACK

    def require(self, table: Table) -> None:
        """Refuse a long table, of which this is the begin, if nothing of its width is needed.

        Raises
        ------
        DataFileError
        """
        width, count = len(table.rows[1]), len(table.rows)  # a header may be one short
        needed = [n for _, n in self.shapes if n is not None]
        if width < self.least or (count > self.rows(width) == SLACK and needed):
            wanted = " or ".join(f"{n:,}" for n in dict.fromkeys(needed))
            if width < self.least:
                wanted = f"{self.least:,}"
            raise DataFileError(
                f"'{table.name}' has {counted(width, 'column')}; {wanted} are needed"
            )
        if count > self.rows(width):
            raise DataFileError(
                f"'{table.name}' has {count:,} rows or more; "
                f"{self.rows(width) - SLACK:,.0f} are needed"
            )


ANY = Limits()


def read_table(
    path: Path, limits: Limits = ANY, check: Callable[[Table], None] | None = None
) -> Table:
    """Cells of a file.

    Parameters
    ----------
    path : Path
    limits : Limits
        A table that goes far beyond is refused before all of it is read.
    check : callable, optional
        Called with the first rows of a long table, to refuse it by these.

    Raises
    ------
    DataFileError
        It has none, or too many.
    """
    name = path.name
    most = limits.columns
    with path.open(encoding="utf-8-sig") as stream:
        pieces = _pieces(stream, MAX_LINE + MAX_CELL * most, name)
        begin = next(pieces, "")
        separator = _separator(_sample(begin.splitlines(), most, name))
        made = _Made(name, separator)

        def judge() -> None:
            """Look at a table that is long enough to be told of by its first rows."""
            if made.count > SLACK:
                table = made.table()
                limits.require(table)
                if check is not None and made.count < FEW:
                    check(table)

        try:
            for piece in chain([begin] if begin else [], pieces):
                if '"' in piece:
                    made.add_quoted(chain([piece], pieces), judge)
                else:
                    made.add(piece)
                    judge()
        except (csv.Error, ValueError) as error:
            if isinstance(error, UnicodeDecodeError):
                raise
            line, why = made.line, printable(str(error)[:80])
            raise DataFileError(f"'{name}' line {line:,}: {why}") from None
    if not made.count:
        raise DataFileError(f"'{name}' is empty")
    return made.table()


def _pieces(stream: TextIO, longest: int, name: str) -> Iterator[str]:
    """Whole lines, many at a time.

    Raises
    ------
    DataFileError
        A line has more characters than this.
    """
    line = 1
    rest: list[str] = []
    size = 0
    while piece := stream.read(AT_ONCE):
        end = piece.rfind("\n") + 1
        if end:
            whole = "".join([*rest, piece[:end]])
            yield whole
            line += whole.count("\n")
            rest, size = [], 0
        if piece := piece[end:]:
            rest.append(piece)
            size += len(piece)
        if size > longest:
            raise DataFileError(
                f"'{name}' line {line:,} has more than {longest:,} characters, more than its "
                "columns would need"
            )
    if rest:
        yield "".join(rest)


class _Made:
    """A table that is being read."""

    def __init__(self, name: str, separator: str) -> None:
        self.name, self.separator = name, separator
        self.rows, self.lines = Rows(), Lines()
        self.line = 1  # the next one

    @property
    def count(self) -> int:
        """Rows so far."""
        return len(self.lines)

    def table(self) -> Table:
        """What has been read so far."""
        self.rows.close()
        return Table(self.name, self.rows, self.lines, self.separator)

    def add(self, piece: str) -> None:
        """Add lines without quotes."""
        if CELL in piece or ROW in piece:
            raise ValueError("holds control characters")
        lines = piece.count("\n") + (not piece.endswith("\n"))
        text = piece.replace(self.separator, CELL).removesuffix("\n")
        if "\n\n" in piece or "\n " in piece or piece[0] in " \n":
            self._add_without_blanks(text)
        else:
            self.rows.add_text(text.replace("\n", ROW), lines)
            self.lines.add(self.line, lines)
        self.line += lines

    def _add_without_blanks(self, text: str) -> None:
        kept = []
        for k, line in enumerate(text.split("\n")):
            if line.strip(" "):
                kept.append(line)
                self.lines.add(self.line + k)
        if kept:
            self.rows.add_text(ROW.join(kept), len(kept))

    def add_quoted(self, pieces: Iterable[str], judge: Callable[[], None]) -> None:
        """Add all that follows, where cells may be quoted and have line ends inside."""
        before = self.line - 1
        lines = (line for piece in pieces for line in piece.splitlines(keepends=True))
        reader = _reader(_without_blanks(lines), self.separator)
        for row in reader:
            self.line = before + reader.line_num
            if row:
                self.rows.add(row)
                self.lines.add(self.line)
                if self.count % AT_ONCE == SLACK + 1:
                    judge()
        self.rows.close()


def _without_blanks(lines: Iterable[str]) -> Iterator[str]:
    """Lines of blanks alone as empty lines, which `csv` passes over."""
    for line in lines:
        yield line if line.strip(" \n") else "\n"


def _reader(lines: Iterable[str], separator: str) -> csv._reader:  # type: ignore[name-defined]
    return csv.reader(lines, delimiter=separator, skipinitialspace=True)


def _sample(lines: Iterable[str], most: int, name: str) -> list[str]:
    """The first lines that are not blank.

    Raises
    ------
    DataFileError
        One has more cells than this.
    """
    found: list[str] = []
    for k, line in enumerate(lines, start=1):
        if line.strip():
            found.append(line)
            cells = 1 + max(map(line.count, _SEPARATORS))
            if cells > most and '"' not in line:
                raise DataFileError(
                    f"'{name}' line {k} has {cells:,} columns; at most {most:,} are read"
                )
        if len(found) == _SAMPLE or (len(found) > 1 and sum(map(len, found)) > _SAMPLE_SIZE):
            break
    return found


def _separator(lines: Sequence[str]) -> str:
    """What cuts all lines into as many cells; of several the one that leaves more numbers.

    Where that is equal, commas are rather within numbers such as 0,5.
    """
    even: dict[str, list[list[str]]] = {}
    uneven: dict[str, list[list[str]]] = {}
    for separator in _SEPARATORS:
        rows = [row for row in _reader(lines, separator) if row]
        width = len(rows[0]) if rows else 1
        if width > 1:
            same = all(len(row) == width for row in rows)
            same |= all(len(row) == width + 1 for row in rows[1:])  # R leaves the corner out
            (even if same else uneven)[separator] = rows
    found = even or uneven
    if len(found) < 2:
        return next(iter(found), ",")

    def numbers(separator: str) -> tuple[int, bool]:
        cells = (cell for row in found[separator] for cell in row)
        return sum(map(_is_decimal, cells)), separator != ","

    return max(found, key=numbers)


def _is_decimal(cell: str) -> bool:
    return is_number(cell) or is_number(cell.replace(",", ".", 1))


def with_corner(table: Table, number_last: bool = False) -> Table:
    """The table; with a cell above the index where a header is one short, as R writes it.

    Parameters
    ----------
    number_last : bool
        Whether rows have one number with a fraction, in their last column. A cell too many can
        then be the digits behind a decimal comma, and the rows stay as they are.
    """
    first = table.rows[0]
    short = len(table.rows) > 1 and len(first) == len(table.rows[1]) - 1
    if not short or all(is_number(cell) for cell in first):
        return table
    if (number_last or len(first) == 1) and may_have_decimal_commas(table, 1):
        return table
    return table._replace(rows=table.rows.with_first(["", *first]))


def may_have_decimal_commas(table: Table, first: int) -> bool:
    """Whether the last two cells of each row, from the first of these on, could be one number."""
    return table.separator == "," and all(_is_one_number(row, ",") for row in table.rows[first:])


def _is_one_number(row: Sequence[str], separator: str) -> bool:
    """Whether the last two cells of a row could be one number with a decimal comma."""
    return (
        separator == ","
        and len(row) > 1
        and row[-2].strip().lstrip("+-").isdigit()
        and row[-1].rstrip().isdigit()
    )
