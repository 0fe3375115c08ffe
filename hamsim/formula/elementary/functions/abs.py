"""Absolute value."""

from __future__ import annotations

import numpy as np

from hamsim.formula.arithmetic.intervals import size
from hamsim.formula.arithmetic.rationals import Number
from hamsim.formula.elementary.row import Function, Shape, Sign


def _sign(sign: Sign, value: Number | None) -> Sign:
    low, high = sign
    return (1 if low == 1 or high == -1 else 0), (0 if low == high == 0 else 1)


FUNCTION = Function(
    name="abs",
    written=("abs",),
    sign=_sign,
    exact=abs,
    slope=lambda f, u: f.sign(u),
    array=np.abs,
    decimal=abs,
    interval=size,
    shape=Shape(convex="always", rises="above", falls="below"),
    code="abs({u})",
    cheap=True,
    parity="even",
    degree=1,
)
