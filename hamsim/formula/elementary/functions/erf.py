"""Error function."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.formula.arithmetic.decimals import ONE, digits, pi, summed
from hamsim.formula.arithmetic.intervals import rising
from hamsim.formula.elementary.row import Function, Shape, like_its_argument, rational_at

_erf = np.frompyfunc(math.erf, 1, 1)


def _array(u: Any) -> Floats:
    return np.asarray(_erf(u), dtype=np.float64)


def _decimal(u: Decimal) -> Decimal:
    if u * u > 3 * digits() + 10:  # e^(-u^2) is less than the last digit
        return ONE.copy_sign(u)
    with localcontext() as context:
        # 2/sqrt(pi) e^(-u^2) times a series of terms of one sign
        context.prec += 5
        series = summed(u, lambda t, k: t * 2 * u * u / (2 * k + 1))
        return 2 * (-u * u).exp() * series / pi().sqrt()


FUNCTION = Function(
    name="erf",
    written=("erf",),
    sign=like_its_argument,
    exact=rational_at(0, 0),
    slope=lambda f, u: 2 * f.pi ** Fraction(-1, 2) * f.exp(-(u**2)),
    array=_array,
    decimal=_decimal,
    interval=rising(_array, -1.0, 1.0),
    shape=Shape(convex="below", concave="above", rises="always"),
    code="math.erf({u})",
    parity="odd",
)
