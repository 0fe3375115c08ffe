"""Formulas as text: what is read, what is refused in which words, what is proved."""

import math
import subprocess
import sys

import pytest

from hamsim.errors import ExpressionError
from hamsim.formula import Formula, judge, scratch_rows, write

INF = math.inf


def judged(text, domain=(-INF, INF), **ranges):
    formula = Formula.parse(text)
    pairs = {
        label: value if isinstance(value, tuple) else (value, value)
        for label, value in ranges.items()
    }
    return judge(formula, pairs, domain)


# --- reading ---


def test_parameters_are_named_in_order_of_appearance():
    formula = Formula.parse("log(c + exp(b*x))/b + a*x + c*pi + e")
    assert formula.parameters == ("c", "b", "a")
    assert not formula.collective
    assert formula.outside == frozenset()
    assert scratch_rows(formula) == 0


def test_a_collective_formula_knows_what_stands_outside_of_its_sums():
    formula = Formula.parse("log(c + sum(w*exp(b*x)))/b + mean(d*x)")
    assert formula.collective
    assert formula.parameters == ("c", "w", "b", "d")
    assert formula.outside == {"c", "b"}
    assert scratch_rows(formula) >= 1
    nested = Formula.parse("sum((x - mean(b*x))**2)")
    assert nested.outside == frozenset()


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("asinh(x)", "arcsinh(x)"),
        ("atan(x)", "arctan(x)"),
        ("x**2/2", "0.5*x*x"),
        ("sqrt(1 + x**2)", "(1 + x**2)**0.5"),
        ("e**x", "exp(x)"),
        ("min(x, 1)", "-max(-x, -1)"),
        ("log(cosh(-b*x))", "log(cosh(b*x))"),
        ("abs(x - 2)", "abs(2 - x)"),
        ("relu(x)", "max(0, x)"),
        ("x/3*3", "x"),
        ("0.25*x + 0.5*x", "0.75*x"),
        ("sum(2*x)", "2*sum(x)"),
        ("mean(x + 1)", "1 + mean(x)"),
    ],
)
def test_two_ways_to_write_the_same(text, other):
    assert Formula.parse(text).L == Formula.parse(other).L


REFUSED = [
    ("", "the formula is empty"),
    ("  \n ", "the formula is empty"),
    ("1", "does not depend on x"),
    ("b**2", "does not depend on x"),
    ("sum(b)", "does not depend on x"),
    ("x*sum(x)", "x stands outside sum(...)"),
    ("x + mean(x)", "x stands outside sum(...)"),
    ("b*log(x + sum(x**2))", "x stands outside sum(...)"),
    ("x +", "is not an arithmetic expression"),
    ("x // 2", "is not an arithmetic expression; allowed are numbers, names, + - * / **"),
    ("x % 2", "is not an arithmetic expression"),
    ("x ^ 2", "is not an arithmetic expression"),
    ("x < 1", "is not an arithmetic expression"),
    ("x if b else 1", "is not an arithmetic expression"),
    ("x.real", "is not an arithmetic expression"),
    ("x.__class__", "is not an arithmetic expression"),
    ("x[0]", "is not an arithmetic expression"),
    ("lambda: x", "is not an arithmetic expression"),
    ("exp(x=1)", "is not an arithmetic expression"),
    ("exp(*x)", "is not an arithmetic expression"),
    ("import os", "is not an arithmetic expression"),
    ("x; import os", "is not an arithmetic expression"),
    ("'x'", "is not a number"),
    ("x*True", "is not a number"),
    ("2j*x", "is not a number"),
    ("__import__('os').system('true')", "is not an arithmetic expression"),
    ("__import__(x)", "unknown function '__import__'"),
    ("__name__*x", "'__name__' is not a name for a parameter"),
    ("_*x", "'_' is not a name for a parameter"),
    ("tan(x)", "unknown function 'tan'; did you mean 'tanh'?"),
    ("logsumexp(x)", "unknown function 'logsumexp'"),
    ("floor(x)", "unknown function 'floor'"),
    ("exp", "'exp' is a function and needs an argument"),
    ("x + sum", "'sum' is a function and needs an argument"),
    ("exp(x, 1)", "exp() takes 1 argument(s), got 2"),
    ("max(x)", "max() takes 2 argument(s), got 1"),
    ("sum()", "sum() takes 1 argument(s), got 0"),
    ("x**9**9**9", "is not finite"),
    ("1e999*x", "too large"),
    ("9" * 400 + "*x", "too large"),
    ("x/0", "is not finite"),
    ("log(0)*x", "is not finite"),
    ("(-2)**x", "is not finite"),
    ("1e308*10*x", "is not finite"),
    ("(" * 5000 + "x" + ")" * 5000, "at most 1000 are allowed"),
    ("abs(" * 70 + "x" + ")" * 70, "nested more than 60 deep"),
    ("x" + "+x" * 200, "nested more than 60 deep"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_not_a_formula_is_refused_in_one_line(text, message):
    with pytest.raises(ExpressionError) as caught:
        Formula.parse(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


LONG = [
    "*".join(f"(x+{k})" for k in range(50)),
    "*".join(f"cos({k}*x)" for k in range(2, 50)),
    "sin(" * 50 + "x" + ")" * 50,
    "x**" * 40 + "x",
    "(1+" * 20 + "x" + ")**5" * 20,
    "log(sum(exp(" * 12 + "x" + ")))" * 12,
]


@pytest.mark.parametrize("text", LONG, ids=range(len(LONG)))
def test_long_formulas_do_not_hang(text):
    write(Formula.parse(text))


def test_reading_formulas_needs_no_compiler():
    code = (
        "import sys; from hamsim.formula import Formula, judge, write\n"
        "f = Formula.parse('log(sum(exp(b*x)))/b'); judge(f, {'b': (1.0, 1.0)}); write(f)\n"
        "assert not {'numba', 'scipy', 'sympy', 'mpmath'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- finite or not ---


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1/x", "not finite at x = 0 (a division by 0)"),
        ("x**-2", "not finite at x = 0 (a division by 0)"),
        ("log(x)", "not finite at x = 0 (the logarithm of 0)"),
        ("log(x**2)", "not finite at x = 0 (the logarithm of 0)"),
        ("log(1+x)", "not finite at x = -1 (the logarithm of 0)"),
        ("log(x - 30)", "not finite at x = 0 (the logarithm of a negative number)"),
        ("sqrt(x)", "L is not finite at x = -1 (the square root of a negative number)"),
        ("sqrt(abs(x))", "g is not finite at x = 0 (a division by 0)"),
        ("abs(x)**1.5", "h is not finite at x = 0 (a division by 0)"),
        ("x**2.5", "not finite at x = -1 (a power of a negative number)"),
        ("x**x", "not finite at x = 0"),
        ("1/(x-0.3217)", "not finite at x = 0.3217 (a division by 0)"),
        ("1/(x**2-2)", "not finite at x = -1.414213562 (a division by 0)"),
        ("1/(x**2-2*x+1)", "not finite at x = 1 (a division by 0)"),
        ("1/(1+sin(x))", "not finite at x = -1.57079"),
        ("1/(exp(x)-2)", "not finite at x = 0.6931471806 (a division by 0)"),
        ("tanh(1/x)", "not finite at x = 0 (a division by 0)"),
        ("exp(-1/x**2)", "not finite at x = 0 (a division by 0)"),
        ("x**2/x", "not finite at x = 0 (a division by 0)"),
        ("log(1+x*exp(x))", "L cannot be computed at x = 710"),
        ("cosh(x)-sinh(x)", "overflows; write it in a form that does not"),
        ("1/(1-tanh(x))", "as far as a number of 16 digits can tell"),
        ("sqrt(sum(x**2))", "g is not finite where all x are 0 (a division by 0)"),
        ("1/sum(x)", "L is not finite where all x are 0 (a division by 0)"),
        ("1/(sum(x)-1.3)", "L is not finite where all x are 1.3 (a division by 0)"),
        ("log(sum(x))", "L is not finite where all x are 0 (the logarithm of 0)"),
        ("sum(1/(x-2))", "L is not finite at x = 2 of a neuron (a division by 0)"),
        ("sqrt(sum((x-mean(x))**2))", "g is not finite where all x are 0"),
        ("sum(x*exp(x))/sum(exp(x))", "L cannot be computed where all x are 10000"),
    ],
)
def test_a_formula_that_is_not_finite_is_refused_with_the_place(text, message):
    with pytest.raises(ExpressionError) as caught:
        judged(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "ranges", "message"),
    [
        ("x/b", {"b": 0.0}, "L is not finite for b = 0 (a division by 0)"),
        ("x*b/b", {"b": 0.0}, "L is not finite for b = 0 (a division by 0)"),
        ("log(b)*x", {"b": (-1.0, 2.0)}, "for b = -1 (the logarithm of a negative number)"),
        ("log(c + exp(x))", {"c": -1.0}, "for c = -1"),
        ("log(sum(w*exp(x)))", {"w": (-1.0, 1.0)}, "for w = -1"),
        ("1/(x**2 + c)", {"c": (-1.0, 1.0)}, "not finite at x = 1 (a division by 0)"),
        ("x**n", {"n": 2.5}, "not finite at x = -1 (a power of a negative number)"),
        ("abs(x)**n", {"n": (1.5, 3.0)}, "h is not finite at x = 0"),
    ],
)
def test_parameters_that_make_a_formula_infinite_are_named(text, ranges, message):
    with pytest.raises(ExpressionError) as caught:
        judged(text, **ranges)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("log(1+x)", (0.0, 5.0)),
        ("sqrt(x)", (0.1, INF)),
        ("1/x", (0.5, 7.0)),
        ("x*log(x)", (1e-3, 1.0)),
        ("1/(x-0.3217)", (0.33, 2.0)),
        ("1/(x-0.3217)", (-2.0, 0.3216)),
    ],
)
def test_what_is_finite_in_the_domain_is_accepted(text, domain):
    judged(text, domain)


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("exp(x)", {}),
        ("x**4", {}),
        ("x**40", {}),
        ("cosh(x)", {}),
        ("exp(exp(x))", {}),
        ("sqrt(x**2)", {}),
        ("1/(2+sin(x))", {}),
        ("log(x**2 - x + 0.26)", {}),
        ("log(c + exp(x))", {"c": (0.0, 2.0)}),
        ("x**n", {"n": 4.0}),
        ("1/(b*x**2 + 1)", {"b": (0.0, 3.0)}),
        ("x/b", {"b": (-1.0, 1.0)}),
        ("sum(exp(x))", {}),
        ("log(sum(w*exp(x)))", {"w": (0.0, 1.0)}),
        ("sqrt(sum(x)**2 + 1)", {}),
    ],
)
def test_what_only_overflows_is_accepted(text, ranges):
    judged(text, **ranges)


# --- convexity ---

# text, parameters, slope, low, high; the slope is within 1 % where it is finite
CONVEX = [
    ("x**2/2", {}, 1, -INF, INF),
    ("a*x**2/2 + c*x", {"a": 3.0, "c": -1.0}, 3, -INF, INF),
    ("max(x, 0)**2/2", {}, 1, 0, INF),
    ("max(x, 0)**3/3", {}, INF, 0, INF),
    ("max(x, a*x)*x/2", {"a": 0.1}, 1, -INF, INF),
    ("log(cosh(b*x))/b", {"b": 2.0}, 2, -1, 1),
    ("log(cosh(b*x))/b", {"b": (0.5, 2.0)}, 2, -1, 1),
    ("log(1 + exp(b*x))/b", {"b": 2.0}, 0.5, 0, 1),
    ("log(c + exp(x))", {"c": (0.1, 4.0)}, None, 0, 1),
    ("log(1 + exp(x) + exp(2*x))", {}, 0.6667, 0, 2),
    ("exp(b*x)/b", {"b": 1.5}, INF, 0, INF),
    ("cosh(x)", {}, INF, -INF, INF),
    ("x**4/4 + x**2", {}, INF, -INF, INF),
    ("x**n/n", {"n": 6.0}, INF, -INF, INF),
    ("abs(x)**n/n", {"n": (2.0, 4.0)}, INF, -INF, INF),
    ("sqrt(1 + x**2)", {}, 1, -1, 1),
    ("sqrt(c + x**2)", {"c": 0.25}, 2, -1, 1),
    ("x*arctan(x) - log(1 + x**2)/2", {}, 1, -math.pi / 2, math.pi / 2),
    ("x*asinh(x) - sqrt(1 + x**2)", {}, 1, -INF, INF),
    ("x*erf(x) + exp(-x**2)/sqrt(pi)", {}, 2 / math.sqrt(math.pi), -1, 1),
    ("abs(x) - log(1 + abs(x))", {}, 1, -1, 1),
    ("2/3*((1 + abs(x))**1.5 - 1) - abs(x)", {}, 0.5, -INF, INF),
    ("relu(abs(x) - t)**2/2", {"t": 0.3}, 1, -INF, INF),
    ("abs(x)", {}, INF, -1, 1),
    ("abs(x**2 + 1)", {}, 2, -INF, INF),
    ("relu(x) + x**2", {}, INF, -INF, INF),
    ("x**2/2 - cos(x)", {}, 2, -INF, INF),
    ("x**2 - x + sin(x)", {}, 3, -INF, INF),
    ("x*tanh(x) + x**2", {}, 4, -INF, INF),
    ("-log(sigmoid(x))", {}, 0.25, -1, 0),
    ("sum(x**2)/2", {}, 1, -INF, INF),
    ("log(sum(exp(b*x)))/b", {"b": 3.0}, 1.5, 0, 1),
    ("log(sum(w*exp(b*x)))", {"b": (0.5, 2.0), "w": (0.1, 1.0)}, 2, 0, 2),
    ("log(1 + sum(exp(b*x)))/b", {"b": 3.0}, 1.5, 0, 1),
    ("log(sum(exp(x))) + eps*sum(x**2)/2", {"eps": 0.1}, 0.6, -INF, INF),
    ("log(sum(cosh(x)))", {}, 1, -1, 1),
    ("sqrt(sum(x**2) + eps)", {"eps": 0.25}, 2, -1, 1),
    ("sum((x - mean(x))**2)/2", {}, 1, -INF, INF),
    ("mean(x**2) - mean(x)**2", {}, 2, -INF, INF),
    ("sqrt(sum((x - mean(x))**2) + eps)", {"eps": 0.25}, 2, None, None),
    ("(s + sum(abs(x)**n))**(1/n)", {"s": 1.0, "n": 4.0}, None, -1, 1),
    ("(s + sum(abs(x)**n))**(1/n)", {"s": 1.0, "n": 2.7}, None, None, None),
    ("sum(abs(x) - log(1 + abs(x)))", {}, 1, -1, 1),
    ("sum(max(x, 0)**2)/2", {}, 1, 0, INF),
    ("max(sum(x), 0)**2/2", {}, INF, 0, INF),
]


@pytest.mark.parametrize(
    ("text", "ranges", "slope", "low", "high"), CONVEX, ids=lambda v: str(v)[:40]
)
def test_convex_formulas_are_proved_to_be(text, ranges, slope, low, high):
    facts = judged(text, **ranges)
    assert facts.convex is True
    assert facts.witness == ""
    assert facts.least >= 0
    for found, expected, sign in (
        (facts.slope, slope, 1),
        (facts.low, low, -1),
        (facts.high, high, 1),
    ):
        if expected is not None and math.isinf(expected):
            assert found == expected
        elif expected is not None:
            outward = sign * (found - expected)
            assert -1e-4 * abs(expected) <= outward <= 0.01 * max(abs(expected), 1)


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("-x**2", {}),
        ("x**3/3", {}),
        ("cos(x)", {}),
        ("x**4/4 - x**2/2", {}),
        ("log(1 + x**2)/2", {}),
        ("x*sigmoid(x)", {}),
        ("exp(-x**2)", {}),
        ("x**n/n", {"n": 3.0}),
        ("a*x**2", {"a": (-1.0, 2.0)}),
        ("log(cosh(b*x))/b", {"b": -1.0}),
        ("tanh(x)", {}),
        ("x**2/2 - 1.001*cos(x)", {}),
        # h >= 0 wherever it exists: only the kink tells
        ("min(x, 0)", {}),
        ("-abs(x)", {}),
        ("max(-1, min(x, 1))", {}),
        ("min(abs(x), 1)", {}),
        ("x**2 - abs(x)", {}),
        ("x**2 - relu(x - 0.3217)", {}),
        ("sign(x)", {}),
        ("x**2 + sign(x)", {}),
        ("abs(abs(x) - 1)", {}),
        # groups
        ("-sum(x**2)", {}),
        ("sum(x**3)", {}),
        ("sum(x)*sum(x**2)", {}),
        ("sum(x**2)/2 - log(sum(exp(3*x)))", {}),
        ("log(1 + sum(x**2))", {}),
        ("sum(min(x, 0))", {}),
        ("-max(sum(x), 0)", {}),
        ("sin(sum(x))", {}),
        ("log(sum(exp(x)))**2", {}),
    ],
)
def test_formulas_that_are_not_convex_come_with_a_witness(text, ranges):
    facts = judged(text, **ranges)
    assert facts.convex is False
    assert facts.witness
    assert "\n" not in facts.witness


@pytest.mark.parametrize(
    ("text", "witness"),
    [
        ("x**4/4 - x**2/2", "h = -1 at x = 0"),
        ("min(x, 0)", "g falls from 1 at x = -0.1 to 0 at x = 0.1"),
        ("-sum(x**2)", "v.Hv = -2 where all x are 0, for v = (1)"),
    ],
)
def test_witnesses_are_plain(text, witness):
    assert judged(text).witness == witness


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("x**4/12 - x**3/3 + x**2/2", {}),  # h = (x - 1)^2, multiplied out
        ("x**n/n", {"n": (2.0, 4.0)}),  # 3 would not be convex, and is not known to be absent
        ("x**2*(a - c)", {"a": (1.0, 2.0), "c": (0.5, 1.5)}),
        ("sum(x**2) - mean(x)**2", {}),
    ],
)
def test_what_is_not_decided_is_said_to_be_so(text, ranges):
    facts = judged(text, **ranges)
    assert facts.convex is None
    assert facts.witness == ""


def test_smooth_or_kinked():
    for text in ("abs(x)", "max(x, 1)", "relu(x)**2", "min(x, 0)", "sum(relu(x))", "sign(x)*x**3"):
        assert not judged(text).smooth
    for text in ("abs(x)**2", "log(cosh(x))", "log(sum(exp(x)))", "relu(x**2)", "x*abs(b)"):
        assert Formula.parse(text).parameters in ((), ("b",))
        assert judged(text, **dict.fromkeys(Formula.parse(text).parameters, 1.0)).smooth


def test_a_jump_of_g_has_no_slope():
    assert judged("relu(x)**2").slope == 2
    assert judged("relu(x)").slope == INF
    assert judged("relu(x - 3)", domain=(-1.0, 2.0)).slope == 0
    assert judged("max(x, x**2)").slope == INF
    assert judged("sum(abs(x))").slope == INF
