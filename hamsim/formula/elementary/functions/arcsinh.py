"""Inverse hyperbolic sine."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np

from hamsim.formula.arithmetic.decimals import log1p
from hamsim.formula.arithmetic.intervals import rising
from hamsim.formula.elementary.row import Function, Shape, like_its_argument, rational_at


def _decimal(u: Decimal) -> Decimal:
    if u.is_infinite():
        return u
    a = abs(u)
    return log1p(a + a * a / (1 + (a * a + 1).sqrt())).copy_sign(u)


FUNCTION = Function(
    name="arcsinh",
    written=("arcsinh", "asinh"),
    sign=like_its_argument,
    exact=rational_at(0, 0),
    slope=lambda f, u: (1 + u**2) ** Fraction(-1, 2),
    array=np.arcsinh,
    decimal=_decimal,
    interval=rising(np.arcsinh, -np.inf, np.inf),
    shape=Shape(convex="below", concave="above", rises="always"),
    code="math.asinh({u})",
    parity="odd",
)
