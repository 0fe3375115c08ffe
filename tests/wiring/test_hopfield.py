"""Rules that store patterns: against loops over their definitions, and what they promise."""

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.spec.rules.store import FACTORED, THRESHOLD
from hamsim.wiring.hopfield import (
    FACTORS,
    RULES,
    THRESHOLDS,
    covariance,
    hebbian,
    pseudoinverse,
    storkey,
    storkey_second_order,
)

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


def covariance_by_loops(patterns):
    p, n = patterns.shape
    m = patterns.sum() / (p * n)
    v = ((patterns - m) ** 2).sum() / (p * n)
    w = np.zeros((n, n))
    for mu in range(p):
        for i, j in np.ndindex(n, n):
            w[i, j] += (patterns[mu, i] - m) * (patterns[mu, j] - m) / (n * v) if v else 0.0
    return w


BY_LOOPS = {
    "hebbian": hebbian_by_loops,
    "storkey": storkey_by_loops,
    "storkey_second_order": lambda patterns: storkey_by_loops(patterns, second_order=True),
    "pseudoinverse": projection_by_loops,
    "covariance": covariance_by_loops,
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
        "covariance": covariance,
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


# Rules of patterns in which both values are as frequent.
BALANCED = [rule for rule in RULES if rule not in THRESHOLDS]


@pytest.mark.parametrize("rule", BALANCED)
def test_one_pattern_is_stored_alike_by_all(rule):
    xi = signs(1, 30)
    expected = xi.T @ xi / 30
    np.testing.assert_allclose(RULES[rule](xi, True), expected, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("rule", BALANCED)
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


# --- how patterns are coded ---

# Two patterns of 0 and 1, and a cue with one pixel turned over.
STRIPES = [[0, 1, 0, 1, 0, 1, 0, 1, 0, 1], [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]]
CUE = [0, 1, 0, 1, 0, 1, 0, 1, 1, 1]


def memory(patterns, rule="hebbian", lagrangian="step", **more):
    """A group with stored patterns."""
    group = {"size": len(patterns[0]), "lagrangian": lagrangian}
    group |= {key: more.pop(key) for key in ("initial", "input") if key in more}
    weights = {"store": {"patterns": patterns, "rule": rule, **more}}
    connections = [{"within": "s", "weights": weights}]
    return {"format": "hamsim/1", "groups": {"s": group}, "connections": connections}


def recalled(description):
    """Whether each activation at the end is the upper one."""
    trace = hamsim.simulate(description, method="euler", dt=0.1, t_end=50, record=None)
    g = hamsim.activation(hamsim.compile(description), trace.final)
    return (g > np.mean([g.min(), g.max()])).astype(int).tolist()


SHARP = [
    *("step", "sign", {"kind": "sigmoid", "beta": 30}, {"kind": "tanh", "beta": 10}),
    {"expression": "log(1 + exp(b*x))/b", "b": 30},
]


@pytest.mark.parametrize("lagrangian", SHARP, ids=["step", "sign", "sigmoid", "tanh", "formula"])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("white", [1, 255])
def test_binary_patterns_are_recalled(rule, lagrangian, white):
    patterns = (white * np.array(STRIPES)).tolist()
    settings = {"coding": "binary", "initial": CUE}
    assert recalled(memory(patterns, rule, lagrangian, **settings)) == STRIPES[0]
    for pattern in STRIPES:
        settings["initial"] = pattern
        assert recalled(memory(patterns, rule, lagrangian, **settings)) == pattern


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("ones", [0.3, 0.5, 0.7])
def test_a_network_of_0_and_1_moves_as_that_of_signs_does(rule, ones):
    """x of the first is half of x of the second, from a state that both have."""
    rng = np.random.default_rng(4)
    patterns = (rng.random((6, 60)) < ones).astype(int)
    cue = np.where(rng.random(60) < 0.1, 1 - patterns[0], patterns[0]) - 0.5
    low = memory(patterns.tolist(), rule, "step", coding="binary", initial=cue.tolist())
    signs = memory((2 * patterns - 1).tolist(), rule, "sign", initial=(2 * cue).tolist())
    ways = [hamsim.simulate(one, method="euler", dt=0.1, steps=60).x for one in (low, signs)]
    np.testing.assert_allclose(2 * ways[0], ways[1], rtol=0, atol=1e-9)


def test_input_of_binary_patterns_is_added_to_that_of_the_group():
    patterns = np.random.default_rng(2).integers(0, 2, (3, 12))
    weights = hebbian(2.0 * patterns - 1)
    own = np.linspace(-1, 1, 12)
    for lagrangian, half in (("step", 0.5), ("sigmoid", 0.5), ("sign", 0), ("identity", 0)):
        net = hamsim.compile(
            memory(patterns.tolist(), "hebbian", lagrangian, coding="binary", input=own.tolist())
        )
        np.testing.assert_allclose(net.W.toarray(), weights, rtol=0, atol=ROUNDING)
        expected = own - half * weights.sum(axis=1)
        np.testing.assert_allclose(net.input, expected, rtol=0, atol=ROUNDING)


def test_input_goes_with_the_synapses_that_are_left():
    description = memory(STRIPES, coding="binary")
    description["connections"][0]["density"] = 0.5
    net = hamsim.compile(description)
    assert 0 < net.W.nnz < 60
    np.testing.assert_allclose(net.input, -0.5 * net.W.sum(axis=1), rtol=0, atol=ROUNDING)


def test_each_neuron_of_several_groups_sends_from_its_own_middle():
    patterns = np.random.default_rng(3).integers(0, 2, (2, 9))
    groups = {
        "low": {"size": 4, "lagrangian": "step"},
        "even": {"size": 3, "lagrangian": "sign"},
        "moved": {"size": 2, "lagrangian": {"kind": "spherical", "gain": 2, "delta": 3}},
    }
    weights = {"store": {"patterns": patterns.tolist(), "coding": "binary"}}
    connections = [{"within": "all", "weights": weights}]
    net = hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})
    middle = [0.5] * 4 + [0] * 3 + [3] * 2
    np.testing.assert_allclose(net.input, -net.W @ middle, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("door", ["list", "npy", "bool.npy", "csv"])
def test_patterns_of_0_and_1_are_refused_without_their_coding(rule, door, tmp_path):
    patterns = STRIPES
    if door != "list":
        path = tmp_path / f"p.{door}"
        array = np.array(STRIPES, dtype=bool if door.startswith("bool") else float)
        if door == "csv":
            np.savetxt(path, array, fmt="%d", delimiter=",")
        else:
            np.save(path, array)
        patterns = {"file": str(path)}
    description = memory(STRIPES, rule)
    settings = description["connections"][0]["weights"]["store"]
    settings["patterns"] = patterns
    with pytest.raises(
        hamsim.SpecError, match=r"hold 0 and 1, but store takes -1 and 1; coding: b"
    ):
        hamsim.compile(description)
    settings["coding"] = "binary"
    made = hamsim.compile(description).W.toarray()
    signs_ = 2.0 * np.array(STRIPES) - 1
    np.testing.assert_allclose(made, RULES[rule](signs_), rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("rule", RULES)
def test_real_patterns_are_taken_as_they_are(rule):
    patterns = np.random.default_rng(1).uniform(0, 1, (3, 8))
    net = hamsim.compile(memory(patterns.tolist(), rule, "relu", coding="real"))
    np.testing.assert_allclose(net.W.toarray(), RULES[rule](patterns), rtol=0, atol=ROUNDING)
    np.testing.assert_array_equal(net.input, 0)


def test_a_converted_network_has_the_input_once(tmp_path):
    description = memory(STRIPES, coding="binary", input=0.25)
    net = hamsim.compile(description)
    again = hamsim.compile(hamsim.from_networkx(net.to_networkx()))
    np.testing.assert_array_equal(again.input, net.input)
    (tmp_path / "dumped.yaml").write_text(hamsim.dump(hamsim.load(description)))
    np.testing.assert_array_equal(hamsim.compile(tmp_path / "dumped.yaml").input, net.input)


# --- patterns in which one value is rare -------------------------------------------------------


def rare(p, n, part, seed):
    """Patterns of -1 and 1 with so many ones each."""
    rng = np.random.default_rng(seed)
    return np.where(rng.permuted(np.tile(np.arange(n) < part * n, (p, 1)), axis=1), 1.0, -1.0)


@pytest.mark.parametrize(("kind", "coding"), [("sign", "signs"), ("step", "binary")])
def test_the_threshold_of_covariance_is_half_way_between_both_drives(kind, coding):
    """One pattern alone: its ones and zeros are driven by as much, one up, one down."""
    xi = rare(1, 40, 0.1, 13)
    given = (xi + 1) / 2 if coding == "binary" else xi
    description = memory(given.tolist(), "covariance", kind, coding=coding)
    description["connections"][0]["self_connections"] = True
    network = hamsim.compile(description)
    drive = network.W @ given[0] + network.input
    np.testing.assert_allclose(drive, xi[0] * (0.5 if coding == "binary" else 1), atol=ROUNDING)
    scaled = hamsim.compile(description, {"connections[0].scale": 3.0})
    np.testing.assert_allclose(scaled.W @ given[0] + scaled.input, 3 * drive, atol=ROUNDING)


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_factors_of_covariance_drive_as_its_weights_do(scale):
    patterns = (rare(3, 12, 0.25, 14) + 1) / 2
    state = rare(1, 12, 0.5, 15)[0] > 0
    description = factored(patterns, 12, "step", rule="covariance", coding="binary")
    description["connections"][0]["scale"] = scale
    network = hamsim.compile(description)
    W, n = network.W.toarray(), 12
    drive = W[:n, n:] @ (W[n:, :n] @ state + network.input[n:]) + network.input[:n]
    description = memory(patterns.tolist(), "covariance", "step", coding="binary")
    description["connections"][0]["scale"] = scale**2
    whole = hamsim.compile(description)
    # Neurons send to themselves by way of the memories, from half-way on, so that both values count
    # the same there.
    own = (W[:n, n:] ** 2).sum(axis=1) * (state - 0.5)
    np.testing.assert_allclose(drive, whole.W @ state + whole.input + own, atol=ROUNDING)


def test_covariance_holds_rare_patterns_where_hebbs_rule_does_not():
    """0.2 n patterns, in which one neuron of twenty is 1: not one is a rest state of Hebb's."""
    patterns = (rare(80, 400, 0.05, 16) + 1) / 2
    right = {}
    for rule in ("covariance", "hebbian"):
        network = hamsim.compile(memory(patterns.tolist(), rule, "step", coding="binary"))
        after = patterns @ network.W.T + network.input > 0
        right[rule] = (after == patterns).all(axis=1).mean()
    assert right["covariance"] > 0.95
    assert right["hebbian"] == 0


# --- factors -----------------------------------------------------------------------------------


def factored(patterns, size, kind="tanh", **more):
    """The description of patterns that are stored by way of memory neurons."""
    return {
        "format": "hamsim/1",
        "groups": {
            "neurons": {"size": size, "lagrangian": kind},
            "memories": {"size": len(patterns), "lagrangian": "identity", "tau": 0},
        },
        "connections": [
            {
                "name": "stored",
                "between": ["memories", "neurons"],
                "weights": {"store": {"patterns": patterns, **more}},
            }
        ],
    }


def test_every_rule_with_factors_is_one_of_the_file():
    assert tuple(FACTORS) == FACTORED
    assert tuple(THRESHOLDS) == THRESHOLD


@pytest.mark.parametrize("rule", FACTORS)
@given(p=st.integers(1, 8), n=st.integers(1, 8), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_the_product_of_factors_is_what_the_rule_gives(rule, p, n, seed):
    """Also of dependent patterns, and of more patterns than neurons."""
    patterns = signs(p, n, seed)
    factors = FACTORS[rule](patterns)
    assert factors.shape == (p, n)
    whole = RULES[rule](patterns, self_connections=True)
    np.testing.assert_allclose(factors.T @ factors, whole, atol=ROUNDING)


@pytest.mark.parametrize("rule", [rule for rule in BALANCED if rule in FACTORS])
@pytest.mark.parametrize("ends", [["memories", "neurons"], ["neurons", "memories"]])
def test_memory_neurons_drive_the_others_as_weights_among_them_would(rule, ends):
    patterns, x = signs(3, 9, 5), np.random.default_rng(6).normal(size=9)
    description = factored(patterns, 9, rule=rule)
    description["connections"][0]["between"] = ends
    network = hamsim.compile(description)
    assert network.W.nnz == 2 * 3 * 9
    whole = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"neurons": {"size": 9, "lagrangian": "tanh"}},
            "connections": [
                {
                    "within": "neurons",
                    "weights": {"store": {"patterns": patterns, "rule": rule}},
                    "self_connections": True,
                }
            ],
        }
    )
    state = np.concatenate([x, np.zeros(3)])  # memories follow at once, whatever they begin with
    velocity = hamsim.velocity(network, state)[:9]
    np.testing.assert_allclose(velocity, hamsim.velocity(whole, x), atol=ROUNDING)
    energy = hamsim.energy(network, state).total
    assert energy == pytest.approx(hamsim.energy(whole, x).total, abs=ROUNDING)


def test_a_connection_with_themselves_takes_the_diagonal_of_factors_away():
    patterns, x = signs(4, 10, 7), np.random.default_rng(8).normal(size=10)
    description = factored(patterns, 10)
    own = {"within": "neurons", "weights": {"one_to_one": -4 / 10}, "self_connections": True}
    description["connections"].append(own)
    network = hamsim.compile(description)
    velocity = hamsim.velocity(network, np.concatenate([x, np.zeros(4)]))[:10]
    expected = hebbian(patterns) @ np.tanh(x) - x
    np.testing.assert_allclose(velocity, expected, atol=ROUNDING)


def test_factors_of_0_and_1_drive_half_as_much_as_those_of_signs():
    patterns, state = signs(3, 8, 9), signs(1, 8, 10)[0]
    binary = hamsim.compile(factored((patterns + 1) / 2, 8, "step", coding="binary"))
    W, n = binary.W.toarray(), 8
    memories = W[n:, :n] @ ((state + 1) / 2) + binary.input[n:]
    drive = W[:n, n:] @ memories + binary.input[:n]
    expected = 0.5 * hebbian(patterns, self_connections=True) @ state
    np.testing.assert_allclose(drive, expected, atol=ROUNDING)


def test_drawn_factors_are_named_and_recalled():
    description = factored([[0]] * 5, 200)
    description["connections"][0]["weights"]["store"]["patterns"] = {"signs": {}, "count": 5}
    description["groups"]["neurons"] |= {
        "lagrangian": {"kind": "tanh", "beta": 8},
        "initial": {"corrupt": {"of": {"patterns": "stored"}, "flips": 0.2}},
    }
    network = hamsim.compile(description)
    stored = np.sign(network.W.toarray()[200:, :200])
    overlaps = (network.initial[:, :200] * stored).mean(axis=1)
    np.testing.assert_allclose(overlaps, 0.6)
    trace = hamsim.simulate(network, method="euler", dt=0.5, t_end=20)
    np.testing.assert_array_equal(np.sign(trace.final[:, :200]), stored)


# --- unlearning --------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("rule", RULES)
def test_unlearned_states_are_taken_out_of_the_weights(rule, own):
    patterns, states = signs(3, 6, 11), signs(2, 6, 12)
    unlearned = [
        {"patterns": states, "strength": 0.1},
        {"patterns": states[:1], "strength": 0.25},
    ]
    connection = {
        "within": "a",
        "weights": {"store": {"patterns": patterns, "rule": rule, "unlearned": unlearned}},
        "self_connections": own,
    }
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": 6, "lagrangian": "sign"}},
            "connections": [connection],
        }
    )
    expected = RULES[rule](patterns, own) - 0.1 * hebbian(states, own)
    expected -= 0.25 * hebbian(states[:1], own)
    np.testing.assert_allclose(network.W.toarray(), expected, atol=ROUNDING)
    assert network.symmetric
    assert hamsim.compile(hamsim.load(network_text(network))).W.nnz == network.W.nnz


def network_text(network):
    """What a resolved description says, as a dict."""
    return yaml.safe_load(network.source)
