"""A history that never has more than so many rows: where it is full, every other one goes."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats

__all__ = ["Thinned"]


class Thinned:
    """Rows of numbers with their times, thinned evenly; the last one is always there.

    Parameters
    ----------
    width : int
        Numbers of a row.
    most : int
        Rows; even.
    """

    def __init__(self, width: int, most: int = 240) -> None:
        # One more, for the last row where it is not one of those that are kept.
        self._t, self._rows = np.empty(most + 1), np.empty((most + 1, width))
        self._most, self._kept, self._stride, self._heard = most, 0, 1, 0
        self._extra = False

    def add(self, t: float, row: Floats | tuple[float, ...]) -> None:
        """Add a row."""
        if self._heard % self._stride == 0 and self._kept == self._most:
            half = self._most // 2
            self._t[:half] = self._t[: self._most : 2].copy()
            self._rows[:half] = self._rows[: self._most : 2].copy()
            self._kept, self._stride = half, 2 * self._stride
        self._t[self._kept], self._rows[self._kept] = t, row
        stays = self._heard % self._stride == 0
        self._kept += stays
        self._extra = not stays
        self._heard += 1

    def __len__(self) -> int:
        return self._kept + self._extra

    @property
    def t(self) -> Floats:
        """Times, shape (rows,)."""
        return self._t[: len(self)]

    @property
    def rows(self) -> Floats:
        """Rows, shape (rows, width)."""
        return self._rows[: len(self)]

    def at(self, times: Floats) -> Floats:
        """The rows that were the last ones at some times, NaN before the first."""
        where = np.searchsorted(self.t, times, side="right") - 1
        found: Floats = self.rows[np.maximum(where, 0)]
        found[where < 0] = np.nan
        return found
