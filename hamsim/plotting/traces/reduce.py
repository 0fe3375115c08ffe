"""As many numbers as a picture has dots, of any number of records, seen once.

Records and neurons that fall on one dot are averaged in a map, and a line goes through the least
and the greatest of them.
"""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats, Ints

__all__ = ["LARGEST", "Averages", "Bins", "Extremes", "Sieve", "drawable"]

LARGEST = 1e100  # what is beyond has no place in a plot: a run that diverged ends in such numbers


def drawable(values: Floats) -> Floats:
    """Values as float64, without those that a plot has no room for."""
    values = np.asarray(values, dtype=np.float64)
    largest = np.abs(values).max(initial=0.0)  # NaN where any is
    return values if largest < LARGEST else np.where(np.abs(values) < LARGEST, values, np.nan)


class Sieve:
    """Leaves out what a plot has no room for, and knows whether there was any.

    Attributes
    ----------
    caught : bool
    """

    def __init__(self) -> None:
        self.caught = False

    def __call__(self, values: Floats) -> Floats:
        """What can be drawn of some values; NaN elsewhere."""
        given = np.asarray(values, dtype=np.float64)
        kept = drawable(given)
        self.caught |= kept is not given
        return kept

    def said(self) -> list[str]:
        """What is left out, as a sentence that follows the name of a panel and a colon."""
        if not self.caught:
            return []
        return ["values beyond 1e100, or not finite, are not drawn (grey in maps)"]


class Bins:
    """Records that fall on one dot of an axis of time.

    Parameters
    ----------
    t : ndarray, shape (n,)
        Times of the records, not falling.
    most : int
        Dots. Where there are no more records each is one for itself.

    Attributes
    ----------
    count : int
        Bins, none of which is empty.
    largest : int
        Records in the fullest of them.
    begin, end : ndarray, shape (count,)
        Time of the first and the last record of each.
    """

    def __init__(self, t: Floats, most: int) -> None:
        n = t.size
        if n <= most:
            self.ids: Ints = np.arange(n, dtype=np.int64)
        else:
            span = t[-1] - t[0]
            at = (t - t[0]) / span * most if span > 0 else np.zeros(n)
            slots = np.minimum(at.astype(np.int64), most - 1)
            self.ids = np.cumsum(np.diff(slots, prepend=slots[:1]) > 0)
        self.count = int(self.ids[-1]) + 1
        first = np.searchsorted(self.ids, np.arange(self.count))
        last = np.append(first[1:], n) - 1
        self.first: Ints = first.astype(np.int64)
        self.largest = int((last - first).max()) + 1
        self.begin, self.end = t[first], t[last]

    def of(self, first: int, count: int) -> tuple[Ints, slice]:
        """Where each bin begins among some records, and which bins these are."""
        ids = self.ids[first : first + count]
        begins = np.flatnonzero(np.diff(ids, prepend=ids[:1] - 1))
        return begins.astype(np.int64), slice(int(ids[0]), int(ids[-1]) + 1)

    def edges(self) -> Floats:
        """Borders of the bins, half way between records; shape (count + 1,)."""
        if self.count == 1:
            end = self.end[0]
            return np.array([self.begin[0], end if end > self.begin[0] else end + 1.0])
        middles = (self.end[:-1] + self.begin[1:]) / 2
        return np.concatenate([self.begin[:1], middles, self.end[-1:]])

    def dots(self, count: int) -> Ints:
        """The bin that is seen at each of so many dots that are evenly spaced in time."""
        edges = self.edges()
        middles = edges[0] + (np.arange(count) + 0.5) / count * (edges[-1] - edges[0])
        found = np.searchsorted(edges, middles, side="right") - 1
        shown: Ints = np.clip(found, 0, self.count - 1).astype(np.int64)
        return shown


class Averages:
    """Means over bins of records and over rows of columns.

    Parameters
    ----------
    bins : Bins
    columns : int
    most : int
        Rows.
    """

    def __init__(self, bins: Bins, columns: int, most: int) -> None:
        self.bins, self.columns = bins, columns
        self.rows = min(columns, most)
        self._begins = (np.arange(self.rows) * columns) // self.rows
        self._width = np.diff(np.append(self._begins, columns))
        self.together = int(self._width.max())
        self._sums = np.zeros((bins.count, self.rows))
        self._counts = np.zeros((bins.count, self.rows))

    def add(self, first: int, values: Floats) -> None:
        """Take in values of some records, shape (k, columns)."""
        begins, where = self.bins.of(first, values.shape[0])
        sizes = np.diff(np.append(begins, values.shape[0]))
        rows = np.add.reduceat(values, self._begins, axis=1) if self.together > 1 else values
        sums = np.add.reduceat(rows, begins, axis=0)
        if np.isfinite(sums).all():
            self._sums[where] += sums
            self._counts[where] += sizes[:, None] * self._width
            return
        good = np.isfinite(values)
        for into, each in ((self._sums, np.where(good, values, 0.0)), (self._counts, good * 1.0)):
            across = np.add.reduceat(each, self._begins, axis=1)
            into[where] += np.add.reduceat(across, begins, axis=0)

    def means(self) -> Floats:
        """The means, shape (bins, rows); NaN where all that fell together was none."""
        with np.errstate(invalid="ignore"):
            found: Floats = self._sums / self._counts
        return found


class Extremes:
    """The least and the greatest of lines over bins of records.

    Parameters
    ----------
    bins : Bins
    lines : int
    """

    def __init__(self, bins: Bins, lines: int) -> None:
        self.bins = bins
        self.low = np.full((bins.count, lines), np.inf)
        self.high = np.full((bins.count, lines), -np.inf)

    def add(self, first: int, values: Floats) -> None:
        """Take in values of some records, shape (k, lines)."""
        begins, where = self.bins.of(first, values.shape[0])
        if begins.size == values.shape[0] and self.bins.largest == 1:
            self.low[where] = self.high[where] = values
            return
        # What is not a number is seen where all of a bin are none.
        self.low[where] = np.fmin(self.low[where], np.fmin.reduceat(values, begins, axis=0))
        self.high[where] = np.fmax(self.high[where], np.fmax.reduceat(values, begins, axis=0))

    def path(self) -> tuple[Floats, Floats]:
        """Times and values of lines through both, shapes (m,) and (m, lines)."""
        if self.bins.largest == 1:
            return self.bins.begin, self.low
        low, high = (np.where(np.isfinite(v), v, np.nan) for v in (self.low, self.high))
        t = np.stack([self.bins.begin, self.bins.end], axis=1).reshape(-1)
        values = np.stack([low, high], axis=1).reshape(t.size, -1)
        return t, values
