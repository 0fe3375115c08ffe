"""Exponential function."""

from __future__ import annotations

import numpy as np

from hamsim.formula.arithmetic.intervals import rising
from hamsim.formula.elementary.row import Function, Shape, always, rational_at

FUNCTION = Function(
    name="exp",
    written=("exp",),
    sign=always(1, 1),
    exact=rational_at(0, 1),
    slope=lambda f, u: f.exp(u),
    array=np.exp,
    decimal=lambda u: u.exp(),
    interval=rising(np.exp, 0.0, np.inf),
    shape=Shape(convex="always", rises="always"),
    code="exp({u})",
    primitive=True,
    logarithm=lambda f, u: u,
    fading=lambda f, u: 1,
)
