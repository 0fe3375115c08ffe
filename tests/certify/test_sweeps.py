"""What is proved of discrete dynamics holds from any start; what is refuted, in its witness."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.certify.verdict import check_run

SIZE = 6


def network(W, lagrangian="sign", **more):
    connection = {"within": "a", "weights": W.tolist(), "self_connections": True}
    group = {"size": len(W), "lagrangian": lagrangian, **more.pop("group", {})}
    spec = {"format": "hamsim/1", "groups": {"a": group}, "connections": [connection], **more}
    return hamsim.compile(spec)


def weights(seed, own):
    """Symmetric, with small whole numbers, so that fields are 0 now and then."""
    W = np.random.default_rng(seed).integers(-2, 3, (SIZE, SIZE)).astype(float)
    W = np.triu(W, 1)
    return W + W.T + own * np.eye(SIZE)


def values_of(lagrangian):
    return np.array([-1.0, 1.0] if lagrangian == "sign" else [0.0, 1.0])


def all_states(lagrangian):
    places = np.indices((2,) * SIZE).reshape(SIZE, -1).T
    return values_of(lagrangian)[places]


def energy(W, current, g):
    return -g @ current - 0.5 * np.sum(g * (g @ W), axis=-1)


def set_at(W, current, states, neurons, lagrangian):
    """Rows of states with some neurons set at once; at zero field they keep their value."""
    low, high = values_of(lagrangian)
    h = states @ W + current
    new = np.where(h > 0, high, np.where(h < 0, low, states))
    result = states.copy()
    result[:, neurons] = new[:, neurons]
    return result


@pytest.mark.parametrize("lagrangian", ["sign", "step"])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), own=st.sampled_from([0.0, 0.5, -1.0]))
def test_updates_that_are_proved_lower_the_energy_of_every_state(lagrangian, seed, own):
    W = weights(seed, own)
    current = np.random.default_rng(seed).integers(-2, 3, SIZE).astype(float)
    net = network(W, lagrangian, group={"input": current.tolist()})
    told = check_run(net, method="asynchronous").certificate
    states = all_states(lagrangian)
    before, rises = energy(W, current, states), []
    for neuron in range(SIZE):
        after = set_at(W, current, states, [neuron], lagrangian)
        rises.append(energy(W, current, after) - before)
        if told.converges == "proved":  # whatever changes a state lowers the energy
            assert (rises[-1][(after != states).any(axis=1)] < 0).all()
    if told.energy_decreases == "proved":
        assert own >= 0
        assert np.max(rises) <= 0
    elif told.energy_decreases == "refuted":
        (condition,) = [c for c in told.conditions if c.status == "refuted"]
        one, two = condition.evidence["x"]
        assert np.count_nonzero(one != two) == 1
        assert (set_at(W, current, one[None], np.flatnonzero(one != two), lagrangian) == two).all()
        rise = energy(W, current, two) - energy(W, current, one)
        assert rise == pytest.approx(condition.evidence["rise"])
        assert rise > 0
    else:
        assert own < 0  # and so small that it may have no effect


@pytest.mark.parametrize("lagrangian", ["sign", "step"])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), own=st.sampled_from([0.0, 12.0]))
def test_sweeps_of_all_at_once_rest_where_that_is_proved(lagrangian, seed, own):
    W, current = weights(seed, own), np.zeros(SIZE)
    told = check_run(network(W, lagrangian), method="synchronous").certificate
    states = all_states(lagrangian)
    after = set_at(W, current, states, np.arange(SIZE), lagrangian)
    if told.energy_decreases == "proved":
        assert (energy(W, current, after) <= energy(W, current, states)).all()
        assert told.converges == "proved"
    else:
        assert own == 0
    late = states
    for _ in range(2**SIZE):
        late = set_at(W, current, late, np.arange(SIZE), lagrangian)
    again = set_at(W, current, late, np.arange(SIZE), lagrangian)
    if told.converges == "proved":
        assert (again == late).all()
    # Goles: no longer cycle than of two states, whatever is proved.
    assert (set_at(W, current, again, np.arange(SIZE), lagrangian) == late).all()
    if told.converges == "refuted":
        found = [c for c in told.conditions if c.status == "refuted"]
        one, two = found[-1].evidence["x"]
        assert (one != two).any()
        assert (set_at(W, current, one[None], np.arange(SIZE), lagrangian) == two).all()
        assert (set_at(W, current, two[None], np.arange(SIZE), lagrangian) == one).all()


def test_what_is_said_of_a_run():
    ring = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
    told = check_run(network(ring), method="asynchronous")
    assert told.in_steps
    assert told.text == (
        "proved to come to rest: each update lowers the energy: no self-weight is below 0"
    )
    told = check_run(network(ring), method="synchronous")
    assert "comes to rest or to a 2-cycle" in told.text
    warm = check_run(network(ring), method="asynchronous", temperature=0.5, sweeps=10)
    assert warm.text.endswith("settles to Boltzmann's, exp(-E/T), while T is constant")
    assert warm.certificate.converges == "undecided"
    cooled = check_run(network(ring), method="asynchronous", temperature=[1.0, 0.0])
    assert cooled.text.startswith("proved to come to rest")
    # All at once the law is another one.
    warm = check_run(network(ring), method="synchronous", temperature=0.5, sweeps=10)
    assert warm.text == "at a temperature above 0 no state is final"


def test_weights_that_act_one_way_have_no_energy_that_falls():
    one_way = {"from": "a", "to": "b", "weights": [[1.0, -2.0], [0.5, 1.0]]}
    group = {"size": 2, "lagrangian": "sign"}
    spec = {"format": "hamsim/1", "groups": {"a": group, "b": group}, "connections": [one_way]}
    told = check_run(hamsim.compile(spec), method="asynchronous")
    assert told.certificate.energy_decreases == "undecided"
    assert "no energy that updates lower" in told.text


def test_other_neurons_fall_but_are_not_finitely_many():
    pair = np.array([[0.0, 1.0], [1.0, 0.0]])
    told = check_run(network(pair, "tanh"), method="asynchronous").certificate
    assert (told.energy_decreases, told.converges) == ("proved", "undecided")
    # -1 / slope is -1: below it an update goes too far.
    told = check_run(network(pair - 1.5 * np.eye(2), "tanh"), method="asynchronous").certificate
    assert told.energy_decreases == "undecided"
    # Synapses inside a softmax, which is set at once.
    told = check_run(network(-9.0 * pair, "softmax"), method="asynchronous").certificate
    assert told.energy_decreases == "undecided"


def test_clamped_neurons_take_no_part():
    W = weights(3, 0.0) - np.diag([4.0, 0, 0, 0, 0, 0])
    held = {"group": "a", "neurons": [0], "mode": "clamp", "value": 1.0}
    free = check_run(network(W), method="asynchronous").certificate
    assert free.energy_decreases != "proved"
    told = check_run(network(W, stimuli=[held]), method="asynchronous").certificate
    assert told.converges == "proved"


@pytest.mark.parametrize("dense", [{"degree": 3}, {"degree": 4}])
def test_beside_neurons_that_follow_at_once_one_by_one_falls_and_all_at_once_need_not(dense):
    patterns = np.random.default_rng(3).choice([-1.0, 1.0], (12, SIZE))
    weights = {"memories": patterns.tolist(), "dense": dense}
    groups = {
        "a": {"size": SIZE, "lagrangian": "sign"},
        "memories": {"size": 12, "lagrangian": "identity"},
    }
    connections = [{"between": ["a", "memories"], "weights": weights}]
    net = hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})
    states = np.concatenate([all_states("sign"), np.zeros((2**SIZE, 12))], axis=1)
    told = check_run(net, method="asynchronous").certificate
    assert told.converges == told.energy_decreases == "proved"
    trace = hamsim.simulate(net, states, method="asynchronous")
    assert set(trace.outcomes) == {"converged"}
    assert np.diff(trace.energy, axis=1).max() <= 0
    told = check_run(net, method="synchronous").certificate
    assert told.converges == told.energy_decreases == "undecided"
    trace = hamsim.simulate(net, states, method="synchronous", sweeps=10)
    assert trace.stats.energy.rises > 0
