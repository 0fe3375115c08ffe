"""Edges that stand where a matrix may, as rows of numbers; no block has such a shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hamsim.spec.connections import ConnectionSpec
from hamsim.spec.groups import GroupSpec

__all__ = ["are_edge_rows"]


def are_edge_rows(connection: ConnectionSpec, groups: Mapping[str, GroupSpec | None]) -> bool:
    """Whether weights can only be edges: the numbers of an edge's neurons and a weight a row.

    That is so if no side of the block is as long as such a row, so that they are no matrix of
    another number of neurons and none that was turned, and if there are such neurons.

    Parameters
    ----------
    connection : ConnectionSpec
    groups : mapping of str to GroupSpec or None
        In file order; None where a group is not valid.
    """
    rows: Any = connection.weights
    width = 3 if connection.gate is None else 4
    if not isinstance(rows, tuple) or not rows:
        return False
    if not all(isinstance(row, tuple) and len(row) == width for row in rows):
        return False
    sizes = []
    for end in connection.ends:
        parts = [groups.get(name) for name in (groups if end == ("all",) else end)]
        sides = {side for part in parts if part is not None for side in part.dimensions}
        if None in parts or width in sides:
            return False
        sizes.append(sum(part.count for part in parts if part is not None))
    if width in sizes:
        return False
    if connection.kind == "from":  # an edge goes from its first neuron to its second
        sizes.reverse()
    return all(
        isinstance(number, int | float) and number == int(number) and 0 <= number < size
        for row in rows
        for number, size in zip(row[:-1], sizes, strict=True)
    )
