"""Where networks end, against networks of which all attractors are known."""

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg

import hamsim
from hamsim.equilibria.landscape.classes import MOST_ASKED
from hamsim.equilibria.landscape.continua import soft_directions
from hamsim.equilibria.landscape.random_starts import random_starts, typical_states


def network(groups, connections, **more):
    return {"format": "hamsim/1", "groups": groups, "connections": connections, **more}


def alone(beta, weight, n=1):
    """Neurons that excite themselves alone: each has two states."""
    group = {"size": n, "lagrangian": {"kind": "tanh", "beta": beta}}
    weights = (weight * np.eye(n)).tolist()
    return network({"a": group}, [{"within": "a", "weights": weights, "self_connections": True}])


def hebbian(patterns, beta):
    n = len(patterns[0])
    group = {"size": n, "lagrangian": {"kind": "tanh", "beta": beta}}
    rule = {"store": {"patterns": np.asarray(patterns).tolist(), "rule": "hebbian"}}
    return network({"a": group}, [{"within": "a", "weights": rule}])


def test_two_states_of_a_neuron_have_half_of_the_starts_each():
    found = hamsim.attractors(alone(1.0, 2.0), starts=400)
    assert len(found) == 2
    assert sorted(found.x[:, 0]) == pytest.approx([-1.9150080, 1.9150080], abs=1e-6)
    assert found.kind == ("minimum", "minimum")
    assert found.count.sum() == 400 == found.starts
    assert np.all(found.share_low < 0.5)
    assert np.all(found.share_high > 0.5)
    assert found.unseen == 0.0
    assert 0.0 < found.unseen_high < 0.02
    assert found.unresolved == 0
    assert sum(found.basins.values()) == 400
    assert found.dimension.tolist() == [0, 0]
    assert all(each.index == 0 for each in found.stability)


def test_labels_are_those_of_starts():
    net = hamsim.compile(alone(1.0, 2.0, 3))
    starts = np.concatenate(list(random_starts(net, 60, 4)))
    found = hamsim.attractors(net, starts)
    np.testing.assert_array_equal(np.sign(found.x[found.labels]), np.sign(starts))
    assert len(found) == len(np.unique(np.sign(starts), axis=0))
    again = found.label_of(starts[:7])
    assert again.tolist() == found.labels[:7].tolist()
    assert found.label_of(starts[3]) == found.labels[3]
    assert found.label_of({"a": -5.0}) == found.labels[np.all(starts < 0, axis=1)][0]
    assert found.to_dict()["count"] == found.count.tolist()


def test_the_same_seed_gives_the_same_and_more_starts_begin_alike():
    net = hamsim.compile(alone(1.0, 2.0, 3))
    some = hamsim.attractors(net, 30, seed=5)
    more = hamsim.attractors(net, 60, seed=5)
    assert some.x[some.labels] == pytest.approx(more.x[more.labels[:30]], abs=1e-8)
    whole = np.concatenate(list(random_starts(net, 60, 5, at_once=7)))
    np.testing.assert_array_equal(whole, np.concatenate(list(random_starts(net, 60, 5))))
    assert not np.array_equal(whole, np.concatenate(list(random_starts(net, 60, 6))))


def test_starts_have_mean_and_spread_of_what_neurons_receive():
    rng = np.random.default_rng(2)
    W = rng.normal(size=(20, 20))
    W = 0.5 * (W + W.T)
    np.fill_diagonal(W, 0.0)
    group = {"size": 20, "lagrangian": "sigmoid", "input": rng.normal(size=20).tolist()}
    net = hamsim.compile(network({"a": group}, [{"within": "a", "weights": W.tolist()}]))
    ends = rng.integers(0, 2, size=(20_000, 20))  # activations at either end of their range
    driven = ends @ W + net.input
    mean, deviation = typical_states(net)
    assert mean == pytest.approx(driven.mean(axis=0), abs=0.1)
    assert deviation == pytest.approx(driven.std(axis=0), rel=0.05)
    x = np.concatenate(list(random_starts(net, 4000, 0, spread=2.0)))
    assert x.std(axis=0) == pytest.approx(2.0 * deviation, rel=0.1)


def test_three_patterns_have_mixtures():
    """Three patterns, their negatives, and eight mixtures [Amit, Gutfreund, Sompolinsky 1985]."""
    # Each combination of signs is that of as many neurons: overlaps are 0.
    patterns = np.repeat(1.0 - 2.0 * (np.arange(8) >> np.arange(3)[:, None] & 1), 8, axis=1)
    found = hamsim.attractors(hebbian(patterns, 8.0), starts=600)
    overlap = np.round(np.sign(found.x) @ patterns.T / 64, 2)
    pure = np.abs(overlap).max(axis=1) > 0.9
    assert pure.sum() == 6
    mixed = np.sign(overlap[~pure])
    assert len(np.unique(mixed, axis=0)) == len(mixed) == 8
    assert np.all(np.abs(overlap[~pure]) == 0.5)
    assert found.energy[pure].max() < found.energy[~pure].min()


def test_saddles_of_neurons_by_themselves_are_the_edges_of_a_cube():
    found = hamsim.attractors(alone(1.0, 2.0, 3), starts=100, saddles=True)
    assert len(found) == 8
    signs = np.sign(found.x)
    between = found.saddles
    assert len(between) == 12
    differ = (signs[between.joins[:, 0]] != signs[between.joins[:, 1]]).sum(axis=1)
    assert differ.tolist() == [1] * 12
    assert len({tuple(sorted(pair)) for pair in between.joins.tolist()}) == 12
    # One neuron of each is at 0, where its energy is 0, and grows with rate 2 - 1.
    one = found.energy[0] / 3.0
    assert between.energy == pytest.approx(np.full(12, 2.0 * one), rel=1e-9)
    assert between.rate == pytest.approx(np.ones(12), rel=1e-6)
    assert found.tree.roots == (8,)
    assert found.tree.barrier(0, 1) == pytest.approx(2.0 * one)
    assert found.tree.children == (tuple(range(8)),)


def test_a_minimum_that_no_start_came_to_is_found_from_saddles():
    net = hamsim.compile(alone(1.0, 2.0, 2))
    starts = [[3.0, 3.0], [-3.0, -3.0]]
    found = hamsim.attractors(net, starts, saddles=True)
    assert sorted(found.count.tolist()) == [0, 0, 1, 1]
    assert len(found.saddles) == 4
    assert found.share[-1] == 0.0
    assert found.label_of([3.0, -3.0]) in (2, 3)


def test_a_saddle_of_many_neurons_is_found_by_products_alone():
    """One neuron holds a switch, and hundreds that also hear each other follow it."""
    n, rng = 600, np.random.default_rng(1)
    places = tuple(rng.integers(1, n, (2, 2 * n)))
    W = scipy.sparse.coo_array((rng.normal(0.0, 0.1, 2 * n), places), shape=(n, n))
    W = scipy.sparse.lil_array(W + W.T)
    W[0, :], W[:, 0] = 0.02, 0.02
    W.setdiag(0.0)
    W[0, 0] = 2.0
    group = {"size": n, "lagrangian": "tanh", "input": rng.normal(0.0, 0.05, n).tolist()}
    weights = {"within": "a", "weights": W.tocsr(), "self_connections": True}
    many = network({"a": group}, [weights])
    starts = np.zeros((2, n))
    starts[:, 0] = 2.0, -2.0
    found = hamsim.attractors(many, starts, saddles=True)
    assert found.kind == ("minimum", "minimum")
    assert len(found.saddles) == 1
    assert sorted(found.saddles.joins[0]) == [0, 1]
    saddle = found.saddles.x[0]
    there = hamsim.stability(many, saddle)
    assert (there.kind, there.index_bounds, there.proved) == ("saddle", (1, 1), True)
    assert there.residual < 1e-9
    root = scipy.sparse.diags_array(1.0 / np.cosh(saddle))
    second, first = scipy.sparse.linalg.eigsh(root @ W.tocsr() @ root, 2, which="LA")[0]
    assert second < 1.0 < first
    sides = saddle + 1e-3 * np.array([[1.0], [-1.0]]) * there.modes[0].real
    assert sorted(found.label_of(sides)) == [0, 1]
    assert found.saddles.energy[0] > found.energy.max()


def test_saddles_need_an_energy():
    groups = {"a": {"size": 2, "lagrangian": "tanh"}}
    weights = [{"from": "a", "to": "a", "weights": [[0.0, 1.0], [-1.0, 0.0]]}]
    with pytest.raises(hamsim.HamsimError, match="saddles join minima of an energy"):
        hamsim.attractors(network(groups, weights), saddles=True)


def ring(n):
    kernel = {"of_distance": f"(11 * cos(2 * d) - 7.3) / {n}", "space": "ring", "length": "pi"}
    group = {"size": n, "lagrangian": "relu", "input": 1.0}
    return network({"a": group}, [{"within": "a", "weights": kernel, "self_connections": True}])


def test_a_ring_is_one_continuous_attractor_of_dimension_1():
    found = hamsim.attractors(ring(60), starts=120)
    assert found.kind == ("continuous",)
    assert found.dimension.tolist() == [1]
    assert len(found.members[0]) > MOST_ASKED
    assert 0.0 < found.drift[0] < 1e-2
    assert found.count.tolist() == [120]
    bump = np.zeros(60)
    bump[20:30] = 2.0
    assert found.label_of(bump) == 0
    spread = np.ptp(found.members[0], axis=0)
    assert np.all(spread > 0.9 * spread.max())


def test_two_rings_are_a_torus():
    """Bumps of two rings that do not hear each other stand anywhere, one beside the other."""
    kernel = {"of_distance": "(11 * cos(2 * d) - 7.3) / 60", "space": "ring", "length": "pi"}
    group = {"size": 60, "lagrangian": "relu", "input": 1.0}
    connections = [{"within": k, "weights": kernel, "self_connections": True} for k in "ab"]
    found = hamsim.attractors(network({"a": group, "b": group}, connections), starts=80)
    assert found.kind == ("continuous",)
    assert found.dimension.tolist() == [2]
    assert found.drift[0] < 3e-3
    places = [
        np.angle(x @ np.exp(2j * np.arange(60) * np.pi / 60)) for x in found.members[0][:, :60]
    ]
    assert np.ptp(places) > 5.0


def test_when_the_time_is_over_what_was_followed_is_told():
    found = hamsim.attractors(ring(60), starts=2000, seconds=1e-3)
    assert 0 < found.starts < found.asked == 2000
    assert not found.interrupted
    assert found.count.sum() == found.starts
    assert "of what was followed until then" in found.notes[-1]
    assert found.to_dict()["asked"] == 2000
    with pytest.raises(hamsim.HamsimError, match="seconds is 0; it must be a number above 0"):
        hamsim.attractors(ring(60), starts=2, seconds=0)


def test_few_starts_on_a_ring_are_enough():
    found = hamsim.attractors(ring(60), starts=16, seed=1)
    assert found.kind == ("continuous",)
    assert 6 <= len(found.members[0]) <= 16


def test_a_line_of_rest_states_is_one_of_dimension_1():
    """Two identity neurons whose sum does not change: x - W x is 0 along (1, 1)."""
    groups = {"a": {"size": 2, "lagrangian": "identity"}}
    found = hamsim.attractors(
        network(groups, [{"within": "a", "weights": [[0.0, 1.0], [1.0, 0.0]]}]), starts=40
    )
    assert found.kind == ("continuous",)
    assert found.dimension.tolist() == [1]
    assert found.drift[0] < 1e-7
    assert np.abs(found.members[0][:, 0] - found.members[0][:, 1]).max() < 1e-6


def test_two_states_with_a_slow_way_between_are_two():
    groups = {
        "slow": {"size": 1, "lagrangian": "tanh", "tau": 1000.0},
        "fast": {"size": 1, "lagrangian": "tanh"},
    }
    connections = [
        {"within": "slow", "weights": 2.0, "self_connections": True},
        {"between": ["slow", "fast"], "weights": 0.2},
    ]
    found = hamsim.attractors(network(groups, connections), starts=30)
    assert found.kind == ("minimum", "minimum")


def test_soft_directions_are_those_before_a_gap():
    assert soft_directions(np.array([-0.01, -0.5, -1.0]))[0] == 1
    assert soft_directions(np.array([-0.01, -0.5, -1.0]))[1] == 0.5
    assert soft_directions(np.array([-0.002, -0.01, -0.1, -0.1]))[0] == 2
    assert soft_directions(np.array([1e-12, 0.0, -1.0]))[0] == 2
    assert soft_directions(np.array([-0.4, -0.5, -1.0])) == (0, 0.0)
    assert soft_directions(np.array([0.01, -1.0]))[0] == 1
    assert soft_directions(np.array([0.5, 0.4])) == (0, 0.0)


def test_a_limit_cycle_is_an_attractor_with_a_period():
    found = hamsim.attractors("networks/wilson_cowan.yaml", starts=3)
    assert found.kind == ("cycle",)
    assert found.period[0] == pytest.approx(39.4005, abs=1e-3)
    assert found.amplitude[0] == pytest.approx(2.589, abs=2e-3)
    assert found.share.tolist() == [1.0]
    assert np.isnan(found.energy[0])
    assert found.stability == (None,)
    assert found.label_of(found.x[0]) == 0


def test_starts_that_run_away_are_counted():
    groups = {"a": {"size": 1, "lagrangian": "relu"}}
    weights = [{"within": "a", "weights": 2.0, "self_connections": True}]
    found = hamsim.attractors(network(groups, weights), [[1.0], [-1.0], [2.0]])
    assert found.labels.tolist() == [-1, 0, -1]
    assert found.unresolved == 2
    assert found.share.tolist() == [pytest.approx(1 / 3)]
    assert found.basins["unknown"] >= 2


def test_the_inputs_of_a_trial_act():
    spec = alone(1.0, 2.0)
    spec["stimuli"] = [{"group": "a", "mode": "input", "value": [[3.0], [-3.0]]}]
    for trial, sign in ((0, 1), (1, -1)):
        found = hamsim.attractors(spec, starts=20, trial=trial)
        assert np.sign(found.x).tolist() == [[sign]]
        assert any(f"trial {trial} act" in note for note in found.notes)
    with pytest.raises(hamsim.HamsimError, match="trial is 2; the file has 2 trials"):
        hamsim.attractors(spec, starts=20, trial=2)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"starts": 0}, "starts is 0; it must be a whole number of at least 1"),
        ({"seed": -1}, "seed is -1"),
        ({"around": "here"}, "around is 'here'; allowed are 'drive' and 'initial'"),
        ({"spread": 0.0}, "spread is 0.0; it must be a number above 0"),
        ({"starts": [[1.0, 2.0]]}, r"initial has shape \(1, 2\)"),
    ],
)
def test_mistakes_are_told(wrong, message):
    with pytest.raises(hamsim.HamsimError, match=message):
        hamsim.attractors(alone(1.0, 2.0), **wrong)


def test_what_was_found_before_ctrl_c_is_kept():
    import os
    import signal

    def press(search):
        if search.what == "starts":
            os.kill(os.getpid(), signal.SIGINT)

    found = hamsim.attractors(alone(1.0, 2.0), starts=1000, progress=press)
    assert found.interrupted
    assert 0 < found.starts < 1000
    assert found.count.sum() == found.starts


@pytest.mark.parametrize("moment", ["starts", "limit cycles"])
def test_ctrl_c_ends_the_search_for_limit_cycles(moment, monkeypatch):
    import os
    import signal

    from hamsim.equilibria.landscape import rounds

    evaluations = []
    evaluate = rounds._Velocity.__call__

    def count(velocity, moved):
        evaluations.append(moved)
        return evaluate(velocity, moved)

    monkeypatch.setattr(rounds._Velocity, "__call__", count)

    def press(search):
        if search.what == moment and not (moment == "limit cycles" and not evaluations):
            os.kill(os.getpid(), signal.SIGINT)

    found = hamsim.attractors("networks/wilson_cowan.yaml", starts=3, progress=press)
    assert found.interrupted
    assert found.starts == 3
    assert "limit cycle" not in found.kind
    assert len(evaluations) == (rounds.ASKED if moment == "limit cycles" else 0)


def test_ctrl_c_is_heard_between_the_steps_of_starts(monkeypatch):
    import os
    import signal

    from hamsim.equilibria import attractors as module

    go = module.rest_from

    def go_when_pressed(*args, **more):
        os.kill(os.getpid(), signal.SIGINT)
        return go(*args, **more)

    monkeypatch.setattr(module, "rest_from", go_when_pressed)
    found = hamsim.attractors(alone(1.0, 2.0), starts=10)
    assert found.interrupted
    assert found.starts == len(found) == 0
