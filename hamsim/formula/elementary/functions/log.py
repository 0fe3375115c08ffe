"""Natural logarithm."""

from __future__ import annotations

import numpy as np

from hamsim.formula.arithmetic.intervals import logarithm
from hamsim.formula.arithmetic.rationals import Number
from hamsim.formula.elementary.row import Function, Shape, Sign, Undefined, rational_at


def _sign(sign: Sign, value: Number | None) -> Sign:
    if value is None:
        return -1, 1
    s = (value > 1) - (value < 1)
    return s, s


FUNCTION = Function(
    name="log",
    written=("log",),
    sign=_sign,
    exact=rational_at(1, 0),
    slope=lambda f, u: u**-1,
    array=np.log,
    decimal=lambda u: u.ln(),
    interval=logarithm,
    shape=Shape(concave="always", rises="always"),
    code="log({u})",
    primitive=True,
    undefined=(
        Undefined(lambda f, u: u, "the logarithm of 0", "the logarithm of a negative number"),
    ),
)
