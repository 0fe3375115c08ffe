"""Elementary functions of decimal numbers, to the digits of the context they are called in."""

from __future__ import annotations

import decimal
import functools
from collections.abc import Callable, Mapping
from decimal import Decimal

__all__ = ["FUNCTIONS", "pi"]

_ONE = Decimal(1)
_SMALL = Decimal("0.1")


def _digits() -> int:
    return decimal.getcontext().prec


def _summed(term: Decimal, following: Callable[[Decimal, int], Decimal]) -> Decimal:
    """Sum of a series, the next term made of the last one and its place."""
    total, place = Decimal(0), 0
    while term != 0 and total + term != total:
        total += term
        place += 1
        term = following(term, place)
    return total


def pi() -> Decimal:
    """The number pi."""
    return _pi(_digits())


@functools.lru_cache(maxsize=16)
def _pi(digits: int) -> Decimal:
    with decimal.localcontext() as context:
        context.prec = digits + 5
        fifth, small = _arctan_of_inverse(5), _arctan_of_inverse(239)  # by Machin's formula
        return 16 * fifth - 4 * small


def _arctan_of_inverse(n: int) -> Decimal:
    u = _ONE / n
    return _arctan_series(u)


def _arctan_series(u: Decimal) -> Decimal:
    total, power, place = Decimal(0), u, 1
    while power != 0 and total + power / place != total:
        total += power / place
        power *= -u * u
        place += 2
    return total


def _arctan(u: Decimal) -> Decimal:
    if u.is_infinite():
        return (pi() / 2).copy_sign(u)
    if abs(u) > 1:
        return (pi() / 2).copy_sign(u) - _arctan(1 / u)
    if abs(u) > _SMALL:  # by halves of the angle
        return 2 * _arctan(u / (1 + (1 + u * u).sqrt()))
    return _arctan_series(u)


def _turned(u: Decimal) -> Decimal:
    """Argument without whole turns, with as many more digits as it has before its point."""
    if not u.is_finite():
        return Decimal("nan")
    with decimal.localcontext() as context:
        context.prec += max(u.adjusted(), 0) + 5
        if context.prec > 2000:
            return Decimal("nan")
        return u - 2 * pi() * (u / (2 * pi())).to_integral_value()


def _sin(u: Decimal) -> Decimal:
    v = _turned(u)
    return v if v.is_nan() else _summed(v, lambda t, k: -t * v * v / (2 * k * (2 * k + 1)))


def _cos(u: Decimal) -> Decimal:
    v = _turned(u)
    return v if v.is_nan() else _summed(_ONE, lambda t, k: -t * v * v / (2 * k * (2 * k - 1)))


def _erf(u: Decimal) -> Decimal:
    if u * u > 3 * _digits() + 10:  # e^(-u^2) is less than the last digit
        return _ONE.copy_sign(u)
    with decimal.localcontext() as context:
        # 2/sqrt(pi) e^(-u^2) times a series of terms of one sign
        context.prec += 5
        series = _summed(u, lambda t, k: t * 2 * u * u / (2 * k + 1))
        return 2 * (-u * u).exp() * series / pi().sqrt()


def _expm1(u: Decimal) -> Decimal:
    return _summed(u, lambda t, k: t * u / (k + 1)) if abs(u) < _SMALL else u.exp() - 1


def _log1p(u: Decimal) -> Decimal:
    if abs(u) >= _SMALL:
        return (1 + u).ln()
    v = u / (2 + u)  # log((1 + v) / (1 - v))
    total, power, place = Decimal(0), 2 * v, 1
    while power != 0 and total + power / place != total:
        total += power / place
        power *= v * v
        place += 2
    return total


def _sinh(u: Decimal) -> Decimal:
    return (_expm1(u) - _expm1(-u)) / 2


def _tanh(u: Decimal) -> Decimal:
    above = _expm1(-2 * abs(u))
    return (-above / (2 + above)).copy_sign(u)


def _log_cosh(u: Decimal) -> Decimal:
    if abs(u) < 1:
        return _log1p(2 * _sinh(u / 2) ** 2)
    return abs(u) + _log1p((-2 * abs(u)).exp()) - Decimal(2).ln()


def _sech2(u: Decimal) -> Decimal:
    small = (-2 * abs(u)).exp()
    return 4 * small / (1 + small) ** 2


def _sigmoid_slope(u: Decimal) -> Decimal:
    small = (-abs(u)).exp()
    return small / (1 + small) ** 2


def _arcsinh(u: Decimal) -> Decimal:
    if u.is_infinite():
        return u
    a = abs(u)
    return _log1p(a + a * a / (1 + (a * a + 1).sqrt())).copy_sign(u)


FUNCTIONS: Mapping[str, Callable[[Decimal], Decimal]] = {
    "abs": abs,
    "arcsinh": _arcsinh,
    "arctan": _arctan,
    "cos": _cos,
    "cosh": lambda u: (u.exp() + (-u).exp()) / 2,
    "erf": _erf,
    "exp": lambda u: u.exp(),
    "expm1": _expm1,
    "log": lambda u: u.ln(),
    "log1p": _log1p,
    "log_cosh": _log_cosh,
    "relu": lambda u: max(u, Decimal(0)),
    "sech2": _sech2,
    "sigmoid": lambda u: 1 / (1 + (-u).exp()),
    "sigmoid_slope": _sigmoid_slope,
    "sign": lambda u: Decimal((u > 0) - (u < 0)),
    "sin": _sin,
    "sinh": _sinh,
    "softplus": lambda u: max(u, Decimal(0)) + _log1p((-abs(u)).exp()),
    "tanh": _tanh,
}
