"""Bifurcation diagrams: what is drawn how."""

import numpy as np
import pytest

import hamsim
from hamsim.plotting.branches_figure import draw_branches

TWO = {
    "format": "hamsim/1",
    "name": "two",
    "parameters": {"gain": 1.0},
    "groups": {"a": {"size": 2, "lagrangian": "tanh", "tau": 1}},
    "connections": [{"within": "a", "weights": "gain"}],
}


@pytest.fixture(scope="module")
def found():
    return hamsim.branches(TWO, "parameters.gain", 0, 3, step=0.1)


def lines(axis, style):
    return [line for line in axis.get_lines() if line.get_linestyle() == style]


def test_stable_branches_are_solid_and_others_dashed(found):
    axis = draw_branches(found, ["a[0]"]).axes[0]
    solid, dashed = lines(axis, "-"), lines(axis, "--")
    assert len(solid) == 3
    assert len(dashed) == 1
    # They meet at the special point, so that no gap is left.
    assert dashed[0].get_xdata()[[0, -1]] == pytest.approx([1.0, 3.0])
    assert sorted(line.get_xdata()[0] for line in solid) == pytest.approx([0.0, 1.0, 1.0])
    assert [text.get_text() for text in axis.texts] == ["1"]
    (mark,) = [line for line in axis.get_lines() if line.get_marker() == "D"]
    assert mark.get_xdata()[0] == pytest.approx(1.0)


def test_what_panels_show(found):
    figure = draw_branches(found, ["a", "a[1]", "norm", "energy"])
    labels = [axis.get_ylabel() for axis in figure.axes]
    assert labels == ["mean x of a", "x of a[1]", "norm of x", "energy E"]
    ends = [max(np.max(line.get_ydata()) for line in axis.get_lines()) for axis in figure.axes]
    x = max(branch.x.max() for branch in found)
    assert ends == pytest.approx([x, x, np.sqrt(2) * x, 0.0], abs=1e-9)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["stable", "unstable", "pitchfork"]
    assert len(draw_branches(found).axes) == 2


def test_what_cannot_be_shown_is_refused(found):
    with pytest.raises(hamsim.HamsimError, match="zzz"):
        draw_branches(found, ["zzz"])
    with pytest.raises(hamsim.HamsimError, match="13 panels do not fit; at most 12 are drawn"):
        draw_branches(found, [f"a[{k}]" for k in range(13)])
    one_way = hamsim.branches("networks/wilson_cowan.yaml", "parameters.P", 0, 1, step=0.5)
    with pytest.raises(hamsim.HamsimError, match="has no energy"):
        draw_branches(one_way, ["energy"])
