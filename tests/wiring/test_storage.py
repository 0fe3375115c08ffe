"""Rules that store patterns: against loops over their definitions, and what they promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamsim.wiring.storage import RULES, hebbian, pseudoinverse, storkey, storkey_second_order

ROUNDING = 1e-12


def hebbian_by_loops(patterns):
    p, n = patterns.shape
    w = np.zeros((n, n))
    for mu in range(p):
        for i, j in np.ndindex(n, n):
            w[i, j] += patterns[mu, i] * patterns[mu, j] / n
    return w


def storkey_by_loops(patterns, second_order=False):
    n = patterns.shape[1]
    w = np.zeros((n, n))
    for xi in patterns:
        h = np.zeros((n, n))
        for i, j in np.ndindex(n, n):
            h[i, j] = sum(w[i, k] * xi[k] for k in range(n) if k not in (i, j))
        new = w.copy()
        for i, j in np.ndindex(n, n):
            new[i, j] += (xi[i] * xi[j] - xi[i] * h[j, i] - h[i, j] * xi[j]) / n
            if second_order:
                new[i, j] += h[i, j] * h[j, i] / n
        w = new
    return w


def projection_by_loops(patterns):
    """Of every basis vector, by Gram and Schmidt; patterns that depend on others drop out."""
    n = patterns.shape[1]
    basis = []
    for xi in patterns:
        rest = xi.astype(float)
        for _ in range(2):
            for b in basis:
                rest = rest - (b @ rest) * b
        if np.linalg.norm(rest) > 1e-8:
            basis.append(rest / np.linalg.norm(rest))
    w = np.zeros((n, n))
    for b in basis:
        for i, j in np.ndindex(n, n):
            w[i, j] += b[i] * b[j]
    return w


BY_LOOPS = {
    "hebbian": hebbian_by_loops,
    "storkey": storkey_by_loops,
    "storkey_second_order": lambda patterns: storkey_by_loops(patterns, second_order=True),
    "pseudoinverse": projection_by_loops,
}


def signs(p, n, seed=0):
    return np.random.default_rng(seed).choice([-1.0, 1.0], size=(p, n))


def without_diagonal(w):
    return w - np.diag(np.diagonal(w))


def test_every_rule_has_its_loops():
    assert RULES == {
        "hebbian": hebbian,
        "storkey": storkey,
        "storkey_second_order": storkey_second_order,
        "pseudoinverse": pseudoinverse,
    }
    assert list(BY_LOOPS) == list(RULES)


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=25, deadline=None)
@given(p=st.integers(1, 6), n=st.integers(1, 9), graded=st.booleans(), seed=st.integers(0, 99))
def test_rule_is_its_definition(rule, p, n, graded, seed):
    # Rules of Storkey with graded patterns grow fast; smaller ones keep the rounding small.
    patterns = np.random.default_rng(seed).uniform(-1, 1, (p, n)) if graded else signs(p, n, seed)
    expected = BY_LOOPS[rule](patterns)
    for self_connections in (False, True):
        w = RULES[rule](patterns, self_connections=self_connections)
        wanted = expected if self_connections else without_diagonal(expected)
        np.testing.assert_allclose(w, wanted, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("self_connections", [False, True])
def test_weights_are_symmetric_to_the_last_bit(rule, self_connections):
    graded = np.random.default_rng(1).normal(size=(23, 101)) / 3
    for patterns in (graded, signs(23, 101)):
        w = RULES[rule](patterns, self_connections)
        assert w.dtype == np.float64
        assert w.shape == (101, 101)
        np.testing.assert_array_equal(w, w.T)


@pytest.mark.parametrize("rule", RULES)
def test_the_diagonal_is_zero_unless_asked_for(rule):
    patterns = signs(7, 40)
    without, with_self = RULES[rule](patterns), RULES[rule](patterns, self_connections=True)
    assert np.all(np.diagonal(without) == 0)
    assert np.all(np.diagonal(with_self) > 0)
    np.testing.assert_array_equal(without, without_diagonal(with_self))


@pytest.mark.parametrize(
    ("rule", "load"),
    [("hebbian", 0.05), ("storkey", 0.15), ("storkey_second_order", 0.15), ("pseudoinverse", 0.4)],
)
@pytest.mark.parametrize("seed", range(5))
def test_stored_patterns_are_fixed_points(rule, load, seed):
    n = 200
    patterns = signs(round(load * n), n, seed)
    np.testing.assert_array_equal(np.sign(patterns @ RULES[rule](patterns)), patterns)


def test_storkeys_rule_holds_more_patterns_than_hebbs():
    patterns = signs(40, 200)
    lost = {rule: np.mean(np.sign(patterns @ RULES[rule](patterns)) != patterns) for rule in RULES}
    assert lost["hebbian"] > 0.005
    assert lost["storkey"] == lost["storkey_second_order"] == lost["pseudoinverse"] == 0


@pytest.mark.parametrize("rule", RULES)
def test_one_pattern_is_stored_alike_by_all(rule):
    xi = signs(1, 30)
    expected = xi.T @ xi / 30
    np.testing.assert_allclose(RULES[rule](xi, True), expected, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("rule", RULES)
def test_turning_a_pattern_round_changes_nothing(rule):
    patterns = signs(5, 30)
    turned = patterns * np.array([1, -1, -1, 1, -1])[:, None]
    np.testing.assert_allclose(RULES[rule](turned), RULES[rule](patterns), rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("rule", RULES)
def test_order_of_patterns_matters_for_storkeys_rules_only(rule):
    patterns = signs(8, 30)
    difference = np.abs(RULES[rule](patterns[::-1]) - RULES[rule](patterns)).max()
    if rule.startswith("storkey"):
        assert difference > 1e-3
    else:
        assert difference < ROUNDING


@pytest.mark.parametrize("rule", RULES)
def test_renumbered_neurons_have_renumbered_weights(rule):
    patterns = signs(6, 25)
    order = np.random.default_rng(2).permutation(25)
    expected = RULES[rule](patterns, True)[np.ix_(order, order)]
    renumbered = RULES[rule](patterns[:, order], True)
    np.testing.assert_allclose(renumbered, expected, rtol=0, atol=ROUNDING)


def test_orders_of_storkeys_rule_differ_from_the_second_pattern_on():
    patterns = signs(3, 20)
    first = np.abs(storkey(patterns[:1]) - storkey_second_order(patterns[:1])).max()
    assert first == 0
    assert np.abs(storkey(patterns) - storkey_second_order(patterns)).max() > 1e-3


def test_pseudoinverse_is_a_projection():
    patterns = signs(40, 100)
    w = pseudoinverse(patterns, self_connections=True)
    np.testing.assert_allclose(w @ w, w, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(patterns @ w, patterns, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(w, np.linalg.pinv(patterns) @ patterns, rtol=0, atol=ROUNDING)
    assert np.trace(w) == pytest.approx(40, abs=1e-10)


def test_pseudoinverse_of_dependent_patterns():
    patterns = signs(10, 60)
    repeated = np.vstack([patterns, -patterns[:4], 0.5 * (patterns[1] + patterns[2])])
    w = pseudoinverse(patterns, True)
    np.testing.assert_allclose(pseudoinverse(repeated, True), w, rtol=0, atol=ROUNDING)
    many = pseudoinverse(signs(50, 12), True)  # they span the whole space
    np.testing.assert_allclose(many, np.eye(12), rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("rule", RULES)
def test_nothing_stored_is_no_weights(rule):
    for patterns in (np.empty((0, 5)), np.zeros((2, 5))):
        np.testing.assert_array_equal(RULES[rule](patterns, True), np.zeros((5, 5)))


@pytest.mark.parametrize("rule", RULES)
def test_patterns_are_left_alone_and_may_be_of_integers(rule):
    patterns = signs(4, 12)
    integers = patterns.astype(np.int8)
    np.testing.assert_array_equal(RULES[rule](integers), RULES[rule](patterns.tolist()))
    np.testing.assert_array_equal(integers, patterns)
