"""Elementary functions written anew for mpmath, by their names in trees."""

import mpmath
from mpmath import mpf

REFERENCES = {
    "abs": abs,
    "arcsinh": mpmath.asinh,
    "arctan": mpmath.atan,
    "cos": mpmath.cos,
    "cosh": mpmath.cosh,
    "erf": mpmath.erf,
    "exp": mpmath.exp,
    "expm1": mpmath.expm1,
    "log": mpmath.log,
    "log1p": lambda u: mpmath.log(1 + u),
    "log_cosh": lambda u: abs(u) + mpmath.log1p(mpmath.exp(-2 * abs(u))) - mpmath.log(2),
    "relu": lambda u: max(u, mpf(0)),
    "sech2": lambda u: mpmath.sech(u) ** 2,
    "sigmoid": lambda u: 1 / (1 + mpmath.exp(-u)),
    "sigmoid_slope": lambda u: 1 / (2 * mpmath.cosh(u / 2)) ** 2,
    "sign": mpmath.sign,
    "sin": mpmath.sin,
    "sinh": mpmath.sinh,
    "softplus": lambda u: max(u, mpf(0)) + mpmath.log1p(mpmath.exp(-abs(u))),
    "tanh": mpmath.tanh,
}
