"""Formulas in files: the same network as with the family of the table that they spell out."""

import math

import numpy as np
import pytest
import yaml
from random_networks import random_description

import hamsim
from hamsim.errors import ExpressionError
from hamsim.lagrangians.families import formula_family
from hamsim.observables import hessian_product, lagrangian

# A family of the table, and the same as a formula; the constant in L is left out of the formula.
SAME = {
    "identity": ({"kind": "identity", "gain": 1.5}, {"expression": "a*x**2/2", "a": 1.5}),
    "relu": ({"kind": "relu"}, {"expression": "max(x, 0)**2 / 2"}),
    "tanh": ({"kind": "tanh", "beta": 1.5}, {"expression": "log(cosh(b*x))/b", "b": 1.5}),
    "sigmoid": ({"kind": "sigmoid", "beta": 2.0}, {"expression": "log(1 + exp(b*x))/b", "b": 2.0}),
    "power": ({"kind": "power", "degree": 4.0}, {"expression": "x**4/4"}),
    "relativistic": ({"kind": "relativistic"}, {"expression": "sqrt(1 + x**2)"}),
    "arctan": ({"kind": "arctan"}, {"expression": "x*arctan(x) - log(1 + x**2)/2"}),
    "softmax": ({"kind": "softmax", "beta": 1.5}, {"expression": "log(sum(exp(b*x)))/b", "b": 1.5}),
    "ghostmax": (
        {"kind": "ghostmax", "beta": 1.5},
        {"expression": "log(1 + sum(exp(b*x)))/b", "b": 1.5},
    ),
    "spherical": (
        {"kind": "spherical", "epsilon": 0.5, "gain": 2.0},
        {"expression": "a*sqrt(sum(x**2) + c)", "a": 2.0, "c": 0.5},
    ),
    "layer_norm": (
        {"kind": "layer_norm", "epsilon": 0.5},
        {"expression": "sum(1)*sqrt(mean((x - mean(x))**2) + c)", "c": 0.5},
    ),
}


def network(lagrangian, shape=(12,), seed=0, **more):
    n = math.prod(shape)
    W = np.random.default_rng(seed).normal(0, 0.4 / np.sqrt(n), (n, n))
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"shape": list(shape), "lagrangian": lagrangian, "input": 0.2}},
            "connections": [
                {"within": "a", "weights": (W + W.T).tolist(), "self_connections": True}
            ],
            **more,
        }
    )


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize("trials", [1, 4])
def test_a_formula_gives_the_trajectory_of_the_family(name, trials):
    table, formula = (network(form) for form in SAME[name])
    start = np.random.default_rng(1).normal(0, 0.3, (trials, 12))
    one, other = (
        hamsim.simulate(net, initial=start, method="rk4", dt=0.05, steps=200)
        for net in (table, formula)
    )
    np.testing.assert_allclose(other.x, one.x, rtol=1e-12, atol=1e-12)
    shift = one.energy[0, 0] - other.energy[0, 0]
    np.testing.assert_allclose(other.energy + shift, one.energy, rtol=0, atol=1e-11)
    assert other.stats.energy.rises == 0
    v = np.random.default_rng(2).normal(size=12)
    np.testing.assert_allclose(
        hessian_product(formula, start, v), hessian_product(table, start, v), atol=1e-12
    )


@pytest.mark.parametrize("name", SAME)
def test_facts_of_a_formula_agree_with_the_table(name):
    table, formula = (network(form).groups[0] for form in SAME[name])
    assert formula.family.convex is True
    assert formula.family.additive == table.family.additive
    slope, known = formula.fact("slope")[0], table.fact("slope")[0]
    assert slope >= known * (1 - 1e-12) or known == math.inf
    assert formula.fact("low")[0] <= table.fact("low")[0]
    assert formula.fact("high")[0] >= table.fact("high")[0]


@pytest.mark.parametrize("over", ["all", "last", [0]])
def test_a_formula_is_shared_over_axes(over):
    table, formula = (network({**form, "over": over}, (3, 4)) for form in SAME["softmax"])
    x = np.random.default_rng(3).normal(size=(5, 12))
    np.testing.assert_allclose(
        hamsim.activation(formula, x), hamsim.activation(table, x), rtol=1e-13
    )


def test_parameters_of_a_formula_one_a_neuron():
    b = np.linspace(0.5, 2.0, 12)
    x = np.random.default_rng(3).normal(size=12)
    single = network({"expression": "log(cosh(b*x))/b", "b": b.tolist()})
    np.testing.assert_allclose(hamsim.activation(single, x), np.tanh(b * x), rtol=1e-13)
    shared = network({"expression": "log(sum(exp(b*x)))", "b": b.tolist()})
    e = np.exp(b * x)
    np.testing.assert_allclose(hamsim.activation(shared, x), b * e / e.sum(), rtol=1e-13)


def test_parameters_of_the_file_are_known_in_formulas():
    net = network({"expression": "log(cosh(slope*x))/slope"}, parameters={"slope": "2 * 1.5"})
    assert hamsim.activation(net, np.full(12, 0.5))[0] == pytest.approx(math.tanh(1.5), rel=1e-14)
    again = hamsim.load(yaml.safe_load(net.source))
    assert again.groups["a"].lagrangian.parameters == {"slope": 3.0}


def test_a_formula_survives_dump_trace_and_json(tmp_path):
    net = network({"expression": "log(sum(exp(b*x)))/b", "b": 2.0, "over": [0]}, (4, 3))
    trace = hamsim.simulate(net, dt=0.1, steps=3)
    trace.save(tmp_path / "trace.nc")
    loaded = hamsim.load_trace(tmp_path / "trace.nc")
    group = loaded.header.groups[0]
    assert group.family.formula == "log(sum(exp(b*x)))/b"
    assert group.over == (0,)
    assert np.array_equal(group.parameters["b"], np.full(12, 2.0))


def test_draws_that_make_a_formula_infinite_are_refused():
    with pytest.raises(hamsim.CompileError, match=r"groups\.a\.lagrangian\.expression: .*finite"):
        network({"expression": "sqrt(x**2 + c)", "c": {"normal": {}}})


def test_a_domain_allows_what_is_not_finite_elsewhere():
    text = "x*log(x) - x"
    with pytest.raises(ExpressionError, match="not finite"):
        formula_family(text, {})
    row = formula_family(text, {}, (0.5, 3.0))
    assert row.convex
    net = network({"expression": text, "domain": [0.5, 3.0]})
    assert hamsim.activation(net, np.full(12, 2.0))[0] == pytest.approx(math.log(2), rel=1e-14)


@pytest.mark.parametrize(
    ("text", "convex"),
    [
        ("log(cosh(x))", True),
        ("x**4/4 - x**2/2", False),
        ("-log(cosh(x))", False),
        ("abs(x)", True),
        ("-abs(x)", False),
        ("min(x, 2*x)", False),
        ("max(x, 2*x)", True),
        ("sqrt(sum(x**2) + 1)", True),
        ("sum(x**2) - mean(x)**2/8", None),
        ("sum(x)**2 - 2*sum(x**2)", False),
        ("x**2/2 + sin(x)/2", True),
        ("x**2/2 + 2*sin(x)", False),
    ],
)
def test_convexity_is_proved_or_refuted(text, convex):
    found = formula_family(text, {}).convex
    assert found is convex or (convex is None and found is not False)


@pytest.mark.parametrize("seed", range(4))
def test_random_networks_with_formulas_follow_their_twins(seed):
    """Every tanh and softmax of a random network, written out."""
    plain = random_description(seed)
    spelled = {**plain, "groups": {}}
    for name, group in plain["groups"].items():
        own = dict(group["lagrangian"])
        kind = own.pop("kind")
        if kind == "tanh":
            own = {"expression": "log(cosh(beta*x))/beta", **own}
        elif kind == "softmax":
            own = {"expression": "log(sum(exp(beta*x)))/beta", **own}
        else:
            own = group["lagrangian"]
        spelled["groups"][name] = {**group, "lagrangian": own}
    runs = [hamsim.simulate(form, method="euler", dt=0.02, steps=50) for form in (plain, spelled)]
    np.testing.assert_allclose(runs[1].x, runs[0].x, rtol=1e-11, atol=1e-12)


def test_lagrangian_is_reported_by_group():
    net = network({"expression": "x**2/2"})
    x = np.arange(12.0)
    assert lagrangian(net, x)["a"] == pytest.approx(x @ x / 2)
