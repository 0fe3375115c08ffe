"""Which of many states are the same, up to their errors.

Rows are sorted along one direction, so that only states that are close there are compared: the
work is that of sorting, not of all pairs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints

__all__ = ["Merged", "merge", "nearest", "tolerances"]

SAFETY = 10.0  # errors are estimates
LEAST, MOST = 1e-7, 1e-3  # of tolerances, relative to 1 + the largest state


class Merged(NamedTuple):
    """Different states among rows.

    Parameters
    ----------
    first : ndarray of int, shape (states,)
        The row that stands for each: that with the smallest error.
    label : ndarray of int, shape (rows,)
        Which state each row is.
    """

    first: Ints
    label: Ints


def tolerances(x: Floats, error: Floats) -> Floats:
    """How far states may be from where they are said to be, in their largest entry.

    Parameters
    ----------
    x : ndarray, shape (rows, n)
    error : ndarray, shape (rows,)
        Estimates of the same; may be infinite or NaN where nothing is known.
    """
    size = 1.0 + np.abs(x).max(axis=1, initial=0.0)
    wanted = np.where(np.isfinite(error), SAFETY * error, MOST * size)
    result: Floats = np.clip(wanted, LEAST * size, MOST * size)
    return result


def _direction(n: int) -> Floats:
    """A direction in which different states differ, whatever symmetry they have; its 1-norm is 1.

    Irrational multiples spread evenly and are the same in each run.
    """
    spread = np.modf(np.arange(1, n + 1) * 0.6180339887498949)[0] - 0.5
    result: Floats = spread / max(float(np.abs(spread).sum()), 1e-300)
    return result


def merge(x: Floats, tolerance: Floats) -> Merged:
    """Find the different states among rows.

    Parameters
    ----------
    x : ndarray, shape (rows, n)
    tolerance : ndarray, shape (rows,)
        Two rows whose largest difference is at most the sum of theirs are the same state.

    Returns
    -------
    Merged
        States in the order of the rows that stand for them.
    """
    rows = x.shape[0]
    if rows == 0:
        return Merged(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    along = x @ _direction(x.shape[1])
    order = np.argsort(along, kind="stable")
    # A gap that two of the widest tolerances do not bridge parts the rows.
    apart = np.diff(along[order]) > 2.0 * float(tolerance.max())
    label = np.empty(rows, dtype=np.int64)
    leaders: list[int] = []
    for some in np.split(order, np.flatnonzero(apart) + 1):
        _merge_close(x, tolerance, some, label, leaders)
    first = np.array(leaders, dtype=np.int64)
    by_row = np.argsort(first)
    place = np.empty_like(by_row)
    place[by_row] = np.arange(by_row.size)
    return Merged(first[by_row], place[label])


def _merge_close(x: Floats, tolerance: Floats, some: Ints, label: Ints, leaders: list[int]) -> None:
    """Merge rows that are close along the direction; the most exact ones lead."""
    left = some[np.lexsort((some, tolerance[some]))]
    while left.size:
        lead = int(left[0])
        distance = np.abs(x[left] - x[lead]).max(axis=1, initial=0.0)
        same = distance <= tolerance[left] + tolerance[lead]
        label[left[same]] = len(leaders)
        leaders.append(lead)
        left = left[~same]


def nearest(x: Floats, states: Floats) -> tuple[Ints, Floats]:
    """The closest of some states to each row, and how far it is in the largest entry.

    Parameters
    ----------
    x : ndarray, shape (rows, n)
    states : ndarray, shape (states, n)

    Returns
    -------
    which : ndarray of int, shape (rows,)
        -1 where there are no states.
    distance : ndarray, shape (rows,)
    """
    which = np.full(x.shape[0], -1, dtype=np.int64)
    distance = np.full(x.shape[0], np.inf)
    for k, state in enumerate(states):
        away = np.abs(x - state).max(axis=1, initial=0.0)
        closer = away < distance
        which[closer], distance[closer] = k, away[closer]
    return which, distance
