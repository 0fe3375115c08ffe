"""Pictures of traces of every shape, and what is in them."""

import matplotlib.image
import numpy as np
import pytest

import hamsim
from hamsim.plotting.style import save_figure
from hamsim.plotting.trace_figure import draw_trace, left_out


def network(shape, lagrangian="tanh", **more):
    return {
        "format": "hamsim/1",
        "name": "a name",
        "groups": {
            "a": {"shape": shape, "lagrangian": lagrangian, "initial": {"normal": {}}, **more}
        },
    }


def titles(figure):
    panels = [axes.get_title() for axes in figure.get_axes()]
    for part in figure.subfigs:
        panels += [axes.get_title() for axes in part.get_axes()]
        panels.append(part.get_suptitle())
    return [title for title in panels if title]


@pytest.mark.parametrize("trials", [None, 1, 3, 30])
@pytest.mark.parametrize("shape", [[1], [5], [40], [3, 4], [2, 3, 4]])
@pytest.mark.parametrize("what", [("x",), ("energy",), ("g", "energy"), ("residual",)])
def test_every_shape_can_be_drawn(shape, trials, what, tmp_path):
    spec = network(shape)
    if trials is not None:
        spec["simulation"] = {"trials": trials}
    trace = hamsim.simulate(spec, dt=0.5, steps=4, record=hamsim.Record(what=what))
    figure = draw_trace(trace)
    if what[0] in ("x", "g"):
        assert any("activation of a" in title for title in titles(figure))
    save_figure(figure, tmp_path / "p.png")
    assert matplotlib.image.imread(tmp_path / "p.png").ndim == 3


def test_activations_are_drawn_not_states():
    trace = hamsim.simulate(network([3, 4]), initial=np.full(12, 9.0), dt=0.01, steps=1)
    (part,) = draw_trace(trace).subfigs[1:]
    shown = part.get_axes()[0].get_images()[0].get_array()
    np.testing.assert_allclose(shown, np.full((3, 4), np.tanh(9.0)))


def test_images_of_trials_are_columns_and_moments_are_rows():
    starts = np.arange(24.0).reshape(2, 12)
    trace = hamsim.simulate(network([3, 4], "identity"), initial=starts, dt=0.1, steps=30)
    (part,) = draw_trace(trace).subfigs[1:]
    axes = part.get_axes()
    assert len(axes) % 2 == 0
    np.testing.assert_allclose(axes[0].get_images()[0].get_array(), starts[0].reshape(3, 4))
    np.testing.assert_allclose(axes[1].get_images()[0].get_array(), starts[1].reshape(3, 4))
    np.testing.assert_allclose(axes[-1].get_images()[0].get_array(), trace.of("a")[1, -1])


def test_a_run_that_diverged_at_once_shows_its_first_state(tmp_path):
    spec = network([2], "relu", input=1e308)
    spec["connections"] = [{"within": "a", "weights": 1e308}]
    trace = hamsim.simulate(spec, initial=[1e8, 1e9], dt=1.0, steps=3)
    assert trace.outcome == "diverged"
    assert trace.t.tolist() == [0.0]
    axes = draw_trace(trace).axes
    lines = [line for part in axes for line in part.lines if np.isfinite(line.get_ydata()).all()]
    assert [line.get_ydata().tolist() for line in lines] == [[1e8], [1e9]]
    assert all(line.get_marker() == "o" for line in lines)
    empty = hamsim.Trace(trace.header, trace.t[:0], {}, trace.outcome, trace.stats)
    with pytest.raises(hamsim.TraceError, match="no records"):
        draw_trace(empty)


def test_means_are_over_the_trials_that_do_not_diverge():
    spec = network([2], "relu")
    spec["connections"] = [{"within": "a", "weights": 3.0}]
    trace = hamsim.simulate(spec, [[1.0, 1.0], [-1.0, -2.0], [-0.1, -3.0]], dt=0.5, t_end=400)
    assert trace.outcomes == ("diverged", "finished", "finished")
    axes = draw_trace(trace).axes[0]
    (mean,) = (line for line in axes.lines if line.get_label().startswith("mean"))
    assert mean.get_label() == "mean of trials that do not diverge"
    assert mean.get_ydata() == pytest.approx(trace.energy[1:].mean(axis=0))


def test_long_titles_are_broken():
    spec = network([2], "relu")
    spec["connections"] = [{"within": "a", "weights": 3.0}]
    trace = hamsim.simulate(spec, [[1.0, 1.0], [-1.0, -2.0]], dt=0.5, t_end=400)
    lines = draw_trace(trace)._suptitle.get_text().splitlines()
    assert len(lines) == 2
    assert max(map(len, lines)) <= 110


def test_wrong_endings_and_folders_are_refused(tmp_path):
    trace = hamsim.simulate(network([2]), dt=0.1, steps=2)
    with pytest.raises(hamsim.TraceError, match=r"allowed endings are \.png"):
        save_figure(draw_trace(trace), "x.gif")
    with pytest.raises(hamsim.TraceError, match="cannot write"):
        save_figure(draw_trace(trace), tmp_path / "no" / "x.png")


def test_too_many_groups_to_choose_are_refused():
    spec = network([2])
    spec["groups"] = {f"g{k}": spec["groups"]["a"] for k in range(101)}
    trace = hamsim.simulate(spec, dt=0.1, steps=2)
    assert left_out(trace) == trace.groups[6:]
    with pytest.raises(hamsim.TraceError, match="101 groups do not fit; at most 100 are drawn"):
        draw_trace(trace, trace.groups)


def test_trials_of_which_no_line_is_drawn_are_told():
    spec = network([2])
    spec["simulation"] = {"trials": 60}
    figure = draw_trace(hamsim.simulate(spec, dt=0.1, steps=2))
    (text,) = figure.subfigs[0].get_axes()[0].get_legend().get_texts()
    assert text.get_text() == "mean of all 60 trials; lines are the first 50"


def test_changes_of_what_acts_are_marked():
    stimuli = [
        {"group": "a", "mode": "input", "value": 1.0, "start": 2.0, "stop": 3.0},
        {"group": "a", "mode": "input", "value": "sin(t)", "start": 4.0, "stop": 5.0},
    ]
    spec = {**network([3]), "stimuli": stimuli}
    record = {"every": 0.1, "what": ["x", "energy"]}
    trace = hamsim.simulate(spec, method="rk4", dt=0.1, t_end=6, record=record)
    figure = draw_trace(trace)
    for axes in figure.axes:
        dotted = [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == ":"]
        assert dotted == [2, 3, 4, 5]
        (shade,) = axes.patches
        assert (shade.get_x(), shade.get_width()) == (4, 1)


def test_times_that_count_sweeps_are_called_so():
    groups = {
        "a": {"size": 3, "lagrangian": "sign", "initial": [1, -1, 1]},
        "image": {"shape": [2, 2], "lagrangian": "sign", "initial": [[1, -1], [1, 1]]},
    }
    spec = {"format": "hamsim/1", "groups": groups, "simulation": {"method": "asynchronous"}}
    connection = {"between": ["a", "image"], "weights": 1.0}
    trace = hamsim.simulate({**spec, "connections": [connection]}, order="sequential")
    assert trace.t[-1] >= 1
    figure = draw_trace(trace)
    labels = [axes.get_xlabel() for axes in figure.axes]
    titles = [axes.get_title() for axes in figure.axes]
    assert labels[0] == "sweep"
    assert labels.count("sweep") == 2  # of the energy, and of a's neurons
    assert "sweep 0" in titles
    assert f"sweep {trace.t[-1]:.0f}" in titles
    assert "time" not in labels
    slow = hamsim.simulate({**spec, "connections": [connection]}, method="euler", dt=1, steps=2)
    assert draw_trace(slow).axes[0].get_xlabel() == "time"
