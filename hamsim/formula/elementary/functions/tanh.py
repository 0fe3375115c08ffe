"""Hyperbolic tangent."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from hamsim.formula.arithmetic.decimals import expm1
from hamsim.formula.arithmetic.intervals import rising
from hamsim.formula.elementary.row import Function, Shape, like_its_argument, rational_at


def _decimal(u: Decimal) -> Decimal:
    above = expm1(-2 * abs(u))
    return (-above / (2 + above)).copy_sign(u)


FUNCTION = Function(
    name="tanh",
    written=("tanh",),
    sign=like_its_argument,
    exact=rational_at(0, 0),
    slope=lambda f, u: f.sech2(u),
    array=np.tanh,
    decimal=_decimal,
    interval=rising(np.tanh, -1.0, 1.0),
    shape=Shape(convex="below", concave="above", rises="always"),
    code="tanh({u})",
    primitive=True,
    parity="odd",
)
