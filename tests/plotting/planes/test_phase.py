"""Pictures of phase planes: nullclines, arrows, points of balance, and what is said of them."""

import numpy as np
import pytest

import hamsim
from hamsim.plotting.planes.phase import draw_phase_plane, stabilities

TWO = {
    "format": "hamsim/1",
    "name": "a $name_",
    "groups": {"a_$": {"size": 2, "lagrangian": "tanh", "tau": 1}},
    "connections": [{"within": "a_$", "weights": 2.0}],
}


@pytest.fixture(scope="module")
def plane():
    return hamsim.phase_plane(TWO, "a_$[0]", "a_$[1]", range=(-3, 3))


def nullclines(picture):
    """Points of the contours of each velocity."""
    sets = [c for c in picture.axes[0].collections if hasattr(c, "levels")]
    return [np.concatenate([path.vertices for path in each.get_paths()]) for each in sets]


def test_nullclines_are_where_one_of_both_does_not_move(plane):
    first, second = nullclines(draw_phase_plane(plane))
    assert first[:, 0] == pytest.approx(2 * np.tanh(first[:, 1]), abs=0.01)
    assert second[:, 1] == pytest.approx(2 * np.tanh(second[:, 0]), abs=0.01)


def test_arrows_point_where_states_go(plane):
    (arrows,) = [c for c in draw_phase_plane(plane).axes[0].collections if hasattr(c, "U")]
    v = hamsim.velocity(TWO, arrows.XY)
    assert (
        np.sign(arrows.U[np.abs(v[:, 0]) > 1e-9]).tolist()
        == np.sign(v[np.abs(v[:, 0]) > 1e-9, 0]).tolist()
    )
    direction = np.stack([arrows.U, arrows.V], axis=-1)
    fast = np.hypot(*v.T) > 1e-6
    cosine = (direction * v).sum(axis=-1)[fast] / (
        np.hypot(*direction.T)[fast] * np.hypot(*v.T)[fast]
    )
    assert cosine == pytest.approx(1.0)  # both axes are as wide


def test_points_of_balance_are_marked_by_their_stability(plane):
    assert sorted(stabilities(plane)) == ["saddle", "stable", "stable"]
    picture = draw_phase_plane(plane)
    names = [text.get_text() for text in picture.legends[0].get_texts()]
    assert names[:2] == ["a_$[0] does not move", "a_$[1] does not move"]
    assert set(names[2:]) == {"at rest: stable", "at rest: saddle"}
    assert "At rest at (0, 0), saddle." in picture.description


def test_trajectories_have_a_beginning_and_an_end(plane):
    path = np.array([[2.0, -1.0], [1.0, 0.0], [np.nan, 0.0], [0.5, 0.5]])
    axes = draw_phase_plane(plane, [path]).axes[0]
    line, start, end, *_ = axes.get_lines()
    assert line.get_xydata().tolist() == [[2, -1], [1, 0], [0.5, 0.5]]
    assert start.get_xydata().tolist() == [[2, -1]]
    assert end.get_xydata().tolist() == [[0.5, 0.5]]
    assert draw_phase_plane(plane, [np.full((3, 2), np.nan)]).axes


def test_no_mark_on_the_rim_is_cut_off(plane):
    corner = np.array([[plane.a[0], plane.b[-1]], [0.0, 0.0], [plane.a[-1] + 1, 0.0]])
    _, start, end, *_ = draw_phase_plane(plane, [corner]).axes[0].get_lines()
    assert (start.get_clip_on(), end.get_clip_on()) == (False, True)


def test_papers_have_no_title_and_sizes_are_as_asked(plane, tmp_path):
    screen = plane.plot()
    assert screen.get_suptitle() == "a $name_: phase plane"
    paper = plane.plot(style="paper", size="column", out=tmp_path / "p.pdf")
    assert paper.get_suptitle() == ""
    assert paper.get_size_inches()[0] == pytest.approx(89 / 25.4)
    assert (tmp_path / "p.pdf").read_bytes().startswith(b"%PDF")
    assert plane.plot(style="paper", title="mine").get_suptitle() == "mine"


def test_misspelled_options_are_answered_with_what_was_meant(plane):
    with pytest.raises(hamsim.PlotError, match="'trail'; did you mean 'trials'"):
        plane.plot(trail=3)


def test_held_neurons_are_told_in_the_title_and_the_description():
    three = {**TWO, "groups": {"a_$": {"size": 3, "lagrangian": "tanh"}}}
    picture = hamsim.phase_plane(three, "a_$[0]", "a_$[2]", size=5).plot()
    assert "1 other neuron is held at the initial state" in " ".join(picture.get_suptitle().split())
    assert "1 other neuron is held at the initial state." in picture.description


def test_a_line_of_rest_states_is_told_and_no_nullcline_is_named_that_is_not_drawn():
    still = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 2, "lagrangian": "identity"}},
        "connections": [
            {"from": "a", "to": "a", "weights": [[1, 0], [0, 0]], "self_connections": True}
        ],
    }
    picture = hamsim.phase_plane(still, 0, 1).plot()
    assert "Both velocities are 0 along a line, or nearly." in picture.description
    names = [text.get_text() for text in picture.legends[0].get_texts()]
    assert names == ["a[1] does not move"]


def test_a_plane_without_a_rest_state_says_so(plane):
    away = hamsim.phase_plane(TWO, 0, 1, range=(3, 4))
    picture = draw_phase_plane(away)
    assert "There is no state in it in which both rest." in picture.description
    assert not nullclines(picture)
