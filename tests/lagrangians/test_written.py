"""Facts that are derived of a family written as a formula: those that its row states."""

import math

import numpy as np
import pytest
from lagrangians.test_contract import network_of
from lagrangians.test_facts import cloud, fact, line, parameter_sets

import hamsim
from hamsim.expression import evaluate
from hamsim.lagrangians.families import formula_family
from hamsim.lagrangians.table import TABLE

# Families that no formula says, and why. The list can only become shorter.
WITHOUT_WORDS = {
    "softplus": "L is a dilogarithm, which formulas do not have",
    "swish": "L is a dilogarithm",
    "hill": "L is an integral that is no elementary function",
    "sparsemax": "what is largest over the simplex is no expression in sums",
    "entmax": "what is largest over the simplex is no expression in sums",
    "radial": "g is 0/0 where all states are 0, and a formula has to be finite there",
    "lp_norm": "g is 0/0 where all states are 0",
}
# Facts that are not derived, or no more than a bound of them, and why.
NOT_DERIVED = {
    ("gelu", "low"): "x Phi(x) is a product of what grows and what fades in two terms at -inf",
    ("gelu", "growth"): "the leading terms of 1 + erf(x) cancel at -inf",
    ("gelu", "far_slope"): "the leading terms of 1 + erf(x) cancel at -inf",
    ("gelu", "floor"): "leading terms of x g - L - g^2/2 cancel at both ends",
    ("gelu", "convex_from"): "a formula is convex in all states or counts as not convex",
    ("cubic", "convex_from"): "a formula is convex in all states or counts as not convex",
    ("rectified_exponential", "low"): "1 is taken away from an exponential that stays above 0",
    ("softmax_ridge", "growth"): "that of collective formulas is derived where they are bounded",
    ("softmax_ridge", "far_slope"): "that of collective formulas is derived where they are bounded",
    ("softmax_ridge", "excess"): "it follows from the slope and the least eigenvalue",
    ("softmax_ridge", "kernel"): "the row means a parameter that is 0, and this one is not",
    ("softmax_ridge", "rising"): "another bound takes its place",
    ("softmax_ridge", "inverse"): "only states far out ask for it, and no ray goes there",
    ("spherical", "kernel"): "the row means a parameter that is 0, where no formula is finite",
    ("rms_norm", "kernel"): "the row means a parameter that is 0, where no formula is finite",
    ("power_norm", "kernel"): "the row means a parameter that is 0, where no formula is finite",
    ("power_norm", "low"): "only norms of degree 2 are taken apart",
    ("power_norm", "high"): "only norms of degree 2 are taken apart",
    ("power_norm", "slope"): "only norms of degree 2 are taken apart",
    ("power_norm", "growth"): "only norms of degree 2 are taken apart",
}
EXPRESSIONS = ("low", "high", "growth", "slope", "least", "far_slope", "jumps", "steeper")
MORE = ("change", "row_sum", "excess", "steepness", "floor")
PLAIN = ("kernel", "competitive", "sinks", "silent", "inverse", "rising", "convex_from")
WRITTEN = [row for row in TABLE.values() if row.written]
EVERY_WRITTEN = pytest.mark.parametrize("row", WRITTEN, ids=lambda row: row.name)
# Bounds by branch and bound are within about this of what they bound.
LOOSE = 0.005


def test_families_without_words_are_known():
    silent = {row.name for row in TABLE.values() if not row.written}
    why = "say in WITHOUT_WORDS why the language cannot say it, or fill in `written`"
    assert silent == set(WITHOUT_WORDS), f"{silent ^ set(WITHOUT_WORDS)}: {why}"


def written_family(row, parameters):
    return formula_family(row.written, {name: (v, v) for name, v in parameters.items()})


def formula_sets(row):
    """Parameters for which formulas are finite: a norm is kept away from 0."""
    for parameters in parameter_sets(row):
        if row.additive or all(parameters.get(name) != 0 for name in ("epsilon", "sigma")):
            yield parameters


@EVERY_WRITTEN
def test_a_formula_computes_the_same(row):
    n = 1 if row.additive else 4
    for parameters in formula_sets(row):
        table = network_of(row, [(n, parameters)])
        spelled = {"expression": row.written, **parameters}
        formula = hamsim.compile(
            {"format": "hamsim/1", "groups": {"a": {"shape": [n], "lagrangian": spelled}}}
        )
        x = line()[::37, None] if n == 1 else cloud(4, np.random.default_rng(0))[::7]
        x = x[np.abs(x).max(axis=1) < 30.0]
        np.testing.assert_allclose(
            hamsim.activation(formula, x), hamsim.activation(table, x), rtol=1e-9, atol=1e-11
        )


def holds(row, name, derived, known, parameters):
    """Whether a derived expression is what the row says, or a bound that is hardly worse."""
    values = {**parameters, "n": 3.0, "r": 2.0, "inf": math.inf}
    one, other = (
        evaluate(text, values, finite=False) if text else None for text in (derived, known)
    )
    if one == other:
        return True
    if one is None or other is None:
        return False
    worse = -1 if name in ("low", "least") else 1
    loose = LOOSE if name in ("change", "slope", "least") else 1e-9
    return -1e-9 <= worse * (one - other) / (abs(other) or 1.0) <= loose


@EVERY_WRITTEN
def test_derived_facts_are_those_of_the_row(row):
    missing = {column for name, column in NOT_DERIVED if name == row.name}
    seen = set()
    for parameters in formula_sets(row):
        found = written_family(row, parameters)
        bounded_slope = math.isfinite(fact(row, row.slope, parameters, 3))
        for column in (*EXPRESSIONS, *MORE):
            derived, known = getattr(found, column), getattr(row, column)
            if column in MORE and not known:
                continue
            if column == "far_slope" and fact(row, row.growth, parameters, 3) != 1:
                continue
            if column == "steeper" and bounded_slope:
                continue
            if not holds(row, column, derived, known, parameters):
                seen.add(column)
        seen |= {c for c in PLAIN if getattr(found, c) != getattr(row, c)}
        if row.slopes:
            at = [[fact(row, t, parameters) for t in texts] for texts in (row.breaks, row.slopes)]
            got = [
                [fact(row, t, parameters) for t in texts] for texts in (found.breaks, found.slopes)
            ]
            for one, other in zip(got, at, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-15)
        if row.change and found.change:
            assert found.change_norm == row.change_norm
    assert seen == missing


def test_facts_are_those_of_each_neuron_where_parameters_only_scale_the_state():
    beta = np.array([0.5, 1.3, 2.0])
    for name in ("sigmoid", "tanh", "exponential"):
        row = TABLE[name]
        family = formula_family(row.written, {"beta": (0.5, 2.0)})
        for column in ("slope", "least", "change"):
            one, other = (
                evaluate(getattr(kind, column), {"beta": beta, "inf": math.inf}, finite=False)
                for kind in (family, row)
            )
            np.testing.assert_allclose(one, np.broadcast_to(other, 3), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "column", "value"),
    [
        ("x**2*tanh(x)", "growth", "1"),
        ("x**2/2 - x*abs(x)/2 + sqrt(1 + x**2)", "far_slopes", ("2.0", "0")),
        ("log(sum(exp(x)) + 2)", "silent", 0),
        ("2*log(sum(exp(x)))", "steepness", ""),
        ("log(sum(exp(2*x)))/2", "steepness", "(2.0)"),
        ("log(sum(exp(b*x + c)))/b", "steepness", ""),
        ("log(sum(exp(x)))", "kernel", "ones"),
        ("log(1 + sum(exp(x)))", "kernel", ""),
        ("sum((x - mean(x))**2) + sum(x)", "kernel", "ones"),
        ("sum((x - mean(x)/2)**2)", "kernel", ""),
        ("log(sum(exp(x))) + log(sum(exp(-x)))", "competitive", True),
        ("sqrt(1 + sum(x**2))", "competitive", False),
        ("x**4/4 - x**2/2", "sinks", 0),
        ("-x**4/4", "sinks", -1),
        ("x**3/3", "sinks", -1),
        ("cosh(x)", "steeper", "1"),
        ("x**4/4 + cos(x)", "steeper", "0"),
        ("relu(x - 1)**2 + relu(x)**2/2", "breaks", ("0.0", "1.0")),
        ("relu(x)**2/2 + cos(x)", "breaks", ()),
        ("abs(x) + relu(x)**2", "jumps", "1"),
        ("max(x, 0)**3/3", "jumps", "0"),
    ],
)
def test_single_facts(text, column, value):
    formula = formula_family(text)
    family = formula_family(text, {p.name: (2.0, 2.0) for p in formula.parameters})
    if isinstance(value, tuple) and column == "far_slopes":
        assert [evaluate(v) for v in getattr(family, column)] == [evaluate(v) for v in value]
    else:
        assert getattr(family, column) == value


def test_nothing_more_is_known_of_formulas_for_some_states():
    family = formula_family("x**2/2", {}, (-1.0, 1.0))
    assert (family.growth, family.slopes, family.change) == ("", (), "")
    assert family.jumps == "0"
