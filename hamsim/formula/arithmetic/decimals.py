"""Decimal numbers: pi, series, and functions near places where their usual form cancels.

All carry the digits of the context they are called in.
"""

from __future__ import annotations

import decimal
import functools
from collections.abc import Callable
from decimal import Decimal

__all__ = [
    "ONE",
    "SMALL",
    "ZERO",
    "arctan_series",
    "digits",
    "expm1",
    "log1p",
    "pi",
    "sinh",
    "summed",
    "turned",
]

ZERO = Decimal(0)
ONE = Decimal(1)
SMALL = Decimal("0.1")  # below, series are summed


def digits() -> int:
    """How many digits are carried."""
    return decimal.getcontext().prec


def summed(term: Decimal, following: Callable[[Decimal, int], Decimal]) -> Decimal:
    """Sum of a series, the next term made of the last one and its place."""
    total, place = Decimal(0), 0
    while term != 0 and total + term != total:
        total += term
        place += 1
        term = following(term, place)
    return total


def pi() -> Decimal:
    """The number pi."""
    return _pi(digits())


@functools.lru_cache(maxsize=16)
def _pi(carried: int) -> Decimal:
    with decimal.localcontext() as context:
        context.prec = carried + 5
        fifth, small = arctan_series(ONE / 5), arctan_series(ONE / 239)  # by Machin's formula
        return 16 * fifth - 4 * small


def arctan_series(u: Decimal) -> Decimal:
    """Arctangent of a small number."""
    return _odd_series(u, -u * u)


def _odd_series(power: Decimal, factor: Decimal) -> Decimal:
    """Sum of power * factor^k / (2 k + 1)."""
    total, place = Decimal(0), 1
    while power != 0 and total + power / place != total:
        total += power / place
        power *= factor
        place += 2
    return total


def turned(u: Decimal) -> Decimal:
    """Angle without whole turns, with as many more digits as it has before its point."""
    if not u.is_finite():
        return Decimal("nan")
    with decimal.localcontext() as context:
        context.prec += max(u.adjusted(), 0) + 5
        if context.prec > 2000:
            return Decimal("nan")
        return u - 2 * pi() * (u / (2 * pi())).to_integral_value()


def expm1(u: Decimal) -> Decimal:
    """e^u - 1."""
    return summed(u, lambda t, k: t * u / (k + 1)) if abs(u) < SMALL else u.exp() - 1


def log1p(u: Decimal) -> Decimal:
    """Logarithm of 1 + u."""
    if abs(u) >= SMALL:
        return (1 + u).ln()
    v = u / (2 + u)  # log((1 + v) / (1 - v))
    return _odd_series(2 * v, v * v)


def sinh(u: Decimal) -> Decimal:
    """Hyperbolic sine."""
    return (expm1(u) - expm1(-u)) / 2
