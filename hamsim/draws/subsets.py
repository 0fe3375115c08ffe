"""Random sets of different numbers, all sets of one size alike likely."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.arrays import Ints
from hamsim.draws.numbers import below
from hamsim.draws.stream import Stream, Tile

__all__ = ["subset", "subset_of_each"]

# So few numbers are sorted again sooner than others are put between them.
FEW = 2**13


def subset(stream: Stream, size: int, total: int, tile: Tile = ()) -> Ints:
    """So many different numbers below `total`.

    Parameters
    ----------
    stream : Stream
        Bits of the tile, as many as are needed.
    size : int
        Not more than `total`.
    total : int
    tile : tuple of int

    Returns
    -------
    ndarray of int32 or int64, shape (size,)
        Sorted.

    Notes
    -----
    Numbers that are there already are drawn again, never more at once than are missing: the first
    different ones of a sequence of independent numbers are as likely as any others. Of more than
    half of all it is drawn which are left out.
    """
    if size == total:
        return np.arange(total, dtype=np.int64)
    if 2 * size > total:
        kept = np.ones(total, dtype=bool)
        kept[subset(stream, total - size, total, tile)] = False
        return np.flatnonzero(kept)
    source = stream.source(tile)
    # Numbers of 32 bits are sorted in half the time.
    found: Any = np.empty(0, dtype=np.int32 if total < 2**31 else np.int64)
    while found.size < size:
        numbers, kept = below(source.random_raw(size - found.size), total)
        some = numbers if kept.all() else numbers[kept]
        found = _joined(found, some.astype(found.dtype, copy=False))
    result: Ints = found
    return result


def subset_of_each(stream: Stream, size: int, totals: Ints, tile: Tile = ()) -> Ints:
    """For each of several totals so many different numbers below it.

    Parameters
    ----------
    stream : Stream
    size : int
        Not more than any of the totals.
    totals : ndarray of int, shape (rows,)
    tile : tuple of int

    Returns
    -------
    ndarray of int, shape (rows, size)
        Each row sorted. Made as those of `subset` are.
    """
    rows, width = totals.size, int(totals.max(initial=1))
    turned = 2 * size > totals
    wanted = np.where(turned, totals - size, size)
    source = stream.source(tile)
    alike = bool((totals == width).all())
    found = np.empty(0, dtype=np.int64)
    missing = wanted
    while missing.any():
        row = np.arange(rows, dtype=np.int64).repeat(missing)
        raw = source.random_raw(row.size)
        numbers, kept = below(raw, width if alike else totals[row])
        row *= width
        numbers += row
        found = _joined(found, numbers if kept.all() else numbers[kept])
        if found.size == wanted.sum():
            break
        missing = wanted - np.bincount(found // width, minlength=rows)
    if turned.any():
        found = _turned(found, np.flatnonzero(turned), totals, width)
    result: Ints = found.reshape(rows, size)
    result -= (np.arange(rows, dtype=np.int64) * width)[:, None]
    return result


def _joined(found: Any, more: Any) -> Any:
    """Sorted numbers and others, each once."""
    if 0 < found.size < FEW:
        found, more = found[:0], np.concatenate([found, more])
    more.sort()
    again = more[1:] == more[:-1]
    if again.any():
        more = more[np.concatenate([[True], ~again])]
    if not found.size:
        return more
    place = found.searchsorted(more)
    new = found[place.clip(max=found.size - 1)] != more
    return np.insert(found, place[new], more[new])


def _turned(found: Ints, rows: Ints, totals: Ints, width: int) -> Ints:
    """Numbers, row times width plus number, with those of some rows exchanged for all others."""
    number = np.full(totals.size, -1)
    number[rows] = np.arange(rows.size)
    at = number[found // width]
    keep = np.arange(width) < totals[rows, None]
    keep[at[at >= 0], (found % width)[at >= 0]] = False
    row, left = np.nonzero(keep)
    return np.sort(np.concatenate([found[at < 0], rows[row] * width + left]))
