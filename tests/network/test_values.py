"""Other values of neurons, and what is said of a network whose values were replaced."""

import numpy as np
import pytest
from same_network import assert_same_network

import hamsim
from hamsim import HamsimError


def description(**of_a):
    return {
        "format": "hamsim/1",
        "seed": 5,
        "references": ["Somebody, somewhere."],
        "groups": {
            "a": {
                "neurons": [{"id": "p"}, {"id": "q"}, {"id": "r"}],
                "lagrangian": "tanh",
                "initial": {"normal": {"std": 1.0}},
                **of_a,
            },
            "b": {
                "size": 2,
                "lagrangian": {"expression": "x**2/2 + x**4/7", "domain": [-5, 5]},
                "input": 0.5,
            },
        },
        "connections": [{"between": ["a", "b"], "weights": 0.3}],
    }


@pytest.fixture
def network():
    return hamsim.compile(description())


def test_values_are_those_of_a_network_compiled_with_them(network):
    expected = hamsim.compile(description(tau=[1.0, 2.0, 0.5], input=[0.0, 1.0, 0.0]))
    other = network.replace(
        tau={"a": 0.5, "p": 1.0, "q": 2.0}, input=np.array([0.0, 1.0, 0.0, 0.5, 0.5])
    )
    assert_same_network(other, expected)
    assert other.W is network.W
    assert other.draws.states is other.initial  # they are still as they were drawn
    trace, same = (hamsim.simulate(each, dt=0.1, steps=5, trials=3) for each in (other, expected))
    assert np.array_equal(trace.x, same.x)
    assert np.array_equal(
        hamsim.velocity(other, other.initial), hamsim.velocity(expected, other.initial)
    )
    assert network.replace() is network


def test_states_that_were_replaced_are_not_drawn(network):
    other = network.replace(initial=np.zeros((3, 5)))
    assert other.trials == 3
    assert not hamsim.simulate(other, dt=0.1, steps=1).x[:, 0].any()
    assert network.replace(initial={"b": 2.0}).initial[3:].tolist() == [2.0, 2.0]
    with pytest.raises(hamsim.SimulationError):
        hamsim.simulate(other, dt=0.1, steps=1, trials=4)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"tau": -1.0}, r"tau of neuron a\.p is -1: it must be at least 0"),
        ({"tau": [1.0, 2.0]}, r"tau has shape \(2,\); it must be one number or one for each of 5"),
        ({"tau": np.ones((2, 5))}, r"tau has shape \(2, 5\)"),
        ({"input": np.nan}, "input holds numbers that are not finite"),
        ({"input": "much"}, "input must be numbers"),
        ({"initial": np.ones((2, 4))}, r"initial has shape \(2, 4\).*or rows of these"),
        ({"initial": np.ones((0, 5))}, r"initial has shape \(0, 5\)"),
        ({"tau": {"c": 1.0}}, "c"),
        ({"tau": {"a": [1.0, 2.0]}}, r"tau of a has shape \(2,\)"),
    ],
)
def test_wrong_values_are_refused(network, values, message):
    with pytest.raises(HamsimError, match=message):
        network.replace(**values)


def test_arrays_cannot_be_written_and_are_copies(network):
    tau = np.ones(5)
    other = network.replace(tau=tau)
    tau[0] = 9.0
    assert other.tau[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        other.tau[0] = 1.0


def test_no_description_is_claimed_for_other_values(network, tmp_path):
    """A trace has the text that it was made from; no text says what these weights are."""
    for other in (network.replace(tau=2.0), network.with_weights({"a-b": 0.7})):
        assert network.source
        assert other.source == ""
        trace = hamsim.simulate(other, dt=0.1, steps=2)
        trace.save(tmp_path / "out.nc")
        again = hamsim.load_trace(tmp_path / "out.nc")
        assert again.header.source == ""
        assert "replaced" in str(again.made.overrides)
    twice = network.replace(tau=2.0).with_weights({"a-b": 0.7})
    assert set(twice.overrides) == {"tau", "weights of a-b"}


def test_what_a_description_says_of_other_things_is_kept(network):
    """A graph of the network gives back the same one, with the domain of its formula."""
    other = network.replace(tau=2.0).with_weights({"a-b": 0.7})
    again = hamsim.from_networkx(other.to_networkx())
    assert_same_network(hamsim.compile(again), other)
