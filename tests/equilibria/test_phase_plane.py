"""Velocities of two neurons over a plane, where both rest, and what the others do."""

import numpy as np
import pytest

import hamsim


def two(gain=2.0, **more):
    return {
        "format": "hamsim/1",
        "name": "two",
        "groups": {"a": {"size": 2, "lagrangian": "tanh", "tau": 1, **more}},
        "connections": [{"within": "a", "weights": gain}],
    }


THREE = {
    "format": "hamsim/1",
    "groups": {
        "a": {"neurons": ["left", "right", "third"], "lagrangian": "tanh", "initial": [0, 0, 0.5]}
    },
    "connections": [{"within": "a", "weights": [[0, 1, 2], [1, 0, -1], [2, -1, 0]]}],
}
# Two neurons and others with tau = 0, which follow them.
FOLLOWED = {
    "format": "hamsim/1",
    "groups": {
        "seen": {"size": 2, "lagrangian": "identity", "tau": 2},
        "hidden": {"size": 3, "lagrangian": "relu", "tau": 0},
    },
    "connections": [{"between": ["hidden", "seen"], "weights": [[1, 0.5], [-1, 0.3], [0.2, 1]]}],
}


def states_of(plane, network):
    """All states of the plane, shape (b, a, n)."""
    states = np.tile(np.asarray(plane.state), (plane.b.size, plane.a.size, 1))
    states[..., plane.neurons[0]] = plane.a
    states[..., plane.neurons[1]] = plane.b[:, None]
    return states


@pytest.mark.parametrize("spec", [two(), THREE, FOLLOWED])
def test_velocities_are_those_of_the_network_with_the_others_held(spec):
    network = hamsim.compile(spec)
    plane = hamsim.phase_plane(network, network.label(0), network.label(1), size=7)
    expected = hamsim.velocity(network, states_of(plane, network))
    assert np.allclose(plane.velocity, np.moveaxis(expected[..., :2], -1, 0), rtol=1e-12)
    assert plane.whole == (spec is not THREE)


def test_it_is_said_which_neurons_are_held_and_which_follow():
    three = hamsim.phase_plane(THREE, "left", "right", size=5)
    assert three.others() == "1 other neuron is held at the initial state"
    assert three.state[2] == 0.5
    followed = hamsim.phase_plane(FOLLOWED, "seen[0]", "seen[1]", size=5)
    assert followed.others() == "3 neurons with tau = 0 follow"
    assert followed.whole
    assert hamsim.phase_plane(two(), "a[0]", "a[1]", size=5).others() == ""


def test_points_of_balance_are_rest_states_with_their_eigenvalues():
    plane = hamsim.phase_plane(two(), "a[0]", "a[1]")
    found = plane.balance[np.argsort(plane.balance[:, 0])]
    x = 1.9150080481545  # of x = 2 tanh(x)
    assert found == pytest.approx(np.array([[-x, -x], [0, 0], [x, x]]), abs=1e-9)
    middle = plane.eigenvalues[np.argmin(np.abs(plane.balance).sum(axis=1))]
    assert sorted(middle.real) == pytest.approx([-3.0, 1.0], abs=1e-6)
    for point in plane.balance:
        assert np.abs(hamsim.velocity(two(), point)).max() < 1e-9


def test_the_plane_holds_what_is_to_be_seen():
    plane = hamsim.phase_plane(two(5.0, initial=[9.0, 0.0]), "a[0]", "a[1]")
    assert plane.a[0] < plane.balance[:, 0].min()
    assert plane.a[-1] > 9.0
    given = hamsim.phase_plane(two(), "a[0]", "a[1]", range=(-1, 2, 0, 3), size=4)
    assert given.a.tolist() == [-1, 0, 1, 2]
    assert given.b.tolist() == [0, 1, 2, 3]


def test_velocities_of_activations_are_those_of_states_times_the_slope():
    plane = hamsim.phase_plane(two(), "a[0]", "a[1]", what="g", range=(-1, 1), size=9)
    x = np.arctanh(plane.a)
    states = np.stack(np.meshgrid(x, x), axis=-1)
    expected = hamsim.velocity(two(), states) * (1 - np.tanh(states) ** 2)
    assert np.allclose(plane.velocity, np.moveaxis(expected, -1, 0), atol=1e-5)
    assert plane.a[[0, -1]] == pytest.approx(np.tanh([-1, 1]))


def test_stimuli_act_as_at_the_time_asked_for():
    pulse = {"group": "a", "value": [3.0, 0.0], "mode": "input", "start": 1, "stop": 2}
    spec = {**two(), "stimuli": [pulse]}
    quiet, driven = (
        hamsim.phase_plane(spec, "a[0]", "a[1]", range=(-1, 1), size=3, t=t) for t in (0.5, 1.0)
    )
    assert driven.velocity[0] - quiet.velocity[0] == pytest.approx(np.full((3, 3), 3.0))
    assert np.array_equal(driven.velocity[1], quiet.velocity[1])
    in_the_end = hamsim.phase_plane(spec, "a[0]", "a[1]", range=(-1, 1), size=3)
    assert np.array_equal(in_the_end.velocity, quiet.velocity)
    wave = {**two(), "groups": {"a": {"size": 2, "lagrangian": "tanh", "input": "sin(t)"}}}
    with pytest.raises(hamsim.HamsimError, match="changes for ever: give t"):
        hamsim.phase_plane(wave, "a[0]", "a[1]")
    held = hamsim.phase_plane(wave, "a[0]", "a[1]", range=(-1, 1), size=3, t=np.pi / 2)
    assert held.velocity[0, 1, 1] == pytest.approx(1.0)


def test_neurons_that_stimuli_hold_stay_where_they_are_held():
    clamp = {"neurons": ["third"], "value": 2.0, "mode": "clamp"}
    plane = hamsim.phase_plane({**THREE, "stimuli": [clamp]}, "left", "right", size=5)
    assert plane.state[2] == 2.0
    assert plane.others() == "stimuli hold 1 neuron"
    with pytest.raises(hamsim.HamsimError, match=r"a stimulus holds a\.third"):
        hamsim.phase_plane({**THREE, "stimuli": [clamp]}, "left", "third")


def test_noise_and_delays_are_left_out_and_said():
    delayed = {**two(), "connections": [{"within": "a", "weights": 1.0, "delay": 2.0}]}
    assert "delays" in hamsim.phase_plane(delayed, "a[0]", "a[1]", size=3).notes[0]
    noisy = two(noise={"sigma": 0.1})
    assert hamsim.phase_plane(noisy, "a[0]", "a[1]", size=3, t=0).notes == ("noise is left out",)


def test_a_line_of_rest_states_is_no_number_of_points():
    line = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 2, "lagrangian": "identity"}},
        "connections": [{"within": "a", "weights": 1.0}],
    }
    plane = hamsim.phase_plane(line, "a[0]", "a[1]", range=(-1, 1))
    assert len(plane.balance) == 0
    assert plane.notes == ("both velocities are 0 along a line, or nearly",)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"a": "left", "b": "left"}, "a and b are both"),
        ({"a": "left", "b": "rigth"}, "right"),
        ({"a": "left", "b": "a"}, "'a' is 3 neurons"),
        ({"a": "left", "b": "right", "what": "y"}, "allowed are 'x' and 'g'"),
        ({"a": "left", "b": "right", "range": (2, 1)}, "two rising numbers"),
        ({"a": "left", "b": "right", "range": "wide"}, "two rising numbers"),
        ({"a": "left", "b": "right", "size": 1}, "size"),
        ({"a": "left", "b": "right", "through": "trial:3"}, "there is no trial 3"),
        ({"a": "left", "b": "right", "through": "end"}, "no state"),
        ({"a": "left", "b": "right", "t": np.nan}, "a finite number"),
    ],
)
def test_what_is_no_phase_plane_is_refused_in_one_line(asked, message):
    with pytest.raises(hamsim.HamsimError, match=message) as told:
        hamsim.phase_plane(THREE, **asked)
    assert "\n" not in str(told.value)


def test_neurons_without_a_velocity_or_an_activation_of_their_own_are_refused():
    with pytest.raises(hamsim.HamsimError, match="has tau = 0: it follows"):
        hamsim.phase_plane(FOLLOWED, "seen[0]", "hidden[1]")
    shared = {**THREE, "groups": {"a": {"size": 3, "lagrangian": "softmax"}}}
    with pytest.raises(hamsim.HamsimError, match="neurons share it"):
        hamsim.phase_plane(shared, "a[0]", "a[1]", what="g")
    assert hamsim.phase_plane(shared, "a[0]", "a[1]", size=3).velocity.shape == (2, 3, 3)


def test_it_can_be_written_as_plain_numbers():
    facts = hamsim.phase_plane(two(), "a[0]", "a[1]", size=3).to_dict()
    assert facts["labels"] == ["a[0]", "a[1]"]
    assert np.array(facts["velocity"]).shape == (2, 3, 3)
