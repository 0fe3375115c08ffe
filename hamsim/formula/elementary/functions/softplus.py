"""Logarithm of one more than the exponential function."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from hamsim.formula.arithmetic.decimals import ZERO, log1p
from hamsim.formula.arithmetic.intervals import LIBRARY, rising_within
from hamsim.formula.elementary.row import Function, Shape, always, nowhere
from hamsim.formula.elementary.terms import Maker, Term


def _array(u: Any) -> Any:
    return np.maximum(u, 0.0) + np.log1p(np.exp(-np.abs(u)))


def _decimal(u: Decimal) -> Decimal:
    return max(u, ZERO) + log1p((-abs(u)).exp())


def _dual(f: Maker, u: Term) -> Term:
    """Tree of u sigmoid(u) - softplus(u), which is even in u."""
    below = -abs(u)
    return below * f.sigmoid(below) - f.softplus(below)


FUNCTION = Function(
    name="softplus",
    written=("softplus",),
    sign=always(1, 1),
    exact=nowhere,
    slope=lambda f, u: f.sigmoid(u),
    array=_array,
    decimal=_decimal,
    interval=rising_within(_array, 0.0, np.inf, 2 * LIBRARY),
    shape=Shape(convex="always", rises="always"),
    code="softplus({u})",
    primitive=True,
    dual=_dual,
)
