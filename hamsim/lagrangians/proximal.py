"""Proximal maps: which Lagrangians have one, and how it is found where no formula is known.

The proximal map of kappa L takes r to the x with x + kappa g(x) = r. It exists for every convex L
and kappa >= 0, is single-valued even where g jumps, and brings no two points further apart.

A family has a formula where the file of its formulas has ``NAME_prox``: of one state, with kappa
before the parameters, for an additive one, and ``NAME_prox(r, x, kappa, parameters, scratch)`` for
a collective one. Any other additive family is solved neuron by neuron from its own g and h.
"""

from __future__ import annotations

import importlib

from hamsim.lagrangians.row import Lagrangian

__all__ = ["has_formula", "solver_text", "why_no_prox"]


def has_formula(row: Lagrangian) -> bool:
    """Whether the file of a family's formulas has one for its proximal map."""
    if row.formula:
        return False
    module = importlib.import_module(f"hamsim.lagrangians.{row.module}")
    return hasattr(module, f"{row.name}_prox")


def why_no_prox(row: Lagrangian) -> str:
    """Why a family has no proximal map, or none that is known; empty if it has one."""
    if row.convex is None:
        return f"{row.name} is not known to be convex"
    if not row.convex:
        return f"{row.name} is not convex"
    if not row.everywhere:
        return f"{row.name} is not known to be convex in all states"
    if not row.additive and not has_formula(row):
        return f"{row.name} is a formula of several neurons, for which no proximal map is known"
    return ""


def solver_text(count: int) -> str:
    """Text of a function that solves x + kappa g(x) = r with g and h of one neuron.

    It looks for a = |x|: g does not fall, so x has the sign of r - kappa g(0) and is no further
    from 0 than that is.

    Parameters
    ----------
    count : int
        Number of parameters of g and h.
    """
    names = "".join(f", p{j}" for j in range(count))
    return f"""
from hamsim.kernels.jit import internal
from hamsim.lagrangians.rootfinding import MOST, next_guess, width_of


@internal
def prox_of_one(r, kappa{names}):
    if kappa == 0.0 or not abs(r) < 1.7e308:
        return r
    high_value = r - kappa * g(0.0{names})
    side = 1.0 if high_value >= 0.0 else -1.0
    low, low_value, low_slope = 0.0, -abs(high_value), 1.0 + kappa * h(0.0{names})
    high, high_value, high_slope = -low_value, -low_value, 1.0
    if not high > 0.0:
        return high  # 0, or NaN
    target = side * r
    width = width_of(low, high)
    stuck = 0
    for _ in range(MOST):
        a = next_guess(low, low_value, low_slope, high, high_value, high_slope, stuck > 1)
        gain = side * kappa * g(side * a{names})
        value = (a - target) + gain
        slope = 1.0 + kappa * h(side * a{names})
        size = a + abs(gain) + abs(target)
        if abs(value) <= 2.3e-16 * size and size < 1.7e308:
            end = a - value / slope  # not far, but the slope may be off where g bends
            return side * (end if low <= end <= high else a)
        if value < 0.0:
            low, low_value, low_slope = a, value, slope
        else:
            high, high_value, high_slope = a, value, slope
        left = width_of(low, high)
        if left <= 1:
            return side * (low if -low_value < high_value else high)
        stuck = 0 if left <= width // 2 else stuck + 1
        width = left
    return side * low
"""
