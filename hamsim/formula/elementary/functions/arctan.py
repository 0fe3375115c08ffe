"""Arctangent."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from hamsim.formula.arithmetic.decimals import SMALL, arctan_series, pi
from hamsim.formula.arithmetic.intervals import rising
from hamsim.formula.elementary.row import Function, Shape, like_its_argument, rational_at


def _decimal(u: Decimal) -> Decimal:
    if u.is_infinite():
        return (pi() / 2).copy_sign(u)
    if abs(u) > 1:
        return (pi() / 2).copy_sign(u) - _decimal(1 / u)
    if abs(u) > SMALL:  # by halves of the angle
        return 2 * _decimal(u / (1 + (1 + u * u).sqrt()))
    return arctan_series(u)


FUNCTION = Function(
    name="arctan",
    written=("arctan", "atan"),
    sign=like_its_argument,
    exact=rational_at(0, 0),
    slope=lambda f, u: (1 + u**2) ** -1,
    array=np.arctan,
    decimal=_decimal,
    interval=rising(np.arctan, -1.6, 1.6),
    shape=Shape(convex="below", concave="above", rises="always"),
    code="math.atan({u})",
    parity="odd",
)
