"""Standard normal numbers of a place: what they are counted by is all that they depend on.

[Salmon], [Box]

Philox 4x32-10 makes 128 random bits of a key (64 bits of the seed) and a counter: the block of
four steps, the neuron, and the trial. They are two points of the plane, each from a radius of 40
bits and an angle of 24, and so the normal numbers of four steps. No number depends on others that
were drawn, on threads, or on the order in which neurons lie.

The radius is sqrt(-2 log u) with u in (0, 1); the largest number is 7.5, which so few numbers
exceed that nobody sees it. Logarithm, sine and cosine are polynomials (of FreeBSD's msun; Sun
Microsystems 1993), so that the loops are vectorised and every machine rounds alike.

[Salmon]: Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as 1, 2, 3, SC (2011).
[Box]: Box and Muller, A note on the generation of random normal deviates, Annals of Mathematical
Statistics 29, 610 (1958).
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.kernels.jit import internal, jit
from hamsim.kernels.registers import flat

__all__ = ["BLOCK", "fill_block", "make_block", "philox"]

BLOCK = 4  # steps whose numbers come of one counter

_U = np.uint64
_LOW, _HALF = _U(0xFFFFFFFF), _U(32)
# Multipliers of Philox, and what its keys are raised by in each of its ten rounds.
_FIRST_FACTOR, _SECOND_FACTOR = _U(0xD2511F53), _U(0xCD9E8D57)
_FIRST_RAISE, _SECOND_RAISE = _U(0x9E3779B9), _U(0xBB67AE85)
_ROUNDS = 10

# Whole numbers below 2**52 as float64, and back: processors have no quick instruction for it.
_WHOLE, _TWO_52 = _U(0x4330000000000000), 2.0**52
_ONE_BITS, _ROOT_HALF_BITS = _U(0x3FF0000000000000), _U(0x3FE6A09E667F3BCD)
_MANTISSA, _EXPONENT = _U(0x000FFFFFFFFFFFFF), _U(52)
_RADIAL_BITS, _ANGLE_BITS = 40, _U(24)
_ANGLE, _PART = _U(0xFFFFFF), _U(0x3FFFFF)
_SWAP, _SIGN, _TOP, _ONE = _U(22), _U(23), _U(63), _U(1)
_TURN = math.pi / 2.0 / 2.0**22
_LN2 = math.log(2.0)


@internal
def philox(a, b, c, d, first_key, second_key):
    """Philox 4x32-10 of a counter and a key, each of 32 bits in 64."""
    for _ in range(_ROUNDS):
        first, second = _FIRST_FACTOR * a, _SECOND_FACTOR * c
        a, c = (second >> _HALF) ^ b ^ first_key, (first >> _HALF) ^ d ^ second_key
        b, d = second & _LOW, first & _LOW
        first_key, second_key = (
            (first_key + _FIRST_RAISE) & _LOW,
            (second_key + _SECOND_RAISE) & _LOW,
        )
    return a, b, c, d


@internal
def _as_number(bits):
    return np.uint64(bits).view(np.float64)


@internal
def _as_bits(number):
    return np.float64(number).view(np.uint64)


@internal
def _radius(k):
    """sqrt(-2 log u) of u = (k + 1/2) / 2**40."""
    bits = _as_bits((_as_number(k | _WHOLE) - _TWO_52) + 0.5) + (_ONE_BITS - _ROOT_HALF_BITS)
    exponent = _as_number((bits >> _EXPONENT) | _WHOLE) - (_TWO_52 + 1023.0 + _RADIAL_BITS)
    # u = 2**exponent (1 + f) with 1 + f between the square roots of 1/2 and 2.
    f = _as_number((bits & _MANTISSA) + _ROOT_HALF_BITS) - 1.0
    s = f / (f + 2.0)
    z = s * s
    rest = 1.818357216161805012e-01 + z * (1.531383769920937332e-01 + z * 1.479819860511658591e-01)
    rest = 2.857142874366239149e-01 + z * (2.222219843214978396e-01 + z * rest)
    rest = z * (6.666666666666735130e-01 + z * (3.999999999940941908e-01 + z * rest))
    half = 0.5 * f * f
    return math.sqrt(-2.0 * (exponent * _LN2 + (f - (half - s * (half + rest)))))


@internal
def _point(bits):
    """Two normal numbers of 64 random bits.

    The angle is a part of a quarter of the circle around 0, mirrored at the diagonal by one more
    bit and at the origin by another.
    """
    r = _radius(bits >> _ANGLE_BITS)
    angle = bits & _ANGLE
    t = ((_as_number((angle & _PART) | _WHOLE) - _TWO_52) - (2.0**21 - 0.5)) * _TURN
    z = t * t
    sine = 2.75573137070700676789e-06 + z * (
        -2.50507602534068634195e-08 + z * 1.58969099521155010221e-10
    )
    sine = 8.33333333332248946124e-03 + z * (-1.98412698298579493134e-04 + z * sine)
    sine = t + t * z * (-1.66666666666666324348e-01 + z * sine)
    cosine = -2.75573143513906633035e-07 + z * (
        2.08757232129817482790e-09 + z * -1.13596475577881948265e-11
    )
    cosine = -1.38888888888741095749e-03 + z * (2.48015872894767294178e-05 + z * cosine)
    cosine = 1.0 - 0.5 * z + z * z * (4.16666666666666019037e-02 + z * cosine)
    mirrored = (angle >> _SWAP) & _ONE == _ONE
    sign = (angle >> _SIGN) << _TOP
    first = r * (sine if mirrored else cosine)
    second = r * (cosine if mirrored else sine)
    return _as_number(_as_bits(first) ^ sign), _as_number(_as_bits(second) ^ sign)


@internal
def fill_block(first, last, key, block, who, normals):
    """Write the numbers of a block of steps for the places first, ..., last - 1.

    Parameters
    ----------
    first, last : uint64
        Places in `who`, seen as one axis.
    key : ndarray of uint64, shape (2,)
        Of 32 bits each.
    block : int
        Number of the block of four steps; may be negative.
    who : ndarray of uint64, shape (n, m)
        The neuron's number, and the trial's times 2**32.
    normals : ndarray, shape (4, n, m)
    """
    places, counted = flat(who), np.uint64(block)
    low, high, first_key, second_key = counted & _LOW, counted >> _HALF, key[0], key[1]
    one, two, three, four = flat(normals[0]), flat(normals[1]), flat(normals[2]), flat(normals[3])
    for q in range(first, last):
        place = places[q]
        a, b, c, d = philox(low, high, place & _LOW, place >> _HALF, first_key, second_key)
        one[q], two[q] = _point((a << _HALF) | b)
        three[q], four[q] = _point((c << _HALF) | d)


@jit
def make_block(key, block, who, normals):
    """`fill_block` of all places."""
    fill_block(np.uint64(0), np.uint64(who.size), key, block, who, normals)
