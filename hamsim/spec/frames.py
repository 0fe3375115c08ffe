"""Tables of pandas, polars and the like as the text tables that a file of theirs would be.

They are known by what they can do; neither library is imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from numbers import Real
from typing import Any

from hamsim.spec.cells import is_number, is_word
from hamsim.spec.rows import Lines, Rows
from hamsim.spec.tables import DataFileError, Table

__all__ = ["FRAME", "frame_kind", "table_of"]

# What a table of Python is called where a file has its name.
FRAME = re.compile(r"<(?:DataFrame|Series) [0-9]+>\.csv\Z")
# Names that polars gives to columns without one.
_NUMBERED = re.compile(r"column_[0-9]+\Z")


def frame_kind(value: Any) -> str:
    """Whether a value is a "DataFrame" or a "Series"; empty for what is neither.

    A series is one only if it has labels: without them it is a list.
    """
    if isinstance(value, type):
        return ""
    if hasattr(value, "columns") and (hasattr(value, "iloc") or hasattr(value, "iter_rows")):
        return "DataFrame"
    index = getattr(value, "index", None)
    if index is None or callable(index) or not hasattr(value, "tolist"):
        return ""
    if _is_counted(list(index)):
        return ""
    return "Series"


def table_of(value: Any, name: str, rows_only: bool = False) -> tuple[Table, dict[str, Any]]:
    """The table that a file would hold, and what is to be said beside it: header, index.

    Parameters
    ----------
    value : DataFrame or Series
    name : str
        For messages.
    rows_only : bool
        Whether rows are one neuron or edge each, whose labels count only if they are names.

    Raises
    ------
    DataFileError
        Its labels have several levels, or it is empty.
    """
    above, columns = _columns(value)
    beside = list(value.index) if hasattr(value, "index") else None
    if any(isinstance(label, tuple) for label in (*above, *(beside or ())[:1])):
        raise DataFileError(f"{name} has labels of several levels; reset_index() makes columns")
    if beside is not None and (_is_counted(beside) or (rows_only and not _are_names(beside))):
        beside = None
    header: list[str] | None = [_cell(label) for label in above]
    if not rows_only and (not above or _is_counted(above) or all(map(_is_polars, above))):
        header = None
    made = Rows()
    cells = [[_cell(label) for label in beside]] if beside is not None else []
    cells += columns
    if not cells or (header is None and not cells[0]):
        raise DataFileError(f"{name} is empty")
    if header is not None:
        corner = [_corner(value)] if beside is not None else []
        made.add([*corner, *header])
    try:
        for row in zip(*cells, strict=True):
            made.add(list(row))
    except ValueError as error:
        raise DataFileError(f"{name}: {error}") from None
    made.close()
    lines = Lines()
    lines.add(1, len(made))
    stated: dict[str, Any] = {}
    if not rows_only:
        # Words are looked at as those of a file are; numbers are labels only if that is said.
        stated["header"] = False if header is None else _told(header)
        if beside is not None:
            stated["index"] = _told(cells[0])
        elif all(map(is_number, cells[0])):  # a column of words may label the rows, as in a file
            stated["index"] = False
    elif _told(header or ()):
        stated["header"] = True  # a table of Python never has an edge there
    numeric = _numeric(value) if rows_only else frozenset()
    table = Table(name, made, lines, numeric=numeric)
    return table, {k: v for k, v in stated.items() if v is not None}


def _columns(value: Any) -> tuple[list[Any], list[list[str]]]:
    """Labels and cells of the columns; a series has one without a label."""
    if not hasattr(value, "columns"):
        return [], [_cells(value)]
    return list(value.columns), [_cells(column) for column in _each(value)]


def _each(value: Any) -> Iterator[Any]:
    for k, label in enumerate(value.columns):
        yield value.iloc[:, k] if hasattr(value, "iloc") else value.get_column(label)


def _items(column: Any) -> list[Any]:
    items: list[Any] = column.tolist() if hasattr(column, "tolist") else column.to_list()
    return items


def _cells(column: Any) -> list[str]:
    return [_cell(item) for item in _items(column)]


def _numeric(value: Any) -> frozenset[str]:
    """Labels of the columns that hold numbers and no text, but for what is missing."""
    if not hasattr(value, "columns"):
        return frozenset()
    labels = [_cell(label) for label in value.columns]
    numeric, other = set[str](), set[str]()
    for label, column in zip(labels, _each(value), strict=True):
        (numeric if all(map(_is_number, _items(column))) else other).add(label)
    return frozenset(numeric - other)


def _is_number(item: Any) -> bool:
    return (isinstance(item, Real) and not isinstance(item, bool)) or not _cell(item)


def _cell(item: Any) -> str:
    """Text of a cell; empty where a value is missing."""
    if type(item) is float:
        return repr(item) if item == item else ""
    if item is None:
        return ""
    if isinstance(item, bool):
        return str(int(item))
    text = str(item)
    return "" if text in ("<NA>", "NaT", "nan") else text


def _is_counted(labels: Sequence[Any]) -> bool:
    """Whether labels are 0, 1, 2, ... as they are where nobody gave any."""
    return all(
        not isinstance(label, str) and not isinstance(label, tuple) and label == k
        for k, label in enumerate(labels)
    )


def _is_polars(label: Any) -> bool:
    return isinstance(label, str) and _NUMBERED.match(label) is not None


def _are_names(labels: Sequence[Any]) -> bool:
    return all(isinstance(label, str) for label in labels)


def _told(labels: Sequence[str]) -> bool | None:
    """True where labels could be taken for numbers; None where they are words."""
    return None if all(is_word(label) and not is_number(label) for label in labels) else True


def _corner(value: Any) -> str:
    name = getattr(value.index, "name", None)
    return "" if name is None else _cell(name)
