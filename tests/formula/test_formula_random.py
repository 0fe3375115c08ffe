"""Random formulas: derivatives against differences, nothing proved that is not so, no crash."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hamsim.errors import ExpressionError
from hamsim.formula import Formula, judge, scratch_rows, write
from hamsim.formula.bounds.bounding import bounds
from hamsim.formula.bounds.boxes import Boxes
from hamsim.formula.bounds.tails import for_bounds
from hamsim.formula.values.arrays import evaluate

ONE_ARGUMENT = (
    "exp log sqrt abs sign sinh cosh tanh arctan arcsinh erf sin cos log1p expm1 sigmoid softplus "
    "relu logcosh"
).split()
NUMBERS = st.sampled_from("0 1 2 3 0.5 1.5 -1 -2 0.1 pi 10".split())
LEAVES = st.one_of(st.just("x"), st.just("x"), st.just("b"), NUMBERS)
PARAMETERS = {"b": 0.7}


def _larger(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: "({}{}{})".format(*p)),
        st.tuples(st.sampled_from(ONE_ARGUMENT), inner).map(lambda p: "{}({})".format(*p)),
        st.tuples(inner, st.sampled_from("2 3 -1 0.5 1.5 b 4 -2".split())).map(
            lambda p: "({})**{}".format(*p)
        ),
        st.tuples(st.sampled_from(["max", "min"]), inner, inner).map(
            lambda p: "{}({},{})".format(*p)
        ),
        st.tuples(inner, inner).map(lambda p: "log(exp({})+exp({}))".format(*p)),
        st.tuples(inner).map(lambda p: "log(1+exp({}))".format(*p)),
    )


FORMULAS = st.recursive(LEAVES, _larger, max_leaves=7)
# Convex functions of convex functions, more or less, so that something gets proved.
GROWING = st.recursive(
    st.sampled_from("x -x 2*x+1 b*x x**2 abs(x) exp(x)".split()),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: "({}+{})".format(*p)),
        st.tuples(inner, inner).map(lambda p: "max({},{})".format(*p)),
        st.tuples(inner, inner).map(lambda p: "({})*({})".format(*p)),
        inner.map(lambda u: f"log(1+exp({u}))"),
        inner.map(lambda u: f"logcosh({u})"),
        inner.map(lambda u: f"sqrt(1+({u})**2)"),
        inner.map(lambda u: f"relu({u})**2"),
        inner.map(lambda u: f"abs({u})"),
        inner.map(lambda u: f"({u})*tanh({u})"),
        inner.map(lambda u: f"-log(2+abs({u}))"),
        inner.map(lambda u: f"arctan({u})"),
    ),
    max_leaves=5,
)


def attempt(function, *arguments):
    """Result, or None if it is refused, which takes one line."""
    message = ""
    try:
        return function(*arguments)
    except ExpressionError as error:
        message = str(error)
    assert message
    assert "\n" not in message
    assert len(message) < 400
    return None


def parsed(text):
    return attempt(Formula.parse, text)


def given_of(formula, x):
    return {label: PARAMETERS[label] for label in formula.parameters} | {"x": x}


STATES = np.array([-2.61, -1.13, -0.37, 0.29, 0.83, 1.71, 3.07])


@settings(max_examples=200, deadline=None)
@given(FORMULAS)
def test_g_and_h_are_the_slopes_of_L_and_g(text):
    formula = parsed(text)
    if formula is None:
        return
    write(formula)
    trees = [formula.L, formula.g, formula.h]
    step = 1e-5
    before, at, after = (evaluate(trees, given_of(formula, STATES + s)) for s in (-step, 0.0, step))
    for low, slope, high in ((0, 1, 0), (1, 2, 1)):
        left, right = before[low], after[high]
        middle = np.broadcast_to(at[low], STATES.shape)
        with np.errstate(all="ignore"):
            difference = np.broadcast_to((right - left) / (2 * step), STATES.shape)
            # a kink or a pole near by shows in the second difference
            bend = np.abs(right - 2 * middle + left) / step
            size = 1 + np.abs(difference) + np.abs(middle)
            smooth = np.isfinite(difference) & (bend < 1e-2 * size) & (size < 1e6)
        value = np.broadcast_to(at[slope], STATES.shape)
        smooth &= np.isfinite(value)  # where it is not, `judge` refuses the formula
        error = np.abs(value - difference) - 1e-4 * size - bend
        assert np.all(error[smooth] <= 0), (text, value, difference)


def dense_states():
    rng = np.random.default_rng(1)
    wide = rng.normal(size=2000) * np.exp(rng.normal(size=2000) * 2)
    near = np.concatenate([rng.normal(size=200) * 1e-3 + c for c in (-2, -1, -0.5, 0, 0.5, 1, 2)])
    return np.sort(np.concatenate([wide, near, np.linspace(-5, 5, 1001)]))


DENSE = dense_states()


def checked_facts(text, low=0.7, high=0.7):
    formula = parsed(text)
    if formula is None:
        return
    ranges = dict.fromkeys(formula.parameters, (low, high))
    facts = attempt(judge, formula, ranges)
    if facts is None:
        return
    assert not any(math.isnan(v) for v in (facts.slope, facts.least, facts.low, facts.high))
    for b in dict.fromkeys((low, 0.3 * low + 0.7 * high, high)):
        checked_sample(text, formula, facts, b)


def checked_sample(text, formula, facts, b):
    g, h = evaluate([formula.g, formula.h], {"x": DENSE, "b": b})
    g, h = (np.broadcast_to(value, DENSE.shape) for value in (g, h))
    fine = np.isfinite(g) & np.isfinite(h) & (np.abs(g) < 1e8)
    slack = 1e-9 * (1 + np.abs(g))
    assert np.all((g <= facts.high + slack)[fine]), text
    assert np.all((g >= facts.low - slack)[fine]), text
    slack = 1e-9 * (1 + np.abs(g) + np.abs(h))
    assert np.all((h <= facts.slope + slack)[fine]), text
    assert np.all((h >= facts.least - slack)[fine]), text
    if facts.convex:
        x, g = DENSE[fine], g[fine]
        falls = g[1:] < g[:-1] - 1e-7 * (1 + np.abs(g[1:]) + np.abs(g[:-1]))
        assert not np.any(falls), (text, x[:-1][falls][:3])
    elif facts.convex is False:
        assert facts.witness
        assert "\n" not in facts.witness


@settings(max_examples=120, deadline=None)
@given(FORMULAS, st.sampled_from([(0.7, 0.7), (0.4, 1.1), (-0.5, 2.0), (2.0, 3.0), (2.0, 2.0)]))
def test_nothing_is_claimed_that_a_sample_contradicts(text, b):
    checked_facts(text, *b)


@settings(max_examples=100, deadline=None)
@given(GROWING, st.sampled_from([(0.7, 0.7), (0.4, 1.1), (-0.5, 2.0)]))
def test_nothing_is_claimed_of_growing_functions_that_a_sample_contradicts(text, b):
    checked_facts(text, *b)


@settings(max_examples=100, deadline=None)
@given(FORMULAS)
def test_bounds_hold_what_they_bound(text):
    formula = parsed(text)
    if formula is None:
        return
    tree = for_bounds(formula.h)
    ranges = {label: (PARAMETERS[label], PARAMETERS[label]) for label in formula.parameters}
    boxes = Boxes.covering((-math.inf, math.inf), ranges)
    found = bounds([tree], boxes.given)[tree]
    low, high = (np.broadcast_to(end, len(boxes)) for end in found)
    assert not np.any(np.isnan(low) | np.isnan(high))
    x = boxes.given["x"]
    for part in (0.03, 0.31, 0.78):
        a, b = np.clip(x.low, -1e3, 1e3), np.clip(x.high, -1e3, 1e3)
        state = a + part * (b - a)
        value = np.broadcast_to(evaluate([formula.h], given_of(formula, state))[0], low.shape)
        slack = 1e-9 * (1 + np.abs(value))
        sure = np.isfinite(value) & (np.abs(value) < 1e6) & (state > x.low) & (state < x.high)
        # what cancels in floats is not wrong in the bounds
        wrong = sure & ((value < low - slack) | (value > high + slack))
        assert np.sum(wrong) == 0, (text, state[wrong][:3], value[wrong][:3])


TOKENS = [
    *"x b pi e 1 2.5 0 1e308 + - * / // % ** ( ) , [ ] . : = < ~ @ ' # ... lambda if else".split(),
    *"exp( log( sum( mean( sqrt( max( abs( x) ) __class__ import x**2 0.5) tanh(x) é".split(),
    *(" ", "\n", "\t", "\0", "\\", '"'),
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=16).map("".join) | st.text(max_size=40))
def test_any_text_is_a_formula_or_an_expression_error(text):
    formula = parsed(text)
    if formula is not None:
        write(formula)
        attempt(judge, formula, dict.fromkeys(formula.parameters, (1.0, 1.0)))


# --- collective formulas ---

TERMS = st.recursive(
    st.sampled_from("x b*x x**2 abs(x) exp(x) mean(x) sum(x) x-mean(x) 1 b".split()),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda p: "({}{}{})".format(*p)),
        st.tuples(
            st.sampled_from("exp tanh relu abs logcosh softplus sin arctan".split()), inner
        ).map(lambda p: "{}({})".format(*p)),
        inner.map(lambda u: f"({u})**2"),
        inner.map(lambda u: f"log(sum(exp({u})))"),
        inner.map(lambda u: f"sqrt(1+({u})**2)"),
    ),
    max_leaves=4,
)
SHARED = st.recursive(
    st.one_of(
        TERMS.map(lambda u: f"sum({u})"),
        TERMS.map(lambda u: f"mean({u})"),
        TERMS.map(lambda u: f"log(sum(exp({u})))"),
        TERMS.map(lambda u: f"log(2+sum(c*exp({u})))"),
        TERMS.map(lambda u: f"sqrt(sum(({u})**2)+0.3)"),
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda p: "({}{}{})".format(*p)),
        st.tuples(inner, inner).map(lambda p: "max({},{})".format(*p)),
        inner.map(lambda u: f"log(1+exp({u}))"),
        inner.map(lambda u: f"a*({u})/2"),
        inner.map(lambda u: f"({u})**2"),
    ),
    max_leaves=2,
)


def plain(text):
    """Functions of a written module, not compiled."""
    for word in ("inlined", "jit"):
        text = text.replace(f"@{word}\n", "")
    functions = {}
    exec(compile(text, "written", "exec"), functions)
    return functions


@settings(max_examples=100, deadline=None)
@given(SHARED, st.integers(1, 2))
def test_written_functions_of_a_group_compute_its_trees(text, trials):
    formula = parsed(text)
    if formula is None:
        return
    written = plain(write(formula))
    x, v = np.random.default_rng(4).normal(size=(2, 3, trials))
    rows = np.empty((len(formula.parameters), 3))
    for row, label in zip(rows, formula.parameters, strict=True):
        row[:] = 0.7 if label in formula.outside else (0.5, 0.6, 1.1)
    scratch = np.full((scratch_rows(formula), 256), np.nan)
    g, hv = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
    dual, L = np.zeros(trials), np.zeros(trials)
    try:
        with np.errstate(all="ignore"):
            written["activate"](x, g, rows, scratch)
            written["add_dual"](x, g, dual, rows, scratch)
            written["add_lagrangian"](x, L, rows, scratch)
            written["hessian"](x, g, v, hv, rows, scratch)
    except (ArithmeticError, ValueError):
        return  # Python raises where compiled code gives infinity or NaN
    given_rows = {
        label: row[0] if label in formula.outside else row
        for label, row in zip(formula.parameters, rows, strict=True)
    }
    trees = [formula.L, formula.g, formula.h, formula.dual]
    values = evaluate(trees, {**given_rows, "x": x.T, "@v": v.T})
    for found, value in zip((L, g, hv, dual), values, strict=True):
        shape = (trials, 3) if found.ndim == 2 else (trials, 1)
        expected = np.broadcast_to(value, shape).T.reshape(found.shape)
        with np.errstate(all="ignore"):
            size = 1 + np.abs(expected) + np.abs(L).max() + np.abs(g).max()
            assert np.all((np.abs(found - expected) <= 1e-9 * size) | ~np.isfinite(expected)), text


@settings(max_examples=80, deadline=None)
@given(SHARED)
def test_nothing_is_claimed_of_a_group_that_a_sample_contradicts(text):
    formula = parsed(text)
    if formula is None:
        return
    write(formula)
    known = {"a": 1.3, "b": 0.7, "c": 0.5}
    named = {label: known[label] for label in formula.parameters}
    rng = np.random.default_rng(2)
    for size in (1, 2, 4):
        x, v = rng.normal(size=(2, 60, size)) * np.exp(rng.normal(size=(1, 60, 1)))
        trees = [formula.L, formula.g, formula.h, formula.dual]
        step = 1e-5
        before, at, after = (
            evaluate(trees, {**named, "x": x + s * v, "@v": v}) for s in (-step, 0.0, step)
        )
        L, dual = (np.broadcast_to(at[k], (60, 1))[:, 0] for k in (0, 3))
        g, h = (np.broadcast_to(at[k], x.shape) for k in (1, 2))
        with np.errstate(all="ignore"):
            rise = np.broadcast_to((after[0] - before[0]) / (2 * step), (60, 1))[:, 0]
            bend = np.broadcast_to((after[0] - 2 * at[0] + before[0]) / step, (60, 1))[:, 0]
            fine = np.isfinite(rise) & (np.abs(bend) < 1e-2 * (1 + np.abs(rise))) & (abs(L) < 1e5)
            along, total = np.sum(g * v, axis=1), np.sum(g * x, axis=1)
            fine &= np.isfinite(along)  # what overflows on the way is refused by `judge`
            gap = np.abs(along - rise) - 1e-4 * (1 + np.abs(rise) + np.abs(L)) - np.abs(bend)
            lost = np.abs(dual - (total - L)) - 1e-7 * (1 + np.sum(np.abs(g * x), 1) + np.abs(L))
            fine &= np.all(np.abs(x) < 2, axis=1)  # far out, terms of the formula may cancel
        assert np.all(gap[fine] <= 0), text
        assert np.all(lost[fine] <= 0), text
    facts = attempt(judge, formula, {label: (value, value) for label, value in named.items()})
    if facts is None:
        return
    for size in (1, 2, 3, 6):
        x, v = rng.normal(size=(2, 200, size)) * np.exp(rng.normal(size=(1, 200, 1)))
        moved, g, h = evaluate([formula.g, formula.g, formula.h], {**named, "x": x, "@v": v})
        moved = evaluate([formula.g], {**named, "x": x + v})[0]
        moved, g, h = (np.broadcast_to(value, x.shape) for value in (moved, g, h))
        with np.errstate(all="ignore"):
            curve, length = np.sum(h * v, axis=1), np.sum(v * v, axis=1)
            rise = np.sum((moved - g) * v, axis=1)
            slack = 1e-8 * (np.sum(np.abs(h * v), 1) + np.sum((np.abs(g) + np.abs(moved)), 1) + 1)
            fine = np.isfinite(curve) & np.isfinite(rise) & (slack < 1e-2)
        assert np.all((g <= facts.high + 1e-9 * (1 + np.abs(g)))[fine]), text
        assert np.all((g >= facts.low - 1e-9 * (1 + np.abs(g)))[fine]), text
        with np.errstate(all="ignore"):
            assert np.all((curve <= facts.slope * length + slack)[fine]), text
            if facts.smooth:
                assert np.all((curve >= facts.least * length - slack)[fine]), text
        if facts.convex:
            assert np.all((rise >= -slack)[fine]), text
