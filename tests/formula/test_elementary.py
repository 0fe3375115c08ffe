"""Each column of each elementary function against mpmath: a row that is half done fails here."""

import decimal
import math
import re
from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from formula.functions import REFERENCES
from manual import guide
from mpmath import mp, mpf

from hamsim.formula import Formula
from hamsim.formula.arithmetic.decimals import pi
from hamsim.formula.arithmetic.intervals import Interval
from hamsim.formula.elementary.row import Where
from hamsim.formula.elementary.table import FUNCTIONS, WRITTEN
from hamsim.formula.proof.eigenvalues import spectrum
from hamsim.formula.text.reading import read
from hamsim.formula.text.spelling import spelled
from hamsim.formula.tree.derivative import derivative
from hamsim.formula.tree.rewriting import SIMPLEST
from hamsim.formula.tree.tree import ONE, Node, V, X
from hamsim.formula.values.arrays import evaluate
from hamsim.formula.values.longrange import DIGITS, long_range_value
from hamsim.lagrangians import primitives

STATES = [s * v for v in (0.003, 0.1, 0.37, 0.8, 1.3, 2.9, 7.5, 21.0) for s in (1, -1)]
# Some rounding errors of a double; sine and cosine are enclosed with a slack of their own.
TIGHT = 1e-13
LOOSE = 3e-9


@pytest.fixture(autouse=True)
def _digits():
    with mp.workdps(80):
        yield


@pytest.fixture(params=sorted(FUNCTIONS))
def row(request):
    return FUNCTIONS[request.param]


def exact(row, u):
    """Value at a number; None where there is none."""
    value = REFERENCES[row.name](mpf(u))
    return mpmath.re(value) if mpmath.isfinite(value) and mpmath.im(value) == 0 else None


def defined(row, states=STATES):
    return [u for u in states if exact(row, u) is not None]


def close(value, expected, tolerance=TIGHT):
    return abs(mpf(float(value)) - expected) <= tolerance * (1e-300 + abs(expected))


def rate(row, u):
    """Derivative at a number, by differences that keep 100 digits where little of it is left."""
    with mp.workdps(500):
        return mpmath.diff(REFERENCES[row.name], mpf(u), h=mpf(10) ** -150)


def at(tree, u):
    return float(np.reshape(evaluate([tree], {"x": np.array([u])})[0], -1)[0])


def test_every_file_is_a_row_that_is_tested_here(row):
    assert row.name in REFERENCES, f"tests/formula/functions.py has no line for {row.name}"
    assert FUNCTIONS[row.name] is row
    assert len(defined(row)) >= 4


def test_no_function_is_tested_that_has_no_row():
    lost = REFERENCES.keys() - FUNCTIONS.keys()
    assert not lost, f"hamsim/formula/elementary/functions has no file of {', '.join(lost)}"


def test_every_function_is_read_and_told(row):
    for name in row.written:
        assert WRITTEN[name] is row, f"{name} means two functions"
        assert read(f"{name}(x)") == Node(row.name, (X,))
    assert spelled(Node(row.name, (X,))) == f"{row.said}(x)"


def test_the_manual_lists_what_people_may_write():
    listed = re.search(r"sum, mean, and ([\w, \n]+)\.", guide("lagrangians"))
    names = [name.strip() for name in listed[1].split(",")]
    missing = {*WRITTEN} - set(names)
    assert not missing, f"not in docs/guide/lagrangians.md: {', '.join(missing)}"
    assert names == sorted({*WRITTEN, "max", "min", "sqrt"})


def test_exact_values_are_exact_and_none_is_forgotten(row):
    for u in (Fraction(k, 4) for k in range(-12, 13)):
        value = exact(row, mpf(u.numerator) / u.denominator)
        if value is None:
            continue
        said = row.exact(u)
        near = Fraction(int(mpmath.nint(value * 64)), 64)
        rational = abs(value - mpf(near.numerator) / near.denominator) < mpf(10) ** -70
        assert said == (near if rational else None), u


def test_the_sign_is_as_the_row_says(row):
    for side in (1, -1):
        states = defined(row, [side * k / 4 for k in range(1, 60)])
        signs = [int(mpmath.sign(exact(row, u))) for u in states]
        low, high = row.sign((side, side), None)
        assert all(low <= s <= high for s in signs)
        if signs:  # what all values show is said
            assert (low >= 0) == (min(signs) >= 0)
            assert (high <= 0) == (max(signs) <= 0)
    for u in (Fraction(1, 3), Fraction(-1, 3), Fraction(7, 2), Fraction(0)):
        value = exact(row, mpf(u.numerator) / u.denominator)
        s = (u > 0) - (u < 0)
        low, high = row.sign((s, s), u)
        assert value is None or low <= mpmath.sign(value) <= high


def test_the_slope_is_the_derivative(row):
    slope = derivative(Node(row.name, (X,)), {X: ONE})
    for u in defined(row):
        assert close(at(slope, u), rate(row, u), 1e-12), u


def test_values_of_arrays(row):
    states = defined(row)
    found = row.array(np.array(states))
    assert all(close(v, exact(row, u)) for u, v in zip(states, found, strict=True))
    with np.errstate(all="ignore"):
        assert np.all(np.isnan(row.array(np.array([math.nan]))))


def test_values_of_decimals(row):
    for text in "1e-30 0.003 0.0999 0.11 0.3 0.99 1.2 7.5 25 100.5 12345.6".split():
        for sign in ("", "-"):
            with mp.workdps(200):
                value = exact(row, sign + text)
            if value is None:
                continue
            context = decimal.Context(
                prec=DIGITS, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[]
            )
            with decimal.localcontext(context):
                found = row.decimal(decimal.Decimal(sign + text))
            with mp.workdps(200):
                assert abs(mpf(str(found)) - value) <= abs(value) * mpf(10) ** -47, sign + text


def test_bounds_hold_the_values_between_and_are_narrow(row):
    rng = np.random.default_rng(3)
    for scale in (1e-3, 1.0, 30.0):
        ends = np.sort(scale * rng.normal(size=(2, 40)), axis=0)
        ends[:, :3] = (-np.inf, -np.inf, 0.5), (np.inf, -0.5, np.inf)
        with np.errstate(all="ignore"):
            low, high = row.interval(Interval(*ends))
        assert not np.any(np.isnan([low, high]))
        for k, (a, b) in enumerate(np.clip(ends, -60.0, 60.0).T):
            for u in (a, b, *(a + (b - a) * rng.random(3)), min(max(0.0, a), b)):
                value = exact(row, u)
                assert value is None or mpf(low[k]) <= value <= mpf(high[k]), (a, b, u)
    for u in defined(row):
        low, high = row.interval(Interval(u, u))
        assert low <= exact(row, u) <= high
        assert high - low <= LOOSE + TIGHT * abs(exact(row, u)), u


def turns(row, states, second):
    """Signs that differences of a function have over neighbouring states."""
    values = [exact(row, u) for u in states]
    steps = [b - a for a, b in pairwise(values)]
    if second:
        steps = [b - a for a, b in pairwise(steps)]
    return {int(mpmath.sign(step)) if abs(step) > mpf(10) ** -60 else 0 for step in steps}


@pytest.mark.parametrize(
    ("column", "sign", "second"),
    [("convex", 1, True), ("concave", -1, True), ("rises", 1, False), ("falls", -1, False)],
)
def test_the_shape_is_true_and_whole(row, column, sign, second):
    said: Where = getattr(row.shape, column)
    grids = {
        "always": defined(row, [k / 8 for k in range(-40, 41)]),
        "above": defined(row, [k / 8 for k in range(41)]),
        "below": defined(row, [k / 8 for k in range(-40, 1)]),
    }
    found = {where: turns(row, states, second) for where, states in grids.items()}
    if said != "never":
        assert -sign not in found[said]
    # What all values show strictly is said, unless it is so on both sides of a kink.
    strictly = {where for where, signs in found.items() if signs == {sign}}
    if "always" in strictly:
        assert said == "always"
    elif len(strictly) == 1:
        assert said in {"always", *strictly}


def test_it_is_undefined_where_the_row_says(row):
    edges = [SIMPLEST.made(undefined.edge, X) for undefined in row.undefined]
    for u in [*STATES, 0.0, 1.0, -1.0, 0.999, -0.999, 1.001, -1.001]:
        inside = all(at(edge, u) > 0 for edge in edges)
        assert inside == (exact(row, u) is not None), u
    assert all(undefined.at_zero and undefined.below for undefined in row.undefined)


def test_the_code_computes_the_values_and_keeps_nan(row):
    known = {"math": math}
    if row.primitive:
        known[row.name] = getattr(primitives, row.name)
    function = eval(f"lambda u: {row.code.replace('{u}', 'u')}", known)
    for u in defined(row):
        assert close(function(np.float64(u)), exact(row, u)), u
    assert math.isnan(function(math.nan))
    assert not row.cheap or "(" not in row.code.removeprefix("abs(")


def test_parity_and_degree_are_those_of_the_values(row):
    states = defined(row)
    whole = all(-u in states for u in states)
    odd, even = (
        whole and all(exact(row, u) == s * exact(row, -u) for u in states) for s in (-1, 1)
    )
    assert row.parity == ("odd" if odd else "even" if even else "")
    degrees = [
        d
        for d in (0, 1)
        if all(
            exact(row, t * u) == t**d * exact(row, u)
            for u in defined(row)
            for t in (2, 4)
            if exact(row, t * u) is not None
        )
    ]
    assert degrees == ([] if row.degree is None else [row.degree])
    assert row.degree != 1 or row.shape.convex == "always"  # kinks turn upwards
    assert row.degree is None or {row.exact(Fraction(s)) for s in (1, -1)} - {None}


def test_the_logarithm_is_that_of_the_values(row):
    if row.logarithm is None:
        return
    tree = SIMPLEST.made(row.logarithm, X)
    for u in [*defined(row), 700.0, -700.0]:
        with mp.workdps(700):
            assert close(at(tree, u), mpmath.log(exact(row, u))), u


def test_what_fades_has_the_slope_of_its_logarithm(row):
    if row.fading is None:
        return
    slope = SIMPLEST.made(row.fading, X)
    for u in defined(row):
        value = exact(row, u)
        assert value > 0
        assert close(at(slope, u), rate(row, u) / value, 1e-12), u
    ends = [exact(row, s * mpf(200)) for s in (1, -1)]
    assert min(ends) * mpf(200) ** 20 < 1e-30


def test_the_legendre_transform_keeps_its_digits(row):
    if row.dual is None:
        return
    node = Node(f"{row.name}_dual", (X,))
    for u in [*defined(row), 300.0, -300.0]:
        with mp.workdps(400):
            expected = mpf(u) * rate(row, u) - exact(row, u)
            assert close(at(node, u), expected, 1e-11), u
            exactly = long_range_value(node, {"x": u})
            assert close(exactly, expected, 1e-15), u


def test_decimal_pi_and_what_has_no_value():
    context = decimal.Context(prec=80, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[])
    with decimal.localcontext(context), mp.workdps(100):
        assert abs(mpf(str(pi())) - mp.pi) < mpf(10) ** -78
        for name in ("sin", "cos"):
            assert FUNCTIONS[name].decimal(decimal.Decimal("1e5000")).is_nan()
        for name in ("erf", "tanh"):
            assert FUNCTIONS[name].decimal(decimal.Decimal("inf")) == 1


def test_eigenvalues_of_a_function_of_a_group_are_within_their_bounds(row):
    if not row.written or row.degree is not None:
        return
    formula = Formula.parse(f"{row.said}(1 + log(1 + sum(exp(x)))/3)")
    found = spectrum(formula.L, (-math.inf, math.inf), {})
    rng = np.random.default_rng(5)
    x = rng.normal(size=(100, 1, 3)) * np.exp(rng.normal(size=(100, 1, 1)))
    h = evaluate([formula.h], {"x": x, V.label: np.eye(3)})[0]
    eigenvalues = np.linalg.eigvalsh(np.broadcast_to(h, (100, 3, 3)))
    slack = 1e-12 * np.max(np.abs(eigenvalues), axis=1, keepdims=True)
    assert np.all(eigenvalues >= found.low - slack)
    assert np.all(eigenvalues <= found.high + slack)


@pytest.mark.parametrize("name", ["cos", "log_cosh", "sigmoid", "tanh"])
def test_a_smooth_function_of_a_group_has_bounded_eigenvalues(name):
    text = f"{FUNCTIONS[name].said}(log(1 + sum(exp(x)))/3)"
    found = spectrum(Formula.parse(text).L, (-math.inf, math.inf), {})
    assert -0.5 < found.low <= found.high < 0.5
