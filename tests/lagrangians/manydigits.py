"""Formulas evaluated as they are written, with many digits."""

import re

import mpmath
from mpmath import mp, mpf

DIGITS = 230
STEP = mpf(10) ** -30
NUMBER = re.compile(r"(?<![\w.])(\d+\.?\d*(?:e[+-]?\d+)?)")
NAMES = {
    "abs": abs,
    "relu": lambda u: u if u > 0 else mpf(0),
    "max": max,
    "logcosh": lambda u: abs(u) + mpmath.log1p(mpmath.exp(-2 * abs(u))) - mpmath.log(2),
    "softplus": lambda u: (u if u > 0 else mpf(0)) + mpmath.log1p(mpmath.exp(-abs(u))),
    "sigmoid": lambda u: 1 / (1 + mpmath.exp(-u)),
    "sqrt": mpmath.sqrt,
    "exp": mpmath.exp,
    "log": mpmath.log,
    "tanh": mpmath.tanh,
    "cos": mpmath.cos,
    "arctan": mpmath.atan,
    "whole": lambda text: mpf(int(text)),
    "decimal": lambda text: mpf(float(text)),
}


def reference(text):
    """Function of the text: whole numbers exact, decimal ones the floats that they are."""

    def quoted(match):
        kind = "whole" if match.group(1).isdigit() else "decimal"
        return f"{kind}('{match.group(1)}')"

    code = compile(NUMBER.sub(quoted, text), "formula", "eval")
    return lambda x: eval(code, {**NAMES, "pi": mp.pi, "e": mp.e}, {"x": x})
