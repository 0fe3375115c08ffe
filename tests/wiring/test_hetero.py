"""Patterns that recall other patterns: against loops, and what the weights promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.wiring.hetero import correlation, following, projection

ROUNDING = 1e-12


def signs(p, n, seed=0):
    return np.random.default_rng(seed).choice([-1.0, 1.0], size=(p, n))


def by_loops(received, sent, m):
    w = np.zeros((received.shape[1], sent.shape[1]))
    for eta, xi in zip(received, sent, strict=True):
        for i, j in np.ndindex(w.shape):
            w[i, j] += eta[i] * xi[j] / m
    return w


def described(connection, a=7, b=5, kind="tanh"):
    groups = {"a": {"size": a, "lagrangian": kind}, "b": {"size": b, "lagrangian": kind}}
    return {"format": "hamsim/1", "groups": groups, "connections": [connection]}


def block(network, rows, columns):
    return network.W.toarray()[network.index(rows), network.index(columns)]


@given(p=st.integers(1, 6), n=st.integers(1, 8), k=st.integers(1, 8), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_correlation_is_the_sum_of_outer_products(p, n, k, seed):
    eta, xi = signs(p, n, seed), signs(p, k, seed + 1)
    np.testing.assert_allclose(correlation(eta, xi), by_loops(eta, xi, k), atol=ROUNDING)
    there, back = correlation(eta, xi, both_ways=True), correlation(xi, eta, both_ways=True)
    np.testing.assert_allclose(there, by_loops(eta, xi, np.sqrt(n * k)), atol=ROUNDING)
    np.testing.assert_array_equal(there, back.T)


@given(p=st.integers(1, 6), n=st.integers(1, 8), k=st.integers(1, 8), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_projection_is_the_least_squares_solution(p, n, k, seed):
    """Also of dependent patterns, and of more patterns than neurons."""
    eta, xi = signs(p, n, seed), signs(p, k, seed + 1)
    expected = np.linalg.lstsq(xi, eta, rcond=None)[0].T
    np.testing.assert_allclose(projection(eta, xi), expected, atol=1e-10)


def test_partners_of_independent_patterns_are_exact():
    eta, xi = signs(4, 9, 1), signs(4, 8, 2)
    assert np.linalg.matrix_rank(xi) == 4
    np.testing.assert_allclose(projection(eta, xi) @ xi.T, eta.T, atol=ROUNDING)


def test_what_follows():
    patterns = np.arange(6.0).reshape(3, 2)
    after, before = following(patterns, cyclic=True)
    np.testing.assert_array_equal(after, patterns[[1, 2, 0]])
    np.testing.assert_array_equal(before, patterns)
    after, before = following(patterns, cyclic=False)
    np.testing.assert_array_equal(after, patterns[1:])
    np.testing.assert_array_equal(before, patterns[:-1])


@pytest.mark.parametrize("ends", [("a", "b"), ("b", "a")])
def test_ends_are_named_in_reading_order(ends):
    one, other = ends
    sizes = {"a": 7, "b": 5}
    first, second = signs(3, sizes[one], 3), signs(3, sizes[other], 4)
    pairs = {"associate": {"first": first, "second": second}}
    both = hamsim.compile(described({"between": [one, other], "weights": pairs}))
    assert both.symmetric
    expected = by_loops(first, second, np.sqrt(35))
    np.testing.assert_allclose(block(both, one, other), expected, atol=ROUNDING)
    way = hamsim.compile(described({"from": one, "to": other, "weights": pairs}))
    expected = by_loops(second, first, sizes[one])
    np.testing.assert_allclose(block(way, other, one), expected, atol=ROUNDING)
    assert not block(way, one, other).any()
    # The same pairs as rows over both ends.
    joint = {"associate": {"patterns": np.hstack([first, second])}}
    again = hamsim.compile(described({"from": one, "to": other, "weights": joint}))
    np.testing.assert_array_equal(again.W.toarray(), way.W.toarray())


def test_a_bidirectional_memory_completes_a_pair_from_either_side():
    """Kosko's memory: a corrupted half recalls both halves, and the energy falls on the way."""
    drawn = {"associate": {"patterns": {"signs": {}, "count": 4}}}
    description = described({"name": "pairs", "between": ["a", "b"], "weights": drawn}, 80, 60)
    description["groups"]["b"]["initial"] = {
        "corrupt": {"of": {"patterns": "pairs"}, "flips": 0.15}
    }
    for group in description["groups"].values():
        group["lagrangian"] = {"kind": "tanh", "beta": 5.0}
    network = hamsim.compile(description)
    trace = hamsim.simulate(network, method="euler", dt=0.2, t_end=40, until={"residual": 1e-6})
    stored = hamsim.load(description)
    stored = hamsim.compile(stored, {f"groups.{g}.initial": {"patterns": "pairs"} for g in "ab"})
    assert trace.outcome == "converged"
    assert not trace.stats.energy.rose
    assert (network.initial[:, :80] == 0).all()
    np.testing.assert_array_equal(np.sign(trace.final), stored.initial)


@pytest.mark.parametrize("kind", ["step", "sigmoid"])
@pytest.mark.parametrize("way", [{"between": ["a", "b"]}, {"from": "a", "to": "b"}])
def test_pairs_of_0_and_1_drive_neurons_half_as_much_as_pairs_of_signs(kind, way):
    """What neurons of -1 and 1 receive from a state, those of 0 and 1 receive half of."""
    first, second, state = signs(3, 7, 5), signs(3, 5, 6), signs(1, 12, 7)[0]
    ends = {"first": first, "second": second}
    counted = {key: (rows + 1) / 2 for key, rows in ends.items()}
    of_signs = hamsim.compile(described({**way, "weights": {"associate": ends}}))
    pairs = {"associate": {**counted, "coding": "binary"}}
    binary = hamsim.compile(described({**way, "weights": pairs}, kind=kind))
    np.testing.assert_array_equal(binary.W.toarray(), of_signs.W.toarray())
    drive = binary.W @ ((state + 1) / 2) + binary.input
    np.testing.assert_allclose(drive, 0.5 * (of_signs.W @ state), atol=ROUNDING)


@pytest.mark.parametrize("rule", ["hebbian", "pseudoinverse"])
def test_a_sequence_steps_on_to_the_next_pattern(rule):
    """Steps as long as tau, or sweeps, set all neurons at once: each recalls the next pattern."""
    patterns = signs(5, 100, 8)
    connection = {
        "name": "steps",
        "from": "a",
        "to": "a",
        "weights": {"sequence": {"patterns": patterns, "rule": rule}},
    }
    description = described(connection, 100, kind="sign")
    description["groups"]["a"]["initial"] = {"patterns": "steps", "row": 3}
    trace = hamsim.simulate(description, method="euler", dt=1, steps=4, threads=1)
    np.testing.assert_array_equal(np.sign(trace.of("a")), patterns[[3, 4, 0, 1, 2]])
    trace = hamsim.simulate(description, method="synchronous", sweeps=4)
    np.testing.assert_array_equal(trace.of("a"), patterns[[3, 4, 0, 1, 2]])


def test_a_sequence_that_ends_does_not_return():
    patterns = signs(3, 6, 9)
    connection = {"from": "a", "to": "a", "self_connections": True}
    ends = {"sequence": {"patterns": patterns, "cyclic": False}}
    network = hamsim.compile(described({**connection, "weights": ends}, 6))
    expected = by_loops(patterns[1:], patterns[:-1], 6)
    np.testing.assert_allclose(block(network, "a", "a"), expected, atol=ROUNDING)
    assert not network.symmetric
