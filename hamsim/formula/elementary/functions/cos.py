"""Cosine."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from hamsim.formula.arithmetic.decimals import ONE, summed, turned
from hamsim.formula.arithmetic.intervals import wave
from hamsim.formula.elementary.row import Function, Shape, rational_at, unknown


def _decimal(u: Decimal) -> Decimal:
    v = turned(u)
    return v if v.is_nan() else summed(ONE, lambda t, k: -t * v * v / (2 * k * (2 * k - 1)))


FUNCTION = Function(
    name="cos",
    written=("cos",),
    sign=unknown,
    exact=rational_at(0, 1),
    slope=lambda f, u: -f.sin(u),
    array=np.cos,
    decimal=_decimal,
    interval=lambda u: wave(u, 0.0),
    shape=Shape(),
    code="math.cos({u})",
    parity="even",
)
