"""Rarer functions of the Lagrangians: integrals, Legendre transforms and the normal distribution.

All but the two of Hill are free of branches too, so that loops over them are vectorised. Relative
errors were measured, and tests hold them; near a zero that is not at 0 the error is the stated one
of the largest term instead. A result below 2.3e-308 may be 0, one of `softplus_dual` below 3e-305.
NaN gives NaN.
"""

from __future__ import annotations

import math

from hamsim.kernels.jit import inlined, jit
from hamsim.lagrangians.primitives import (
    WIDE,
    atanh_tail,
    exp,
    expm1,
    log,
    log1p,
    softplus,
    wide_coth_tail,
)

__all__ = [
    "exp_minus_line",
    "exp_minus_square",
    "gelu_integral",
    "hill_dual",
    "hill_integral",
    "log_below_line",
    "mills",
    "mills_excess",
    "normal_cdf",
    "normal_pdf",
    "omega",
    "softplus_dual",
    "softplus_integral",
    "softsign_dual",
]

_PI2_6 = math.pi**2 / 6.0

# B_2k / (2k + 1)!: -Li2(-e^y) = w + w^2/4 + sum_k B_2k w^(2k+1) / (2k+1)! for w = log(1 + e^y).
_B1 = 1.0 / 36.0
_B2 = -1.0 / 3600.0
_B3 = 1.0 / 211680.0
_B4 = -1.0 / 10886400.0
_B5 = 1.0 / 526901760.0
_B6 = -691.0 / 16999766784000.0
_B7 = 1.0 / 1120863744000.0
_B8 = -3617.0 / 181400588328960000.0

_ATANH_LOW = math.sqrt(0.5) - 1.0  # between them |a / (2 + a)| <= 3 - sqrt 8
_ATANH_HIGH = math.sqrt(2.0) - 1.0

_SPLITTER = 134217729.0  # 2^27 + 1: halves a double into two of 26 bits
_INV_SQRT_2PI = 0.3989422804014327

# k1(a) = N(a) / D(a) with both monic, for the k1 of `mills_excess`; least squares of the relative
# error over all a >= 0, reweighted (Lawson) until nearly minimax, in 150 digits; error 3e-17.
_N0 = 4314965.153337718
_N1 = 6215860.211774569
_N2 = 4519813.750366141
_N3 = 2141399.5003904095
_N4 = 724451.7743515773
_N5 = 181873.3029022111
_N6 = 34248.98361834944
_N7 = 4782.635889079183
_N8 = 476.1228040450692
_N9 = 30.791922152102348
_D0 = 5408006.828701907
_D1 = 10253391.738767162
_D2 = 9595603.666871326
_D3 = 5782803.23839619
_D4 = 2477743.688527312
_D5 = 790135.0005863408
_D6 = 191253.82323728816
_D7 = 35195.229225166346
_D8 = 4844.2197333941385
_D9 = 478.1228040450236
_D10 = 30.791922152102412
_MILLS_FAR = 1e20  # here k1 = 1/a, and the powers of a stay finite
_NORMAL_FAR = 40.0  # here the normal density is 0


@inlined
def _dilogarithm_tail(w: float) -> float:
    """-Li2(-e^y) for w = log(1 + e^y), 0 <= w <= log 2, within 2e-16 if w is exact."""
    z = w * w
    t = _B4 + z * (_B5 + z * (_B6 + z * (_B7 + z * _B8)))
    t = _B1 + z * (_B2 + z * (_B3 + z * t))
    return w + z * (0.25 + w * t)


@inlined
def softplus_integral(y: float) -> float:
    """F(y) = -Li2(-e^y), the integral of log(1 + e^t) from -inf to y, within 1e-15."""
    a = abs(y)
    tail = _dilogarithm_tail(softplus(-a))
    right = (0.5 * y * y + _PI2_6) - tail
    return right if y > 0.0 else tail


@inlined
def softplus_dual(y: float) -> float:
    """Product y log(1 + e^y) less `softplus_integral`, within 1e-15; 0 near 1.505."""
    a = abs(y)
    w = softplus(-a)
    u = 1e3 if a > 1e3 else a  # w is 0 there, and infinity times 0 is avoided
    tail = u * w + _dilogarithm_tail(w)
    right = (0.5 * y * y - _PI2_6) + tail
    left = -tail
    return right if y > 0.0 else left


@inlined
def exp_minus_line(y: float) -> float:
    """e^y - 1 - y, within 1e-15, also near 0."""
    a = abs(y)
    u = 0.0 if a > WIDE else y
    c = wide_coth_tail(u)
    near = (u * (u - c)) / (2.0 + (c - u))  # from e^y = (2 + c + y) / (2 + c - y)
    t = 710.0 if y > 710.0 else y  # e^y is infinite there
    far = expm1(y) - t
    return far if a > WIDE else near


@inlined
def log_below_line(a: float) -> float:
    """Gap a - log(1 + a) for a >= -1, within 2e-15, also near 0; inf at -1, NaN below."""
    near = (a > _ATANH_LOW) & (a < _ATANH_HIGH)
    u = a if near else 0.0
    r = u / (2.0 + u)
    close = r * (u - atanh_tail(r * r))  # log(1 + a) = 2 atanh(r), and a - 2 r = a r
    far = a - log1p(a)
    far = far if a < math.inf else a
    return close if near else far


@inlined
def softsign_dual(a: float) -> float:
    """log(1 + a) - a / (1 + a) for a >= 0, within 4e-15, also near 0."""
    near = a < _ATANH_HIGH
    u = a if near else 0.0
    r = u / (2.0 + u)
    close = r * (u / (1.0 + u) + atanh_tail(r * r))  # 2 r - a / (1 + a) = r a / (1 + a)
    far = (log1p(a) - 1.0) + 1.0 / (1.0 + a)
    return close if near else far


@inlined
def _exp_minus_scaled_square(x: float, scale: float) -> float:
    """e^(-scale x^2) for scale a power of 2 and |x| < 1e100; the rounding of x^2 is put right."""
    square = x * x
    t = x * _SPLITTER
    high = t - (t - x)
    low = x - high
    lost = ((high * high - square) + 2.0 * (high * low)) + low * low  # Dekker: exact
    v = exp(-scale * square)
    return v - v * (scale * lost)


@inlined
def exp_minus_square(x: float) -> float:
    """e^(-x^2), within 5e-16; 0 beyond 26.6157."""
    a = abs(x)
    u = 40.0 if a > 40.0 else a
    return _exp_minus_scaled_square(u, 1.0)


@inlined
def normal_pdf(x: float) -> float:
    """Standard normal density e^(-x^2/2) / sqrt(2 pi), within 5e-16; 0 beyond 37.6403."""
    a = abs(x)
    u = _NORMAL_FAR if a > _NORMAL_FAR else a
    return _INV_SQRT_2PI * _exp_minus_scaled_square(u, 0.5)


@inlined
def _excess_parts(a: float) -> tuple[float, float]:
    """N and D with k1(a) = N / D, for 0 <= a <= 1e20."""
    n = _N4 + a * (_N5 + a * (_N6 + a * (_N7 + a * (_N8 + a * (_N9 + a)))))
    n = _N0 + a * (_N1 + a * (_N2 + a * (_N3 + a * n)))
    d = _D5 + a * (_D6 + a * (_D7 + a * (_D8 + a * (_D9 + a * (_D10 + a)))))
    d = _D0 + a * (_D1 + a * (_D2 + a * (_D3 + a * (_D4 + a * d))))
    return n, d


@inlined
def mills_excess(a: float) -> float:
    """k1(a) = 1 / mills(a) - a = 1/(a + 2/(a + 3/(a + ...))) for a >= 0, within 2e-15."""
    u = _MILLS_FAR if a > _MILLS_FAR else a
    n, d = _excess_parts(u)
    near = n / d
    far = 1.0 / a
    return far if a > _MILLS_FAR else near


@inlined
def mills(a: float) -> float:
    """Q(a) / phi(a), upper tail by density of the standard normal, for a >= 0, within 1e-15."""
    u = _MILLS_FAR if a > _MILLS_FAR else a
    n, d = _excess_parts(u)
    return 1.0 / (a + n / d)


@inlined
def normal_cdf(x: float) -> float:
    """Standard normal distribution function, within 1e-15 also in the lower tail."""
    a = abs(x)
    u = _NORMAL_FAR if a > _NORMAL_FAR else a
    n, d = _excess_parts(u)
    lower = (normal_pdf(u) * d) / (u * d + n)
    upper = 1.0 - lower
    return lower if x < 0.0 else upper


@inlined
def gelu_integral(x: float) -> float:
    """((x^2 - 1) Phi(x) + x phi(x)) / 2, the integral of t Phi(t), within 2e-15; 0 near 0.84."""
    a = abs(x)
    u = _NORMAL_FAR if a > _NORMAL_FAR else a
    n, d = _excess_parts(u)
    tail = 0.5 * normal_pdf(u) * ((d + u * n) / (u * d + n))
    left = -tail
    right = 0.5 * (x * x - 1.0) + tail
    return left if x < 0.0 else right


@jit
def omega(z: float) -> float:
    """The w > 0 with w + log(w) = z, Wright's omega of a real number, within 1e-15 (1 + |z|).

    One step of Fritsch, Shafer and Crowley 1973 makes of an error e one of the order of e^4.
    """
    if z < -700.0 or not z < 1e16:
        return math.exp(z) if z < 0.0 else z
    if z < -2.0:
        w = math.exp(z)
    elif z < 3.0:
        y = z - 1.0
        w = 1.0 + y * (0.5 + y / 16.0)
    else:
        w = z - math.log(z)
    for _ in range(3):
        rest = z - w - math.log(w)
        a = 1.0 + w
        b = 2.0 * a * (a + 2.0 / 3.0 * rest)
        w *= 1.0 + rest / a * (b - rest) / (b - 2.0 * rest)
    return w


@jit
def _hill_series(c: float, u: float) -> float:
    """2F1(1, 1; c; u) = sum_k k! / (c (c+1) ... (c+k-1)) u^k for c >= 2, 0 <= u <= 1/2."""
    term = 1.0
    total = 1.0
    for k in range(60):
        term *= u * (k + 1.0) / (c + k)
        total += term
        if term < 1e-17 * total:
            break
    return total


@jit
def _hill_beyond(y: float, n: float) -> tuple[float, float]:
    """For y > 1: the integral of 1 / (1 + t^n) from 1 to y, and from 0 to 1 that of the rest."""
    v = math.pow(y, -n)
    q = math.pow(y, 1.0 - n)
    a = 1.0 / n
    first = log(y) if n == 1.0 else -expm1((1.0 - n) * log(y)) / (n - 1.0)
    at_y = q * (v / (1.0 + v)) * _hill_series(3.0 - a, v / (1.0 + v))
    at_1 = 0.5 * _hill_series(3.0 - a, 0.5)
    return first - (at_1 - at_y) / (2.0 * n - 1.0), 0.5 * _hill_series(2.0 + a, 0.5) / (n + 1.0)


@jit
def hill_integral(y: float, n: float) -> float:
    """Integral of t^n / (1 + t^n) from 0 to y, for y >= 0 and n >= 1, within 1e-14."""
    if y <= 1.0:
        z = math.pow(y, n)
        u = z / (1.0 + z)
        return y * u / (n + 1.0) * _hill_series(2.0 + 1.0 / n, u)
    if y == math.inf:
        return y
    missing, below = _hill_beyond(y, n)
    return below + ((y - 1.0) - missing)


@jit
def hill_dual(y: float, n: float) -> float:
    """Product y y^n / (1 + y^n) less `hill_integral`, for y >= 0 and n >= 1, within 1e-14."""
    if y <= 1.0:
        z = math.pow(y, n)
        u = z / (1.0 + z)
        return y * u * (1.0 - _hill_series(2.0 + 1.0 / n, u) / (n + 1.0))
    missing, below = _hill_beyond(y, n)
    return ((1.0 - below) + missing) - math.pow(y, 1.0 - n) / (1.0 + math.pow(y, -n))
