"""Delays of connections: what a file says, what the network holds, and other values for them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description

import hamsim
from hamsim.errors import CompileError, HamsimError

GROUPS = {
    "a": {"size": 3, "lagrangian": "tanh"},
    "b": {"size": 2, "lagrangian": "tanh"},
}
BETWEEN = {"between": ["a", "b"], "weights": [[1, 0], [2, 3], [0, 4.0]]}
WITHIN = {"within": "a", "weights": [[0, 1, 2], [1, 0, 3], [2, 3, 0]]}


def network(*connections):
    return hamsim.compile(
        {"format": "hamsim/1", "seed": 3, "groups": GROUPS, "connections": list(connections)}
    )


def synapses(delays):
    """{(receiver, sender, time): weight}."""
    rows = zip(*(column.tolist() for column in delays), strict=True)
    return {(i, j, time): weight for i, j, weight, time in rows}


def test_one_number_holds_for_both_directions():
    found = network({**BETWEEN, "delay": "3 / 2"})
    there = {(0, 3): 1.0, (1, 3): 2.0, (1, 4): 3.0, (2, 4): 4.0}
    both = there | {(j, i): weight for (i, j), weight in there.items()}
    assert synapses(found.delays) == {(*pair, 1.5): weight for pair, weight in both.items()}
    assert found.undelayed.W.nnz == 0
    assert found.W.nnz == 8
    assert found.symmetric


@pytest.mark.parametrize("delay", [[1, 2, 3, 4], [[1, 9], [2, 3], [9, 4]]])
def test_one_a_synapse_or_an_array_of_the_block(delay):
    found = network({**BETWEEN, "delay": delay})
    assert set(synapses(found.delays)) == {
        *[(0, 3, 1), (1, 3, 2), (1, 4, 3), (2, 4, 4)],
        *[(3, 0, 1), (3, 1, 2), (4, 1, 3), (4, 2, 4)],
    }


def test_without_a_delay_there_are_none():
    found = network({**BETWEEN, "delay": 0.0}, WITHIN)
    assert found.delays is None
    assert found.undelayed is found


def test_draws_are_the_same_both_ways_within_a_group():
    drawn = {**WITHIN, "delay": {"lognormal": {}}}
    times = {(i, j): time for i, j, time in synapses(network(drawn).delays)}
    assert len(set(times.values())) == 3
    assert all(times[i, j] == times[j, i] for i, j in times)
    assert times == {(i, j): time for i, j, time in synapses(network(drawn).delays)}


def test_connections_that_meet_keep_their_delays():
    found = network(
        {**BETWEEN, "delay": 1.0},
        {"from": "a", "to": "b", "weights": 0.5, "delay": 2.0},
        {"from": "a", "to": "b", "weights": 0.25},
        {"from": "a", "to": "b", "weights": {"edges": [[0, 0, -1.75]]}},
    )
    late = synapses(found.delays)
    assert (late[3, 0, 1.0], late[3, 0, 2.0]) == (1.0, 0.5)
    assert found.W[3, 0] == 0.0  # they cancel, and are there all the same
    assert found.undelayed.W[3, 0] == -1.5
    assert found.undelayed.W[4, 2] == 0.25


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), symmetric=st.booleans())
def test_the_parts_add_up_to_W(seed, symmetric):
    described = random_description(seed, symmetric=symmetric, max_size=4)
    rng = np.random.default_rng(seed)
    for connection in described["connections"]:
        if rng.random() < 0.6:
            connection["delay"] = float(rng.integers(0, 3))
    found = hamsim.compile(described)
    total = found.undelayed.W.toarray()
    if found.delays is not None:
        np.add.at(total, (found.delays.receivers, found.delays.senders), found.delays.weights)
    np.testing.assert_allclose(total, found.W.toarray(), atol=1e-14)
    assert found.undelayed.symmetric == np.array_equal(
        found.undelayed.W.toarray(), found.undelayed.W.toarray().T
    )


# --- other values ------------------------------------------------------------------------------


def test_other_delays_and_weights_of_a_compiled_network():
    found = network({**BETWEEN, "delay": 1.0}, WITHIN)
    other = found.replace(delay={"a-b": [1, 2, 3, 4], "a-a": 0.5})
    assert set(other.delays.times) == {0.5, 1, 2, 3, 4}
    assert found.replace(delay=0.0).delays is None
    heavier = other.with_weights({"a-b": 7.0})
    late = synapses(heavier.delays)
    assert {late[0, 3, 1.0], late[4, 2, 4.0]} == {7.0}
    edges = found.with_weights(edges=2 * found.W.data)
    assert synapses(edges.delays) == {k: 2 * w for k, w in synapses(found.delays).items()}
    slower = other.replace(tau=2.0)
    assert synapses(slower.delays) == synapses(other.delays)


def test_unlike_weights_both_ways_keep_the_delays_of_each_direction():
    found = network({**BETWEEN, "delay": [1, 2, 3, 4]})
    weights = np.arange(1.0, 9.0)
    other = found.with_weights(edges=weights)
    at = {(i, j): w for i, j, w in zip(*found.W.tocoo().coords, weights, strict=True)}
    assert {(i, j): w for (i, j, _), w in synapses(other.delays).items()} == at
    assert set(synapses(other.delays)) == set(synapses(found.delays))


@pytest.mark.parametrize(
    ("delay", "message"),
    [
        ({"a-c": 1.0}, "no connection 'a-c' that may have a delay; did you mean 'a-b'?"),
        (-1.0, "delay of 'a-b' is -1: it must be at least 0"),
        ({"a-b": [1, 2]}, "delay of 'a-b' has shape (2,); it must be one number, (3, 2) or (4,)"),
        ({"a-a": [1, 2, 1, 3, 2, 4]}, "delay of 'a-a' is not symmetric"),
        ({"a-b": np.nan}, "delay of 'a-b' holds numbers that are not finite"),
    ],
)
def test_delays_that_do_not_fit_are_refused(delay, message):
    with pytest.raises(HamsimError) as caught:
        network(BETWEEN, WITHIN).replace(delay=delay)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("connection", "message"),
    [
        ({**BETWEEN, "delay": [1, 2]}, "delay: 2 numbers, but the connection has 4 synapses"),
        ({**BETWEEN, "delay": {"normal": {}}}, "must be at least 0; lognormal keeps to that"),
        ({**WITHIN, "delay": [1, 2, 1, 3, 2, 4]}, "within a group go both ways alike"),
    ],
)
def test_what_only_the_synapses_show_to_be_wrong(connection, message):
    with pytest.raises(CompileError) as caught:
        network(connection)
    assert message in str(caught.value)
    assert str(caught.value).startswith("connections[0].delay: ")
