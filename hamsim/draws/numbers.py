"""Random bits as numbers of a distribution, by operations that every machine rounds alike.

The polynomials for logarithm, sine and exponential are those of FreeBSD's msun (e_log.c, k_sin.c,
e_exp.c; Sun Microsystems 1993), whose errors are below one unit of the last
place. NumPy's own depend on the processor in their last bits.
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.draws.stream import Bits, Stream, Tile

__all__ = ["below", "doubles", "exponential_of", "normals"]

# Pairs of normal numbers that are made at once: their arrays stay in the cache.
PAIRS_AT_ONCE = 2**13

UNIT = 2.0**-53
LN2 = 6.93147180559945286227e-01
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
# Coefficients, the highest power first, as they are used.
LOG = (
    1.479819860511658591e-01,
    1.531383769920937332e-01,
    1.818357216161805012e-01,
    2.222219843214978396e-01,
    2.857142874366239149e-01,
    3.999999999940941908e-01,
    6.666666666666735130e-01,
)
SIN = (
    1.58969099521155010221e-10,
    -2.50507602534068634195e-08,
    2.75573137070700676789e-06,
    -1.98412698298579493134e-04,
    8.33333333332248946124e-03,
    -1.66666666666666324348e-01,
)
EXP = (
    4.13813679705723846039e-08,
    -1.65339022054652515390e-06,
    6.61375632143793436117e-05,
    -2.77777777770155933842e-03,
    1.66666666666666019037e-01,
)
# Beyond this every exponential is 0 or infinite.
LARGEST_EXPONENT = 746.0

EXPONENT_OF_1 = 0x3FF0000000000000
SQUARE_ROOT_OF_HALF = 0x3FE6A09E00000000  # the upper half of its bits
MANTISSA = 0x000FFFFFFFFFFFFF
SIGN = np.uint64(2**63)


def doubles(stream: Stream, count: int, tile: Tile = (), start: int = 0) -> Floats:
    """Numbers alike likely in [0, 1), multiples of 2**-53, one of each number of the stream."""
    return _doubles(stream.raw(count, tile, start))


def _doubles(raw: Bits) -> Floats:
    raw = raw >> np.uint64(11)
    result = raw.astype(np.float64)
    result *= UNIT
    return result


def below(raw: Bits, bound: int | Ints) -> tuple[Ints, np.ndarray]:
    """Whole numbers alike likely below a bound, of random bits.

    Parameters
    ----------
    raw : ndarray of uint64
    bound : int or ndarray of int, shape of raw
        From 1 to 2**63 - 1.

    Returns
    -------
    numbers : ndarray of int
    kept : ndarray of bool
        Which of them count. The others, hardly ever one, fell into what of 2**64 is left beyond
        the last whole multiple of the bound, and must be drawn again.
    """
    divisor = np.uint64(bound) if isinstance(bound, int) else bound.astype(np.uint64)
    whole = raw // divisor  # quicker than a remainder
    whole *= divisor
    kept: np.ndarray = whole <= np.uint64(2**64 - 1) - divisor + np.uint64(1)
    return (raw - whole).view(np.int64), kept


def normals(stream: Stream, count: int, tile: Tile = (), start: int = 0) -> Floats:
    """Standard normal numbers, one of each number of the stream.

    Parameters
    ----------
    stream : Stream
    count : int
    tile : tuple of int
    start : int
        Number in the tile of the first.

    Returns
    -------
    ndarray, shape (count,)

    Notes
    -----
    [Box]: of the bits 2 k and 2 k + 1, as u in (0, 1] and an angle a,
    sqrt(-2 log u) cos(a) and sqrt(-2 log u) sin(a). The angle is a part of an eighth of the circle,
    with 53 bits, and one of eight such parts, with the other three that are used. The largest
    number is 8.6.

    [Box]: Box and Muller, A note on the generation of random normal deviates, Annals of
    Mathematical Statistics 29, 610 (1958).
    """
    first = start % 2
    pairs = (first + count + 1) // 2
    result = np.empty((pairs, 2))
    source = stream.source(tile, start - first)
    for k in range(0, pairs, PAIRS_AT_ONCE):
        part = result[k : k + PAIRS_AT_ONCE]
        raw = source.random_raw(2 * len(part))
        _turn_into_normals(raw[0::2], raw[1::2], part)
    return result.reshape(-1)[first : first + count]


def _turn_into_normals(radial: Bits, angular: Bits, out: Floats) -> None:
    radius = _radii(radial)
    angle = (angular >> np.uint64(11)).astype(np.float64)
    angle *= UNIT * math.pi / 4.0
    sine = _polynomial(SIN, angle * angle)
    sine *= angle
    sine += angle
    cosine = sine * sine  # at most 1/2, so that nothing cancels in what follows
    np.subtract(1.0, cosine, out=cosine)
    np.sqrt(cosine, out=cosine)
    for part, sign in ((cosine, 62), (sine, 61)):
        part *= radius
        bits = part.view(np.uint64)
        bits ^= (angular << np.uint64(sign)) & SIGN
    exchanged = (angular & np.uint64(1)).astype(bool)
    out[:, 0] = np.where(exchanged, sine, cosine)
    out[:, 1] = np.where(exchanged, cosine, sine)


def _radii(raw: Bits) -> Floats:
    """sqrt(-2 log u) with u in (0, 1], of the upper 53 bits."""
    u = (raw >> np.uint64(11)).astype(np.float64)
    u += 1.0  # u times 2**53
    bits = u.view(np.int64)
    bits += EXPONENT_OF_1 - SQUARE_ROOT_OF_HALF
    exponent = bits >> 52
    exponent -= 0x3FF + 53
    # u = 2**exponent (1 + f) with 1 + f between the square roots of 1/2 and 2.
    bits &= MANTISSA
    bits += SQUARE_ROOT_OF_HALF
    f = bits.view(np.float64)
    f -= 1.0
    s = f / (f + 2.0)
    rest = _polynomial(LOG, s * s)
    half = f * f
    half *= 0.5
    rest += half
    rest *= s
    rest -= half
    rest += f
    logarithm = exponent.astype(np.float64)
    logarithm *= LN2
    logarithm += rest
    logarithm *= -2.0
    return np.sqrt(logarithm, out=logarithm)


def exponential_of(x: Floats) -> Floats:
    """e**x; infinite where it is too large, and 0 where too small.

    Parameters
    ----------
    x : ndarray

    Returns
    -------
    ndarray
    """
    x = np.clip(x, -LARGEST_EXPONENT, LARGEST_EXPONENT)
    power = np.rint(x * (1.0 / LN2))
    high = x - power * LN2_HIGH
    low = power * LN2_LOW
    rest = high - low
    square = rest * rest
    c = rest - _polynomial(EXP, square)
    result = 1.0 - ((low - rest * c / (2.0 - c)) - high)
    with np.errstate(over="ignore", under="ignore"):
        scaled: Floats = np.ldexp(result, power.astype(np.int32))
    return scaled


def _polynomial(coefficients: tuple[float, ...], x: Floats) -> Floats:
    """A polynomial without a constant term, x (c_1 + x (c_2 + ...))."""
    result = x * coefficients[0]
    for coefficient in coefficients[1:]:
        result += coefficient
        result *= x
    return result
