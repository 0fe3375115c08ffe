"""What one cell of a text table, or a line of them, can be: a number, a label, no value."""

from __future__ import annotations

from collections.abc import Sequence

from hamsim.errors import printable

__all__ = ["MISSING", "is_counter", "is_missing", "is_number", "is_word", "number_wanted"]

_STARTS_NUMBER = tuple("+-.0123456789")
# What programs write where there is no value; in small letters.
MISSING = frozenset(("", "na", "n/a", "#n/a", "nan", "null", "none", "-"))


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
