"""A live view shows what a run is doing, and changes no bit of it."""

import re

import numpy as np
import pytest
from shown_output import Shown

import hamsim
from hamsim.dynamics.progress import Progress as OfRun
from hamsim.learning.training.history import Progress as OfTraining
from hamsim.notebook import bars, live, panels, scenes
from hamsim.notebook.pace import Pace
from hamsim.notebook.panels import panels_of

SPEC = {
    "format": "hamsim/1",
    "name": "a net",
    "groups": {
        "pixels": {"shape": [4, 5], "lagrangian": "tanh", "initial": {"normal": {"std": 0.5}}},
        "many": {"size": 200, "lagrangian": "tanh", "tau": 2.0},
        "few": {"neurons": ["A", "<b>", "C"], "lagrangian": "softmax"},
    },
    "connections": [
        {"within": "pixels", "weights": {"normal": {"std": 0.2}}},
        {"between": ["pixels", "few"], "weights": {"normal": {"std": 0.5}}},
    ],
}


@pytest.fixture(scope="module")
def network():
    return hamsim.compile(SPEC)


@pytest.fixture
def shown(monkeypatch):
    """The output, in place of a notebook's."""
    found = Shown()
    monkeypatch.setattr(live, "outlet", lambda: found)
    monkeypatch.setattr(bars, "outlet", lambda: found)
    return found


def test_a_run_is_shown_and_no_bit_is_changed(network, shown):
    asked = {"method": "euler", "dt": 0.05, "steps": 400, "record": {"every": 1.0}}
    alone = hamsim.simulate(network, **asked)
    view = hamsim.live_view(share=0.5)
    seen = hamsim.simulate(network, progress=view, **asked)
    for what, values in alone.arrays.items():
        assert np.array_equal(values, seen.arrays[what]), what
    assert alone.outcome.message == seen.outcome.message
    last = shown.htmls[-1]
    assert "step 400 of 400" in last
    assert "activation of pixels" in last
    assert shown.closed == 1
    assert view.spent < 10.0


def test_states_that_are_told_are_those_of_the_run(network):
    told = []

    def hear(progress):
        neurons = np.array([0, 21, 222])
        told.append((progress.step, progress.states(neurons), progress.header.groups[0].name))

    asked = {"method": "euler", "dt": 0.05, "steps": 60, "record": {"every": 0.05}}
    trace = hamsim.simulate(network, progress=hear, trials=2, **asked)
    assert told
    for step, states, name in told:
        assert name == "pixels"
        assert np.array_equal(states, trace.x[:, step, [0, 21, 222]])


def test_what_a_callback_does_to_states_is_not_seen_by_the_run(network):
    def spoil(progress):
        progress.states(np.arange(223))[:] = np.nan

    asked = {"method": "euler", "dt": 0.05, "steps": 60}
    spoiled = hamsim.simulate(network, progress=spoil, **asked)
    assert np.array_equal(spoiled.x, hamsim.simulate(network, **asked).x)


class Made:
    method = "euler"


class Header:
    made, trials = Made, None

    def __init__(self, groups):
        self.groups = groups


def hearing(scene, network, count=40, trials=1):
    """Let a scene hear of a run that need not be."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(trials, network.n_neurons))
    header = Header(network.groups)
    header.trials = None if trials == 1 else trials
    for k in range(count):
        told = OfRun(k, count, 0.1 * k, 2.0**-k, -float(k), 4.0, header, lambda at: x[:, at] + 0.0)
        scene.hear(told)
    return x


def scene_of(groups=None, neurons=None, trial=0, share=100.0):
    return scenes.RunScene(groups, neurons, trial, Pace(share, 0.0))


def test_each_group_is_shown_in_the_way_that_fits_it(network):
    scene = scene_of()
    hearing(scene, network)
    scene.end()
    energy, residual, pixels, many, few = scene.parts()
    assert "energy E" in energy
    assert "residual" in residual
    assert pixels.count("<img") == 1
    assert "every 3rd neuron of 200" in many
    assert "<image" in many
    assert few.count("<polyline") >= 3
    assert "&lt;b&gt;" in few
    assert "<b>" not in few


def test_images_are_of_some_trials_and_curves_of_the_one_that_is_named(network):
    scene = scene_of(["pixels", "few"], trial=2)
    hearing(scene, network, trials=9)
    energy, _, pixels, few = scene.parts()
    assert "energy E, mean of trials" in energy
    assert pixels.count("<img") == panels.MOST_IMAGES
    assert "activation of few, trial 2" in few
    with pytest.raises(hamsim.HamsimError, match="trial is 9; the run has 9, counted from 0"):
        hearing(scene_of(trial=9), network, trials=9)


def test_single_neurons_of_a_softmax_are_activated_with_all_that_share_it(network):
    scene = scene_of(neurons=["few.C", "many[3:7]"])
    x = hearing(scene, network)
    (many, few) = scene._panels
    assert few._last.shape == (1, 1)
    e = np.exp(x[0, 220:])
    assert few._last[0, 0] == pytest.approx(e[2] / e.sum())
    assert np.allclose(many._last[0], np.tanh(x[0, 23:27]))


@pytest.mark.parametrize(
    ("groups", "neurons", "message"),
    [
        (["pixel"], None, "no group 'pixel'; did you mean 'pixels'"),
        (None, "few.B", "no group or neuron 'few.B' in the network"),
        (None, [1000], "no neuron 1000 in the network"),
    ],
)
def test_names_that_are_not_there_are_told_when_the_run_begins(network, groups, neurons, message):
    with pytest.raises(hamsim.HamsimError, match=re.escape(message)):
        panels_of(network.groups, groups, neurons, 0)


def test_an_empty_list_of_groups_shows_none(network):
    assert panels_of(network.groups, [], None, 0) == []


@pytest.mark.parametrize("share", [0.0, -1.0, 0.9, "x", float("nan")])
def test_a_share_is_a_number_that_leaves_the_run_something(share):
    with pytest.raises(hamsim.HamsimError, match="share"):
        hamsim.live_view(share=share)


def test_a_view_is_not_called_by_itself():
    with pytest.raises(hamsim.HamsimError, match="goes to progress="):
        hamsim.live_view()(3)


def test_training_shows_loss_and_score(shown):
    with hamsim.live_view().showing("training") as tell:
        for batch in range(1, 9):
            tell(OfTraining(1, 2, batch, 8, 1.0 / batch, 0.1 * batch, 2.0, batch == 8))
    last = shown.htmls[-1]
    for words in ("loss of the epoch so far", "score of the epoch so far", "examples left out"):
        assert words in last


def test_what_has_no_picture_has_a_bar(shown):
    with hamsim.live_view().showing("stages") as tell:
        tell(2, 4)
    assert "stage 2 of 4" in shown.htmls[-1]
    assert "<svg" not in shown.htmls[-1]


def test_where_nothing_can_be_drawn_there_is_a_bar(shown):
    shown.rich = False
    with hamsim.live_view().showing("run") as tell:
        tell(OfRun(5, 10, 0.5, 0.25, None))
    assert shown.texts[-1].startswith("run: 100%, step 5 of 10")
    assert shown.htmls == [""] * len(shown.htmls)


def test_a_run_that_diverges_is_shown(network, shown):
    scene = scene_of()
    x = np.full((1, network.n_neurons), np.inf)
    header = Header(network.groups)
    for k in range(3):
        scene.hear(OfRun(k, 3, float(k), np.inf, np.nan, 3.0, header, lambda at: x[:, at]))
    assert all(str(part) for part in scene.parts())


def test_a_long_run_has_a_picture_of_a_bounded_size(network):
    scene = scene_of()
    hearing(scene, network, count=5000)
    assert sum(len(part) for part in scene.parts()) < 60_000


@pytest.mark.parametrize("groups", [3, ["a", None]])
def test_groups_are_names(groups):
    with pytest.raises(hamsim.HamsimError, match="it must be names of groups"):
        hamsim.live_view(groups=groups)
