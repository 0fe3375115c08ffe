"""Every row of the table against mpmath, differences, and what the row claims."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamsim.expression import evaluate
from hamsim.lagrangians import elementwise, groupwise
from hamsim.lagrangians.table import BY_CODE, FIRST_COLLECTIVE, TABLE

ADDITIVE = [row for row in TABLE.values() if row.additive]
COLLECTIVE = [row for row in TABLE.values() if not row.additive]
# Some rounding errors of a double, for formulas of a few operations.
TIGHT = 1e-13

mpmath.mp.dps = 400  # x g - L cancels as much as exp(-600) there


def exact_L(name, x, p):
    """The Lagrangian from its definition."""
    x, p = mpmath.mpf(x), mpmath.mpf(p)
    return {
        "identity": lambda: p * x**2 / 2,
        "relu": lambda: max(x, 0) ** 2 / 2,
        "tanh": lambda: mpmath.log(mpmath.cosh(p * x)) / p,
        "sigmoid": lambda: mpmath.log1p(mpmath.exp(p * x)) / p,
    }[name]()


def exact_g(name, x, p):
    x, p = mpmath.mpf(x), mpmath.mpf(p)
    return {
        "identity": lambda: p * x,
        "relu": lambda: max(x, mpmath.mpf(0)),
        "tanh": lambda: mpmath.tanh(p * x),
        "sigmoid": lambda: 1 / (1 + mpmath.exp(-p * x)),
    }[name]()


def relative_error(value, exact):
    exact = mpmath.mpf(exact)
    if abs(exact) < mpmath.mpf("1e-300"):
        return abs(value - float(exact))
    return float(abs((mpmath.mpf(value) - exact) / exact))


def parameter(row, value):
    return value if row.parameters else 0.0


@pytest.mark.parametrize("row", ADDITIVE, ids=lambda row: row.name)
@settings(max_examples=60, deadline=None)
@given(x=st.floats(-30, 30), p=st.floats(0.1, 10))
def test_additive_formulas_against_mpmath(row, x, p):
    L, g = exact_L(row.name, x, p), exact_g(row.name, x, p)
    q = parameter(row, p)
    assert relative_error(elementwise.activation(row.code, x, q, 0.0), g) < TIGHT
    assert relative_error(elementwise.lagrangian(row.code, x, q, 0.0), L) < TIGHT
    if row.name != "relu":
        h = mpmath.diff(lambda y: exact_g(row.name, y, p), x)
        assert (
            abs(elementwise.hessian(row.code, x, q, 0.0) - float(h))
            <= TIGHT * float(abs(h)) * max(1.0, abs(p * x)) + 1e-30
        )
    dual = mpmath.mpf(x) * g - L
    # exp(-a) carries the rounding of its argument a
    assert relative_error(elementwise.dual(row.code, x, q, 0.0), dual) < TIGHT * (1 + abs(q * x))


@pytest.mark.parametrize("row", ADDITIVE, ids=lambda row: row.name)
@pytest.mark.parametrize("x", [-1e4, -710.5, 710.5, 1e4])
def test_additive_formulas_far_out(row, x):
    q = parameter(row, 1.7)
    g, L = exact_g(row.name, x, 1.7), exact_L(row.name, x, 1.7)
    dual = mpmath.mpf(x) * g - L
    assert relative_error(elementwise.activation(row.code, x, q, 0.0), g) < TIGHT
    assert relative_error(elementwise.lagrangian(row.code, x, q, 0.0), L) < TIGHT
    assert abs(elementwise.dual(row.code, x, q, 0.0) - float(dual)) <= TIGHT * (
        1 + abs(float(dual))
    )
    assert math.isfinite(elementwise.hessian(row.code, x, q, 0.0))


@pytest.mark.parametrize("row", ADDITIVE, ids=lambda row: row.name)
def test_facts_of_additive_rows(row):
    names = [p.name for p in row.parameters]
    for q in (0.3, 1.0, 4.0):
        slope = evaluate(row.slope, dict.fromkeys(names, q))
        x = np.linspace(-20, 20, 4001)
        h = np.array([elementwise.hessian(row.code, v, parameter(row, q), 0.0) for v in x])
        if row.convex:
            assert h.min() >= 0
        assert h.max() <= slope * (1 + 1e-12)
        assert h.max() >= slope * 0.99  # the bound is sharp
    for function in (elementwise.activation, elementwise.dual, elementwise.lagrangian):
        assert math.isnan(function(row.code, math.nan, parameter(row, 1.0), 0.0))


def softmax_parts(x, beta, code=TABLE["softmax"].code):
    n = x.size
    parameters = np.full((2, n), beta)
    scratch = np.full((3, 1), np.nan)
    g = np.full((n, 1), np.nan)
    groupwise.activate(code, x[:, None].copy(), 0, n, parameters, g, scratch)
    dual, L = np.zeros(1), np.zeros(1)
    groupwise.add_dual(code, x[:, None].copy(), g, 0, n, parameters, dual, scratch)
    groupwise.lagrangian(code, x[:, None].copy(), 0, n, parameters, L, scratch)
    return g[:, 0], float(dual[0]), float(L[0])


@settings(max_examples=60, deadline=None)
@given(
    x=st.lists(st.floats(-30, 30), min_size=1, max_size=8),
    beta=st.floats(0.1, 10),
    far=st.sampled_from([0.0, 1e4, -1e4]),
)
def test_softmax_against_mpmath(x, beta, far):
    x = np.array(x) + far
    g, dual, L = softmax_parts(x, beta)
    terms = [mpmath.exp(mpmath.mpf(beta) * mpmath.mpf(v)) for v in x]
    total = mpmath.fsum(terms)
    exact = mpmath.log(total) / beta
    p = [term / total for term in terms]
    exact_dual = mpmath.fsum(v * mpmath.log(v) for v in p) / beta
    # The exponent beta (x - top) carries its own rounding, which is what limits every softmax.
    exponent = beta * float(np.ptp(x)) + 1
    for mine, other in zip(g, p, strict=True):
        assert abs(mine - float(other)) <= TIGHT * exponent * float(other) + 1e-300
    assert abs(L - float(exact)) <= TIGHT * (abs(float(exact)) + 1)
    assert relative_error(dual, exact_dual) <= TIGHT * exponent


@settings(max_examples=30, deadline=None)
@given(
    x=st.lists(st.floats(-5, 5), min_size=2, max_size=7),
    beta=st.floats(0.2, 5),
    seed=st.integers(0, 1000),
)
def test_softmax_gradient_hessian_and_bound(x, beta, seed):
    x = np.array(x)
    n, code = x.size, TABLE["softmax"].code
    v = np.random.default_rng(seed).normal(size=n)
    g, _, _ = softmax_parts(x, beta)
    eps = 1e-6
    numeric = [
        (softmax_parts(x + eps * e, beta)[2] - softmax_parts(x - eps * e, beta)[2]) / (2 * eps)
        for e in np.eye(n)
    ]
    np.testing.assert_allclose(g, numeric, atol=1e-8)
    out = np.full((n, 1), np.nan)
    groupwise.hessian(
        code, x[:, None], g[:, None], v[:, None], 0, n, np.full((2, n), beta), out, np.zeros((3, 1))
    )
    Hv = (softmax_parts(x + eps * v, beta)[0] - softmax_parts(x - eps * v, beta)[0]) / (2 * eps)
    np.testing.assert_allclose(out[:, 0], Hv, atol=1e-6 * beta**2)
    assert v @ out[:, 0] >= -1e-12
    assert v @ out[:, 0] <= beta / 2 * (v @ v) * (1 + 1e-12)


@settings(max_examples=30, deadline=None)
@given(x=st.floats(-20, 20), y=st.floats(-20, 20), p=st.floats(0.2, 5))
@pytest.mark.parametrize("row", ADDITIVE, ids=lambda row: row.name)
def test_fenchel_inequality(row, x, y, p):
    """L(y) + L*(g(x)) >= y g(x), with equality at y = x."""
    q = parameter(row, p)
    g = elementwise.activation(row.code, x, q, 0.0)
    gap = (
        elementwise.lagrangian(row.code, y, q, 0.0) + elementwise.dual(row.code, x, q, 0.0) - y * g
    )
    assert gap >= -1e-10 * (1 + abs(y * g))


def test_codes_without_a_branch_give_nan():
    unknown = FIRST_COLLECTIVE - 1
    assert unknown not in BY_CODE
    assert math.isnan(elementwise.activation(unknown, 1.0, 1.0, 0.0))
    assert math.isnan(elementwise.hessian(unknown, 1.0, 1.0, 0.0))
    g = np.zeros((2, 1))
    scratch = np.zeros((3, 1))
    groupwise.activate(10**6, np.zeros((2, 1)), 0, 2, np.ones((2, 2)), g, scratch)
    assert np.isnan(g).all()


def test_codes_are_unique_and_split_by_kind():
    assert len(BY_CODE) == len(TABLE)
    for row in TABLE.values():
        assert (row.code < FIRST_COLLECTIVE) == row.additive
    assert {row.name for row in COLLECTIVE} == {"softmax"}
