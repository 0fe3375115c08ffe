"""Panels of inputs and stimuli that move: what the protocol was."""

import numpy as np
import pytest

import hamsim

SPEC = {
    "format": "hamsim/1",
    "groups": {
        "receptors": {
            "size": 2,
            "lagrangian": "identity",
            "input": {"times": [0, 2, 4], "values": [0, 1, 0.5], "between": "step"},
        },
        "other": {"size": 2, "lagrangian": "identity", "input": 1},
    },
}
SPEC["groups"]["receptors"]["input"]["beyond"] = "hold"


def run(**more):
    return hamsim.simulate({**SPEC, **more}, dt=0.1, t_end=6, method="rk4", record={"what": ["x"]})


def titled(picture, title):
    return next(axes for axes in picture.axes if axes.get_title(loc="left") == title)


def test_an_input_that_moves_has_a_panel_of_its_own():
    picture = run().plot()
    axes = titled(picture, "input of receptors")
    (line,) = axes.lines
    assert line.get_xdata().tolist() == [0, 2, 2, 4, 4, 6]
    assert line.get_ydata().tolist() == [0, 0, 1, 1, 0.5, 0.5]
    assert axes.get_ylabel() == "input I"
    # Above the others, on the same axis.
    assert next(each for each in picture.axes if each.get_xlim() == (0, 6)) is axes
    assert "input of receptors against time, from 0 to 1" in picture.description
    assert picture.left_out == ()


def test_steps_are_marked_and_not_shaded():
    """Between its jumps nothing moves."""
    axes = titled(run().plot(), "receptors")
    dotted = [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == ":"]
    assert dotted == [2, 4]
    assert not axes.patches


@pytest.mark.parametrize(
    ("mode", "title"), [("input", "input added to other"), ("clamp", "x at which other is held")]
)
def test_stimuli_that_move_have_a_bar_and_their_course(mode, title):
    stimuli = [
        {"group": "other", "mode": mode, "value": "t", "start": 1, "stop": 2},
        {"group": "other", "mode": mode, "value": "-t", "start": 3, "stop": 4},
        {"neurons": ["other[0]"], "value": 2, "start": 3, "stop": 4},
    ]
    picture = run(stimuli=stimuli).plot()
    spans = [line.get_xdata()[[0, -1]].tolist() for line in titled(picture, title).lines]
    assert spans == [[1, 2], [3, 4]]
    bars = [text.get_text() for axes in picture.axes for text in axes.texts]
    assert len(bars) == 2
    assert not any("other[0]" in axes.get_title(loc="left") for axes in picture.axes)


def test_neurons_with_courses_of_their_own_are_named():
    neurons = [{"id": "right", "input": "t"}, {"id": "left", "input": "-t"}]
    groups = {"pair": {"neurons": neurons, "lagrangian": "identity"}}
    picture = run(groups=groups).plot()
    assert len(titled(picture, "input of pair").lines) == 2
    legends = [axes.get_legend() for axes in picture.axes if axes.get_legend()]
    assert [text.get_text() for text in legends[0].get_texts()] == ["right", "left"]


def test_what_is_too_fast_is_a_band():
    groups = {"fast": {"size": 1, "lagrangian": "identity", "input": "sin(2000 * t)"}}
    picture = run(groups=groups).plot()
    axes = titled(picture, "input of fast")
    (band,) = axes.collections
    (path,) = band.get_paths()
    assert np.ptp(path.vertices[:, 1]) == pytest.approx(2, abs=0.01)
    (note,) = picture.left_out
    assert note.startswith("input of fast: it is too fast for a line")


def test_only_what_moves_meanwhile_has_a_panel():
    picture = run().plot(times=(2.5, 3.5))
    assert "input of receptors" not in [axes.get_title(loc="left") for axes in picture.axes]


def test_more_panels_than_fit_are_told():
    groups = {
        f"g{k}": {"size": 1, "lagrangian": "identity", "input": f"{k + 1} * t"} for k in range(6)
    }
    picture = run(groups=groups).plot()
    titles = [axes.get_title(loc="left") for axes in picture.axes]
    assert sum(title.startswith("input of") for title in titles) == 4
    assert len(picture.left_out) == 2
    assert picture.left_out[0].startswith("input of g4: not drawn")


def test_traces_side_by_side_share_the_panel():
    one, two = run(), run(name="two")
    picture = one.plot(beside=[two])
    panels = [a for a in picture.axes if a.get_title(loc="left") == "input of receptors"]
    assert len(panels) == 2
    assert panels[0].get_ylim() == panels[1].get_ylim()
