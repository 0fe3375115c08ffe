"""Logarithm of one more than the argument."""

from __future__ import annotations

import numpy as np

from hamsim.formula.arithmetic.decimals import log1p
from hamsim.formula.arithmetic.intervals import LIBRARY, Interval, outward, signed
from hamsim.formula.elementary.row import (
    Function,
    Shape,
    Undefined,
    like_its_argument,
    rational_at,
)


def _interval(u: Interval) -> Interval:
    low, high = (np.log1p(np.maximum(end, -1.0)) for end in u)
    return signed(outward(low, high, LIBRARY), u.low >= 0, u.high <= 0)


FUNCTION = Function(
    name="log1p",
    written=("log1p",),
    sign=like_its_argument,
    exact=rational_at(0, 0),
    slope=lambda f, u: (1 + u) ** -1,
    array=np.log1p,
    decimal=log1p,
    interval=_interval,
    shape=Shape(concave="always", rises="always"),
    code="log1p({u})",
    primitive=True,
    undefined=(
        Undefined(lambda f, u: 1 + u, "the logarithm of 0", "the logarithm of a negative number"),
    ),
)
