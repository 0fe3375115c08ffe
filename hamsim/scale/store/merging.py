"""Several packs put together to one, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.scale.store.packfile import Part, Table

__all__ = ["Mask", "joined"]

Mask = NDArray[np.bool_]


def joined(tables: Sequence[Table], kept: Sequence[Mask]) -> Table:
    """One table of some rows of several.

    Parameters
    ----------
    tables : sequence of Table
    kept : sequence of ndarray of bool
        Which rows of each table.
    """
    found: dict[tuple[Any, ...], list[Part]] = {}
    first = 0
    for table, keep in zip(tables, kept, strict=True):
        place = first + np.cumsum(keep) - 1
        first += int(keep.sum())
        for part in table.parts:
            kind = part.values.dtype
            kind = np.dtype(np.str_) if kind.kind == "U" else kind
            chosen = _chosen(part, keep, place)
            found.setdefault((part.name, kind, _axes(part), part.dims), []).append(chosen)
    pairs = list(zip(tables, kept, strict=True))
    return Table(
        np.concatenate([table.keys[keep] for table, keep in pairs]),
        np.concatenate([table.status[keep] for table, keep in pairs]),
        [word for table, keep in pairs for word in compress(table.outcome, keep)],
        [word for table, keep in pairs for word in compress(table.reason, keep)],
        np.concatenate([table.seconds[keep] for table, keep in pairs]),
        [_together(parts) for parts in found.values()],
    )


def _axes(part: Part) -> int:
    """How many axes an entry has."""
    return part.values.ndim - 1 if part.shapes is None else part.shapes.shape[1]


def _chosen(part: Part, keep: Mask, place: NDArray[np.int64]) -> Part:
    """Entries of rows that are kept, with the numbers that these have then."""
    chosen = keep[part.rows]
    rows = place[part.rows[chosen]]
    if chosen.all():
        return Part(part.name, part.dims, rows, part.values, part.shapes)
    if part.shapes is None:
        return Part(part.name, part.dims, rows, part.values[chosen], None)
    of_entry = np.repeat(chosen, part.shapes.prod(axis=1))
    return Part(part.name, part.dims, rows, part.values[of_entry], part.shapes[chosen])


def _together(parts: Sequence[Part]) -> Part:
    """Entries of one name and type, one after another."""
    first = parts[0]
    rows = np.concatenate([part.rows for part in parts])
    plain = all(part.shapes is None for part in parts)
    if plain and len({part.values.shape[1:] for part in parts}) == 1:
        return Part(first.name, first.dims, rows, np.concatenate([p.values for p in parts]), None)
    values = np.concatenate([part.values.reshape(-1) for part in parts])
    shapes = np.concatenate([_shapes(part) for part in parts])
    return Part(first.name, first.dims, rows, values, shapes)


def _shapes(part: Part) -> NDArray[np.int64]:
    if part.shapes is not None:
        return part.shapes
    return np.tile(np.array(part.values.shape[1:], np.int64), (len(part.values), 1))
