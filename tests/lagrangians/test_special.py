"""The rarer functions against mpmath, with the accuracy that their docstrings state."""

import math
import re

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamsim.lagrangians import special

PRECISION = 160  # bits; 1e-14 is left even where 100 of them cancel
# Results below may be flushed to 0; the least normal number with room for a rounding.
SMALLEST = 2.3e-308
LARGEST = 1.7976931348623157e308
# 0 may stand for a result that is some 700 times e^-708.396.
FLUSHED_EARLY = {"softplus_dual": 3e-305}

ANYWHERE = (-1e4, 1e4)
# Where each is tested, and where it crosses zero (the width around counts in units of 1).
DOMAIN = {
    "exp_minus_line": ANYWHERE,
    "exp_minus_square": ANYWHERE,
    "gelu_integral": ANYWHERE,
    "log_below_line": (-1.0, 1e300),
    "mills": (0.0, 1e300),
    "mills_excess": (0.0, 1e300),
    "normal_cdf": ANYWHERE,
    "normal_pdf": ANYWHERE,
    "softplus_dual": ANYWHERE,
    "softplus_integral": ANYWHERE,
    "softsign_dual": (0.0, 1e300),
}
# Largest term where the function itself crosses zero.
SCALE = {"gelu_integral": (0.84, 0.25), "softplus_dual": (1.505, 1.0)}
EVERY = pytest.mark.parametrize("name", DOMAIN)


def minus_dilogarithm(z):
    """-Li2(-z) for 0 <= z <= 1, by Landen's identity from the series of Li2 at z / (1 + z)."""
    u = z / (1 + z)
    total, power, k = mpmath.mpf(0), u, 1
    while power > total * mpmath.eps:
        total += power / k**2
        power, k = power * u, k + 1
    return total + mpmath.log1p(z) ** 2 / 2


def softplus_integral(y):
    if y > 0:
        return y**2 / 2 + mpmath.pi**2 / 6 - minus_dilogarithm(mpmath.exp(-y))
    return minus_dilogarithm(mpmath.exp(y))


def density(x):
    return mpmath.exp(-(x**2) / 2) / mpmath.sqrt(2 * mpmath.pi)


def distribution(x):
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def mills_excess(a):
    if a > 1000:
        return 1 / a - 2 / a**3 + 10 / a**5 - 74 / a**7 + 706 / a**9
    with mpmath.workprec(3 * PRECISION):
        return density(a) / distribution(-a) - a


EXACT = {
    "exp_minus_line": lambda y: mpmath.expm1(y) - y,
    "exp_minus_square": lambda x: mpmath.exp(-(x**2)),
    "gelu_integral": lambda x: ((x**2 - 1) * distribution(x) + x * density(x)) / 2,
    "log_below_line": lambda a: a - mpmath.log1p(a),
    "mills": lambda a: 1 / (a + mills_excess(a)),
    "mills_excess": mills_excess,
    "normal_cdf": distribution,
    "normal_pdf": density,
    "softplus_dual": lambda y: y * mpmath.log1p(mpmath.exp(y)) - softplus_integral(y),
    "softplus_integral": softplus_integral,
    "softsign_dual": lambda a: mpmath.log1p(a) - a / (1 + a),
}


def promised(name):
    return float(re.search(r"within (\d+e-\d+)", getattr(special, name).__doc__)[1])


def relative_error(got, exact, scale=0.0, flushed=SMALLEST):
    if math.isnan(got):  # which would be lost in a maximum
        return math.inf
    if abs(exact) > LARGEST:
        return 0.0 if got == math.copysign(math.inf, exact) else math.inf
    if abs(exact) < flushed and abs(got) < flushed:
        return 0.0
    return float(abs(got - exact) / max(abs(exact), scale))


def error(name, x):
    """Error of one value, relative to it, or to the largest term around a crossing of zero."""
    crossing, scale = SCALE.get(name, (math.inf, 0.0))
    # Far out all digits of x^2 - 1 times an upper tail, and tiny x^2 beside x, must be there.
    size = abs(math.frexp(x)[1]) if x else 0
    with mpmath.workprec(PRECISION + 4 * min(size, 1100)):
        exact = EXACT[name](mpmath.mpf(x))
        near = abs(x - crossing) < 0.5
        flushed = FLUSHED_EARLY.get(name, SMALLEST)
        return relative_error(getattr(special, name)(x), exact, scale if near else 0.0, flushed)


def inside(name, numbers):
    low, high = DOMAIN[name]
    return [x for x in numbers if low < x < high or x == low == 0.0]


@EVERY
def test_hard_numbers(name):
    centres = [0.0, 0.2928932188134524, 0.41421356237309503, 0.881373587019543, 1.0, 3.0, 4.0, 12.0]
    centres += [26.6157, 30.0, 37.519, 37.64, 40.0, 708.3964185322641, 709.78, 745.0, 1e3, 1e4]
    centres += [1e-300, 1e-160, 1e-20, 1e-8, 1e-3, 1e8, 1e16, 1e20, 1e30, 1e100, 1e154, 1e299]
    near = [y for x in centres for y in (math.nextafter(x, 0.0), x, math.nextafter(x, math.inf))]
    numbers = inside(name, [sign * x for x in near for sign in (1.0, -1.0)])
    assert len(numbers) > 30
    errors = {x: error(name, x) for x in numbers}
    worst = max(errors, key=errors.get)
    assert errors[worst] <= promised(name), worst


@EVERY
def test_numbers_of_every_size(name):
    draw = np.random.default_rng(2)
    sizes = [draw.uniform(0, 1, 60), draw.uniform(0, 40, 60), 10 ** draw.uniform(-12, 3, 40)]
    x = inside(name, (np.concatenate(sizes) * draw.choice([-1.0, 1.0], 160)).tolist())
    errors = [error(name, value) for value in x]
    assert max(errors) <= promised(name), x[int(np.argmax(errors))]
    # A bound that is far too wide would let faults through.
    assert max(errors) > promised(name) / 20


@EVERY
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_double(name, data):
    low, high = DOMAIN[name]
    x = data.draw(st.one_of(st.floats(low, high), st.floats(max(low, -40.0), 40.0)))
    if x > low:
        assert error(name, x) <= promised(name)


@pytest.mark.parametrize(
    ("name", "x", "value"),
    [
        ("exp_minus_line", math.inf, math.inf),
        ("exp_minus_line", -math.inf, math.inf),
        ("exp_minus_line", 0.0, 0.0),
        ("exp_minus_square", -math.inf, 0.0),
        ("exp_minus_square", 0.0, 1.0),
        ("gelu_integral", math.inf, math.inf),
        ("gelu_integral", -math.inf, 0.0),
        ("gelu_integral", 0.0, -0.25),
        ("log_below_line", -1.0, math.inf),
        ("log_below_line", -1.5, math.nan),
        ("log_below_line", math.inf, math.inf),
        ("log_below_line", 0.0, 0.0),
        ("mills", math.inf, 0.0),
        ("mills", 1e300, 1e-300),
        ("mills_excess", math.inf, 0.0),
        ("mills_excess", 1e300, 1e-300),
        ("normal_cdf", math.inf, 1.0),
        ("normal_cdf", -math.inf, 0.0),
        ("normal_cdf", 0.0, 0.5),
        ("normal_pdf", math.inf, 0.0),
        ("softplus_dual", math.inf, math.inf),
        ("softplus_dual", -math.inf, 0.0),
        ("softplus_integral", math.inf, math.inf),
        ("softplus_integral", -math.inf, 0.0),
        ("softsign_dual", math.inf, math.inf),
        ("softsign_dual", 0.0, 0.0),
        *((name, math.nan, math.nan) for name in DOMAIN),
    ],
)
def test_limits(name, x, value):
    got = getattr(special, name)(x)
    if math.isfinite(value):
        assert got == pytest.approx(value, rel=1e-15, abs=0.0)
    else:
        assert got == value or (math.isnan(got) and math.isnan(value))


def exact_hill(y, n):
    """Integral and Legendre transform of t^n / (1 + t^n)."""
    y, n = mpmath.mpf(y), mpmath.mpf(n)
    z = y**n
    integral = y * z / (n + 1) * mpmath.hyp2f1(1, 1 + 1 / n, 2 + 1 / n, -z)
    return integral, y * z / (1 + z) - integral


def hill_errors(y, n):
    # As many digits as y z / (1 + z) and the integral may have in common.
    with mpmath.workprec(PRECISION + 60):
        integral, dual = exact_hill(y, n)
        return (
            relative_error(special.hill_integral(y, n), integral),
            relative_error(special.hill_dual(y, n), dual),
        )


HILL_BOUND = promised("hill_integral")
EXPONENTS = [1.0, math.nextafter(1.0, 2.0), 1.0 + 1e-9, 1.001, 1.5, 2.0, 3.0, 4.7, 50.0, 200.0]


def test_exact_hill_is_the_integral():
    for n in (1, 1.5, 4):
        for y in (0.5, 1.0, 3.0):
            by_steps = mpmath.quad(lambda t, n=n: t**n / (1 + t**n), [0, y / 4, y / 2, y])
            assert abs(exact_hill(y, n)[0] / by_steps - 1) < 1e-12  # quadrature near the root at 0


@pytest.mark.parametrize("n", EXPONENTS)
def test_hill(n):
    assert promised("hill_dual") == HILL_BOUND
    numbers = [1e-300, 1e-20, 1e-3, 0.1, 0.5, 0.9, 0.999, 1.0, 1.001, 1.1, 1.5, 2.0, 7.0, 1e2, 1e4]
    for y in [*numbers, math.nextafter(1.0, 0.0), math.nextafter(1.0, 2.0)]:
        assert max(hill_errors(y, n)) <= HILL_BOUND, y


@settings(max_examples=60, deadline=None)
@given(y=st.one_of(st.floats(0.0, 3.0), st.floats(0.0, 1e4)), n=st.floats(1.0, 30.0))
def test_hill_at_any_double(y, n):
    assert max(hill_errors(y, n)) <= HILL_BOUND


def test_hill_closed_forms_and_limits():
    for y in (0.25, 1.0, 3.0, 1e4):
        assert special.hill_integral(y, 1.0) == pytest.approx(y - math.log1p(y), rel=HILL_BOUND)
        assert special.hill_integral(y, 2.0) == pytest.approx(y - math.atan(y), rel=HILL_BOUND)
    for n in EXPONENTS:
        assert special.hill_integral(0.0, n) == special.hill_dual(0.0, n) == 0.0
        assert special.hill_integral(math.inf, n) == math.inf
        assert special.hill_integral(1e300, n) == pytest.approx(1e300)
        assert math.isnan(special.hill_integral(math.nan, n))
        assert math.isnan(special.hill_dual(math.nan, n))
    assert special.hill_dual(math.inf, 1.0) == math.inf
    # All of 1 - g is left: the integral of 1 / (1 + t^2) is pi / 2.
    assert special.hill_dual(math.inf, 2.0) == pytest.approx(math.pi / 2, rel=HILL_BOUND)
