"""Derivatives by parameters of Lagrangians, against differences of the oracle's formulas."""

from dataclasses import replace

import numpy as np
import pytest
from reference import ADDITIVE, COLLECTIVE, DenseGroup
from scipy.special import logsumexp

import hamsim
from hamsim.lagrangians.sensitivity.table import WRITTEN_OUT
from hamsim.lagrangians.table import TABLE
from hamsim.learning.parameters import lagrangian_gradient, lagrangian_slopes

FAMILIES = [row for row in TABLE.values() if row.parameters]
# Values at which a family is not at one of its kinks, where others than the defaults are needed.
VALUES = {"alpha": 1.6, "epsilon": 0.3, "delta": [0.3, -0.2, 0.5, 0.1, -0.7, 0.4]}
ROWS = 4


def described(lagrangian, shape=(6,), over=None):
    over = {} if over is None else {"over": over}
    groups = {
        "first": {"size": 2, "lagrangian": "relu"},
        "a": {"shape": list(shape), "lagrangian": {**lagrangian, **over}},
    }
    return hamsim.compile({"format": "hamsim/1", "groups": groups})


def drawn(network, seed=0):
    rng = np.random.default_rng(seed)
    shape = ROWS, network.n_neurons
    return rng.normal(0, 1.5, shape), rng.normal(size=shape)


def difference(f, h=1e-3):
    """Derivative of f at 0, exact for polynomials of degree six."""
    pairs = [np.asarray(f(k * h)) - np.asarray(f(-k * h)) for k in (1, 2, 3)]
    return (45 * pairs[0] - 9 * pairs[1] + pairs[2]) / (60 * h)


def compare(network, oracle):
    """Compare with an oracle: (states of the group, parameters) -> L and g of one row."""
    group = network.group("a")
    x, y = drawn(network)
    products = lagrangian_gradient(network, x, y)["a"]
    slopes = lagrangian_slopes(network, x)["a"]
    assert list(products) == list(slopes) == list(group.parameters)
    outside = {q.name for q in group.family.parameters if not q.one_a_neuron}
    for name, values in group.parameters.items():
        assert products[name].shape == slopes[name].shape == (ROWS, group.size)
        alike = not group.family.additive and name in outside
        for at in [np.ones(group.size)] if alike else [*np.eye(group.size), np.ones(group.size)]:
            for row in range(ROWS):
                state, v = x[row, group.slice], y[row, group.slice]

                def moved(d, name=name, values=values, at=at, state=state):
                    return oracle(state, {**group.parameters, name: values + d * at})

                back = difference(lambda d, v=v, moved=moved: v @ moved(d)[1])
                slope = difference(lambda d, moved=moved: moved(d)[0])
                np.testing.assert_allclose(products[name][row] @ at, back, rtol=1e-9, atol=1e-9)
                np.testing.assert_allclose(slopes[name][row] @ at, slope, rtol=1e-9, atol=1e-9)


def of_the_table(kind):
    def oracle(state, parameters):
        group = DenseGroup(kind, np.arange(state.size), parameters)
        return group.L(state), group.g(state)

    return oracle


@pytest.mark.parametrize("row", FAMILIES, ids=lambda row: row.name)
def test_parameters_of_families(row):
    given = {
        q.name: VALUES.get(q.name, 1.2 * q.default + 0.05)
        for q in row.parameters
        if q.name != "delta" or row.name in COLLECTIVE
    }
    if row.name in ADDITIVE:  # one a neuron
        given = {name: (value * np.linspace(0.9, 1.2, 6)).tolist() for name, value in given.items()}
    compare(described({"kind": row.name, **given}), of_the_table(row.name))


def power_sum(x, p):
    S = p["s"][0] ** p["p"][0] + (np.abs(x) ** p["p"]).sum()
    g = np.sign(x) * np.abs(x) ** (p["p"] - 1) * S ** (1 / p["p"][0] - 1)
    return S ** (1 / p["p"][0]) + (p["c"] * x**2).sum(), g + 2 * p["c"] * x


def weighted(x, p):
    both = np.concatenate([np.log(p["w"]) + p["b"] * x, np.log(p["k"]) - x])
    L = logsumexp(both)
    share = np.exp(both - L)
    return L, p["b"] * share[:6] - share[6:]


def softened(x, p):
    z = p["k"] * np.exp(p["b"] * x)
    return (np.log1p(z) / p["b"]).sum(), z / (1 + z)


# Formulas with parameters in exponents and in front of exponentials, one a neuron or one in all.
WRITTEN = [
    (
        "(s**p + sum(abs(x)**p))**(1/p) + sum(c*x**2)",
        {"s": 0.5, "p": 2.5, "c": [0.3, 0.1, 0.2, 0.5, 0.7, 0.4]},
        power_sum,
    ),
    (
        "log(sum(w*exp(b*x)) + sum(k*exp(-x)))",
        {"w": [0.5, 0.7, 1.5, 2, 0.3, 0.9], "b": 1.3, "k": 0.4},
        weighted,
    ),
    ("log(1 + k*exp(b*x))/b", {"k": [3, 2, 1, 0.5, 0.2, 1], "b": 1.2}, softened),
]


@pytest.mark.parametrize(("text", "parameters", "oracle"), WRITTEN, ids=["powers", "sums", "logs"])
def test_parameters_of_formulas(text, parameters, oracle):
    compare(described({"expression": text, **parameters}), oracle)


@pytest.mark.parametrize("kind", ["softmax", "entmax", "layer_norm", "lp_norm"])
def test_sets_along_any_axes_are_groups_by_themselves(kind):
    whole = described({"kind": kind}, (3, 4, 2), over=[0, 2])
    x, y = drawn(whole)
    found = lagrangian_gradient(whole, x, y)["a"], lagrangian_slopes(whole, x)["a"]
    for k in range(4):
        part = described({"kind": kind}, (6,))
        rows = [v[:, 2:].reshape(ROWS, 3, 4, 2)[:, :, k].reshape(ROWS, 6) for v in (x, y)]
        rows = [np.concatenate([np.zeros((ROWS, 2)), v], axis=1) for v in rows]
        alone = lagrangian_gradient(part, *rows)["a"], lagrangian_slopes(part, rows[0])["a"]
        for ours, theirs in zip(found, alone, strict=True):
            for name, values in ours.items():
                own = values.reshape(ROWS, 3, 4, 2)[:, :, k].reshape(ROWS, 6)
                np.testing.assert_allclose(own, theirs[name], rtol=1e-12, atol=1e-15)


def test_only_what_is_asked_for_is_made():
    network = described({"kind": "layer_norm"})
    x, y = drawn(network)
    found = lagrangian_gradient(network, x, y, only={"a": ["gain"]})
    assert {name: list(parts) for name, parts in found.items()} == {"a": ["gain"]}
    np.testing.assert_array_equal(
        found["a"]["gain"], lagrangian_gradient(network, x, y)["a"]["gain"]
    )
    assert lagrangian_gradient(network, x, y, only={}) == {}
    assert "first" not in lagrangian_gradient(network, x, y)


@pytest.mark.parametrize("row", FAMILIES, ids=lambda row: row.name)
def test_derivatives_are_finite_at_the_origin_and_far_out(row):
    network = described({"kind": row.name})
    size = 10.0 if row.growth == "inf" else 1e3
    x = np.concatenate([np.zeros((1, 8)), size * np.eye(8)[2:], -size * np.eye(8)[2:]])
    bare = {"epsilon": 0.0, "sigma": 0.0}  # at which g jumps at the origin
    for values in [{}, {name: 0.0 for name in bare if name in network.group("a").parameters}]:
        group = network.group("a")
        parameters = {**group.parameters, **{name: np.zeros(6) for name in values}}
        at = replace(network, groups=(network.groups[0], replace(group, parameters=parameters)))
        products = lagrangian_gradient(at, x, np.ones_like(x))["a"]
        for name, found in products.items():
            assert np.isfinite(found).all(), (row.name, name, values)
    for name, found in lagrangian_slopes(network, x)["a"].items():
        assert np.isfinite(found).all(), (row.name, name)


def test_every_parameter_has_derivatives():
    for row in FAMILIES:
        names = [parameter.name for parameter in row.parameters]
        if row.name in WRITTEN_OUT:
            assert sorted(WRITTEN_OUT[row.name]) == sorted(names), row.name
        else:
            why = "write its derivatives out in lagrangians/sensitivity, or fill in `written`"
            assert row.written, f"{row.name}: {why}"
    assert set(WRITTEN_OUT) <= {row.name for row in FAMILIES}
