"""Roots of functions of one number that rise, of which an interval is known.

Newton's iteration is fast near a root and may be lost elsewhere; an interval that always holds the
root keeps it from that. The middle of an interval is taken between the bit patterns of its ends,
so that 64 halvings come from any two doubles of one sign to neighbours.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.kernels.jit import inlined
from hamsim.lagrangians.primitives import as_bits, as_float

__all__ = ["MOST", "next_guess", "width_of"]

# Evaluations after which an iteration ends: more than two for each halving.
MOST = 200


@inlined
def width_of(low: float, high: float) -> Any:
    """How many doubles lie between two numbers, neither of which is negative."""
    return np.int64(as_bits(high) - as_bits(low))


@inlined
def next_guess(
    low: float,
    low_value: float,
    low_slope: float,
    high: float,
    high_value: float,
    high_slope: float,
    halve: bool,
) -> float:
    """Where to look next for the root of a rising function between low >= 0 and high > low.

    Parameters
    ----------
    low, low_value, low_slope : float
        A place where the function is not positive, its value and its slope there.
    high, high_value, high_slope : float
        A place where it is not negative.
    halve : bool
        Take the middle; else Newton's iteration from the better end where it stays inside.
    """
    from_low = low - low_value / low_slope
    from_high = high - high_value / high_slope
    better, other = from_high, from_low
    if -low_value < high_value:
        better, other = from_low, from_high
    if not halve:
        if low < better < high:
            return better
        if low < other < high:
            return other
    middle: float = as_float(as_bits(low) + width_of(low, high) // 2)
    return middle
