"""Patterns that are drawn, states that are patterns, and corrupted copies of them."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.wiring.hopfield import RULES

SEEDS = st.integers(0, 10**6)


def described(initial=0.0, patterns=None, groups=(), connections=(), **more):
    """A group `a` of 40 neurons which stores patterns, with other groups and connections."""
    stored = {"signs": {}, "count": 6} if patterns is None else patterns
    store = {"name": "stored", "within": "a", "weights": {"store": {"patterns": stored}}}
    return {
        "format": "hamsim/1",
        "groups": {**dict(groups), "a": {"size": 40, "lagrangian": "sign", "initial": initial}},
        "connections": [*connections, store],
        **more,
    }


def initial_of(source, overrides=None, group="a"):
    net = hamsim.compile(source, overrides)
    return net.initial[..., net.index(group)]


def patterns(source=None, **more):
    """All patterns of the connection, seen as states."""
    return initial_of(described({"patterns": "stored"}, **more) if source is None else source)


def copy(of, trials=None, seed=0, **how):
    more = {} if trials is None else {"simulation": {"trials": trials}}
    return initial_of(described({"corrupt": {"of": of, **how}}, seed=seed, **more))


# --- distributions of two values ---------------------------------------------------------------


@pytest.mark.parametrize("p", [0, 0.2, 0.5, 1])
def test_two_values_are_drawn_with_their_probabilities(p):
    n = 20_000
    group = {"size": n, "lagrangian": "tanh"}

    def drawn(value):
        groups = {"a": {**group, "initial": value}}
        return hamsim.compile({"format": "hamsim/1", "groups": groups}).initial

    for value, low, high in (
        ({"bernoulli": {"p": p}}, 0, 1),
        ({"bernoulli": {"p": p, "low": -2, "high": 3}}, -2, 3),
        ({"signs": {"p": p}}, -1, 1),
    ):
        found = drawn(value)
        assert set(np.unique(found)) <= {low, high}
        # Six standard deviations.
        assert abs((found == high).mean() - p) <= 6 * np.sqrt(p * (1 - p) / n)


def test_weights_of_zeros_and_ones_are_synapses_and_none():
    groups = {"a": {"size": 100, "lagrangian": "tanh"}}
    part = {"within": "a", "weights": {"bernoulli": {"p": 0.1}}}
    net = hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": [part]})
    assert set(net.W.data) == {1.0}
    assert net.symmetric
    assert 800 < net.W.nnz < 1200


# --- drawn patterns ----------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_stores_the_patterns_that_are_drawn(rule):
    source = described({"patterns": "stored"})
    source["connections"][0]["weights"]["store"]["rule"] = rule
    net = hamsim.compile(source)
    assert net.initial.shape == (6, 40)
    assert np.array_equal(net.W.toarray(), RULES[rule](net.initial))
    # The same as patterns that are listed.
    listed = described(patterns=net.initial.tolist())
    listed["connections"][0]["weights"]["store"]["rule"] = rule
    assert np.array_equal(hamsim.compile(listed).W.toarray(), net.W.toarray())


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("kind", ["between", "from", "to"])
@pytest.mark.parametrize("sizes", [(7, 3), (3, 3)])
def test_memories_are_drawn_for_the_neurons_that_see_them(kind, order, sizes):
    names = ["v", "m"][::order]
    ends = {"between": names} if kind == "between" else {"from": names[0], "to": names[1]}
    if kind == "to":
        ends = {"from": names[1], "to": names[0]}
    n, m = sizes
    # Where both have as many neurons the second end, in reading order, has the memories.
    pair = names if kind != "to" else names[::-1]
    visible = "v" if n != m else pair[0]
    source = {
        "format": "hamsim/1",
        "groups": {
            "v": {"size": n, "lagrangian": "tanh"},
            "m": {"size": m, "lagrangian": "softmax"},
        },
        "connections": [{"name": "c", **ends, "weights": {"memories": {"normal": {}, "count": m}}}],
    }
    source["groups"][visible]["initial"] = {"patterns": "c"}
    net = hamsim.compile(source)
    xi = net.initial[:, net.index(visible)]
    assert xi.shape == (m, n)
    other = "m" if visible == "v" else "v"
    if (net.W[net.index(other), net.index(visible)]).nnz:
        assert np.array_equal(net.W[net.index(other), net.index(visible)].toarray(), xi)
    else:
        assert np.array_equal(net.W[net.index(visible), net.index(other)].toarray(), xi.T)


def test_patterns_of_several_groups_are_cut_at_their_borders():
    source = {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": 3, "lagrangian": "sign", "initial": {"patterns": "both", "row": 1}},
            "m": {"size": 2, "lagrangian": "softmax"},
            "b": {"shape": [2, 2], "lagrangian": "sign", "initial": {"patterns": "both", "row": 1}},
        },
        "connections": [
            {
                "name": "both",
                "between": [["a", "b"], "m"],
                "weights": {"memories": {"signs": {}, "count": 2}},
            }
        ],
    }
    net = hamsim.compile(source)
    row = np.concatenate([net.initial[net.index(name)] for name in "ab"])
    block = net.block(net.connections[0]).toarray()
    assert np.array_equal(block[:, 1], row)


def test_a_pattern_is_the_one_that_its_row_says():
    xi = np.where(np.random.default_rng(0).random((5, 40)) < 0.5, 1.0, -1.0)
    for k in range(5):
        assert np.array_equal(initial_of(described({"patterns": "stored", "row": k}, xi)), xi[k])
    assert np.array_equal(patterns(patterns=xi), xi)
    named = described({"patterns": "connections.stored", "row": 2}, xi)
    assert np.array_equal(initial_of(named), xi[2])


# --- corrupted copies --------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.floats(0, 1))
def test_exactly_a_part_of_the_neurons_is_flipped(seed, part):
    xi = np.where(np.random.default_rng(seed).random(40) < 0.5, 1.0, -1.0)
    xi[:2] = 1, -1
    found = copy(xi.tolist(), seed=seed, flips=part)
    wrong = found != xi
    assert np.count_nonzero(wrong) == round(part * 40)
    assert np.array_equal(found[wrong], -xi[wrong])
    binary = (xi + 1) / 2
    assert np.array_equal(copy(binary.tolist(), seed=seed, flips=part) != binary, wrong)
    assert set(np.unique(copy((binary * 255).tolist(), seed=seed, flips=part))) <= {0, 255}


def test_ones_alone_are_signs():
    assert np.count_nonzero(copy(1, flips=0.25) == -1) == 10
    assert np.count_nonzero(copy([-1] * 40, flips=0.25) == 1) == 10


def test_a_row_without_zeros_among_patterns_of_0_and_1_is_flipped_to_0():
    xi = np.zeros((2, 40))
    xi[1] = 1
    source = described({"corrupt": {"of": {"patterns": "stored", "row": 1}, "flips": 0.25}}, xi)
    source["connections"][0]["weights"]["store"]["coding"] = "binary"
    source["groups"]["a"]["lagrangian"] = "step"
    assert np.count_nonzero(initial_of(source) == 0) == 10


def test_erased_neurons_take_a_value_and_noise_is_added():
    xi = np.linspace(1, 2, 40)
    gone = copy(xi.tolist(), erase=0.4)
    assert np.count_nonzero(gone == 0) == 16
    assert np.all((gone == xi) | (gone == 0))
    assert np.array_equal(copy(xi.tolist(), erase=0.4, value=-7) == -7, gone == 0)
    noisy = copy(xi.tolist(), noise=0.5, trials=500)
    difference = noisy - xi
    assert noisy.shape == (500, 40)
    assert abs(difference.std() - 0.5) < 0.015
    assert abs(difference.mean()) < 0.02
    assert np.array_equal(copy(xi.tolist(), noise=0), xi)


def test_each_thing_is_done_by_a_stream_of_its_own_and_in_order():
    xi = [1.0, -1.0] * 20
    flipped, gone = copy(xi, flips=0.3), copy(xi, erase=0.3)
    noise = copy([0.0] * 39 + [1.0], noise=1.0) - np.eye(40)[39]
    both = copy(xi, flips=0.3, erase=0.3, noise=1.0)
    expected = np.where(gone == 0, 0, flipped) + noise
    np.testing.assert_allclose(both, expected, atol=1e-15)
    assert np.any((flipped != xi) != (gone == 0))


def test_a_larger_part_holds_a_smaller_one_and_more_trials_hold_fewer():
    xi = np.array([1.0, -1.0] * 20)
    parts = [copy(xi.tolist(), flips=part) != xi for part in (0, 0.1, 0.25, 0.5, 1)]
    assert all(np.all(more >= less) for less, more in itertools.pairwise(parts))
    few, many = (copy(xi.tolist(), flips=0.3, trials=trials) for trials in (3, 8))
    assert np.array_equal(few, many[:3])
    one = copy(xi.tolist(), flips=0.3)
    assert np.array_equal(one, few[0])


def test_each_trial_has_a_copy_of_its_own():
    found = copy([1.0, -1.0] * 20, flips=0.25, trials=20)
    assert found.shape == (20, 40)
    assert len({row.tobytes() for row in found}) == 20
    all_of_them = initial_of(described({"corrupt": {"of": {"patterns": "stored"}, "flips": 0.1}}))
    assert np.array_equal((all_of_them != patterns()).sum(axis=1), [4] * 6)
    drawn = copy({"signs": {}}, flips=0, trials=3)
    plain = initial_of(described({"signs": {}}, simulation={"trials": 3}))
    assert np.array_equal(drawn, plain)


def test_copies_are_values_of_stimuli_and_inputs_too():
    how = {"corrupt": {"of": {"patterns": "stored", "row": 3}, "flips": 0.1}}
    source = described(stimuli=[{"group": "a", "mode": "clamp", "value": how, "stop": 1}])
    source["groups"]["a"]["input"] = how
    net = hamsim.compile(source)
    xi = patterns()[3]
    for found in (net.stimuli[0].value, net.input[net.index("a")]):
        assert np.count_nonzero(found != xi) == 4
    assert np.any(net.stimuli[0].value != net.input)
    source["simulation"] = {"trials": 5}
    assert hamsim.compile(source).stimuli[0].value.shape == (5, 40)


# --- the same draws, whoever asks --------------------------------------------------------------

CUE = {"corrupt": {"of": {"patterns": "stored", "row": 1}, "flips": 0.2, "noise": 0.1}}


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_draws_do_not_depend_on_what_else_the_network_has(seed):
    alone = hamsim.compile(described(CUE, seed=seed))
    other = {"size": 7, "lagrangian": "tanh", "initial": {"corrupt": {"of": 1, "flips": 0.5}}}
    connections = [
        {
            "name": "first",
            "within": "front",
            "weights": {"store": {"patterns": {"signs": {}, "count": 3}}},
        },
        {"between": ["front", "a"], "weights": {"signs": {}}, "density": 0.5},
        {"from": "front", "to": "a", "weights": {"memories": {"signs": {}, "count": 7}}},
    ]
    more = hamsim.compile(
        described(CUE, groups={"front": other}, connections=connections, seed=seed)
    )
    own = more.index("a")
    assert np.array_equal(more.W[own, own].toarray(), alone.W.toarray())
    assert np.array_equal(more.initial[own], alone.initial)
    thin = described(CUE, seed=seed)
    thin["connections"][0]["density"] = 0.3
    assert np.array_equal(hamsim.compile(thin).initial, alone.initial)
    fewer = described(CUE, {"signs": {}, "count": 4}, seed=seed)
    assert np.array_equal(hamsim.compile(fewer).initial, alone.initial)


def test_draws_are_the_same_through_every_door(tmp_path):
    source = described(CUE, seed=4)
    net = hamsim.compile(source)
    (tmp_path / "net.yaml").write_text(hamsim.dump(hamsim.load(source)))
    (tmp_path / "again.yaml").write_text(hamsim.compile(tmp_path / "net.yaml").source)
    doors = [hamsim.load(source), tmp_path / "net.yaml", tmp_path / "again.yaml"]
    for door in doors:
        again = hamsim.compile(door)
        assert np.array_equal(again.initial, net.initial)
        assert np.array_equal(again.W.toarray(), net.W.toarray())
        other = hamsim.compile(door, {"seed": 5})
        assert np.array_equal(other.initial, hamsim.compile({**source, "seed": 5}).initial)
        assert not np.array_equal(other.initial, net.initial)
        worse = hamsim.compile(door, {"groups.a.initial.corrupt.flips": 0.4})
        clean = hamsim.compile(door, {"groups.a.initial.corrupt.flips": 0})
        assert np.count_nonzero(np.abs(worse.initial - clean.initial) > 1) == 16
        row = hamsim.compile(door, {"groups.a.initial.corrupt.of.row": 2})
        assert not np.array_equal(row.initial, net.initial)
    assert np.array_equal(hamsim.compile(source, {"seed": 4}).initial, net.initial)


def test_more_patterns_than_fit_into_memory_are_refused():
    with pytest.raises(hamsim.CompileError, match=r"1,000,000,000 patterns of 40 .* GiB"):
        hamsim.compile(described(patterns={"signs": {}, "count": 10**9}))


@pytest.mark.parametrize("noise", [1e308, 1.7e308])
def test_noise_that_is_not_finite_is_refused(noise):
    with pytest.raises(hamsim.CompileError, match=r"groups\.a\.initial\.corrupt: a number"):
        copy([1.0, -1.0] * 20, noise=noise, trials=50)
