"""Weights of edges that a column of their own table signs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hamsim.network import Floats
from hamsim.spec.columns import header_of, position_of
from hamsim.spec.datafiles import TEXT, DataFileError, DataFiles
from hamsim.spec.rules import Edges, EdgeTable
from hamsim.spec.signs import SignSpec, factors, unmet
from hamsim.spec.tables import Table, with_corner

__all__ = ["edge_header", "signed_by_edges", "signed_weights"]


def signed_by_edges(weights: Any, sign: SignSpec | None, files: DataFiles) -> bool:
    """Whether the column that a connection is signed by is one of its table of edges."""
    return sign is not None and sign.column in edge_header(weights, files)


def edge_header(weights: Any, files: DataFiles) -> list[str]:
    """First line of a table of edges, which may be a header; empty for all other weights."""
    if not isinstance(weights, Edges) or not isinstance(weights.edges, EdgeTable):
        return []
    if Path(weights.edges.file).suffix.lower() not in TEXT:
        return []
    try:
        return header_of(files.table(weights.edges.file))
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
