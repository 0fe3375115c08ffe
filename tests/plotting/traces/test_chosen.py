"""Panels of single neurons, and of groups that were recorded in part."""

import numpy as np
import pytest

import hamsim
from hamsim.plotting.trace_pictures import draw_trace, left_out
from hamsim.plotting.traces.chosen import choose

DESCRIPTION = {
    "format": "hamsim/1",
    "groups": {
        "exc": {
            "size": 6,
            "lagrangian": {"kind": "tanh", "beta": [1, 2, 3, 4, 5, 6]},
            "initial": {"normal": {}},
        },
        "motor": {"neurons": ["AVAL", "P$"], "lagrangian": "relu", "initial": 0.5},
        "image": {"shape": [2, 3], "lagrangian": "softmax", "initial": {"normal": {}}},
    },
    "connections": [{"between": ["exc", "motor"], "weights": 0.3}],
}


def panels(trace, groups, neurons=None):
    """Groups and their values, trials first."""
    found = choose(trace.header, groups, neurons)
    return [(each.group, np.moveaxis(each.values(trace.arrays), 0, 1)) for each in found]


def run(trials=None, **record):
    options = {"method": "euler", "dt": 0.1, "steps": 5, "trials": trials}
    return hamsim.simulate(DESCRIPTION, **options, record=record)


@pytest.mark.parametrize("trials", [None, 3])
def test_activations_of_a_part_are_those_of_the_whole(trials):
    full = run(trials, what=["x", "g", "energy"])
    for what in (["x", "energy"], ["g"]):
        neurons = ["exc[4]", "exc[1]", "P$", "image[:, 1]"]
        found = panels(run(trials, what=what), None, neurons)
        assert [group.name for group, _ in found] == ["exc", "motor", "image"]
        assert [group.label(k) for group, _ in found for k in range(group.size)] == [
            "exc[1]", "exc[4]", "motor.P$", "image[0, 1]", "image[1, 1]",
        ]  # fmt: skip
        drawn = np.concatenate([values for _, values in found], axis=-1)
        expected = full.g[..., [1, 4, 7, 9, 12]]
        assert drawn == pytest.approx(expected if trials else expected[None], abs=1e-12)
        recorded = panels(run(trials, what=what, neurons=["exc[1]", "exc[4]", "P$"]), None)
        drawn = np.concatenate([values for _, values in recorded], axis=-1)
        expected = full.g[..., [1, 4, 7]]
        assert drawn == pytest.approx(expected if trials else expected[None], abs=1e-12)


def test_states_are_drawn_where_activations_cannot_be_known():
    trace = run(neurons=["image[0, 1]", "exc[2]"])
    shown = {each.group.name: each for each in choose(trace.header, None)}
    assert shown["exc"].quantity == "activation g"
    assert shown["image"].quantity == "state x"
    values = shown["image"].values(trace.arrays)
    assert np.array_equal(values[:, 0, 0], trace.of("image[0, 1]"))
    labels = [axes.get_ylabel() for axes in draw_trace(trace).axes]
    assert [label for label in labels if label] == ["energy E", "activation g", "state x"]


def test_groups_and_neurons_that_are_chosen():
    trace = run()
    names = [group.name for group, _ in panels(trace, ["motor"], ["exc[1]", "AVAL"])]
    assert names == ["exc", "motor"]
    assert panels(trace, ["motor"], ["AVAL"])[0][1].shape == (1, 6, 2)
    assert left_out(trace) == ()
    for groups, neurons in ((["nope"], None), (None, ["AVAX"])):
        with pytest.raises(hamsim.TraceError):
            draw_trace(trace, groups, neurons)


def test_groups_in_part_are_among_those_that_are_left_out():
    groups = {f"g{k}": {"size": 3, "lagrangian": "tanh"} for k in range(9)}
    trace = hamsim.simulate(
        {"format": "hamsim/1", "groups": groups},
        method="euler",
        dt=0.1,
        steps=2,
        record={"neurons": [f"g{k}[1]" for k in range(8)]},
    )
    assert trace.groups == ()
    assert left_out(trace) == ("g6", "g7")
