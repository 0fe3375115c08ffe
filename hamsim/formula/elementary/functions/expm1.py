"""Exponential function less 1."""

from __future__ import annotations

import numpy as np

from hamsim.formula.arithmetic.decimals import expm1
from hamsim.formula.arithmetic.intervals import rising
from hamsim.formula.elementary.row import Function, Shape, like_its_argument, rational_at

FUNCTION = Function(
    name="expm1",
    written=("expm1",),
    sign=like_its_argument,
    exact=rational_at(0, 0),
    slope=lambda f, u: f.exp(u),
    array=np.expm1,
    decimal=expm1,
    interval=rising(np.expm1, -1.0, np.inf),
    shape=Shape(convex="always", rises="always"),
    code="expm1({u})",
    primitive=True,
)
