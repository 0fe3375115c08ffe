"""Which column signs the weights of a connection: one of its table of edges, or of the senders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.spec.columns import header_of, position_of
from hamsim.spec.datafiles import TEXT, DataFileError, DataFiles
from hamsim.spec.edgetable import EdgeTable
from hamsim.spec.signs import SignSpec, factors, sender_factors, unmet, words_of
from hamsim.spec.tables import Table, with_corner

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec
    from hamsim.spec.ends import End

__all__ = ["sign_problems", "signed_by_edges", "signed_weights", "why_idle"]


def signed_by_edges(weights: Any, sign: SignSpec | None, files: DataFiles) -> bool:
    """Whether the column that a connection is signed by is one of its table of edges."""
    return sign is not None and sign.column in _header(weights, files)


def _header(weights: Any, files: DataFiles) -> list[str]:
    """First line of a table of edges, which may be a header; empty for all other weights."""
    edges = getattr(weights, "edges", None)
    if not isinstance(edges, EdgeTable):
        return []
    if edges.header is False or Path(edges.file).suffix.lower() not in TEXT:
        return []
    try:
        return header_of(files.table(edges.file))
    except DataFileError:  # is told where the edges are read
        return []


def signed_weights(weights: Floats, sign: SignSpec, table: Table) -> Floats:
    """Weights of the edges in a table, each times the factor of its word.

    Raises
    ------
    DataFileError
        Each of its arguments is one mistake.
    """
    place = position_of(table, sign.column)
    rows = with_corner(table, number_last=True).rows
    first = len(rows) - weights.size  # below the header
    words = [row[place].strip() for row in rows[first:]]
    lines = table.lines[first:]
    found, problems = factors(sign, words, lambda k: f"'{table.name}' line {lines[k]}")
    problems += [message for _, message in unmet(sign, words, f"no edge of '{table.name}'")]
    if problems:
        raise DataFileError(*problems)
    with np.errstate(over="ignore"):  # what is not finite is told when W is made
        return weights * found


def why_idle(connection: ConnectionSpec, ends: Sequence[End], files: DataFiles, word: str) -> str:
    """Why no weight of a connection is multiplied by one of its factors; empty if some is.

    Parameters
    ----------
    connection : ConnectionSpec
        With a sign that fits.
    ends : sequence of End
    files : DataFiles
    word : str
        What the factor is for, or "others".
    """
    sign, weights = connection.sign, connection.weights
    assert sign is not None
    if signed_by_edges(weights, sign, files):
        table = files.table(weights.edges.file)
        place = position_of(table, sign.column)
        words = [row[place].strip() for row in with_corner(table, number_last=True).rows[1:]]
        who = "edge"
    else:
        words = words_of(sign.column, zip(ends[1].names, ends[1].groups, strict=True))
        who = "neuron that sends"
    if word == "others":
        found = not sign.words.keys() >= set(words)
        return "" if found else f"nothing reads this: each {who} has a {sign.column} that is named"
    return "" if word in words else f"nothing reads this: no {who} has this {sign.column}"


def sign_problems(
    connection: ConnectionSpec,
    ends: Sequence[End],
    files: DataFiles,
    headers: Mapping[str, Sequence[str]],
) -> list[tuple[tuple[Any, ...], str]]:
    """What is wrong with the sign of a connection, unless its table of edges has the column.

    Parameters
    ----------
    connection : ConnectionSpec
    ends : sequence of End
    files : DataFiles
    headers : mapping of str to sequence of str
        Columns of the tables that groups were read from, for hints.

    Returns
    -------
    list of (path, message)
        Paths begin at the connection.
    """
    sign = connection.sign
    if sign is None or signed_by_edges(connection.weights, sign, files):
        return []
    if connection.kind != "from":
        message = (
            f"the senders' {sign.column} can sign one-way connections (from: and to:) only: "
            f"a {connection.kind} connection weighs all ways alike; a column of its table of "
            "edges can sign it"
        )
        return [(("sign",), message)]
    columns = [column for name in ends[1].names for column in headers.get(name, ())]
    columns += _header(connection.weights, files)
    _, problems = sender_factors(sign, ends[1], columns)
    return [(("sign", *at), text) for at, text in problems]
