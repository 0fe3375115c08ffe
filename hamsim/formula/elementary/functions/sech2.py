"""Square of the hyperbolic secant, the slope of tanh."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from hamsim.formula.arithmetic.intervals import LIBRARY, bell
from hamsim.formula.elementary.row import Function, Shape, always, rational_at


def _array(u: Any) -> Any:
    e = np.exp(-2.0 * np.abs(u))
    return 4.0 * e / (1.0 + e) ** 2


def _decimal(u: Decimal) -> Decimal:
    small = (-2 * abs(u)).exp()
    return 4 * small / (1 + small) ** 2


FUNCTION = Function(
    name="sech2",
    written=(),
    sign=always(1, 1),
    exact=rational_at(0, 1),
    slope=lambda f, u: -2 * f.tanh(u) * f.sech2(u),
    array=_array,
    decimal=_decimal,
    interval=bell(_array, 1.0, 4 * LIBRARY),
    shape=Shape(rises="below", falls="above"),
    code="sech2({u})",
    primitive=True,
    parity="even",
    logarithm=lambda f, u: -2 * f.log_cosh(u),
    fading=lambda f, u: -2 * f.tanh(u),
)
