"""Interval arithmetic, safe to rounding.

Every bound is moved outwards by more than the error of its operation, so that what is proved with
it is proved of the exact formula. Many boxes are done at once: a bound is an array with one entry
a box, or a number that holds for all of them.

Where a box touches a place at which an operation is not defined, the bounds are those of the part
of the box where it is.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from hamsim.formula.arithmetic.rationals import as_float

__all__ = [
    "LIBRARY",
    "PI",
    "Bounds",
    "Interval",
    "above_zero",
    "added",
    "added_all",
    "bell",
    "clipped",
    "enclosed",
    "exact_at",
    "hull",
    "logarithm",
    "logarithm_of_sum",
    "meet",
    "multiplied",
    "multiplied_all",
    "outward",
    "point",
    "real_power",
    "rising",
    "rising_within",
    "signed",
    "size",
    "valley",
    "wave",
    "whole_power",
]

_MAX = sys.float_info.max
_TINY = sys.float_info.min
_LEAST = 5e-324
_EPS = 2.0**-52
# Functions of the C library and of NumPy err by less than this many units in the last place.
LIBRARY = 8


class Interval(NamedTuple):
    """Lower and upper bounds; `low` < inf and `high` > -inf."""

    low: Any
    high: Any


Bounds = Mapping[str, Interval]
PI = Interval(math.pi, math.nextafter(math.pi, 4.0))


def point(value: float) -> Interval:
    """A number that is known to the bit."""
    return Interval(value, value)


def enclosed(value: Fraction) -> Interval:
    """Bounds of a rational number; the nearest float, which is computed with, is one of them."""
    nearest = as_float(value)
    if nearest == value:
        return point(nearest)
    if nearest < value:
        return Interval(min(nearest, _MAX), math.nextafter(nearest, math.inf))
    return Interval(math.nextafter(nearest, -math.inf), max(nearest, -_MAX))


def outward(low: Any, high: Any, ulps: int = 0) -> Interval:
    """Bounds from ends that err by at most that many units in the last place, and rounding."""
    # What overflowed is larger than every number, not infinite.
    low, high = np.minimum(low, _MAX), np.maximum(high, -_MAX)
    if ulps:
        low = low - (np.abs(low) * (ulps * _EPS) + ulps * _LEAST)
        high = high + (np.abs(high) * (ulps * _EPS) + ulps * _LEAST)
    low = np.nextafter(low, -np.inf)
    high = np.nextafter(high, np.inf)
    low = np.where(np.isnan(low), -np.inf, low)
    high = np.where(np.isnan(high), np.inf, high)
    return Interval(np.minimum(low, _MAX), np.maximum(high, -_MAX))


def clipped(u: Interval, low: float, high: float) -> Interval:
    """Bounds within a range that nothing leaves."""
    return Interval(np.clip(u.low, low, high), np.clip(u.high, low, high))


def signed(result: Interval, low_is_zero: Any, high_is_zero: Any) -> Interval:
    """Keep a bound at 0 where the signs of what was combined show that it is one."""
    low = np.where(low_is_zero, np.maximum(result.low, 0.0), result.low)
    high = np.where(high_is_zero, np.minimum(result.high, 0.0), result.high)
    return Interval(low, high)


def added(u: Interval, v: Interval) -> Interval:
    """Bounds of a sum."""
    low, high = u.low + v.low, u.high + v.high
    wide = outward(low, high)
    # What is exact stays: 1 - 1 is 0, and 1 + cos(u) is not below it.
    result = Interval(
        np.where(_is_exact_sum(u.low, v.low, low), low, wide.low),
        np.where(_is_exact_sum(u.high, v.high, high), high, wide.high),
    )
    return signed(result, (u.low >= 0) & (v.low >= 0), (u.high <= 0) & (v.high <= 0))


def _is_exact_sum(a: Any, b: Any, total: Any) -> Any:
    """Whether a + b was not rounded, by Knuth's error term."""
    shifted = total - a
    return ((a - (total - shifted)) + (b - shifted) == 0) & np.isfinite(total)


def _is_power_of_two(u: Interval) -> bool:
    """Whether a product with u is exact, overflow and underflow left out."""
    if np.ndim(u.low) or np.ndim(u.high) or u.low != u.high:
        return False
    return abs(math.frexp(u.low)[0]) == 0.5


def _product(a: Any, b: Any) -> Any:
    # An infinite bound is not a value, so that 0 times it is 0.
    return np.where((a == 0) | (b == 0), 0.0, a * b)


def multiplied(u: Interval, v: Interval) -> Interval:
    """Bounds of a product."""
    corners = [_product(a, b) for a in u for b in v]
    low = np.minimum(np.minimum(corners[0], corners[1]), np.minimum(corners[2], corners[3]))
    high = np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))
    same = ((u.low >= 0) & (v.low >= 0)) | ((u.high <= 0) & (v.high <= 0))
    other = ((u.low >= 0) & (v.high <= 0)) | ((u.high <= 0) & (v.low >= 0))
    made = signed(outward(low, high), same, other)
    if _is_power_of_two(u) or _is_power_of_two(v):  # then nothing is rounded
        return Interval(
            np.where((np.abs(low) > _TINY) & np.isfinite(low), low, made.low),
            np.where((np.abs(high) > _TINY) & np.isfinite(high), high, made.high),
        )
    return made


def added_all(terms: Iterable[Interval]) -> Interval:
    """Bounds of a sum of any number of terms."""
    with np.errstate(all="ignore"):
        return functools.reduce(added, terms, point(0.0))


def multiplied_all(factors: Iterable[Interval]) -> Interval:
    """Bounds of a product of any number of factors."""
    with np.errstate(all="ignore"):
        return functools.reduce(multiplied, factors, point(1.0))


def hull(u: Interval, v: Interval) -> Interval:
    """Smallest interval that holds both."""
    return Interval(np.minimum(u.low, v.low), np.maximum(u.high, v.high))


def meet(u: Interval, v: Interval, base: Interval | None = None) -> Interval:
    """What two bounds of one value have in common; the first where a base may be 0."""
    low, high = np.maximum(u.low, v.low), np.minimum(u.high, v.high)
    alone = low > high
    if base is not None:
        alone = alone | ~((np.asarray(base.low) > 0) | (np.asarray(base.high) < 0))
    return Interval(np.where(alone, u.low, low), np.where(alone, u.high, high))


# --- functions of one argument ---


def exact_at(made: Interval, u: Interval, place: float, value: float) -> Interval:
    """Bounds of a function that is known exactly at one place."""
    return Interval(
        np.where(u.low == place, value, made.low), np.where(u.high == place, value, made.high)
    )


def rising(
    function: Callable[[Any], Any], low: float, high: float, units: int = LIBRARY
) -> Callable[[Interval], Interval]:
    """Bounds of a function that rises, is 0 or 1 at 0 without error, and stays in a range.

    Parameters
    ----------
    function : callable
        Of an array.
    low, high : float
        The range. If `low` is below 0, the function has the sign of its argument.
    units : int
        By how many units in the last place the values of the function err at most.
    """
    at_zero = float(function(0.0))

    def bounds_of(u: Interval) -> Interval:
        made = outward(function(u.low), function(u.high), units)
        made = exact_at(made, u, 0.0, at_zero)
        result = clipped(made, low, high)
        odd = low < 0
        return signed(result, odd & (u.low >= 0), odd & (u.high <= 0))

    return bounds_of


def rising_within(
    function: Callable[[Any], Any], low: float, high: float, units: int
) -> Callable[[Interval], Interval]:
    """Bounds of a function that rises within a range, and is known exactly nowhere."""

    def bounds_of(u: Interval) -> Interval:
        return clipped(outward(function(u.low), function(u.high), units), low, high)

    return bounds_of


def valley(
    function: Callable[[Any], Any], low: float, units: int
) -> Callable[[Interval], Interval]:
    """Bounds of an even function that rises with the size of its argument, from `low`."""

    def bounds_of(u: Interval) -> Interval:
        a = size(u)
        return clipped(outward(function(a.low), function(a.high), units), low, np.inf)

    return bounds_of


def bell(function: Callable[[Any], Any], top: float, units: int) -> Callable[[Interval], Interval]:
    """Bounds of an even function that falls with the size of its argument, from `top` to 0."""

    def bounds_of(u: Interval) -> Interval:
        a = size(u)
        return clipped(outward(function(a.high), function(a.low), units), 0.0, top)

    return bounds_of


def wave(u: Interval, crest: float) -> Interval:
    """Bounds of cos(u - crest)."""
    far = (np.abs(u.low) > 1e6) | (np.abs(u.high) > 1e6)
    low, high = np.where(far, 0.0, u.low), np.where(far, 0.0, u.high)
    a, b = np.cos(low - crest), np.cos(high - crest)
    slack = 1e-9  # a crest so near to an end counts as inside
    turn = 2.0 * math.pi

    def holds(place: float) -> Any:
        return np.floor((high - place + slack) / turn) > np.floor((low - place - slack) / turn)

    bottom = np.where(holds(crest + math.pi) | far, -1.0, np.minimum(a, b) - 1e-9)
    top = np.where(holds(crest) | far, 1.0, np.maximum(a, b) + 1e-9)
    return clipped(Interval(bottom, top), -1.0, 1.0)


def size(u: Interval) -> Interval:
    """Bounds of |u|."""
    inside = (u.low <= 0) & (u.high >= 0)
    a, b = np.abs(u.low), np.abs(u.high)
    return Interval(np.where(inside, 0.0, np.minimum(a, b)), np.maximum(a, b))


def above_zero(u: Interval) -> Interval:
    """Bounds of the larger of u and 0."""
    return Interval(np.maximum(u.low, 0.0), np.maximum(u.high, 0.0))


def logarithm(u: Interval) -> Interval:
    """Bounds of a natural logarithm."""
    made = outward(np.log(np.maximum(u.low, 0.0)), np.log(np.maximum(u.high, 0.0)), LIBRARY)
    return exact_at(made, u, 1.0, 0.0)


# --- powers ---


def whole_power(u: Interval, n: int) -> Interval:
    """Bounds of u^n."""
    if n < 0:
        return _reciprocal(whole_power(u, -n))
    if n % 2 == 0:
        a = size(u)
        made = outward(np.power(a.low, float(n)), np.power(a.high, float(n)), LIBRARY)
        return clipped(made, 0.0, np.inf)
    made = outward(np.power(u.low, float(n)), np.power(u.high, float(n)), LIBRARY)
    return signed(made, u.low >= 0, u.high <= 0)


def _reciprocal(u: Interval) -> Interval:
    above, below = u.low >= 0, u.high <= 0
    both = ~(above | below)
    # 1/0 at the end of a box is a bound of infinite size, with the sign of the rest of the box.
    at_high = np.where(below & (u.high == 0), -np.inf, 1.0 / np.where(u.high == 0, 1.0, u.high))
    at_low = np.where(above & (u.low == 0), np.inf, 1.0 / np.where(u.low == 0, 1.0, u.low))
    made = signed(outward(at_high, at_low), above, below)
    both = both | ((u.low == 0) & (u.high == 0))
    return Interval(np.where(both, -np.inf, made.low), np.where(both, np.inf, made.high))


def real_power(u: Interval, e: Interval) -> Interval:
    """Bounds of u^e for u >= 0; what lies below 0 is left out."""
    base = above_zero(u)
    corners = [np.power(b, x) for b in base for x in e]
    low = np.minimum(np.minimum(corners[0], corners[1]), np.minimum(corners[2], corners[3]))
    high = np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))
    made = clipped(outward(low, high, LIBRARY), 0.0, np.inf)
    # Positive powers of 0 are 0, and all powers of 1 are 1.
    made = Interval(made.low, np.where((base.high == 0) & (e.low > 0), 0.0, made.high))
    one = (base.low == 1.0, base.high == 1.0)
    rises = np.asarray(e.low >= 0)
    return Interval(
        np.where(np.where(rises, one[0], one[1]) & _one_sign(e), 1.0, made.low),
        np.where(np.where(rises, one[1], one[0]) & _one_sign(e), 1.0, made.high),
    )


def _one_sign(e: Interval) -> Any:
    return (e.low >= 0) | (e.high <= 0)


def logarithm_of_sum(logs: list[Interval]) -> Interval:
    """Logarithm of a sum, from the logarithms of what is added."""
    ends = []
    for end in (0, 1):
        top = logs[0][end]
        for log in logs[1:]:
            top = np.maximum(top, log[end])
        finite = np.isfinite(top)
        scaled = sum(np.exp(log[end] - np.where(finite, top, 0.0)) for log in logs)
        ends.append(np.where(finite, top + np.log(scaled), top))
    made = outward(ends[0], ends[1], 2 * LIBRARY)
    slack = 4 * LIBRARY * _EPS * len(logs)  # of the logarithm of the sum, which is of order 1
    return Interval(made.low - slack, made.high + slack)
