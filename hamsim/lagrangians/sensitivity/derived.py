"""Derivatives by parameters of Lagrangians that are written as formulas."""

from __future__ import annotations

import functools

from hamsim.arrays import Floats
from hamsim.formula import Formula, lagrangian_slope, pulled_back
from hamsim.lagrangians.sensitivity.kind import Parameters, Sensitivity

__all__ = ["derived"]


@functools.lru_cache(maxsize=256)
def derived(text: str, parameter: str) -> Sensitivity:
    """Differentiate a formula by one of its parameters."""
    outside = Formula.parse(text).outside

    def given(p: Parameters) -> Parameters:
        # what stands outside of sums is one number for a set
        return {name: v[..., :1] if name in outside else v for name, v in p.items()}

    def slope(x: Floats, p: Parameters) -> Floats:
        return lagrangian_slope(text, parameter, x, given(p))

    def back(x: Floats, y: Floats, p: Parameters) -> Floats:
        return pulled_back(text, parameter, x, y, given(p))

    return Sensitivity(slope, back)
