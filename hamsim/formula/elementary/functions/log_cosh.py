"""Logarithm of the hyperbolic cosine."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np

from hamsim.formula.arithmetic.decimals import log1p, sinh
from hamsim.formula.arithmetic.intervals import LIBRARY, valley
from hamsim.formula.elementary.row import Function, Shape, always, rational_at
from hamsim.formula.elementary.terms import Maker, Term


def _array(u: Any) -> Any:
    a = np.abs(u)
    near = np.log1p(2.0 * np.sinh(0.5 * np.minimum(a, 2.0)) ** 2)
    return np.where(a < 2.0, near, a + np.log1p(np.exp(-2.0 * a)) - math.log(2.0))


def _decimal(u: Decimal) -> Decimal:
    if abs(u) < 1:
        return log1p(2 * sinh(u / 2) ** 2)
    return abs(u) + log1p((-2 * abs(u)).exp()) - Decimal(2).ln()


def _dual(f: Maker, u: Term) -> Term:
    """Tree of u tanh(u) - log cosh(u); for |u| > 1 by what it differs from log 2."""
    below = -2 * abs(u)
    far = f.log(2) + below * f.sigmoid(below) - f.softplus(below)
    return f.where(abs(u) - 1, far, u * f.tanh(u) - f.log_cosh(u))


FUNCTION = Function(
    name="log_cosh",
    written=("logcosh",),
    sign=always(0, 1),
    exact=rational_at(0, 0),
    slope=lambda f, u: f.tanh(u),
    array=_array,
    decimal=_decimal,
    interval=valley(_array, 0.0, 4 * LIBRARY),
    shape=Shape(convex="always", rises="above", falls="below"),
    code="log_cosh({u})",
    primitive=True,
    parity="even",
    dual=_dual,
)
