"""Slope of the logistic function."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from hamsim.formula.arithmetic.intervals import LIBRARY, bell
from hamsim.formula.elementary.row import Function, Shape, always, rational_at


def _array(u: Any) -> Any:
    e = np.exp(-np.abs(u))
    return e / (1.0 + e) ** 2


def _decimal(u: Decimal) -> Decimal:
    small = (-abs(u)).exp()
    return small / (1 + small) ** 2


FUNCTION = Function(
    name="sigmoid_slope",
    written=(),
    sign=always(1, 1),
    exact=rational_at(0, Fraction(1, 4)),
    slope=lambda f, u: -f.tanh(u / 2) * f.sigmoid_slope(u),
    array=_array,
    decimal=_decimal,
    interval=bell(_array, 0.25, 4 * LIBRARY),
    shape=Shape(rises="below", falls="above"),
    code="sigmoid_slope({u})",
    primitive=True,
    parity="even",
    fading=lambda f, u: -f.tanh(u / 2),
)
