"""Exponential, logarithm and their relatives, one float64 at a time, without branches.

A plain loop over one of them is vectorised: they are arithmetic, selects and bit patterns only,
with no call to a library. They hold for every double: NaN gives NaN, infinities give the limits.
A result below 2.3e-308, about the smallest normal number, may be 0 instead. Accuracies are in
units in the last place (ulp) of the result; they were measured, and tests hold them.

Two expansions carry all of them.

Exponential: x = k ln 2 + r with integer k and |r| <= ln(2)/2. With C = r coth(r/2), which is even
in r and near 2, e^r = (C + r) / (C - r). So e^x = 2^k p / q with p = C + r and q = C - r, and a
rational function of e^x takes one division. Where it has the factor e^x - 1, that becomes
2^k p - q = (2^k - 1) C + (2^k + 1) r, in which nothing cancels.

Logarithm: log((1 + v) / (1 - v)) = 2 atanh v, with |v| <= 3 - sqrt 8.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hamsim.kernels.jit import inlined

__all__ = [
    "exp",
    "expm1",
    "log",
    "log1p",
    "log_cosh",
    "sech2",
    "sigmoid",
    "sigmoid_slope",
    "softplus",
    "tanh",
]

# The coefficients below come from Remez's algorithm in 60 digits, rounded to double.
# r coth(r/2) = 2 + z (C0 + C1 z + ...) with z = r^2, |r| <= 1.0001 ln(2)/2; error below 2^-59.
_C0 = 0.16666666666666602
_C1 = -0.002777777777701522
_C2 = 6.613756321393698e-05
_C3 = -1.6533902182929915e-06
_C4 = 4.1381363261552516e-08

# The same where |r| <= 1.0001 log(1 + sqrt 2); error below 2^-58.
_W0 = 0.16666666666666638
_W1 = -0.0027777777777683887
_W2 = 6.613756603295021e-05
_W3 = -1.6534386003869106e-06
_W4 = 4.175194808786444e-08
_W5 = -1.0543941422183941e-09
_W6 = 2.4773102559479042e-11

# 2 atanh v = v (2 + z (A0 + A1 z + ...)) with z = v^2, |v| <= 1.0001 (3 - sqrt 8); error below
# 2^-58.
_A0 = 2 * 0.3333333333333367
_A1 = 2 * 0.19999999999706974
_A2 = 2 * 0.14285714371282732
_A3 = 2 * 0.1111109927674228
_A4 = 2 * 0.09091782710344086
_A5 = 2 * 0.07657010413579295
_A6 = 2 * 0.0739813181065773

_INV_LN2 = 1.4426950408889634
_LN2 = 0.6931471805599453
_LN2_HI = 0.6931471803691238  # 32 bits, so that an integer times it is exact
_LN2_LO = 1.9082149292705877e-10
_SHIFTER = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to an integer, kept in the low bits
_MAX_EXP = 709.782712893384  # e^x is infinite above
_MIN_EXP = -708.3964185322641  # e^x is below the smallest normal number
_MAX_SECH2 = 354.891356446692  # 4 e^-2x is below the smallest normal number
WIDE = 0.881373587019543  # log(1 + sqrt 2), where tanh(y/2) and e^-y are both sqrt 2 - 1

_ONE = 0x3FF0000000000000  # bits of 1.0
_HALF = _ONE - (1 << 52)
_FOUR = _ONE + (2 << 52)
_SQRT_HALF = 0x3FE6A09E667F3BCD  # bits of sqrt(1/2)
_SIGN = -0x8000000000000000
_EXPONENT = 0x7FF0000000000000
_MANTISSA = 0x000FFFFFFFFFFFFF
_INTEGER = np.uint64(0x4330000000000000)  # bits of 2^52: with j < 2^52 in the mantissa, 2^52 + j
_BIAS = 2.0**52 + 1023.0
_MIN_NORMAL = 2.0**-1022


@inlined
def as_bits(x: float) -> Any:
    """Bit pattern of a float64 as an int64."""
    return np.float64(x).view(np.int64)


@inlined
def as_float(i: Any) -> float:
    """The float64 that has this bit pattern."""
    return np.int64(i).view(np.float64)


@inlined
def _reduced(x: float) -> tuple[float, Any]:
    """For x = k ln 2 + r: r, and k in the place of the exponent bits."""
    n = x * _INV_LN2 + _SHIFTER
    k = n - _SHIFTER
    return (x - k * _LN2_HI) - k * _LN2_LO, as_bits(n) << 52


@inlined
def _coth_tail(r: float) -> float:
    """C - 2 = r coth(r/2) - 2 for |r| <= ln(2)/2."""
    z = r * r
    return z * (_C0 + z * (_C1 + z * (_C2 + z * (_C3 + z * _C4))))


@inlined
def wide_coth_tail(r: float) -> float:
    """C - 2 = r coth(r/2) - 2 for |r| <= log(1 + sqrt 2)."""
    z = r * r
    return z * (_W0 + z * (_W1 + z * (_W2 + z * (_W3 + z * (_W4 + z * (_W5 + z * _W6))))))


@inlined
def atanh_tail(z: float) -> float:
    """2 atanh(v)/v - 2 for z = v^2, |v| <= 3 - sqrt 8."""
    return z * (_A0 + z * (_A1 + z * (_A2 + z * (_A3 + z * (_A4 + z * (_A5 + z * _A6))))))


@inlined
def exp(x: float) -> float:
    """e^x, within 1.3 ulp; 0 below -708.396, inf above 709.783."""
    r, k = _reduced(x)
    p = 1.0 + (r + r) / (2.0 + (_coth_tail(r) - r))
    v = as_float(as_bits(p) + k)  # good for k = 1024 too, where p < 1
    over = x + math.inf  # NaN for NaN
    v = v if x <= _MAX_EXP else over
    return 0.0 if x < _MIN_EXP else v


@inlined
def expm1(x: float) -> float:
    """e^x - 1, within 3 ulp, also near 0; inf above 709.783."""
    u = 710.0 if x > 710.0 else x
    u = -40.0 if u < -40.0 else u
    r, k = _reduced(u)
    m = (r + r) / (2.0 + (_coth_tail(r) - r))  # e^r - 1
    s = as_float(k + _HALF)  # 2^k / 2, finite for k = 1024
    v = s * m - (0.5 - s)  # in this order expm1(-0.0) is -0.0
    return v + v


@inlined
def tanh(x: float) -> float:
    """Hyperbolic tangent, within 3 ulp, also near 0; exactly odd."""
    a = abs(x)
    u = 20.0 if a > 20.0 else a
    u = u + u
    n = u * _INV_LN2 + _SHIFTER
    k = n - _SHIFTER
    r = u - k * _LN2  # one constant will do: where k is large the slope is small
    c = _coth_tail(r)
    s = as_float((as_bits(n) << 52) + _HALF)
    d = s - 0.5
    m = (d + d) + (d * c + (s + 0.5) * r)
    v = m / (2.0 + (m + (c - r)))
    return as_float(as_bits(v) | (as_bits(x) & _SIGN))


@inlined
def sigmoid(y: float) -> float:
    """1 / (1 + e^-y), within 2.6 ulp, also in the lower tail; 0 below -708.396."""
    u = 40.0 if y > 40.0 else y
    r, k = _reduced(u)
    c = _coth_tail(r)
    p = as_float(k + _ONE) * (2.0 + (c + r))
    v = p / (2.0 + (p + (c - r)))
    return 0.0 if y < _MIN_EXP else v


@inlined
def sigmoid_slope(y: float) -> float:
    """Slope s (1 - s) of s = sigmoid(y), within 4 ulp; exactly even, 0 beyond 708.396."""
    a = abs(y)
    u = 708.5 if a > 708.5 else a
    r, k = _reduced(-u)
    c = _coth_tail(r)
    p = as_float(k + _ONE) * (2.0 + (c + r))
    t = p / (2.0 + (p + (c - r)))  # sigmoid(-a), which is at most 1/2
    v = t * (1.0 - t)
    return 0.0 if a > -_MIN_EXP else v


@inlined
def sech2(x: float) -> float:
    """1 / cosh(x)^2, within 4 ulp; exactly even, 0 beyond 354.892."""
    a = abs(x)
    u = 355.0 if a > 355.0 else a
    r, k = _reduced(-(u + u))
    c = _coth_tail(r)
    p = as_float(k + _FOUR) * (2.0 + (c + r))  # the factor 4 keeps it normal to the end
    t = p / (2.0 + (0.25 * p + (c - r)))
    v = t * (1.0 - 0.25 * t)
    return 0.0 if a > _MAX_SECH2 else v


@inlined
def _exponent(i: Any) -> float:
    """2^52 + 1023 + k for the bits of 2^k m less those of sqrt(1/2) plus those of 1."""
    return as_float((np.uint64(i) >> np.uint64(52)) | _INTEGER)


@inlined
def _log_of_parts(f: float, minus_k: float) -> float:
    """log(1 + f) + k ln 2; the first is 2 atanh(s) with s = f / (2 + f), and f - 2 s = s f."""
    s = f / (2.0 + f)
    return (f - (s * (f - atanh_tail(s * s)) + minus_k * _LN2_LO)) - minus_k * _LN2_HI


@inlined
def log(x: float) -> float:
    """Natural logarithm, within 1.1 ulp; -inf at 0, NaN below."""
    raised = x * 2.0**54
    small = x < _MIN_NORMAL
    y = raised if small else x
    bias = _BIAS + 54.0 if small else _BIAS
    i = as_bits(y) + (_ONE - _SQRT_HALF)
    f = as_float((i & _MANTISSA) + _SQRT_HALF) - 1.0
    v = _log_of_parts(f, bias - _exponent(i))
    v = v if x < math.inf else x
    bad = -math.inf if x == 0.0 else math.nan
    return v if x > 0.0 else bad


@inlined
def log1p(x: float) -> float:
    """log(1 + x), within 1.7 ulp, also near 0; -inf at -1, NaN below."""
    # 1 + x = u + lost = 2^k (m + lost); the order of terms lets -0.0 give -0.0.
    u = 1.0 + x
    b = u - 1.0
    lost = (x - b) - ((u - b) - 1.0)
    i = as_bits(u) + (_ONE - _SQRT_HALF)
    lost = lost * as_float(2 * _ONE - (i & _EXPONENT))  # in units of 2^k
    lost = lost if x < 2.0**60 else 0.0  # there it does not count, and the unit may overflow
    f = lost - (1.0 - as_float((i & _MANTISSA) + _SQRT_HALF))
    v = _log_of_parts(f, _BIAS - _exponent(i))
    v = v if x < math.inf else x
    bad = -math.inf if x == -1.0 else math.nan
    return v if x > -1.0 else bad


@inlined
def softplus(y: float) -> float:
    """log(1 + e^y), within 3.1 ulp, also in the lower tail; 0 below -708.396."""
    a = abs(y)
    near = a < WIDE
    u = 708.5 if a > 708.5 else a
    r, k = _reduced(-u)
    c = _coth_tail(r)
    s = as_float(k + _ONE)
    # With e = e^-|y|: 2 atanh(e / (2 + e)) or, near 0, log 2 + 2 atanh((e - 1) / (e + 3)).
    b = 1.0 if near else 0.0
    w = 4.0 if near else 2.0
    d = s - b
    m = (d + d) + (d * c + (s + b) * r)
    v = m / ((w + w) + (m + w * (c - r)))
    base = y if y > 0.0 else 0.0
    log_2 = _LN2 if near else 0.0
    v = (base + log_2) + ((v + v) + v * atanh_tail(v * v))
    return 0.0 if y < _MIN_EXP else v


@inlined
def log_cosh(x: float) -> float:
    """log(cosh x), within 3.2 ulp, also near 0; exactly even."""
    a = abs(x)
    near = a < WIDE
    u = 20.0 if a > 20.0 else a
    turns = 0.0 if near else u * _INV_LN2  # near 0 without reduction, where digits count twice
    n = _SHIFTER - turns
    r = u + (n - _SHIFTER) * _LN2
    c = wide_coth_tail(r)
    p = as_float((as_bits(n) << 52) + _ONE) * (2.0 + (c - r))  # e^-a = p / q
    q = 2.0 + (c + r)
    # 2 atanh(tanh(a/2)^2), or a - log 2 + 2 atanh(w / (2 + w)) with w = e^-2a.
    near_bottom = 4.0 + c * (4.0 + c)
    far_bottom = p * p + 2.0 * (q * q)
    top = r if near else p
    bottom = near_bottom if near else far_bottom
    v = (top * top) / bottom
    far_base = a - _LN2
    base = 0.0 if near else far_base
    return base + ((v + v) + v * atanh_tail(v * v))
