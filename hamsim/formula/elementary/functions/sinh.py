"""Hyperbolic sine."""

from __future__ import annotations

import numpy as np

from hamsim.formula.arithmetic.decimals import sinh
from hamsim.formula.arithmetic.intervals import rising
from hamsim.formula.elementary.row import Function, Shape, like_its_argument, rational_at

FUNCTION = Function(
    name="sinh",
    written=("sinh",),
    sign=like_its_argument,
    exact=rational_at(0, 0),
    slope=lambda f, u: f.cosh(u),
    array=np.sinh,
    decimal=sinh,
    interval=rising(np.sinh, -np.inf, np.inf),
    shape=Shape(convex="above", concave="below", rises="always"),
    code="math.sinh({u})",
    parity="odd",
)
