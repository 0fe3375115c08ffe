"""Basins over a plane, against starts one by one and networks whose borders are known."""

import numpy as np
import pytest

import hamsim

PAIR = {
    "format": "hamsim/1",
    "name": "pair",
    "groups": {
        "left": {"size": 1, "lagrangian": "tanh", "initial": [[0.3], [1.0]]},
        "right": {"size": 1, "lagrangian": "tanh", "tau": 2.0, "initial": [[0.1], [-1.0]]},
    },
    "connections": [
        {"within": "left", "weights": 2.0, "self_connections": True},
        {"within": "right", "weights": 2.0, "self_connections": True},
    ],
}


def test_neurons_by_themselves_part_the_plane_at_0():
    found = hamsim.basins(PAIR, "left", "right", size=8)
    assert found.names == ("x of left[0]", "x of right[0]")
    assert found.labels.shape == (8, 8)
    signs = np.sign(found.x[found.labels])
    a, b = np.meshgrid(np.sign(found.a), np.sign(found.b))
    np.testing.assert_array_equal(signs[..., 0], a)
    np.testing.assert_array_equal(signs[..., 1], b)
    assert found.share == pytest.approx(np.full(4, 0.25))
    assert found.at == pytest.approx(found.x)
    assert found.off == pytest.approx(np.zeros(4), abs=1e-12)


def test_numbers_are_those_of_attractors():
    net = hamsim.compile(PAIR)
    known = hamsim.attractors(net, starts=50, seed=3)
    found = hamsim.basins(net, 0, "1", size=6, range=(-2, 2, -1, 1), starts=50, seed=3)
    np.testing.assert_array_equal(found.x[:4], known.x)
    assert found.at[:2] == pytest.approx(np.eye(2), abs=1e-12)
    assert found.names == ("towards attractor 0", "towards attractor 1")
    assert (found.a[0], found.a[-1], found.b[0], found.b[-1]) == (-2, 2, -1, 1)
    for row, column in ((0, 1), (4, 2), (5, 5)):
        state = found.origin + np.array([found.a[column], found.b[row]]) @ found.directions
        assert known.label_of(state) == found.labels[row, column]


def test_axes_to_states_and_trials():
    found = hamsim.basins(PAIR, "trial:1", [0.0, 2.0], size=4, through="initial", range=(0, 1))
    assert found.origin.tolist() == [0.3, 0.1]
    assert found.directions == pytest.approx(np.array([[0.7, -1.1], [-0.3, 1.9]]))
    assert found.names == ("towards trial:1", "towards the state given")
    assert found.to_dict()["labels"] == found.labels.tolist()


def test_what_comes_to_nothing_has_no_number():
    spec = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 2, "lagrangian": "relu"}},
        "connections": [{"within": "a", "weights": [[2, 0], [0, 0]], "self_connections": True}],
    }
    found = hamsim.basins(spec, "a[0]", "a[1]", size=4, range=(-1, 1))
    assert np.all(found.labels[:, 2:] == -1)
    assert np.all(found.labels[:, :2] == 0)
    assert found.share.tolist() == [0.5]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"a": "left", "b": "left"}, "a and b lead in the same direction"),
        ({"a": "lft", "b": "right"}, "did you mean"),
        ({"a": "left", "b": 9}, "there is no attractor 9: 4 were found, from 0 on"),
        ({"a": "left", "b": "trial:2"}, "there is no trial 2: the file has 2"),
        ({"a": "left", "b": [1.0]}, "a state is 2 finite numbers"),
        ({"a": "left", "b": "right", "through": "there"}, "'there' is no state"),
        ({"a": "left", "b": "right", "range": (1, 0)}, "it must be two rising numbers"),
        ({"a": "left", "b": "right", "size": 1}, "size is 1; it must be a whole number of at"),
    ],
)
def test_mistakes_are_told(given, message):
    with pytest.raises(hamsim.HamsimError, match=message):
        hamsim.basins(PAIR, **{"starts": 40, **given})


def test_a_state_may_have_the_shape_of_its_group():
    image = {"size": 4, "lagrangian": "tanh"}
    net = {"format": "hamsim/1", "groups": {"image": image}}
    a, b = np.eye(4)[:2]
    flat = hamsim.energy_plane(net, a, b, through=np.zeros(4), size=5)
    shaped = hamsim.energy_plane(net, a.reshape(2, 2), b, through=np.zeros((2, 2)), size=5)
    np.testing.assert_array_equal(flat.energy, shaped.energy)
    with pytest.raises(hamsim.HamsimError, match=r"4 finite numbers, not an array of shape \(3,\)"):
        hamsim.energy_plane(net, a[:3], b)
    with pytest.raises(hamsim.HamsimError, match="4 finite numbers, not "):
        hamsim.energy_plane(net, a * np.nan, b)
