"""Corrupted copies for trials, from a file and from `simulate`, for all neurons or some."""

import numpy as np
import pytest

import hamsim

NETWORK = {
    "format": "hamsim/1",
    "seed": 3,
    "groups": {
        "g": {
            "size": 8,
            "lagrangian": "tanh",
            "initial": {"corrupt": {"of": {"patterns": "h", "row": 0}, "flips": 0.25}},
        },
        "v": {"size": 2, "lagrangian": "tanh", "initial": {"normal": {}}},
    },
    "connections": [
        {
            "within": "g",
            "name": "h",
            "weights": {"store": {"rule": "hebbian", "patterns": {"signs": {}, "count": 3}}},
        }
    ],
}
SIGNS = {"corrupt": {"of": {"signs": {}}, "flips": 0.5, "noise": 0.1}}


def cue(row):
    return {"corrupt": {"of": {"patterns": "h", "row": row}, "noise": 0.1}}


@pytest.mark.parametrize(
    "stimulus",
    [
        {"neurons": ["g[1:4]"], "value": cue(1)},
        {"group": "g", "mask": [1, 0, 0, 1, 0, 0, 0, 0], "mode": "clamp", "value": cue(2)},
        {"neurons": ["v[1]", "g[3]"], "value": SIGNS},
    ],
)
def test_trials_of_simulate_are_those_of_the_file(stimulus):
    description = {**NETWORK, "stimuli": [stimulus]}
    own = hamsim.simulate(description, trials=4, dt=0.1, steps=2)
    stated = hamsim.simulate({**description, "simulation": {"trials": 4}}, dt=0.1, steps=2)
    np.testing.assert_array_equal(own.x, stated.x)
    assert len({row.tobytes() for row in own.x[:, 0]}) == 4
    assert len({row.tobytes() for row in own.of("g")[:, 0]}) > 1  # of 28 copies two may be alike


def test_patterns_are_taken_neuron_by_neuron():
    stimulus = {"neurons": ["g[5]", "g[1]"], "mode": "clamp", "value": {"patterns": "h", "row": 2}}
    network = hamsim.compile({**NETWORK, "stimuli": [stimulus]})
    held = network.stimuli[0]
    shown = {**NETWORK["groups"]["g"], "initial": {"patterns": "h", "row": 2}}
    whole = hamsim.compile({**NETWORK, "groups": {**NETWORK["groups"], "g": shown}})
    np.testing.assert_array_equal(held.value, whole.initial[held.neurons])


def test_neurons_outside_of_the_patterns_are_refused():
    stimulus = {"neurons": ["g[5]", "v[1]"], "value": {"patterns": "h", "row": 2}}
    with pytest.raises(hamsim.SpecError, match=r"value.patterns: the patterns of 'h' are of \[g\]"):
        hamsim.load({**NETWORK, "stimuli": [stimulus]})
