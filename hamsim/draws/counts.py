"""Random whole numbers: how many of all fall into a part.

Both distributions are inverted: the probabilities around the mode follow from the ratio of
neighbouring ones, and one random number says where their sum is reached. What lies beyond
10 standard deviations and 40 on either side weighs less than 1e-21 together (Bernstein's
inequality, which holds without putting back too [Hoeffding]) and is left out.

[Hoeffding]: Hoeffding, Probability inequalities for sums of bounded random variables, Journal of
the American Statistical Association 58, 13 (1963), section 6.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from hamsim.arrays import Floats
from hamsim.draws.numbers import doubles
from hamsim.draws.stream import Stream, Tile

__all__ = ["binomial", "hypergeometric"]

DEVIATIONS, MORE = 10.0, 40.0


def binomial(stream: Stream, n: int, p: float, tile: Tile = ()) -> int:
    """How many of n happen that have the probability p each.

    Parameters
    ----------
    stream : Stream
        One number of the tile is used.
    n : int
    p : float
        From 0 to 1.
    tile : tuple of int
    """
    if n == 0 or p == 0.0:
        return 0
    if p == 1.0:
        return n
    odds = p / (1.0 - p)
    return _inverted(
        float(doubles(stream, 1, tile)[0]),
        (0, n),
        min(n, math.floor((n + 1) * p)),
        n * p * (1.0 - p),
        lambda x: (n - x) / (x + 1.0) * odds,
    )


def hypergeometric(stream: Stream, good: int, bad: int, drawn: int, tile: Tile = ()) -> int:
    """How many of those drawn are good, if none is put back.

    Parameters
    ----------
    stream : Stream
        One number of the tile is used.
    good, bad : int
        How many there are.
    drawn : int
        Not more than all of them.
    tile : tuple of int
    """
    total = good + bad
    low, high = max(0, drawn - bad), min(good, drawn)
    if low == high:
        return low
    mode = (drawn + 1) * (good + 1) // (total + 2)
    share = good / total
    variance = drawn * share * (bad / total) * ((total - drawn) / (total - 1))
    return _inverted(
        float(doubles(stream, 1, tile)[0]),
        (low, high),
        mode,
        variance,
        lambda x: (good - x) * (drawn - x) / ((x + 1.0) * (bad - drawn + x + 1.0)),
    )


def _inverted(
    u: float,
    limits: tuple[int, int],
    mode: int,
    variance: float,
    ratio: Callable[[Floats], Floats],
) -> int:
    """The smallest number up to which the probabilities add up to more than u.

    `ratio` of x is the probability of x + 1 over that of x.
    """
    reach = math.ceil(DEVIATIONS * math.sqrt(variance) + MORE)
    low, high = max(limits[0], mode - reach), min(limits[1], mode + reach)
    ratios = ratio(np.arange(low, high, dtype=np.float64))
    up = np.cumprod(ratios[mode - low :])
    down = np.cumprod(1.0 / ratios[: mode - low][::-1])[::-1]
    reached = np.cumsum(np.concatenate([down, [1.0], up]))
    place = int(np.searchsorted(reached, u * reached[-1], side="right"))
    return min(low + place, high)
