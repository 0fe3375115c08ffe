"""95 % intervals of what is measured on cues, of which those of one repetition are alike.

Cues that are recalled by one network share its patterns, so that they say less than as many of
networks of their own. What is repeated is the whole: other patterns, other cues.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import betaincinv, stdtrit

from hamsim.arrays import Floats

__all__ = ["Interval", "mean_of", "share_of"]

LEVEL = 0.975  # of each end


class Interval(NamedTuple):
    """An estimate with the ends of its 95 % interval; they are NaN where one repetition is all."""

    value: float
    low: float
    high: float


def mean_of(sums: Floats, counts: Floats) -> Interval:
    """Mean over all cues, with an interval by Student's t over repetitions.

    Parameters
    ----------
    sums, counts : ndarray, shape (repetitions,)
        Of each the sum over its cues, and how many there are.

    Notes
    -----
    The variance of a ratio of sums over clusters, r/(r - 1) sum (s_k - m c_k)^2 / (sum c_k)^2
    [Cochran, Sampling Techniques (1977), eq. 6.13 for many clusters].
    """
    total = float(counts.sum())
    if not total:
        return Interval(math.nan, math.nan, math.nan)
    mean = float(sums.sum()) / total
    r = sums.size
    if r < 2:
        return Interval(mean, math.nan, math.nan)
    error = math.sqrt(r / (r - 1.0) * float(np.sum((sums - mean * counts) ** 2))) / total
    half = float(stdtrit(r - 1.0, LEVEL)) * error
    return Interval(mean, mean - half, mean + half)


def share_of(found: Floats, counts: Floats) -> Interval:
    """Share of cues of which something is so.

    Parameters
    ----------
    found, counts : ndarray, shape (repetitions,)
        Of each how many cues it is so of, and how many there are.

    Notes
    -----
    The interval of Clopper and Pearson for so many independent cues as would have the variance that
    is seen over repetitions, with its degrees of freedom; all cues where no variance is seen, as at
    0 and 1 [Korn and Graubard, Survey Methodology 24, 193 (1998)].
    """
    share, low, high = mean_of(found, counts)
    total = float(counts.sum())
    if math.isnan(low):
        return Interval(share, low, high)
    t = float(stdtrit(found.size - 1.0, LEVEL))
    effective = total
    if 0.0 < share < 1.0 and high > low:
        error = (high - low) / (2.0 * t)
        wide = float(stdtrit(max(total - 1.0, 1.0), LEVEL)) / t
        effective = min(share * (1.0 - share) / error**2 * wide**2, total)
    k = share * effective
    # betaincinv is the quantile of the beta distribution; its parameters must be above 0.
    below = float(betaincinv(k, effective - k + 1.0, 1.0 - LEVEL)) if k > 0.0 else 0.0
    above = float(betaincinv(k + 1.0, effective - k, LEVEL)) if k < effective else 1.0
    return Interval(share, below, above)
