"""Logistic function."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from hamsim.formula.arithmetic.intervals import LIBRARY, rising_within
from hamsim.formula.elementary.row import Function, Shape, always, rational_at


def _array(u: Any) -> Any:
    e = np.exp(-np.abs(u))
    return np.where(u >= 0, 1.0, e) / (1.0 + e)


FUNCTION = Function(
    name="sigmoid",
    written=("sigmoid",),
    sign=always(1, 1),
    exact=rational_at(0, Fraction(1, 2)),
    slope=lambda f, u: f.sigmoid_slope(u),
    array=_array,
    decimal=lambda u: 1 / (1 + (-u).exp()),
    interval=rising_within(_array, 0.0, 1.0, 2 * LIBRARY),
    shape=Shape(convex="below", concave="above", rises="always"),
    code="sigmoid({u})",
    primitive=True,
    logarithm=lambda f, u: -f.softplus(-u),
    fading=lambda f, u: f.sigmoid(-u),
)
