"""Larger of the argument and 0."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hamsim.formula.arithmetic.decimals import ZERO
from hamsim.formula.arithmetic.intervals import above_zero
from hamsim.formula.elementary.row import Function, Shape

FUNCTION = Function(
    name="relu",
    written=("relu",),
    sign=lambda sign, value: (max(sign[0], 0), max(sign[1], 0)),
    exact=lambda u: max(u, Fraction(0)),
    slope=lambda f, u: f.where(u, 1, 0),
    array=lambda u: np.maximum(u, 0.0),
    decimal=lambda u: max(u, ZERO),
    interval=above_zero,
    shape=Shape(convex="always", rises="always"),
    code="0.0 if {u} <= 0.0 else {u}",  # in this order NaN stays NaN
    cheap=True,
    degree=1,
)
