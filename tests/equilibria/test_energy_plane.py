"""Energies over planes: that of each state, of activations, and which planes there are."""

import numpy as np
import pytest

import hamsim

PATTERNS = np.array([[1.0] * 8, [1.0, -1.0] * 4])


def memory(kind="tanh", **more):
    lagrangian = {"kind": kind, **({"beta": 4.0} if kind == "tanh" else {})}
    return {
        "format": "hamsim/1",
        "name": "memory",
        "groups": {"a": {"size": 8, "lagrangian": lagrangian, **more}},
        "connections": [{"within": "a", "weights": {"store": {"patterns": PATTERNS.tolist()}}}],
    }


# Two hidden neurons with tau = 0 beside two visible ones.
FOLLOWED = {
    "format": "hamsim/1",
    "groups": {
        "seen": {"size": 2, "lagrangian": "identity", "tau": 2, "initial": [1.0, 0.5]},
        "hidden": {"size": 2, "lagrangian": "tanh", "tau": 0},
    },
    "connections": [{"between": ["hidden", "seen"], "weights": [[1, 0.5], [-1, 0.3]]}],
}


def grid(plane):
    return np.stack(np.meshgrid(plane.a, plane.b), axis=-1)


def test_energies_are_those_of_the_states():
    found = hamsim.energy_plane(memory(), PATTERNS[0], PATTERNS[1], size=5)
    states = found.plane.states(grid(found))
    assert np.allclose(found.energy, hamsim.energy(memory(), states).total, rtol=1e-12)
    assert found.at(PATTERNS) == pytest.approx(np.eye(2))
    assert found.off(PATTERNS) == pytest.approx(0.0, abs=1e-12)


def test_three_states_span_a_plane():
    third = np.linspace(-1, 1, 8)
    found = hamsim.energy_plane(memory(), *PATTERNS, through=third, size=3)
    assert found.at(third) == pytest.approx([0, 0], abs=1e-12)
    assert found.at(PATTERNS) == pytest.approx(np.eye(2))


def test_neurons_that_follow_are_where_the_others_put_them():
    found = hamsim.energy_plane(FOLLOWED, size=5)
    assert found.plane.neurons == (0, 1)
    states = np.concatenate([grid(found), np.zeros((5, 5, 2))], axis=-1)
    assert np.allclose(found.energy, hamsim.energy(FOLLOWED, states).total, rtol=1e-12)
    # Whatever a trajectory says of them, it is in the plane.
    assert found.off(np.array([0.1, 0.2, 7.0, 9.0])) == pytest.approx(0.0, abs=1e-12)


def test_without_a_choice_it_is_the_plane_of_the_attractors():
    found = hamsim.energy_plane(memory(), starts=60)
    assert found.known is not None
    at = found.at(found.known.x)
    assert np.all((at >= [found.a[0], found.b[0]]) & (at <= [found.a[-1], found.b[-1]]))
    assert found.names[0].startswith("principal axis 1 (")
    assert found.energy.min() <= found.known.energy.min() + 0.5


def test_principal_axes_hold_as_much_as_two_directions_can():
    rng = np.random.default_rng(1)
    states = rng.standard_normal((40, 2)) @ rng.standard_normal((2, 8))
    found = hamsim.energy_plane(memory(), states=states, size=3)
    assert found.off(states) == pytest.approx(0.0, abs=1e-9)
    assert found.plane.directions @ found.plane.directions.T == pytest.approx(np.eye(2), abs=1e-9)
    alone = hamsim.energy_plane(memory(), states=np.outer(np.arange(3.0), np.eye(8)[2]), size=3)
    assert alone.plane.directions[0] == pytest.approx(np.eye(8)[2])
    assert alone.names[1].endswith(", across")
    one = hamsim.energy_plane(memory(), states=np.ones(8), size=3)
    assert np.isfinite(one.energy).all()


def test_over_activations_of_two_values_the_energy_is_that_of_their_products():
    network = hamsim.compile(memory("sign", input=0.1))
    found = hamsim.energy_plane(network, *PATTERNS, size=7)
    assert found.what == "g"
    g = np.clip(found.plane.states(grid(found)), -1, 1)
    W = network.W.toarray()
    expected = -0.5 * np.einsum("bai,ij,baj->ba", g, W, g) - 0.1 * g.sum(axis=-1)
    assert np.allclose(found.energy, expected, rtol=1e-12, atol=1e-12)
    corner = np.flatnonzero(found.a == 1.0)[0], np.flatnonzero(found.b == 0.0)[0]
    own = hamsim.energy(network, PATTERNS[0]).total
    assert found.energy[corner[1], corner[0]] == pytest.approx(own)
    neurons = hamsim.energy_plane(network, "a[0]", "a[1]", size=5)
    assert neurons.a[[0, -1]] == pytest.approx([-1.5, 1.5])
    steps = hamsim.energy_plane(network, *PATTERNS, size=7, what="x")
    assert len(np.unique(steps.energy.round(9))) < len(np.unique(found.energy.round(9)))


def test_what_stimuli_hold_is_held():
    spec = memory()
    spec["stimuli"] = [{"neurons": ["a[0]"], "value": 3.0, "mode": "clamp", "start": 1, "stop": 2}]
    found = hamsim.energy_plane(spec, *PATTERNS, size=3, t=1.5)
    assert np.all(found.plane.states(grid(found))[..., 0] == 3.0)
    assert found.time == 1.5
    with pytest.raises(hamsim.HamsimError, match="span no plane of neurons that are free"):
        hamsim.energy_plane(spec, "a[0]", "a[1]", t=1.5)


def test_the_energy_of_a_symmetrizable_network_is_the_scaled_one():
    spec = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 2, "lagrangian": "tanh"}},
        "connections": [
            {"from": "a", "to": "a", "weights": [[0, 2], [1, 0]], "self_connections": True}
        ],
    }
    found = hamsim.energy_plane(spec, "a[0]", "a[1]", size=3)
    assert found.scaled
    states = grid(found)
    assert np.allclose(found.energy, hamsim.energy(spec, states, scaled=True).total)
    assert "symmetrizable" in found.notes[0]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"a": "a[0]"}, "give a and b"),
        ({"through": "zero"}, "give a and b"),
        ({"a": "a[0]", "b": "a[0]"}, "same direction"),
        ({"a": "a[0]", "b": "b[0]"}, "b"),
        ({"a": PATTERNS[0], "b": -PATTERNS[0]}, "same direction"),
        ({"a": "a[0]", "b": "a[1]", "what": "g"}, "all take two values"),
        ({"states": np.ones((3, 7))}, "must have 8 neurons"),
        ({"a": 99, "b": 0}, "there is no attractor 99"),
    ],
)
def test_what_is_no_plane_is_refused_in_one_line(asked, message):
    with pytest.raises(hamsim.HamsimError, match=message) as told:
        hamsim.energy_plane(memory(), starts=20, **asked)
    assert "\n" not in str(told.value)


def test_networks_without_an_energy_or_with_one_neuron_are_refused():
    with pytest.raises(hamsim.HamsimError, match="there is no energy to draw"):
        hamsim.energy_plane("networks/wilson_cowan.yaml")
    alone = {"format": "hamsim/1", "groups": {"a": {"size": 1, "lagrangian": "tanh"}}}
    with pytest.raises(hamsim.HamsimError, match="a plane needs two"):
        hamsim.energy_plane(alone, starts=5)
