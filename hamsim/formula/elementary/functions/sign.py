"""Sign: -1, 0 or 1."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np

from hamsim.formula.arithmetic.intervals import Interval
from hamsim.formula.elementary.row import Function, Shape, like_its_argument

FUNCTION = Function(
    name="sign",
    written=("sign",),
    sign=like_its_argument,
    exact=lambda u: Fraction((u > 0) - (u < 0)),
    slope=lambda f, u: 0,
    array=np.sign,
    decimal=lambda u: Decimal((u > 0) - (u < 0)),
    interval=lambda u: Interval(np.sign(u.low), np.sign(u.high)),
    shape=Shape(),
    code="1.0 if {u} > 0.0 else (-1.0 if {u} < 0.0 else {u})",  # in this order NaN stays NaN
    parity="odd",
    degree=0,
)
