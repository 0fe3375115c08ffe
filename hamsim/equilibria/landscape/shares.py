"""Shares of basins and what was not seen, from how many starts came where."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints

__all__ = ["Unseen", "unseen", "wilson"]

# Normal quantiles of intervals that hold in 95 of 100 cases, with two ends and with one.
Z, ONE_SIDED = 1.959963984540054, 1.6448536269514722
NONE_OF = 3.0  # a share of 3 / N is missed by all of N starts in 5 of 100 cases


class Unseen(NamedTuple):
    """What random starts say of attractors that none of them reached.

    Parameters
    ----------
    share : float
        Estimated share of the basins of attractors that were not seen.
    share_high : float
        Upper end of a one-sided 95 % interval of it.
    number : float
        Estimate of how many such attractors there are at least.
    """

    share: float
    share_high: float
    number: float


def wilson(counts: Ints, starts: int) -> tuple[Floats, Floats]:
    """Ends of the 95 % interval of each share  [Wilson 1927, J. Am. Stat. Assoc. 22:209].

    Parameters
    ----------
    counts : ndarray of int
        Starts that came to each attractor.
    starts : int
        All of them.

    Returns
    -------
    low, high : ndarray
        0 and 1 without any start.
    """
    k = np.asarray(counts, dtype=np.float64)
    if starts == 0:
        return np.zeros_like(k), np.ones_like(k)
    share, z2 = k / starts, Z * Z / starts
    middle = (share + 0.5 * z2) / (1.0 + z2)
    half = Z / (1.0 + z2) * np.sqrt(share * (1.0 - share) / starts + 0.25 * z2 / starts)
    # The ends are 0 and 1 where no start, or each, came there; not up to rounding.
    low = np.where(k == 0, 0.0, np.maximum(middle - half, 0.0))
    high = np.where(k == starts, 1.0, np.minimum(middle + half, 1.0))
    return low, high


def unseen(counts: Ints, starts: int) -> Unseen:
    """Estimate the attractors that no start reached.

    Parameters
    ----------
    counts : ndarray of int
        Starts that came to each attractor.
    starts : int
        All of them, drawn at random and each by itself.

    Returns
    -------
    Unseen

    Notes
    -----
    The share is that of attractors that were seen once, f1 / N  [Good 1953, Biometrika 40:237].
    Its bound adds 1.645 sqrt(f1 (1 - f1 / N) + 2 f2) / N  [Esty 1983, Ann. Stat. 11:905], and 3 / N
    for what is seen by none. The number is f1 (f1 - 1) / (2 (f2 + 1))  [Chao 1984, Scand. J. Stat.
    11:265, without bias].
    """
    k = np.asarray(counts)
    once, twice = int(np.count_nonzero(k == 1)), int(np.count_nonzero(k == 2))
    if starts == 0:
        return Unseen(1.0, 1.0, math.nan)
    share = once / starts
    beyond = ONE_SIDED * math.sqrt(once * (1.0 - share) + 2.0 * twice) + NONE_OF
    high = min(1.0, share + beyond / starts)
    count = once * (once - 1) / (2.0 * (twice + 1))
    return Unseen(share, high, count)
