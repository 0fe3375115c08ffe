"""Columns of a table of edges: which they are, and whether its first line is one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from hamsim.counted import counted
from hamsim.errors import did_you_mean, printable
from hamsim.spec.cells import is_counter, is_word
from hamsim.spec.edgetable import EdgeTable
from hamsim.spec.ends import End
from hamsim.spec.tables import (
    DataFileError,
    Table,
    may_have_decimal_commas,
    with_corner,
)

__all__ = [
    "UNNAMED",
    "Columns",
    "edge_columns",
    "header_of",
    "position_of",
    "roles_of",
    "without_words",
]

# Headers of a column that only numbers the rows; the second is how pandas reads the first.
UNNAMED = ("", "Unnamed: 0")
# What people call the columns.
SENDERS = frozenset(
    {"pre", "presynaptic", "source", "src", "from", "sender", "parent", "start", "col", "column"}
)
RECEIVERS = frozenset(
    {"post", "postsynaptic", "target", "tgt", "dst", "to", "receiver", "child", "end", "row"}
)
WEIGHTS = frozenset({"w", "weight", "weights", "strength"})
GATES = frozenset({"gate"})
# What tables of connectomes have for weights.
COUNTS = frozenset({"count", "counts", "synapses", "syn", "number", "n"})


class Columns(NamedTuple):
    """Where a table has its edges.

    Parameters
    ----------
    table : Table
    places : list of int
        A column for each end, and one of weights.
    first : int
        Number of the first row that is an edge.
    """

    table: Table
    places: list[int]
    first: int


def edge_columns(table: Table, stated: EdgeTable, ends: Sequence[End], undirected: bool) -> Columns:
    """Which columns of a table are those of edges, one for each end and one of weights.

    Parameters
    ----------
    table : Table
    stated : EdgeTable
        Names the columns, or says whether there is a header and a column that numbers the edges.
    ends : sequence of End
        By which it is told whether a first line 0,1,2 can be an edge.
    undirected : bool
        Whether it does not matter which neuron of an edge comes first.

    Raises
    ------
    DataFileError
        There is no such column, or a row has too few or too many cells.
    """
    table = with_corner(table, number_last=True)
    names = [cell.strip() for cell in table.rows[0]]
    width = len(ends) + 1
    if stated.columns is not None:
        places, header = _named(table, names, stated, width), True
    else:
        index = _index(table, names, stated, width)
        places = [k for k in range(len(names)) if k != index]
        if len(places) != width:
            raise DataFileError(
                f"'{table.name}' has {counted(len(names), 'column')}, not {width}; "
                "choose some by columns: [...]"
            )
        header = _has_header(table, [names[k] for k in places], index, stated, ends)
        if header:
            _require_order(table, [names[k] for k in places], undirected)
    table.require_width(0, len(names))
    return Columns(table, places, int(header))


def roles_of(header: Sequence[str]) -> list[int]:
    """Which columns hold who sends, who receives, and the weight, by their names.

    Returns
    -------
    list of int
        Empty where one of the three is not there, or is there twice.
    """
    words = [_words(name) for name in header]
    kinds = (SENDERS - {"col", "column"}, RECEIVERS - {"row"}, WEIGHTS | COUNTS)
    found = [[k for k, own in enumerate(words) if own & kind] for kind in kinds]
    return [places[0] for places in found] if all(len(places) == 1 for places in found) else []


def header_of(table: Table) -> list[str]:
    """Names of the columns, if the first line holds names."""
    return [cell.strip() for cell in with_corner(table, number_last=True).rows[0]]


def position_of(table: Table, column: str) -> int:
    """Which column of the table, with its corner, has this name.

    Raises
    ------
    DataFileError
        There are two, or a row has too few or too many cells.
    """
    names = header_of(table)
    if names.count(column) > 1:
        raise DataFileError(
            f"'{table.name}' has {names.count(column)} columns '{printable(column[:40])}'"
        )
    with_corner(table, number_last=True).require_width(0, len(names))
    return names.index(column)


def without_words(table: Table, column: str, stated: EdgeTable) -> Table:
    """The table without a column of words, unless that is one of those that make an edge."""
    if stated.columns is not None or _words(column) <= SENDERS | RECEIVERS | WEIGHTS | GATES:
        return table
    place = position_of(table, column)
    whole = with_corner(table, number_last=True)
    return whole._replace(rows=whole.rows.changed(lambda row: [*row[:place], *row[place + 1 :]]))


def _require_order(table: Table, header: list[str], undirected: bool) -> None:
    """Refuse columns that their own names put into another order than that of reading."""
    words = [_words(name) for name in header]
    turned = bool(words[0] & RECEIVERS or words[1] & SENDERS) and not undirected
    if not turned and not (words[0] | words[1]) & (WEIGHTS | GATES):
        return
    kinds = (SENDERS, RECEIVERS, *((GATES,) if len(header) == 4 else ()), WEIGHTS)
    found = [next((n for n, w in zip(header, words, strict=True) if w & k), "...") for k in kinds]
    order = "first neuron (which sends), second neuron, weight"
    if len(header) == 4:
        order = "first neuron, second neuron, gate, weight"
    raise DataFileError(
        f"'{table.name}' has the columns {', '.join(header)}, but they are read as {order}; "
        f"say columns: [{', '.join(found)}]"
    )


def _words(name: str) -> frozenset[str]:
    """Words of a column's name, as of post_root_id, bodyIdPost or to-node."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return frozenset(re.findall(r"[a-z]+", apart.lower()))


def _named(table: Table, names: list[str], stated: EdgeTable, width: int) -> list[int]:
    wanted = stated.columns or ()
    if len(wanted) != width:
        raise DataFileError(f"columns: names {len(wanted)} columns; {width} are needed")
    if stated.header is False:
        raise DataFileError("columns: names columns by the header, but header: false says none")
    header = names if stated.header or all(map(is_word, names)) or set(wanted) <= {*names} else []
    for column in wanted:
        shown = printable(column[:40])
        if column not in header:
            hint = did_you_mean(column, header, "columns")
            raise DataFileError(f"no column '{shown}' in '{table.name}'; {hint}")
        if header.count(column) > 1:
            raise DataFileError(f"'{table.name}' has {header.count(column)} columns '{shown}'")
    return [header.index(column) for column in wanted]


def _index(table: Table, names: list[str], stated: EdgeTable, width: int) -> int | None:
    """Place of a column that only labels the edges."""
    if isinstance(stated.index, str):
        if stated.index not in names:
            hint = did_you_mean(stated.index, names, "columns")
            raise DataFileError(f"no column '{stated.index}' in '{table.name}'; {hint}")
        return names.index(stated.index)
    if stated.index is not None:
        return 0 if stated.index else None
    if len(names) != width + 1:
        return None
    if names[0] in UNNAMED:
        return 0
    column = [row[0] for row in table.rows]
    # 0,1,0,5 can be the edge 0 -> 1 with a decimal comma as well.
    return 0 if is_counter(column) and not may_have_decimal_commas(table, 0) else None


def _has_header(
    table: Table, cells: list[str], index: int | None, stated: EdgeTable, ends: Sequence[End]
) -> bool:
    if stated.header is not None:
        return stated.header
    if all(map(is_word, cells)):
        return True
    if not is_counter(cells):
        return False
    if index is not None:
        return table.rows[0][index].strip() in UNNAMED
    pairs = zip(ends, cells[:-1], strict=True)
    if all(end.find([cell], stated.by)[1] for end, cell in pairs):
        return True
    raise DataFileError(
        f"'{table.name}': line {table.lines[0]} ({', '.join(cells)}) can be a header or an edge; "
        "say header: true or header: false"
    )
