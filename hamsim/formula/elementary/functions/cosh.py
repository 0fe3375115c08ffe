"""Hyperbolic cosine."""

from __future__ import annotations

import numpy as np

from hamsim.formula.arithmetic.intervals import LIBRARY, valley
from hamsim.formula.elementary.row import Function, Shape, always, rational_at

FUNCTION = Function(
    name="cosh",
    written=("cosh",),
    sign=always(1, 1),
    exact=rational_at(0, 1),
    slope=lambda f, u: f.sinh(u),
    array=np.cosh,
    decimal=lambda u: (u.exp() + (-u).exp()) / 2,
    interval=valley(np.cosh, 1.0, LIBRARY),
    shape=Shape(convex="always", rises="above", falls="below"),
    code="math.cosh({u})",
    parity="even",
    logarithm=lambda f, u: f.log_cosh(u),
)
