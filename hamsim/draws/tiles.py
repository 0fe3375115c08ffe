"""How rows and columns are cut into tiles, of which each is drawn alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hamsim.arrays import Ints

__all__ = ["ENTRIES", "Blocks", "cuts", "touched"]

# Synapses of a tile, about: their arrays stay in the cache.
ENTRIES = 2**15


def cuts(n: int, parts: int) -> Ints:
    """Where parts begin and end that are alike to one: shape (parts + 1,)."""
    borders: Ints = np.arange(parts + 1, dtype=np.int64) * n // parts
    return borders


def touched(borders: Ints, numbers: range) -> range:
    """Which parts between such borders hold some of neighbouring numbers."""
    if borders.size == 2:
        return range(1)
    first = int(np.searchsorted(borders, numbers.start, side="right")) - 1
    return range(first, int(np.searchsorted(borders, numbers.stop, side="left")))


class Blocks(NamedTuple):
    """Blocks of rows and blocks of columns, of which each two make up a tile.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (blocks + 1,)
        Where they begin and end.
    """

    rows: Ints
    columns: Ints

    def shape(self, a: int, b: int) -> tuple[int, int]:
        """Of a tile."""
        rows, columns = self.rows, self.columns
        return int(rows[a + 1] - rows[a]), int(columns[b + 1] - columns[b])
