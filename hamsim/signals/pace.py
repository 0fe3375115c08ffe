"""How fast an expression in t changes.

Time is halved where the expression is no straight line, until it is nearly one everywhere.
Intervals that hold all of its values tell where samples would pass over something short.
"""

from __future__ import annotations

import ast

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.expression import evaluate
from hamsim.signals.enclosure import enclose
from hamsim.signals.functions import NAMED, TIME

__all__ = ["rate_of"]

# How far from a straight line it may be, as a part of the range of its values; a sine of angular
# frequency w is so close to one for 0.57 / w.
STRAIGHT, OF_A_SINE = 0.02, 0.57
# Beyond what samples tell an interval may be so many times as wide before it is halved.
WIDE = 4.0
PARTS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
FIRST, HALVINGS, MOST = 16, 30, 2**16
EDGE = 1e-11  # so close to a break, as a part of the time, nothing is asked


def rate_of(tree: ast.expr, breaks: Floats, begin: float, end: float) -> float:
    """Rate of the fastest change between two times: w of a sine of angular frequency w.

    Parameters
    ----------
    tree : ast.expr
        Of numbers and t.
    breaks : ndarray
        Times between them at which it jumps or bends, and steps end: no change counts there.
    begin, end : float

    Returns
    -------
    float
        0 where nothing bends.
    """
    edges = np.union1d(np.linspace(begin, end, FIRST + 1), breaks)
    low, high = edges[:-1], edges[1:]
    beside = np.minimum(EDGE * np.maximum(np.abs(low), np.abs(high)), 0.01 * (high - low))
    low, high = low + beside, high - beside
    size = _range(tree, begin, end)
    if not 0.0 < size < np.inf:
        return 0.0
    shortest = np.inf
    for _ in range(HALVINGS):
        bad = ~_is_straight(tree, low, high, STRAIGHT * size)
        if not bad.any():
            break
        shortest = min(shortest, 0.5 * float((high - low)[bad].min()))
        low, high = low[bad], high[bad]
        if low.size > MOST:  # some of many that are alike
            some = slice(None, None, -(-low.size // MOST))
            low, high = low[some], high[some]
        middle = 0.5 * (low + high)
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
    return OF_A_SINE / shortest


def _range(tree: ast.expr, begin: float, end: float) -> float:
    """From the least to the largest value, about."""
    values = _values(tree, np.linspace(begin, end, 1025))
    seen = values[np.isfinite(values)]
    least, most = enclose(tree, np.array(begin), np.array(end))
    width = float(most - least)
    return width if np.isfinite(width) else float(np.ptp(seen)) if seen.size else 0.0


def _values(tree: ast.expr, times: Floats) -> Floats:
    found = evaluate(tree, {TIME: times}, finite=False, functions=NAMED)
    return np.broadcast_to(np.asarray(found, dtype=np.float64), times.shape)


def _is_straight(tree: ast.expr, low: Floats, high: Floats, near: float) -> NDArray[np.bool_]:
    """Whether it is nearly a straight line in each interval."""
    times = low + PARTS[:, None] * (high - low)
    values = _values(tree, times)
    line = values[0] + PARTS[:, None] * (values[-1] - values[0])
    with np.errstate(invalid="ignore", over="ignore"):
        off = np.abs(values - line).max(axis=0)
        seen = np.ptp(values, axis=0)
        least, most = enclose(tree, low, high)
        wide = most - least > WIDE * seen + near
    straight: NDArray[np.bool_] = ~((off > near) | wide)
    return straight
