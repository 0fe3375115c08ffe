"""Constants of formulas are exact or enclosed: nothing is claimed that 200 digits contradict."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lagrangians.manydigits import DIGITS, NUMBER, STEP, reference
from mpmath import mp, mpf

from hamsim.errors import ExpressionError
from hamsim.formula import Formula, judge
from hamsim.formula.arithmetic.intervals import enclosed, real_power, whole_power
from hamsim.formula.proof.convexity import convex_by_composition
from hamsim.formula.proof.eigenvalues import spectrum
from hamsim.formula.tree.algebra import power
from hamsim.formula.tree.tree import Node, number

INF = math.inf
EVERYWHERE = (-INF, INF)


def judged(text, domain=EVERYWHERE, **values):
    return judge(Formula.parse(text), {k: (v, v) for k, v in values.items()}, domain)


def places(text):
    """States at which the formulas below have their kinks, or change most."""
    numbers = [float(found) for found in NUMBER.findall(text)][:6]
    zeros = {0.0, 1.0, -1.0, *numbers, *(-v for v in numbers)}
    zeros |= {s * a / b for a in numbers for b in numbers if b for s in (1, -1)}
    near = (0.0, 1e-9, -1e-9, 1e-4, -1e-4, 0.1, -0.3, 0.7, -1.0, 3.0, -20.0, 1e3)
    return [mpf(zero) + mpf(d) for zero in sorted(zeros) if abs(zero) < 1e18 for d in near]


def check_claims(text, facts, at):
    f = reference(text)
    for x in at:
        middle = f(x)
        if facts.convex:
            for k in (-10, -4, -1, 0, 2, 6):
                d = mpf(10) ** k
                bend = f(x - d) + f(x + d) - 2 * middle
                assert bend >= -(mpf(10) ** -140) * (1 + abs(middle)), (text, x, k)
        before, after = f(x - STEP), f(x + STEP)
        size = 1 + abs(middle)
        g, h = (after - before) / (2 * STEP), (before + after - 2 * middle) / STEP**2
        wide = (f(x - 1000 * STEP) + f(x + 1000 * STEP) - 2 * middle) / (1000 * STEP) ** 2
        slack = mpf(10) ** -14 * (1 + abs(g))
        assert facts.low - slack <= g <= facts.high + slack, (text, x, g)
        if abs(h - wide) < mpf(10) ** -6 * (abs(h) + 1):  # else there is a kink
            slack = mpf(10) ** -14 * (1 + abs(h)) + size * mpf(10) ** -100
            assert facts.least - slack <= h <= facts.slope + slack, (text, x, h)


COEFFICIENTS = (
    "1 2 3 0.5 0.1 0.3 1e8 1e9 123456789 9007199254740992 9007199254740993 1e-9 1e16 1000 "
    "1/3 pi e sqrt(2) 1e12"
).split()
OFFSETS = "0 1 3 0.1 1e8 1e9 123456789 1e5 9007199254740992 1e-9 100".split()
NUMBERS = st.sampled_from(COEFFICIENTS)
STRAIGHT = st.one_of(
    st.just("x"),
    st.sampled_from(OFFSETS).map(lambda c: f"(x-{c})"),
    st.sampled_from(OFFSETS).map(lambda c: f"(x+{c})"),
    st.tuples(NUMBERS, NUMBERS).map(lambda p: "({}*x+{})".format(*p)),
)
PIECES = st.tuples(
    STRAIGHT,
    st.sampled_from(
        "abs({u}) relu({u}) ({u})**2 ({u})**3 ({u})**4 abs({u})**3 relu({u})**3 logcosh({u}) "
        "softplus({u}) sqrt(1+({u})**2) exp(-({u})**2) {u}*tanh({u}) abs({u})**1.5 "
        "{u}*arctan({u}) log(1+({u})**2) cos({u}) {u}*sigmoid({u}) max({u},x)".split()
    ),
).map(lambda p: p[1].format(u=p[0]))


def _nearly(c):
    return st.sampled_from([c, f"({c}+1)", f"({c}-1)", f"({c}+1e-9)", f"{c}*(1+1e-15)"])


DIFFERENCES = st.one_of(
    st.tuples(NUMBERS, NUMBERS, NUMBERS.flatmap(_nearly), PIECES).map(
        lambda p: "({0}*x+{1})**2-({0})**2*x**2-2*{0}*{2}*x-{3}".format(*p)
    ),
    st.tuples(STRAIGHT, NUMBERS, st.sampled_from([2, 3, 4])).map(
        lambda p: f"abs({p[0]})**{p[2]}-{p[1]}*abs({p[0]})"
    ),
    st.tuples(STRAIGHT, NUMBERS, NUMBERS).map(
        lambda p: f"{p[1]}*({p[0]})**2-{p[2]}*logcosh({p[0]})"
    ),
    st.tuples(NUMBERS.flatmap(lambda c: st.tuples(st.just(c), _nearly(c))), PIECES, PIECES).map(
        lambda p: f"{p[0][0]}*{p[1]}-{p[0][1]}*{p[1]}+{p[2]}"
    ),
    st.tuples(NUMBERS, PIECES, st.sampled_from("+-"), NUMBERS, PIECES).map(
        lambda p: "{}*{}{}{}*{}".format(*p)
    ),
)


@settings(max_examples=60, deadline=None)
@given(DIFFERENCES, st.randoms(use_true_random=False))
def test_nothing_is_claimed_that_more_digits_contradict(text, random):
    try:
        facts = judged(text)
    except ExpressionError:
        return
    with mp.workdps(DIGITS):
        at = places(text)
        check_claims(text, facts, random.sample(at, min(30, len(at))))


# --- what was proved, and is not so ---


@pytest.mark.parametrize(
    "text",
    [
        "abs(x-1e8)**3 - abs(x-1e8)",
        "relu(x-1e9)**2 - relu(x-1e9)",
        "abs(x-123456789)**3 - abs(x-123456789)/3",
        "max((x-1e8)**2, 0)*(x-1e8)**2 - abs(x-1e8)",
        "(1e8*x+1)**2 - 1e16*x**2 - 2e8*x - x**2",
        "(1e9*x+1)**3 - 1e27*x**3 - 3e18*x**2 - x**2",
        "(9007199254740993*x)**2 - 9007199254740993*9007199254740994*x**2",
        "x**2*1e17 - x**2*(1e17+1)",
        "sum(abs(x-1e8)**3 - abs(x-1e8))",
        "sum((1e8*x+1)**2) - 1e16*sum(x**2) - 2e8*sum(x) - sum(x**2)",
    ],
)
def test_what_differs_by_one_in_ten_quadrillions_is_not_convex(text):
    facts = judged(text)
    assert facts.convex is False
    assert facts.witness


def test_bounds_are_as_tight_far_from_zero_as_near_to_it():
    near, far = judged("x*tanh(x)"), judged("(x-1e8)*tanh(x-1e8)")
    assert 2 <= near.slope <= 2.001
    assert 2 <= far.slope <= 2.001
    steep = judged("log(cosh(1e6*x - 3e6)) - 0.1*log(cosh(2e6*x - 6e6))")
    assert steep.slope <= 1.01e12


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        # sign(x) sign(exp(x) - 1) is 1, but for one state at which it is computed as 0
        ("abs(x)*abs(exp(x)-1) - 0.05*x**2", (-0.5, 1.0)),
        ("abs(x-1)*abs(exp(x-1)-1) - 0.05*(x-1)**2", (0.5, 2.0)),
        ("sum(abs(x)*abs(exp(x)-1) - 0.05*x**2)", (-0.5, 1.0)),
        ("max(0.9*x, -abs(x))", EVERYWHERE),  # this is 0.9 x
        ("sum(max(-0.9*x, -abs(x)))", EVERYWHERE),
    ],
)
def test_the_value_at_a_kink_is_no_witness(text, domain):
    facts = judged(text, domain)
    assert facts.convex is not False


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("(1e8*x+1)**2 - 1e16*x**2 - 2e8*x - x**2", "1 - x**2"),
        ("(9007199254740993 - 9007199254740992)*x", "x"),
        ("x*(1+1e-20) - x", "1e-20*x"),
        ("x*10**30 - x*(10**30-1)", "x"),
        ("x/3 + x/3 + x/3", "x"),
        ("3*0.1*x - 0.1*x - 0.1*x", "0.1*x"),
        ("(1e-200*x)**2*1e200*1e200*x", "x**3*(1e-200*1e200)**2"),
        ("sqrt(9)*x", "3*x"),
        ("(8/27)**(1/3)*x", "2*x/3"),
        ("sqrt(2)*sqrt(2)*x", "2*x"),
        ("pi*x - pi*x + x", "x"),
        ("exp(1)*x - e*x + x", "x"),
        ("e**2*x", "exp(2)*x"),
        ("2**-1*x", "x/2"),
    ],
)
def test_constants_are_exact(text, other):
    assert Formula.parse(text).L == Formula.parse(other).L


def test_a_decimal_number_is_the_float_that_is_computed_with():
    L = Formula.parse("x*0.1").L
    assert L.args[0] == number(0.1)
    assert number(0.1).value != number(1).value / 10
    # so that the sum of a tenth and two tenths is no float, and larger than three tenths
    assert Formula.parse("0.1*x + 0.2*x").L != Formula.parse("0.3*x").L
    facts = judged("(0.1 + 0.2 - 0.3)*x**2")
    assert 0 < facts.least <= 2 * 2.0**-55 <= facts.slope < 1e-16


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10**1000*x", "is not finite"),
        ("x**2*1e200*1e200", "is not finite"),
        ("x*exp(1000)", "is not finite"),
        ("(1e-200)**2*x", "too small for a float"),
        ("0.5**5000*x", "too small for a float"),
        ("exp(-1000)*x", "too small for a float"),
        ("1e-400*x", "a number in '1e-400*x' is too small for a float"),
        ("x + 0.00001e-330", "is too small for a float"),
        ("(-8)**(1/3)*x", "is not finite"),
    ],
)
def test_constants_that_are_no_floats_are_refused(text, message):
    with pytest.raises(ExpressionError) as caught:
        Formula.parse(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["x/sin(pi)", "x/(cos(pi) + 1)", "x**2/(sqrt(2)*sqrt(8) - 4)"])
def test_what_may_be_divided_by_zero_is_refused(text):
    with pytest.raises(ExpressionError, match=r"L is not finite \(a division by 0\)"):
        judged(text)


@pytest.mark.parametrize(
    "text", ["(x+1e-100)**4 - x**4", "(x+1e-300)**6*(x+1e-299)**6 + x**2", "(x-1e150)**3 + x**3"]
)
def test_no_form_is_chosen_whose_constants_are_no_floats(text):
    Formula.parse(text)


def test_zeros_and_the_smallest_floats_are_numbers():
    for text in ("x + 0e-400", "x*5e-324", "x**2 + 0.0", "x*(1-1) + x"):
        Formula.parse(text)


def test_what_overflows_inside_a_proof_leaves_it_undecided():
    # the slope at the kink is a division by zero
    facts = judged("relu(x-1)/(x**2-1+1e-9)", (1.0, 3.0))
    assert facts.convex is not True
    huge = {"b": (1e200, 1e200)}
    for text in ("log(1 + mean(tanh(b*x))**2)", "b*log(mean(exp(b*x)))", "log(sum(exp(b*x)))**2"):
        assert spectrum(Formula.parse(text).L, EVERYWHERE, huge).high == INF


# --- products and sums of what is known roughly ---


def test_signs_of_tiny_products_are_kept():
    # a c is -1e-400, which as a float is 0
    facts = judged("a*c*x**4", a=-1e-200, c=1e-200)
    assert facts.convex is not True
    facts = judged("sum(a*c*abs(x))", a=-1e-200, c=1e-200)
    assert facts.convex is not True
    L = Formula.parse("a*c*abs(x)").L
    assert not convex_by_composition(L, EVERYWHERE, {"a": (-1e-200,) * 2, "c": (1e-200,) * 2})


def test_eigenvalues_of_a_sum_that_cancels_are_bounded_outwards():
    a, b = 1e17, 3.0
    text = f"sqrt(sum(x**2) + 1)*{a} + sum(x**2)*{b} - {a / 2}*sum(x**2)"
    found = spectrum(Formula.parse(text).L, EVERYWHERE, {})
    # along a state that is 0 the Hessian is (a + 2 b - a) 1
    assert found.low <= -a + 2 * b
    assert found.high >= 2 * b


def test_means_that_cancel_are_scaled_exactly():
    text = "sum((1e16*x - (1e16-1)*mean(x))**2)/2"
    facts = judged(text)
    assert facts.slope >= 1e32
    facts = judged("mean((x - (1+1e-16)*mean(x))**2)")
    assert facts.least <= 0


@pytest.mark.parametrize("value", [1 / 3, 0.1, 2**53 + 1, 10**30 + 1, 1e-300])
def test_enclosures_hold_the_number_and_the_nearest_float(value):
    for exact in (number(value).value, number(value).value / 3, -number(value).value / 7):
        low, high = enclosed(exact)
        assert low <= exact <= high
        assert low <= float(exact) <= high
        assert high - low <= abs(float(exact)) * 2.0**-52


def test_powers_of_zero_and_of_tiny_numbers():
    zero, tiny, half = (enclosed(number(value).value) for value in (0, 1e-200, 0.5))
    with np.errstate(all="ignore"):
        assert real_power(zero, half) == (0.0, 0.0)
        assert whole_power(tiny, 2).high > 0
        low, high = whole_power(tiny, -3)
    assert low <= high == INF


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("(sqrt(2)*sqrt(8) - 4)*x**2", 0),
        ("(pi - 3.141592653589793)*x**2", 1),
        ("(3.14159265358979 - pi)*x**2", -1),
        ("(e**3 - 20.0855369231876)*x**2", 1),
        ("(log(2) - 0.69314718055996)*x**2", -1),
        ("(2*sqrt(2) - sqrt(7.9999999999999))*x**2", 1),
    ],
)
def test_what_is_not_rational_is_enclosed(text, sign):
    facts = judged(text)
    assert facts.convex is {0: None, 1: True, -1: False}[sign]
    assert facts.least <= facts.slope


def test_a_power_that_is_not_rational_is_no_whole_one():
    with pytest.raises(ExpressionError, match="a power of a negative number"):
        judged("x**(sqrt(2)*sqrt(2.0000000000000004))")
    assert judged("abs(x)**pi").lipschitz
    assert power(number(2), number(0.5)) == Node("pow", (number(2), number(0.5)))


def test_the_sign_of_a_parameter_is_no_jump():
    facts = judged("sign(b)*x**2/2", b=2.0)
    assert (facts.convex, facts.smooth, facts.lipschitz) == (True, True, True)
    facts = judged("x**2 + b*sign(x)*x**2/2", b=1.0)
    assert not facts.smooth
