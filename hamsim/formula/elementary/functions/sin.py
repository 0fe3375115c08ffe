"""Sine."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np

from hamsim.formula.arithmetic.decimals import summed, turned
from hamsim.formula.arithmetic.intervals import wave
from hamsim.formula.elementary.row import Function, Shape, rational_at, unknown


def _decimal(u: Decimal) -> Decimal:
    v = turned(u)
    return v if v.is_nan() else summed(v, lambda t, k: -t * v * v / (2 * k * (2 * k + 1)))


FUNCTION = Function(
    name="sin",
    written=("sin",),
    sign=unknown,
    exact=rational_at(0, 0),
    slope=lambda f, u: f.cos(u),
    array=np.sin,
    decimal=_decimal,
    interval=lambda u: wave(u, 0.5 * math.pi),
    shape=Shape(),
    code="math.sin({u})",
    parity="odd",
)
