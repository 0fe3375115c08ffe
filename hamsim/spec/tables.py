"""Cells of text tables: csv, with commas, semicolons or tabs between them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from hamsim.errors import printable

__all__ = [
    "MISSING",
    "DataFileError",
    "Table",
    "columns_in_words",
    "is_counter",
    "is_missing",
    "is_number",
    "is_word",
    "may_have_decimal_commas",
    "number_wanted",
    "read_table",
    "with_corner",
]

_STARTS_NUMBER = tuple("+-.0123456789")
_SEPARATORS = (",", ";", "\t")
# Lines by which the separator is found, and characters in them.
_SAMPLE, _SAMPLE_SIZE = 50, 200_000
# What programs write where there is no value; in small letters.
MISSING = frozenset(("", "na", "n/a", "#n/a", "nan", "null", "none", "-"))


class DataFileError(Exception):
    """A data file is missing or holds something else than is needed; one line."""


class Table(NamedTuple):
    """Cells of a text file.

    Parameters
    ----------
    name : str
        Of the file.
    rows : list of list of str
        All that are not blank, also a header.
    lines : list of int
        Where each row stands in the file.
    separator : str
    """

    name: str
    rows: list[list[str]]
    lines: list[int]
    separator: str = ","

    def require_width(self, first: int, width: int) -> None:
        """Refuse a row, from the first of these on, that has another number of cells."""
        for line, row in zip(self.lines[first:], self.rows[first:], strict=True):
            if len(row) != width:
                raise DataFileError(
                    f"'{self.name}' line {line} has {columns_in_words(len(row))}, not {width}"
                )


def read_table(path: Path) -> Table:
    """Cells of a file.

    Raises
    ------
    DataFileError
        It has none.
    """
    rows: list[list[str]] = []
    lines: list[int] = []
    with path.open(newline="", encoding="utf-8-sig") as stream:
        separator = _separator(_sample(_without_blanks(stream)))
        stream.seek(0)
        reader = _reader(_without_blanks(stream), separator)
        for row in reader:
            if row:
                rows.append(row)
                lines.append(reader.line_num)
    if not rows:
        raise DataFileError(f"'{path.name}' is empty")
    return Table(path.name, rows, lines, separator)


def _without_blanks(lines: Iterable[str]) -> Iterator[str]:
    """Lines of blanks alone as empty lines, which `csv` passes over."""
    for line in lines:
        yield line if line.strip(" \r\n") else "\n"


def _reader(lines: Iterable[str], separator: str) -> csv._reader:  # type: ignore[name-defined]
    return csv.reader(lines, delimiter=separator, skipinitialspace=True)


def _sample(lines: Iterable[str]) -> list[str]:
    """The first lines that are not blank."""
    found: list[str] = []
    for line in lines:
        if line.strip():
            found.append(line)
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
    first, *rest = table.rows
    short = rest and len(first) == len(rest[0]) - 1
    if not short or all(is_number(cell) for cell in first):
        return table
    if (number_last or len(first) == 1) and may_have_decimal_commas(table, 1):
        return table
    return table._replace(rows=[["", *first], *rest])


def may_have_decimal_commas(table: Table, first: int) -> bool:
    """Whether the last two cells of each row, from the first of these on, could be one number."""
    return table.separator == "," and all(
        len(row) > 1 and row[-2].strip().lstrip("+-").isdigit() and row[-1].rstrip().isdigit()
        for row in table.rows[first:]
    )


def columns_in_words(count: int) -> str:
    """A number of columns."""
    return "1 column" if count == 1 else f"{count} columns"


def is_number(cell: str) -> bool:
    """Whether a cell holds a number; 1_000 is rather a name."""
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.strip().lower() in MISSING


def is_word(cell: str) -> bool:
    """Whether a cell can be a label; `1.O` is rather a number gone wrong, NA a missing one."""
    cell = cell.strip()
    if not cell:
        return True
    return not (is_number(cell) or cell[0] in _STARTS_NUMBER or is_missing(cell))


def is_counter(cells: Sequence[str]) -> bool:
    """Whether cells are 0, 1, 2, ... or 1, 2, 3, ..., as programs number rows and columns."""
    try:
        first = float(cells[0])
        if first not in (0.0, 1.0) or (first == 1.0 and len(cells) == 1):
            return False
        return all(float(cell) == first + k for k, cell in enumerate(cells))
    except ValueError:
        return False


def number_wanted(cell: str) -> str:
    """What is wrong with a cell that is not a number, for the end of a message."""
    cell = cell.strip()
    if not cell:
        return "a cell is blank, where a number is needed"
    hint = ""
    if is_number(cell.replace(",", ".", 1)):
        hint = f"; decimals have a point: {cell.replace(',', '.', 1)}"
    elif len(parts := cell.split()) > 1 and all(map(is_number, parts)):
        hint = "; cells are separated by commas, semicolons or tabs"
    return f"'{printable(cell[:40])}' is not a number{hint}"
