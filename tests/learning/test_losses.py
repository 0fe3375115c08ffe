"""Losses: values against their formulas written out, slopes against differences of values."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from learning_by_jax import float64
from scipy.special import log_softmax, softmax

import hamsim
from hamsim.errors import HamsimError

SIZES = {"hidden": 4, "classes": 3, "map": (2, 2, 3), "across": (3, 2)}


@pytest.fixture(scope="module")
def network():
    groups = {
        "hidden": {"size": 4, "lagrangian": "tanh"},
        "classes": {"size": 3, "lagrangian": {"kind": "softmax", "beta": 1.7}},
        "map": {"shape": [2, 2, 3], "lagrangian": {"kind": "softmax", "beta": 0.6, "over": "last"}},
        "across": {"shape": [3, 2], "lagrangian": {"kind": "softmax", "over": [0]}},
        "ghost": {"size": 2, "lagrangian": "ghostmax"},
        "own": {"size": 3, "lagrangian": {"expression": "log(sum(exp(b*x)))/b", "b": 2.5}},
    }
    return hamsim.compile({"format": "hamsim/1", "groups": groups})


def activations(network, x):
    """Written out here: nothing has to be compiled for losses."""
    g = np.empty_like(x)
    for group in network.groups:
        states = x[:, group.slice].reshape(len(x), *group.shape)
        if group.name == "hidden":
            own = np.tanh(states)
        elif group.name == "ghost":
            own = np.exp(states) / (1 + np.exp(states).sum(1, keepdims=True))
        else:
            own = softmax(beta_of(group) * states, axis=tuple(1 + axis for axis in group.over))
        g[:, group.slice] = own.reshape(len(x), -1)
    return g


def beta_of(group):
    return group.parameters["b" if group.name == "own" else "beta"][0]


def drawn(network, rows=5, seed=0):
    x = np.random.default_rng(seed).normal(size=(rows, network.n_neurons))
    return x, activations(network, x)


def numerical(f, v, h=1e-6):
    """Central differences of a function of rows."""
    result = np.zeros_like(v)
    for k in range(v.shape[1]):
        step = np.zeros_like(v)
        step[:, k] = h
        result[:, k] = (f(v + step) - f(v - step)) / (2 * h)
    return result


# Formulas in v, the activation or state.
FORMULAS = ["(v - t)**4 + sin(v)*t", "sum(v*t)**2 + mean(exp(v - t))", "mean(v)**2"]


@pytest.mark.parametrize("of", ["g", "x"])
@pytest.mark.parametrize("formula", ["squared", *FORMULAS])
def test_slopes_are_those_of_the_values(network, formula, of):
    v = drawn(network)[of == "g"]
    target = None
    if formula != FORMULAS[2]:
        target = np.random.default_rng(1).normal(size=(5, 4))
    kind = formula.replace("v", of)
    bound = hamsim.loss(kind, group="hidden", target=target, of=of).bound(network, 5)
    assert bound.of == of
    np.testing.assert_array_equal(bound.neurons, np.arange(4))
    np.testing.assert_allclose(bound.slope(v), numerical(bound.value, v), rtol=1e-7, atol=1e-8)
    curvature = bound.curvature(v)
    if "(v)" in formula.replace("sin(v)", "") or "sum" in formula:
        assert curvature is None
    else:
        np.testing.assert_allclose(curvature, twice(bound, v), rtol=1e-6, atol=1e-8)


def twice(bound, v, h=1e-6):
    """Diagonal of the second derivative, by differences of slopes."""
    steps = h * np.eye(v.shape[1])
    pairs = [bound.slope(v + step) - bound.slope(v - step) for step in steps]
    return np.stack([pair[:, k] for k, pair in enumerate(pairs)], axis=1) / (2 * h)


def test_values_are_their_formulas(network):
    x, g = drawn(network)
    t = np.random.default_rng(2).normal(size=(5, 4))
    v, w = g[:, :4], x[:, :4]
    asked = [
        ("squared", "g", ((v - t) ** 2).sum(1) / 2),
        ("squared", "x", ((w - t) ** 2).sum(1) / 2),
        ("abs(g - t)", "g", np.abs(v - t).sum(1)),
        ("sum(t*x)**2 + mean(x)", "x", (t * w).sum(1) ** 2 + w.mean(1)),
        ("sum(1)*max(x, t)/2", "x", None),
    ]
    for kind, of, expected in asked[:4]:
        bound = hamsim.loss(kind, "hidden", t, of).bound(network, 5)
        np.testing.assert_allclose(bound.value(g if of == "g" else x), expected, rtol=1e-13)
    with pytest.raises(HamsimError, match="stands outside sum"):
        hamsim.loss(asked[4][0], "hidden", t, "x")


@pytest.mark.parametrize("name", ["classes", "map", "across", "own"])
def test_cross_entropy_is_that_of_the_softmax_of_states(network, name):
    x, g = drawn(network)
    group = network.group(name)
    rest = tuple(n for axis, n in enumerate(group.shape) if axis not in group.over)
    classes = np.random.default_rng(3).integers(0, group.shared, size=(5, *rest))
    bound = hamsim.loss("cross_entropy", name, classes).bound(network, 5)
    beta = beta_of(group)
    axes = tuple(1 + axis for axis in group.over)
    states = x[:, group.slice].reshape(5, *group.shape)
    log_p = np.moveaxis(log_softmax(beta * states, axis=axes), axes[0], -1)
    picked = np.take_along_axis(log_p, classes[..., None], axis=-1)
    expected = -picked.reshape(5, -1).sum(1)
    np.testing.assert_allclose(bound.value(g), expected, rtol=1e-12)
    np.testing.assert_allclose(bound.slope(g), numerical(bound.value, g, 1e-7), rtol=1e-5)
    np.testing.assert_allclose(bound.curvature(g), twice(bound, g), rtol=1e-4, atol=1e-6)
    inner = bound.in_states()
    assert (inner.of, inner.in_states()) == ("x", None)
    np.testing.assert_allclose(inner.value(x), expected, rtol=1e-12)
    np.testing.assert_allclose(inner.slope(x), numerical(inner.value, x), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(inner.curvature(x), twice(inner, x), rtol=1e-5, atol=1e-7)
    p, c = (
        np.moveaxis(v[:, group.slice].reshape(5, *group.shape), axes[0], -1)
        for v in (g, bound.slope(g))
    )
    product = beta * p * (c - (p * c).sum(-1, keepdims=True))  # H c
    through = np.zeros_like(g)
    through[:, group.slice] = np.moveaxis(product, -1, axes[0]).reshape(5, -1)
    np.testing.assert_allclose(inner.slope(x), through, rtol=1e-10, atol=1e-14)


def test_cross_entropy_of_states_of_shares_is_that_of_the_shares(network):
    _, g = drawn(network)
    bound = hamsim.loss("cross_entropy", "classes", [0, 1, 2, 0, 1], of="x").bound(network, 5)
    same = hamsim.loss("cross_entropy", "classes", [0, 1, 2, 0, 1]).bound(network, 5)
    assert bound.of == "g"
    np.testing.assert_array_equal(bound.value(g), same.value(g))


def test_a_loss_takes_the_beta_of_its_network(network):
    x, _ = drawn(network)
    bound = hamsim.loss("cross_entropy", "classes", [0, 1, 2, 0, 1]).bound(network, 5)
    steeper = [
        replace(each, parameters={"beta": 2 * each.parameters["beta"]})
        if each.name == "classes"
        else each
        for each in network.groups
    ]
    other = replace(network, groups=tuple(steeper))
    inner = bound.seen_in(other).in_states()
    anew = hamsim.loss("cross_entropy", "classes", [0, 1, 2, 0, 1]).bound(other, 5).in_states()
    np.testing.assert_array_equal(inner.value(x), anew.value(x))
    np.testing.assert_array_equal(inner.slope(x), anew.slope(x))
    assert (inner.value(x) != bound.in_states().value(x)).all()
    plain = hamsim.loss("squared", "hidden", 0.0).bound(network, 5)
    assert plain.seen_in(other) is plain


def test_cross_entropy_of_states_is_that_of_jax(network):
    x, _ = drawn(network)
    t = np.random.default_rng(4).dirichlet(np.ones(4), size=5)
    bound = hamsim.loss("cross_entropy", "hidden", t, of="x").bound(network, 5)

    def entropy(states):
        return -(t * jax.nn.log_softmax(states[:, :4], axis=-1)).sum()

    with float64():
        value, slope = jax.value_and_grad(entropy)(x)
    np.testing.assert_allclose(bound.value(x).sum(), value, rtol=1e-13)
    np.testing.assert_allclose(bound.slope(x), slope, rtol=1e-12, atol=1e-15)


def test_cross_entropy_of_states_is_finite_where_shares_are_0(network):
    x = np.zeros((1, network.n_neurons))
    x[0, network.index("classes")] = [0.0, -3000.0, 2000.0]
    bound = hamsim.loss("cross_entropy", "classes", [1]).bound(network, 1)
    assert np.isinf(bound.value(activations(network, x)))
    assert np.isfinite(bound.slope(activations(network, x))).all()
    inner = bound.in_states()
    np.testing.assert_allclose(inner.value(x), 1.7 * 5000)
    np.testing.assert_allclose(inner.slope(x)[0, network.index("classes")], [0, -1.7, 1.7])


def test_classes_and_shares_are_the_same_targets(network):
    _, g = drawn(network, rows=2)
    values = [
        hamsim.loss("cross_entropy", "classes", target).bound(network, 2).value(g)
        for target in ([2, 0], [2.0, 0.0], [[0, 0, 1], [1, 0, 0]])
    ]
    np.testing.assert_array_equal(values[0], values[1])
    np.testing.assert_array_equal(values[0], values[2])
    for target in (1, [0, 1, 0], [[0, 1, 0]], [[1]][0] * 2):
        bound = hamsim.loss("cross_entropy", "classes", target).bound(network, 2)
        assert bound.value(g).shape == (2,)
        np.testing.assert_allclose(bound.value(g), -np.log(g[:, network.index("classes")][:, 1]))
    three = np.full(3, 1 / 3)  # as many trials as classes: no class is a third
    bound = hamsim.loss("cross_entropy", "classes", three).bound(network, 3)
    assert bound.target.shape == (1, 3)


def test_a_function_with_its_slope(network):
    _, g = drawn(network)

    def value(v, t):
        return ((v - t) ** 2).sum(axis=1)

    t = np.ones(2)
    made = hamsim.loss(value, ["hidden[1]", "hidden[3]"], t, slope=lambda v, t: 2 * (v - t))
    bound = made.bound(network, 5)
    np.testing.assert_array_equal(bound.neurons, [1, 3])
    np.testing.assert_allclose(bound.value(g), ((g[:, [1, 3]] - 1) ** 2).sum(1))
    expected = np.zeros_like(g)
    expected[:, [1, 3]] = 2 * (g[:, [1, 3]] - 1)
    np.testing.assert_allclose(bound.slope(g), expected)
    assert bound.curvature(g) is None
    with pytest.raises(HamsimError, match=r"the slope of the loss gave shape \(5,\); it must be"):
        hamsim.loss(value, "hidden", 0.0, slope=value).bound(network, 5).slope(g)
    with pytest.raises(HamsimError, match="the loss gave no numbers"):
        hamsim.loss(lambda v, t: "much", "hidden", slope=value).bound(network, 5).value(g)


def test_rows_of_a_loss_are_those_trials(network):
    _, g = drawn(network)
    for made in (
        hamsim.loss("squared", "map", np.random.default_rng(5).normal(size=(5, 2, 2, 3))),
        hamsim.loss("cross_entropy", "classes", [0, 1, 2, 0, 1]),
        hamsim.loss("squared", "map", 0.5),
        hamsim.loss("g**2", "map"),
    ):
        bound = made.bound(network, 5)
        some = bound.rows(np.array([3, 0]))
        np.testing.assert_array_equal(some.value(g[[3, 0]]), bound.value(g)[[3, 0]])
        np.testing.assert_array_equal(some.slope(g[[3, 0]]), bound.slope(g)[[3, 0]])
    assert made.with_target(None).bound(network, 2).target is None


REFUSED = [
    (("squared", "hiden", 0.0), {}, "no group 'hiden'|hiden"),
    (("squared", "hidden"), {}, "the loss of 'hidden' needs a target"),
    (("squared", "hidden", np.zeros(3)), {}, r"shape \(3,\); it must be \(4,\), with an axis of 5"),
    (("squared", "map", np.zeros((2, 6))), {}, r"must be \(12,\) or \(2, 2, 3\)"),
    (("squared", "hidden", [0, np.nan, 0, 0]), {}, "holds numbers that are not finite"),
    (("squared", "hidden", "high"), {}, "must be numbers, not 'high'"),
    (("squared", ["hidden", "hidden[1]"], 0.0), {}, "reads a neuron of 2 groups twice"),
    (("g**2", "hidden", 1.0), {}, "the loss 'g\\*\\*2' has no t"),
    (
        ("cross_entropy", "hidden", [0] * 5),
        {},
        "add up to 1, as those of softmax; 'hidden' has tanh",
    ),
    (("cross_entropy", "ghost", [0] * 5), {}, "'ghost' has ghostmax"),
    (("cross_entropy", ["classes", "own"], 0), {}, "cross_entropy is of one whole group"),
    (("cross_entropy", "classes"), {}, "the loss of 'classes' needs a target"),
    (("cross_entropy", "classes", [0, 1, 3, 1, 1]), {}, "the class 3; classes are .* from 0 to 2"),
    (("cross_entropy", "classes", [0, 1]), {}, "has 2 classes for 5 trials"),
    (("cross_entropy", "classes", [0.2, 0.2, 0.2]), {}, "not negative and add up to 1"),
    (("square", "hidden", 0.0), {}, "none of squared, cross_entropy, and .*'square'"),
    (("(g - a)**2", "hidden", 0.0), {}, "unknown name 'a' in the loss"),
    (("(x - t)**2", "hidden", 0.0), {}, "unknown name 'x'"),
    (("t**2", "hidden", 0.0), {}, "does not depend on g"),
    (("squared", "hidden", 0.0), {"of": "y"}, 'a loss is of "g" or of "x", not \'y\''),
    (("squared", "hidden", 0.0), {"slope": np.sin}, "slope goes with a loss that is a function"),
    ((np.sin, "hidden", 0.0), {}, "needs slope, its derivative"),
    ((3, "hidden", 0.0), {}, "a loss is squared, cross_entropy, a formula or a function, not 3"),
]


@pytest.mark.parametrize(("given", "more", "message"), REFUSED)
def test_what_is_no_loss_is_refused_in_one_line(network, given, more, message):
    with pytest.raises(HamsimError, match=message) as caught:
        hamsim.loss(*given, **more).bound(network, 5)
    assert "\n" not in str(caught.value)


def test_targets_say_for_how_many_trials_they_are(network):
    for kind, name, target, trials in [
        ("squared", "map", 0.0, None),
        ("squared", "map", np.zeros((2, 2, 3)), None),
        ("squared", "map", np.zeros((1, 12)), None),
        ("squared", "map", np.zeros((7, 12)), 7),
        ("squared", ["hidden", "classes"], np.zeros((6, 7)), 6),
        ("g**2", "map", None, None),
        ("cross_entropy", "classes", 2, None),
        ("cross_entropy", "classes", [0, 1, 0, 2], 4),
        ("cross_entropy", "classes", [0, 1, 1], 3),
        ("cross_entropy", "classes", [0, 1, 0], None),
        ("cross_entropy", "classes", [0.25, 0.5, 0.25], None),
        ("cross_entropy", "classes", np.full((4, 3), 1 / 3), 4),
        ("cross_entropy", "map", np.zeros((2, 2)), None),
        ("cross_entropy", "map", np.zeros((6, 2, 2)), 6),
    ]:
        made = hamsim.loss(kind, name, target)
        assert made.trials(network) == trials, (kind, name, target)
        made.bound(network, trials or 5)


def test_where_a_loss_is_least(network):
    t = np.random.default_rng(6).normal(size=(5, 4))
    np.testing.assert_array_equal(hamsim.loss("squared", "hidden", t).bound(network, 5).least(), t)
    bound = hamsim.loss("cross_entropy", "classes", [2]).bound(network, 1)
    np.testing.assert_array_equal(bound.least(), [[0, 0, 1]])
    assert bound.in_states().least() is None
    assert hamsim.loss("(g - t)**2", "hidden", t).bound(network, 5).least() is None
