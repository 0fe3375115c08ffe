"""Two arithmetics with one set of names: float64 of NumPy, and numbers of mpmath in object arrays.

A formula that is written against these names can be searched fast and then confirmed to any number
of digits.
"""

import mpmath
import numpy as np
import scipy.special
from mpmath import mp

DIGITS = 70


class Floats:
    """float64: fast, for searching."""

    exact = False
    pi = np.pi
    exp, log, log1p, expm1 = np.exp, np.log, np.log1p, np.expm1
    sqrt, tanh, arctan, arcsinh = np.sqrt, np.tanh, np.arctan, np.arcsinh
    sin, cos, sinh, cosh = np.sin, np.cos, np.sinh, np.cosh
    erf, erfc = scipy.special.erf, scipy.special.erfc
    abs, sign = np.abs, np.sign

    @staticmethod
    def array(values):
        return np.asarray(values, dtype=float)

    @staticmethod
    def number(value):
        return float(value)

    @staticmethod
    def dilogarithm(z):
        return scipy.special.spence(1 - z)

    @staticmethod
    def hill_integral(y, n):
        """Integral of t^n / (1 + t^n) from 0 to y."""
        return y * (1 - scipy.special.hyp2f1(1, 1 / n, 1 + 1 / n, -(y**n)))


def _ufunc(function):
    f = np.frompyfunc(function, 1, 1)
    return staticmethod(lambda *values: f(*values))


class Exact:
    """Numbers of mpmath at its current precision, in object arrays."""

    exact = True
    exp, log, expm1 = _ufunc(mp.exp), _ufunc(mp.log), _ufunc(mp.expm1)
    log1p = _ufunc(mp.log1p)
    sqrt, tanh, arctan, arcsinh = (
        _ufunc(mp.sqrt),
        _ufunc(mp.tanh),
        _ufunc(mp.atan),
        _ufunc(mp.asinh),
    )
    sin, cos, sinh, cosh = _ufunc(mp.sin), _ufunc(mp.cos), _ufunc(mp.sinh), _ufunc(mp.cosh)
    erf, erfc = _ufunc(mp.erf), _ufunc(mp.erfc)
    abs = _ufunc(lambda v: abs(v))
    sign = _ufunc(lambda v: mp.mpf((v > 0) - (v < 0)))
    dilogarithm = _ufunc(lambda z: mp.re(mp.polylog(2, z)))

    pi = property(lambda self: +mp.pi)

    @staticmethod
    def array(values):
        given = np.asarray(values, dtype=object)
        made = np.empty(given.shape, dtype=object)
        for place, value in np.ndenumerate(given):
            made[place] = Exact.number(value)
        return made

    @staticmethod
    def number(value):
        if isinstance(value, mpmath.mpf):
            return +value
        if isinstance(value, (bool, np.bool_)):
            return mp.mpf(int(value))
        if isinstance(value, np.integer):
            return mp.mpf(int(value))
        if hasattr(value, "numerator") and hasattr(value, "denominator"):
            return mp.mpf(int(value.numerator)) / int(value.denominator)
        return mp.mpf(float(value))

    @staticmethod
    def hill_integral(y, n):
        n = mp.mpf(n)

        def one(t):
            return t * (1 - mp.hyp2f1(1, 1 / n, 1 + 1 / n, -(t**n))) if t else mp.mpf(0)

        return np.frompyfunc(one, 1, 1)(y)


FLOATS, EXACT = Floats(), Exact()


def where(condition, yes, no):
    return np.where(np.asarray(condition, dtype=bool), yes, no)


def digits(number=DIGITS):
    """A context in which mpmath works to so many digits."""
    return mp.workdps(number)


def floats(values):
    """What float64 makes of an object array."""
    return np.array([float(v) for v in np.ravel(values)]).reshape(np.shape(values))
