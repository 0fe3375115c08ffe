"""Rational numbers, in which all numbers of formulas are kept: 3 * (1/3) is 1."""

from __future__ import annotations

import math
from fractions import Fraction

__all__ = ["Number", "as_float", "log2", "root"]

Number = Fraction
_HIGHEST_ROOT = 64


def as_float(value: Number) -> float:
    """Nearest float; infinite if the number is larger than all of them."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def log2(value: Number) -> float:
    """Logarithm of the size of a number to the base 2, whatever its size."""
    return math.log2(abs(value.numerator)) - math.log2(value.denominator)


def root(value: Number, degree: int) -> Number | None:
    """Root of a number if that is rational; of a negative number for degree 1 alone."""
    if degree == 1:
        return value
    if degree > _HIGHEST_ROOT:
        return None
    parts = []
    for whole in (value.numerator, value.denominator):
        found = _whole_root(whole, degree)
        if found**degree != whole:
            return None
        parts.append(found)
    return Fraction(*parts)


def _whole_root(value: int, degree: int) -> int:
    """Root rounded down, by Newton's method from above."""
    found = 1 << -(-value.bit_length() // degree)
    while True:
        lower = ((degree - 1) * found + value // found ** (degree - 1)) // degree
        if lower >= found:
            return found
        found = lower
