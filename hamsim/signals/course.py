"""The course of functions of time at few points, for pictures.

Where they jump there are two points of one time, and one where they bend. What has more than fits
goes through the least and the greatest values of stretches of time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.signals.sampled import Sampled
from hamsim.signals.signal import Breaks, Signal, merged
from hamsim.signals.within import CLOSE

__all__ = ["MOST", "Points", "points_of"]

MOST = 400  # points
SMOOTH = 128  # of what is no table, at least where there is room
FINE = 16_384  # of what is too fast, before they are put together
# Points of a sine are so far apart at most, in radians, and this part of it where there is room.
COARSE, FINER = 0.8, 3
AT_ONCE, IN_ALL = 2_000_000, 20_000_000  # numbers that are looked up
TURN = 0.6180339887498949  # of a grid that no period fits [golden section]

Reduce = Callable[[Floats], Floats]


class Points(NamedTuple):
    """A course.

    Parameters
    ----------
    t : ndarray, shape (points,)
        Not falling.
    values : ndarray, shape (points, lines)
    together : int
        So many values fall together at most, of which the least and the greatest are kept; 1 where
        none do.
    """

    t: Floats
    values: Floats
    together: int = 1


def points_of(
    signals: Sequence[Signal], begin: float, end: float, reduce: Reduce | None = None
) -> Points:
    """The course of some functions, those of the first trial, side by side.

    Parameters
    ----------
    signals : sequence of Signal
    begin, end : float
    reduce : callable, optional
        Makes lines of values of shape (rows, neurons).

    Raises
    ------
    SimulationError
        A value is not finite, or not known.
    """
    breaks = merged([each.breaks(begin, end) for each in signals], begin, end)
    free = MOST - 2 - breaks.times.size - int(np.count_nonzero(breaks.jumps))
    written = [each for each in signals if not isinstance(each, Sampled)]
    smooth = bool(written) or reduce is not None  # extremes of straight lines are none
    rate = max((each.rate(begin, end) for each in written), default=0.0)
    needed = rate * (end - begin) / COARSE
    if free >= 0 and needed <= free:
        inner = min(free, max(SMOOTH, math.ceil(FINER * needed))) if smooth else 0
        grid = np.linspace(begin, end, inner + 2)[1:-1]
        return _thinned(*_looked_up(signals, *_times(breaks, begin, end, grid), reduce))
    inner = int(min(FINE, max(SMOOTH, FINER * needed))) if smooth else 0
    at = (np.arange(inner) + np.mod(np.arange(inner) * TURN, 1.0)) / max(inner, 1)
    shown, asked = _times(breaks, begin, end, begin + at * (end - begin))
    cells = sum(each.width * (each.trials or 1) for each in signals)
    some = slice(None, None, -(-shown.size * cells // IN_ALL))
    return _together(*_looked_up(signals, shown[some], asked[some], reduce), begin, end)


def _times(breaks: Breaks, begin: float, end: float, grid: Floats) -> tuple[Floats, Floats]:
    """Times of points, and where values are looked up: beside jumps, and inside both ends."""
    edges = np.concatenate([[begin], breaks.times[breaks.jumps], [end]])
    gaps = 0.25 * np.diff(edges)
    near = CLOSE * np.abs(edges)
    after = edges[:-1] + np.minimum(near[:-1], gaps)
    before = edges[1:] - np.minimum(near[1:], gaps)
    between = np.concatenate([breaks.times[~breaks.jumps], grid])
    shown = np.concatenate([edges[:-1], edges[1:], between])
    asked = np.concatenate([after, before, between])
    order = np.argsort(asked, kind="stable")
    return np.maximum.accumulate(shown[order]), asked[order]


def _looked_up(
    signals: Sequence[Signal], shown: Floats, asked: Floats, reduce: Reduce | None
) -> tuple[Floats, Floats]:
    cells = sum(each.width * (each.trials or 1) for each in signals)
    rows = max(1, AT_ONCE // cells)
    found = []
    for first in range(0, asked.size, rows):
        times = asked[first : first + rows]
        values = np.concatenate([each.at(times)[:, :, 0] for each in signals], axis=1)
        found.append(values if reduce is None else reduce(values))
    return shown, np.concatenate(found)


def _thinned(t: Floats, values: Floats) -> Points:
    """Without points between two that have the same values."""
    same = np.all(values[1:] == values[:-1], axis=1)
    kept = np.concatenate([[True], ~(same[:-1] & same[1:]), [True]])
    return Points(t[kept], values[kept])


def _together(t: Floats, values: Floats, begin: float, end: float) -> Points:
    """The least and the greatest of each stretch of time."""
    slots = np.minimum((t - begin) / (end - begin) * (MOST // 2), MOST // 2 - 1).astype(np.int64)
    first = np.flatnonzero(np.diff(slots, prepend=-1))
    last = np.append(first[1:], t.size) - 1
    low, high = (each.reduceat(values, first, axis=0) for each in (np.minimum, np.maximum))
    times = np.stack([t[first], t[last]], axis=1).reshape(-1)
    both = np.stack([low, high], axis=1).reshape(times.size, -1)
    return Points(times, both, int((last - first).max()) + 1)
