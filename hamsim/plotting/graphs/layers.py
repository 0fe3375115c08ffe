"""Where boxes stand: in rows, from what comes first in the file at the bottom upwards.

Everything here counts and sorts, ties by the order of the file, so that a network has one picture
wherever it is drawn.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from hamsim.plotting.graphs.stress import place_by_distance

__all__ = ["grid", "in_rows", "rows_of"]

Pair = tuple[int, int]

SWEEPS = 12
# Beyond these, rows by rank are too tall or too wide for a page.
MOST_ROWS, MOST_IN_A_ROW = 9, 8


def in_rows(count: int, pairs: Sequence[Pair]) -> list[list[int]]:
    """Rows of boxes, the lowest first.

    Parameters
    ----------
    count : int
        Number of boxes.
    pairs : sequence of (int, int)
        Boxes that are connected.

    Returns
    -------
    list of list of int
        By rank, if so many rows of such a width can be read; else in a grid.
    """
    pairs = sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})
    rows = rows_of(count, pairs)
    if not pairs or len(rows) > MOST_ROWS or max(map(len, rows)) > MOST_IN_A_ROW:
        return grid(count, pairs)
    return rows


def rows_of(count: int, pairs: Sequence[Pair]) -> list[list[int]]:
    """Rows by rank: each box above all that it is connected with and that are before it."""
    below: list[list[int]] = [[] for _ in range(count)]
    above: list[list[int]] = [[] for _ in range(count)]
    for first, second in pairs:
        below[second].append(first)
        above[first].append(second)
    ranks = [0] * count
    for box in range(count):
        ranks[box] = max((ranks[other] + 1 for other in below[box]), default=0)
    for box in reversed(range(count)):  # what hangs on something high stands close to it
        if not below[box] and above[box]:
            ranks[box] = min(ranks[other] for other in above[box]) - 1
    lowest = min(ranks)
    rows: list[list[int]] = [[] for _ in range(max(ranks) - lowest + 1)]
    for box, rank in enumerate(ranks):
        rows[rank - lowest].append(box)
    rows = [row for row in rows if row]
    near = [sorted(below[box] + above[box]) for box in range(count)]
    return _with_few_crossings(rows, near)


def _with_few_crossings(rows: list[list[int]], near: Sequence[Sequence[int]]) -> list[list[int]]:
    """Order boxes within rows by the mean place of those that they are connected with."""
    best, fewest = rows, _crossings(rows, near)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        rows = [list(row) for row in rows]
        order = range(len(rows)) if sweep % 2 else reversed(range(len(rows)))
        for r in order:
            place = {box: (k + 0.5) / len(row) for row in rows for k, box in enumerate(row)}
            means = {
                box: round(sum(place[o] for o in near[box]) / len(near[box]), 9)
                if near[box]
                else place[box]
                for box in rows[r]
            }
            rows[r] = sorted(rows[r], key=lambda box: (means[box], box))
        found = _crossings(rows, near)
        if found < fewest:
            best, fewest = rows, found
    return best


def _crossings(rows: Sequence[Sequence[int]], near: Sequence[Sequence[int]]) -> int:
    """How many connections between neighbouring rows cross."""
    total = 0
    for lower, upper in itertools.pairwise(rows):
        place = {box: k for k, box in enumerate(upper)}
        ends = [(k, place[o]) for k, box in enumerate(lower) for o in near[box] if o in place]
        total += sum(
            (a[0] - b[0]) * (a[1] - b[1]) < 0 for k, a in enumerate(ends) for b in ends[:k]
        )
    return total


def grid(count: int, pairs: Sequence[Pair]) -> list[list[int]]:
    """Rows of a grid in which boxes that are connected stand close to one another."""
    columns = max(1, min(count, round(np.sqrt(0.6 * count) + 0.5)))
    order = list(range(count))
    if not pairs:
        return [order[k : k + columns] for k in range(0, count, columns)]
    places = place_by_distance(count, pairs)
    x, y = (places[:, axis].tolist() for axis in (0, 1))
    by_height = sorted(order, key=lambda box: (y[box], box))
    chunks = [by_height[k : k + columns] for k in range(0, count, columns)]
    return [sorted(chunk, key=lambda box: (x[box], box)) for chunk in chunks]
