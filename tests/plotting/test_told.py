"""What pictures say of themselves, and titles that are no text."""

import numpy as np
import pytest

import hamsim

RING = {
    "format": "hamsim/1",
    "groups": {"a": {"size": 3, "lagrangian": "tanh", "initial": 0.5}},
    "connections": [
        {
            "from": "a",
            "to": "a",
            "weights": [[2, 1, 3], [1, 0, 0], [4, 0.5, 0]],
            "self_connections": True,
        }
    ],
}


def test_synapses_both_ways_may_have_two_weights():
    said = hamsim.compile(RING).plot("neurons").description
    assert (
        "2 synapses both ways with equal weights, 1 with unequal ones, and 1 one way" in said
    )  # a[0] to itself and to a[1]; a[0] and a[2]; a[1] to a[2]


def test_synapses_that_are_not_drawn_are_counted_as_what_they_are():
    weights = np.triu(np.ones((100, 100)), 1)
    spec = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 100, "lagrangian": "tanh"}},
        "connections": [{"from": "a", "to": "a", "weights": weights.tolist()}],
    }
    picture = hamsim.compile(spec).plot("neurons")
    assert "the 4,000 largest are drawn" in picture.left_out[1]
    assert "0 synapses both ways and 4,950 one way" in picture.description


def test_of_many_groups_the_others_are_counted():
    groups = {f"g{k}": {"size": 1, "lagrangian": "tanh"} for k in range(23)}
    said = hamsim.compile({"format": "hamsim/1", "groups": groups}).plot("neurons").description
    assert "1 of g19 and those of 3 more groups." in said


def test_a_title_is_text():
    network = hamsim.compile(RING)
    drawn = [
        network.plot,
        hamsim.check(network).plot,
        hamsim.simulate(network, t_end=1).plot,
        hamsim.phase_plane(network, 0, 1, size=5).plot,
    ]
    for plot in drawn:
        with pytest.raises(hamsim.HamsimError, match="title is 3; it must be text"):
            plot(title=3)


def test_numbers_of_neurons_are_whole_on_an_axis():
    one = {"format": "hamsim/1", "groups": {"a": {"size": 1, "lagrangian": "tanh"}}}
    axes = hamsim.compile(one).plot("weights").axes[0]
    assert [tick for tick in axes.get_xticks() if -0.5 < tick < 0.5] == [0.0]
