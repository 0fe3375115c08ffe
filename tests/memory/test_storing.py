"""Storing and forgetting: the same network as if it had been described so from the start."""

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.memory import forget, store
from hamsim.wiring.hopfield import FACTORS, RULES, THRESHOLDS, hebbian

ROUNDING = 1e-12


def signs(p, n, seed=0):
    return np.random.default_rng(seed).choice([-1.0, 1.0], size=(p, n))


def neurons(n, kind="tanh", **more):
    return {"format": "hamsim/1", "groups": {"cells": {"size": n, "lagrangian": kind, **more}}}


def require_same(one, other):
    """The same bits of W and inputs, and the same description."""
    assert one.source == other.source
    np.testing.assert_array_equal(one.input, other.input)
    for array in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(one.W, array), getattr(other.W, array))


@pytest.mark.parametrize("rule", RULES)
@given(p=st.integers(2, 6), n=st.integers(2, 9), seed=st.integers(0, 99))
@settings(max_examples=8, deadline=None)
def test_patterns_stored_one_by_one_are_stored_at_once(rule, p, n, seed):
    patterns = signs(p, n, seed)
    whole = store(neurons(n), patterns, rule=rule)
    np.testing.assert_allclose(whole.W.toarray(), RULES[rule](patterns), atol=ROUNDING)
    network = hamsim.compile(neurons(n))
    for row in patterns:
        network = store(network, row, rule=rule)
    require_same(network, whole)
    more = signs(p, n, seed + 100)
    require_same(forget(store(whole, more), more), whole)


@pytest.mark.parametrize("rule", RULES)
def test_a_forgotten_pattern_was_never_there(rule):
    patterns = signs(5, 12, 1)
    network = forget(store(neurons(12), patterns, rule=rule), patterns[[1, 3]])
    require_same(network, store(neurons(12), patterns[[0, 2, 4]], rule=rule))
    # Its negative is the same memory, and of equal ones the last is taken.
    twice = store(network, patterns[:1])
    require_same(forget(twice, -patterns[0]), network)


def test_what_is_stored_can_be_asked_for_and_shown(tmp_path):
    patterns = signs(3, 20, 2)
    network = store(neurons(20, initial={"signs": {}}), patterns)
    (tmp_path / "network.yaml").write_text(network.source)
    require_same(hamsim.compile(tmp_path / "network.yaml"), network)
    assert network.connections[0].name == "stored"
    found = hamsim.load(tmp_path / "network.yaml", {"groups.cells.initial": {"patterns": "stored"}})
    np.testing.assert_array_equal(hamsim.compile(found).initial, patterns)


def test_patterns_join_those_that_a_file_draws():
    description = neurons(30)
    drawn = {"store": {"patterns": {"signs": {}, "count": 4}, "rule": "storkey"}}
    description["connections"] = [{"name": "old", "within": "cells", "weights": drawn}]
    description["groups"]["cells"]["initial"] = {"patterns": "old"}
    before = hamsim.compile(description)
    more = signs(2, 30, 3)
    network = store(before.replace(tau=2.0), more)
    np.testing.assert_array_equal(network.initial, np.vstack([before.initial, more]))
    expected = RULES["storkey"](network.initial)
    np.testing.assert_allclose(network.W.toarray(), expected, atol=ROUNDING)
    require_same(forget(network, more), forget(store(before, more), more))


@pytest.mark.parametrize("rule", [rule for rule in FACTORS if rule not in THRESHOLDS])
def test_factors_are_the_same_memories(rule):
    """Without the coupling of neurons to themselves, and as they grow."""
    patterns, x = signs(4, 15, 4), np.random.default_rng(5).normal(size=15)
    whole = store(neurons(15), patterns, rule=rule)
    network = store(neurons(15), patterns[:3], rule=rule, factors=True)
    assert network.group("memories").size == 3
    network = store(network, patterns[3])
    assert network.group("memories").size == 4
    assert np.all(network.tau[15:] == 0)
    state = np.concatenate([x, np.zeros(4)])
    velocity = hamsim.velocity(network, state)[:15]
    np.testing.assert_allclose(velocity, hamsim.velocity(whole, x), atol=ROUNDING)
    energy = hamsim.energy(network, state).total
    assert energy == pytest.approx(hamsim.energy(whole, x).total, abs=ROUNDING)
    shrunk = forget(network, patterns[3])
    require_same(shrunk, store(neurons(15), patterns[:3], rule=rule, factors=True))


@pytest.mark.parametrize(("coding", "own"), [("signs", False), ("binary", True)])
def test_factors_of_a_scale(coding, own):
    """Of binary patterns the coupling of neurons to themselves stays."""
    patterns = signs(3, 10, 6)
    given = (patterns + 1) / 2 if coding == "binary" else patterns
    network = store(neurons(10, "step"), given, coding=coding, factors=True)
    scaled = hamsim.load(yaml.safe_load(network.source), {"connections.stored.scale": 3.0})
    W = forget(scaled, given[2]).W.toarray()
    effective = W[:10, 10:] @ W[10:, :10] + W[:10, :10]
    np.testing.assert_allclose(effective, 9 * hebbian(patterns[:2], own), atol=ROUNDING)


def test_states_are_unlearned():
    patterns, dreams = signs(3, 8, 7), signs(4, 8, 8)
    network = store(neurons(8), patterns)
    once = forget(network, dreams, strength=0.01)
    expected = hebbian(patterns) - 0.01 * hebbian(dreams)
    np.testing.assert_allclose(once.W.toarray(), expected, atol=ROUNDING)
    one_by_one = network
    for dream in dreams:
        one_by_one = forget(one_by_one, dream, strength=0.01)
    require_same(one_by_one, once)
    other = forget(once, dreams[0], strength=0.5)
    np.testing.assert_allclose(
        other.W.toarray(), expected - 0.5 * hebbian(dreams[:1]), atol=ROUNDING
    )
    # What was unlearned stays so when patterns come and go.
    again = forget(store(other, dreams[1]), dreams[1])
    require_same(again, other)


def test_unlearning_makes_spurious_states_rarer():
    """Hopfield, Feinstein and Palmer 1983: more starts reach what was stored."""
    rng = np.random.default_rng(9)
    patterns = signs(8, 60, 10)
    network = store(neurons(60, {"kind": "tanh", "beta": 20.0}), patterns)

    def ends(network):
        starts = rng.choice([-1.0, 1.0], size=(200, 60))
        run = hamsim.simulate(network, starts, method="euler", dt=0.5, t_end=30, record=None)
        return np.sign(run.final)

    def share(network):
        return (np.abs(ends(network) @ patterns.T / 60).max(axis=1) > 0.99).mean()

    before = share(network)
    for _ in range(5):
        network = forget(network, ends(network)[:20], strength=0.01)
    assert share(network) > before + 0.2


SEVERAL = {
    **neurons(4),
    "groups": {**neurons(4)["groups"], "others": {"size": 2, "lagrangian": "tanh"}},
    "connections": [
        {"name": name, "within": "cells", "weights": {"store": {"patterns": signs(2, 4, 11)}}}
        for name in ("one", "two")
    ],
}
ONE = store(neurons(4), [[1, 1, -1, -1]])
MISTAKES = {
    "another rule": (lambda: store(ONE, [1, 1, 1, 1], rule="storkey"), "the rule of 'stored' is"),
    "another coding": (lambda: store(ONE, [1, 0, 1, 1], coding="binary"), "the coding of 'stored'"),
    "another group": (lambda: store(ONE, [1, 1, 1, 1], group="x"), "stores patterns of [cells]"),
    "factors of a matrix": (lambda: store(ONE, [1, 1, 1, 1], factors=True), "within a group, not"),
    "a wrong length": (lambda: store(ONE, [1, 1, 1]), "patterns have shape (3,); they must be"),
    "no patterns": (lambda: store(ONE, np.ones((0, 4))), "patterns have shape (0, 4)"),
    "other values": (lambda: store(ONE, [1, 2, 1, 1]), "the patterns hold 1 and 2, but store"),
    "no numbers": (lambda: store(ONE, "letters"), "patterns must be numbers, not 'letters'"),
    "an unknown connection": (lambda: store(ONE, [1, 1, 1, 1], "stord"), "did you mean 'stored'"),
    "an unknown group": (lambda: store(neurons(4), [1] * 4, group="cels"), "did you mean 'cells'"),
    "an unknown rule": (lambda: store(neurons(4), [1] * 4, rule="x"), "rule is 'x'; allowed: heb"),
    "an unknown coding": (lambda: store(neurons(4), [1] * 4, coding="x"), "coding is 'x'; allowed"),
    "no factors": (
        lambda: store(neurons(4), [1] * 4, rule="storkey", factors=True),
        "rule of factors is 'storkey'; allowed: hebbian, pseudoinverse, covariance",
    ),
    "several groups": (
        lambda: store({**SEVERAL, "connections": []}, [1] * 4),
        "the network has 2 groups; name one as group=",
    ),
    "several connections": (lambda: forget(SEVERAL, [1] * 4), "2 connections store patterns; name"),
    "nothing stored": (lambda: forget(neurons(4), [1] * 4), "no connection of the network is of"),
    "not stored": (lambda: forget(ONE, [1, 1, 1, 1]), "pattern 0 is not one of the 1 that"),
    "the last one": (lambda: forget(ONE, [1, 1, -1, -1]), "stores no other patterns"),
    "a wrong strength": (lambda: forget(ONE, [1] * 4, strength=-1), "strength is -1; it must be"),
    "replaced weights": (
        lambda: store(ONE.with_weights({"stored": 0.0}), [1, 1, 1, 1]),
        "weights were put in place of those",
    ),
    "factors unlearned": (
        lambda: forget(store(neurons(4), [[1] * 4], factors=True), [1] * 4, strength=0.1),
        "stores factors, and what is taken away has none",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_in_one_line(mistake):
    make, message = MISTAKES[mistake]
    with pytest.raises(hamsim.HamsimError) as caught:
        make()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_room_of_memories_is_there_by_its_name():
    assert hamsim.memory.store is store
    assert hamsim.memory.forget is forget
    with pytest.raises(AttributeError, match="has no attribute 'remember'"):
        _ = hamsim.memory.remember
