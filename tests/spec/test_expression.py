"""Arithmetic as text: equal to Python's where Python has an answer, and nothing else at all."""

import ast
import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.errors import ExpressionError
from hamsim.expression import CONSTANTS, FUNCTIONS, MAX_LENGTH, evaluate, names_in, parse

NAMES = {"a": 2.0, "b": -0.75, "n_hidden": 50.0, "β": 4.0, "größe": 1e-3}
# Functions that round correctly everywhere, so that results can be compared to the bit.
EXACT = {
    "abs": abs,
    "ceil": lambda x: float(math.ceil(x)),
    "floor": lambda x: float(math.floor(x)),
    "max": max,
    "min": min,
    "round": lambda x: float(round(x)),
    "sqrt": math.sqrt,
}

NUMBERS = st.one_of(
    st.integers(0, 10**6).map(str),
    st.floats(0, 1e6).map(repr),
    st.sampled_from(["0", "1", "2.", ".5", "1e-3", "1E3", "1_000", "0x10"]),
    st.sampled_from(sorted(NAMES)),
    st.sampled_from(["pi", "e"]),
)


def _compound(inner):
    spaces = st.sampled_from(["", " "])
    return st.one_of(
        st.tuples(inner, spaces, st.sampled_from("+ - * / // %".split()), spaces, inner).map(
            lambda parts: "({}{}{}{}{})".format(*parts)
        ),
        st.tuples(inner, st.sampled_from("+-"), inner).map(lambda parts: "{} {} {}".format(*parts)),
        st.tuples(st.sampled_from("+-"), inner).map(lambda parts: "{}({})".format(*parts)),
        st.tuples(st.sampled_from(["abs", "ceil", "floor", "round", "sqrt"]), inner).map(
            lambda parts: "{}({})".format(*parts)
        ),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(
            lambda parts: "{}({}, {})".format(*parts)
        ),
    )


EXPRESSIONS = st.recursive(NUMBERS, _compound, max_leaves=12).filter(
    lambda text: len(text) <= MAX_LENGTH
)


class _Floats(ast.NodeTransformer):
    """Python's whole numbers have no bounds; hamsim reckons in floats only."""

    def visit_Constant(self, node):
        return ast.copy_location(ast.Constant(float(node.value)), node)


def python(text):
    """Python's own answer, or None where it has none."""
    tree = ast.fix_missing_locations(_Floats().visit(ast.parse(text.strip(), mode="eval")))
    try:
        value = eval(compile(tree, "", "eval"), {"__builtins__": {}, **EXACT, **CONSTANTS, **NAMES})
    except (ArithmeticError, ValueError):
        return None
    return value if isinstance(value, float) and math.isfinite(value) else None


@settings(max_examples=1000, deadline=None)
@given(EXPRESSIONS)
def test_the_value_is_pythons_to_the_bit(text):
    expected = python(text)
    if expected is None:
        try:
            assert math.isfinite(evaluate(text, NAMES))
        except ExpressionError:
            pass
    else:
        found = evaluate(text, NAMES)
        assert type(found) is float
        assert found == expected


@given(st.floats(-50, 50), st.sampled_from("cos cosh exp sin sinh tan tanh".split()))
def test_functions_are_those_of_mathematics(x, name):
    assert evaluate(f"{name}({x!r})") == pytest.approx(getattr(math, name)(x), rel=1e-12, abs=1e-12)


@given(st.floats(1e-300, 1e300), st.sampled_from(["log", "log2", "sqrt"]))
def test_functions_of_positive_numbers_are_those_of_mathematics(x, name):
    assert evaluate(f"{name}({x!r})") == pytest.approx(getattr(math, name)(x), rel=1e-12, abs=1e-12)


@given(st.floats(1e-3, 1e3), st.floats(-20, 20))
def test_powers_are_those_of_python(base, exponent):
    found = evaluate("x ** y", {"x": base, "y": exponent})
    assert found == pytest.approx(base**exponent, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 ** 3 ** 2", 512),
        ("-2 ** 2", -4),
        ("2 ** -1", 0.5),
        ("7 // 2 * 2", 6),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("1 - 2 - 3", -4),
        ("  1 +\n 1 # two", None),
        ("(1 +\n 1)", 2),
        ("sign(-3)", -1),
        ("round(2.5)", 2),
        ("1e308 * 10 / 10", None),
        ("0 ** 0", 1),
        ("4 ** 0.5", 2),
        ("max(1, min(3, 2))", 2),
    ],
)
def test_operators_bind_as_in_python(text, value):
    if value is None:
        with pytest.raises(ExpressionError):
            evaluate(text)
    else:
        assert evaluate(text) == value


def test_arrays_are_broadcast():
    d = np.array([[0.0, 1.0], [2.0, 3.0]])
    row = np.array([1.0, 10.0])
    np.testing.assert_array_equal(evaluate("d * r + 1", {"d": d, "r": row}), d * row + 1)
    assert evaluate("3", {"d": d}) == 3.0


def test_one_entry_that_is_not_finite_is_refused():
    with pytest.raises(ExpressionError, match="not finite"):
        evaluate("1 / d", {"d": np.array([1.0, 0.0])})


def test_names_stand_before_constants():
    assert evaluate("e + 1", {"e": 5.0}) == 6.0


@given(EXPRESSIONS)
def test_names_are_those_that_are_read(text):
    names = names_in(parse(text))
    assert len(names) == len(set(names))
    value = {name: NAMES[name] for name in names}
    try:
        assert evaluate(text, value) == evaluate(text, NAMES)
    except ExpressionError as error:
        if "unknown name" in str(error):
            raise


# --- everything else is refused ---

REFUSED = [
    *("", " ", "2 *", "* 2", "2 2", "1 2", "(", ")", "(1", "1)", "1;2", "1\n2", "\\", "$", "?"),
    *("!1",),
    *("'a'", '"a"', "b'a'", "f'{a}'", "f'{().__class__}'", "'%s' % 1", "True", "None", "2j", "..."),
    *("[]", "[1]", "(1, 2)", "1, 2", "{}", "{1}", "{1: 2}", "()", "a[0]", "a[:]", "a.real"),
    *("a.b.c",),
    *("().__class__", "a.__class__", "__import__('os').system('x')", "sqrt.__globals__"),
    *("(1).real",),
    *("a < b", "a == b", "1 < a < 3", "a is b", "a in b", "a and b", "a or b", "not a", "~1"),
    *("a & b", "a | b", "a ^ b", "a << b", "a >> b", "a @ b", "a if b else 3", "a := 3"),
    *("(a := 3)",),
    *("lambda: 1", "(lambda: 1)()", "(lambda x: x)(1)", "[x for x in (1,)]", "{x for x in (1,)}"),
    *("(x for x in (1,))", "{x: x for x in (1,)}", "*a", "(*a, 1)", "**a", "yield", "(yield)"),
    *("await a",),
    *("a = 1", "a += 1", "import os", "del a", "pass", "return 1", "print(1)", "eval('1')"),
    *("exec('1')",),
    *("open('x')", "getattr(a, 'b')", "sqrt(*a)", "sqrt(**a)", "sqrt(x=1)", "max(1, 2, key=abs)"),
    *("sqrt()", "sqrt(1, 2)", "max()", "max(1)", "max(1, 2, 3)", "max([1, 2])", "sqrt(sqrt)"),
    *("sqrt",),
    *("pi()", "pi(1)", "a(1)", "sqrt(1)(2)", "sqrt[1]", "(sqrt)(a.b)", "round(1.234, 2)"),
    *("Sqrt(4)",),
    *("1/0", "1//0", "1%0", "0**-1", "9**9**9**9", "1e308*10", "exp(1000)", "log(0)", "log(-1)"),
    *("sqrt(-1)", "(-8) ** (1/3)", "1e999", "nan", "inf", "9" * 900, "unknown", "A", "a b", "2a"),
    *("010", "0b2", "0x", "1__0", "1e", "\u0661", "½", "²", "2²", "∞", "π π", "a\0b", "a\x0c\x00"),
    *("\ud800",),
    *("-" * 900 + "1", "(" * 400 + "1" + ")" * 400, "1" + "+1" * 400, "1" + " " * 1000),
    *("abs(" * 100 + "1" + ")" * 100, "a[" * 90 + "0" + "]" * 90, "2**" * 300 + "2", "." * 900),
]


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_is_not_finite_arithmetic_is_refused_in_one_line(text):
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, {"a": 2.0, "b": 3.0})
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 300


@pytest.mark.parametrize("text", ["1if 2else 3", "0x1for x in y", "'\\d'", "1is 1", "'a'()"])
def test_nothing_is_printed_about_odd_text(text):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with pytest.raises(ExpressionError):
            parse(text)
    assert seen == []


TOKENS = [
    *"a b pi 1 2.5 0 1e308 + - * / // % ** ( ) , [ ] { } . : := = == < ~ @ ' # ...".split(),
    *"if else for in lambda not and is None True await yield __class__ __import__ é".split(),
    *("sqrt", "max", "exp(", "log(", "f'", "b'", '"', "\\", "\n", "\t", "\0", " "),
]


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=14).map("".join) | st.text(max_size=30))
def test_any_text_is_a_finite_number_or_an_expression_error(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            value = evaluate(text, NAMES)
        except ExpressionError as error:
            message = str(error)
        else:
            message = ""
            assert type(value) is float
            assert math.isfinite(value)
    assert "\n" not in message


ALLOWED = (ast.Constant, ast.Name, ast.UnaryOp, ast.BinOp, ast.Call, ast.Load)
OPERATORS = (
    ast.UAdd,
    ast.USub,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.FloorDiv,
    ast.Mod,
    ast.Pow,
)


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=10).map(" ".join))
def test_a_parsed_tree_holds_nothing_outside_the_whitelist(text):
    try:
        tree = parse(text)
    except ExpressionError:
        return
    for node in ast.walk(tree):
        assert isinstance(node, (*ALLOWED, *OPERATORS))
        if isinstance(node, ast.Call):
            assert node.func.id in FUNCTIONS
            assert node.keywords == []
        if isinstance(node, ast.Constant):
            assert type(node.value) in (int, float)


def test_a_long_chain_of_parameters_is_followed_and_a_circle_found():
    chain = {f"a{k}": f"a{k + 1} + 1" for k in range(2000)} | {"a2000": 1}
    description = {"format": "hamsim/1", "parameters": chain}
    description["groups"] = {"g": {"size": "a0", "lagrangian": "tanh"}}
    assert hamsim.load(description).groups["g"].size == 2001
    chain["a2000"] = "a1990"
    with pytest.raises(hamsim.SpecError) as caught:
        hamsim.load(description)
    assert len(caught.value.problems) == 11


def test_many_mistakes_are_counted_not_all_printed():
    groups = {"a": {"size": 200, "lagrangian": "tanh", "tau": ["x"] * 200}}
    with pytest.raises(hamsim.SpecError) as caught:
        hamsim.load({"format": "hamsim/1", "groups": groups})
    assert len(caught.value.problems) == 200
    assert str(caught.value).splitlines()[-1] == "... and 180 more mistakes"
