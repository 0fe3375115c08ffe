"""The elementary functions against mpmath, with the accuracy that their docstrings state."""

import math
import platform
import re

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numba import njit

from hamsim.lagrangians import primitives

PRECISION = 120  # bits; mpmath's own expm1 and log1p see to cancellation
# Results below may be flushed to 0; the least normal number with room for a rounding.
SMALLEST = 2.3e-308
LARGEST = 1.7976931348623157e308
LN2 = math.log(2.0)
SWITCH = math.log(1.0 + math.sqrt(2.0))


def log_of_1_plus_exp(y):
    return mpmath.log1p(mpmath.exp(y))


def log_of_cosh(x):
    x = abs(x)
    return mpmath.log1p(mpmath.expm1(x) ** 2 * mpmath.exp(-x) / 2)


def logistic(y):
    return 1 / (1 + mpmath.exp(-y))


def logistic_slope(y):
    return 1 / (mpmath.exp(-abs(y) / 2) + mpmath.exp(abs(y) / 2)) ** 2


EXACT = {
    "exp": mpmath.exp,
    "expm1": mpmath.expm1,
    "log": mpmath.log,
    "log1p": mpmath.log1p,
    "log_cosh": log_of_cosh,
    "sech2": lambda x: mpmath.sech(x) ** 2,
    "sigmoid": logistic,
    "sigmoid_slope": logistic_slope,
    "softplus": log_of_1_plus_exp,
    "tanh": mpmath.tanh,
}
LOWEST = {"log": 0.0, "log1p": -1.0}  # the domain is above
EVERY = pytest.mark.parametrize("name", primitives.__all__)


def promised(name):
    return float(re.search(r"within ([\d.]+) ulp", getattr(primitives, name).__doc__)[1])


def ulps(name, x):
    """Error of one value, in units in the last place of the exact one."""
    got = getattr(primitives, name)(x)
    if math.isnan(got):  # which would be lost in a maximum
        return math.inf
    with mpmath.workprec(PRECISION):
        exact = EXACT[name](mpmath.mpf(x))
        if abs(exact) > LARGEST:
            return 0.0 if got == math.copysign(math.inf, exact) else math.inf
        if abs(exact) < SMALLEST and abs(got) < SMALLEST:
            return 0.0
        return float(abs(mpmath.mpf(got) - exact) / math.ulp(float(exact)))


def hard_numbers(name):
    """Both sides of all that the code tells apart: multiples of ln(2)/2, switches, limits."""
    centres = [k * LN2 / 2 for k in (*range(10), 100, 1001, 2043, 2044, 2047, 2048)]
    centres += [SWITCH, SWITCH / 2, 20.0, 40.0, 354.8, 354.891356446692, 708.3, 708.3964185322641]
    centres += [
        709.0,
        709.436,
        709.782712893384,
        710.0,
        745.2,
        2.0**0.5,
        0.5**0.5,
        1 - 0.5**0.5,
        1.0,
    ]
    centres += [2.0**0.5 - 1, 1e-300, 5e-324, 2.0**-1022, 2.0**-53, 2.0**-54, 2.0**-27, 0.0]
    centres += [1e4, 2.0**52, 2.0**53, 2.0**60, 1e20, 1e100, 1e300, 1.3e308, LARGEST]
    near = [y for x in centres for y in (math.nextafter(x, 0.0), x, math.nextafter(x, math.inf))]
    both = [sign * x for x in near for sign in (1.0, -1.0) if math.isfinite(x)]
    return [x for x in both if x > LOWEST.get(name, -math.inf)]


@EVERY
def test_hard_numbers(name):
    errors = {x: ulps(name, x) for x in hard_numbers(name)}
    worst = max(errors, key=errors.get)
    assert errors[worst] <= promised(name), worst


@EVERY
def test_numbers_of_every_size(name):
    draw = np.random.default_rng(1)
    sizes = [draw.uniform(0, 1, 200), draw.uniform(0, 40, 100), 10 ** draw.uniform(-20, 2, 100)]
    x = np.concatenate(sizes) * draw.choice([-1.0, 1.0], 400)
    if name in LOWEST:
        x = np.abs(x) if name == "log" else x[x > -1.0]
    errors = [ulps(name, value) for value in x.tolist()]
    assert max(errors) <= promised(name), x[np.argmax(errors)]
    # A bound that is far too wide would let faults through.
    assert max(errors) > promised(name) / 5


@EVERY
@settings(max_examples=60, deadline=None)
@given(
    x=st.one_of(
        st.floats(allow_nan=False, allow_infinity=False),
        st.floats(-750.0, 750.0),
        st.floats(-2.0, 2.0),
    )
)
@example(x=0.0)
def test_any_double(name, x):
    if x > LOWEST.get(name, -math.inf):
        assert ulps(name, x) <= promised(name)


@pytest.mark.parametrize(
    ("name", "x", "value"),
    [
        ("exp", math.inf, math.inf),
        ("exp", -math.inf, 0.0),
        ("exp", 0.0, 1.0),
        ("expm1", math.inf, math.inf),
        ("expm1", -math.inf, -1.0),
        ("expm1", 0.0, 0.0),
        ("expm1", -0.0, -0.0),
        ("log", math.inf, math.inf),
        ("log", 0.0, -math.inf),
        ("log", -0.0, -math.inf),
        ("log", 1.0, 0.0),
        ("log", -5e-324, math.nan),
        ("log", -math.inf, math.nan),
        ("log1p", math.inf, math.inf),
        ("log1p", -1.0, -math.inf),
        ("log1p", 0.0, 0.0),
        ("log1p", -0.0, -0.0),
        ("log1p", math.nextafter(-1.0, -2.0), math.nan),
        ("log1p", -math.inf, math.nan),
        ("log_cosh", math.inf, math.inf),
        ("log_cosh", -math.inf, math.inf),
        ("log_cosh", -0.0, 0.0),
        ("sech2", math.inf, 0.0),
        ("sech2", -math.inf, 0.0),
        ("sech2", 0.0, 1.0),
        ("sigmoid", math.inf, 1.0),
        ("sigmoid", -math.inf, 0.0),
        ("sigmoid", 0.0, 0.5),
        ("sigmoid_slope", math.inf, 0.0),
        ("sigmoid_slope", -math.inf, 0.0),
        ("sigmoid_slope", 0.0, 0.25),
        ("softplus", math.inf, math.inf),
        ("softplus", -math.inf, 0.0),
        ("tanh", math.inf, 1.0),
        ("tanh", -math.inf, -1.0),
        ("tanh", 0.0, 0.0),
        ("tanh", -0.0, -0.0),
        ("tanh", 5e-324, 5e-324),
        *((name, math.nan, math.nan) for name in primitives.__all__),
    ],
)
def test_limits(name, x, value):
    got = getattr(primitives, name)(x)
    # Bits, so that signs of zero count and NaN equals itself.
    assert math.isnan(got) if math.isnan(value) else got.hex() == value.hex()


@EVERY
def test_nan_of_any_pattern_stays(name):
    for pattern in (0x7FF8000000000000, 0xFFF8000000000000, 0x7FF0000000000001, 0x7FFFFFFFFFFFFFFF):
        assert math.isnan(getattr(primitives, name)(np.uint64(pattern).view(np.float64)))


@settings(max_examples=300, deadline=None)
@given(x=st.floats(allow_nan=False))
def test_symmetry_is_exact(x):
    assert primitives.tanh(-x) == -primitives.tanh(x)
    for even in (primitives.log_cosh, primitives.sech2, primitives.sigmoid_slope):
        assert even(-x) == even(x)


@EVERY
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="reads x86 assembly")
def test_a_loop_is_vectorised(name):
    function = getattr(primitives, name)

    @njit(error_model="numpy")
    def loop(x, out):
        for k in range(x.shape[0]):
            out[k] = function(x[k])

    loop(np.ones(2), np.empty(2))
    (assembly,) = loop.inspect_asm().values()
    assert re.search(r"\bv?divpd\b", assembly)  # a division of several numbers at once
    # The only calls are those that hand errors to the interpreter.
    assert not re.search(r"\b(exp|expm1|log|log1p|tanh|cosh)\b", assembly)
