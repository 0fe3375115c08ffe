"""Small functions without exponentials that several families use."""

from __future__ import annotations

import math

from hamsim.kernels.jit import inlined

# Beyond this 1 + x^2 is x^2 to rounding; far beyond, x^2 would overflow.
HUGE = 1e100


@inlined
def rectified(x):
    """max(x, 0), with NaN for NaN."""
    return 0.0 if x <= 0.0 else x


@inlined
def unit_hypot(x):
    """sqrt(1 + x^2) without overflow."""
    a = abs(x)
    return math.sqrt(1.0 + x * x) if a < HUGE else a


@inlined
def root_excess(a):
    """sqrt(1 + a) - 1 without cancellation, a >= 0."""
    return a / (1.0 + math.sqrt(1.0 + a))
