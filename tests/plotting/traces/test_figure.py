"""Pictures of traces of every shape, and what is in them."""

from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

import hamsim
from hamsim.plotting.style import lines
from hamsim.plotting.trace_pictures import draw_trace, left_out


def network(shape, lagrangian="tanh", **more):
    return {
        "format": "hamsim/1",
        "name": "a name",
        "groups": {
            "a": {"shape": shape, "lagrangian": lagrangian, "initial": {"normal": {}}, **more}
        },
    }


def titles(picture):
    return [title for axes in picture.axes if (title := axes.get_title(loc="left"))]


def panel(picture, label):
    """The panel whose axis of values is called so, or that has this title."""
    found = [
        axes for axes in picture.axes if label in (axes.get_ylabel(), axes.get_title(loc="left"))
    ]
    return found[0]


def on_time(picture):
    """Panels with an axis of time, from above."""
    (last,) = {axes.get_xlim() for axes in picture.axes if axes.get_xlabel() == "time"}
    return [axes for axes in picture.axes if axes.get_xlim() == last]


@pytest.mark.parametrize("trials", [None, 1, 30])
@pytest.mark.parametrize("shape", [[1], [5], [40], [3, 4], [2, 3, 4]])
@pytest.mark.parametrize("what", [("x",), ("g", "energy"), ("residual",)])
def test_every_shape_can_be_drawn(shape, trials, what, tmp_path):
    spec = network(shape)
    if trials is not None:
        spec["simulation"] = {"trials": trials}
    trace = hamsim.simulate(spec, dt=0.5, steps=4, record=hamsim.Record(what=what))
    picture = trace.plot(out=tmp_path / "p.png", dpi=40)
    if what[0] in ("x", "g"):
        assert any(title.startswith("a") for title in titles(picture))
        assert "activation g of a" in picture.description
    assert matplotlib.image.imread(tmp_path / "p.png").ndim == 3


@pytest.mark.parametrize("kind", ["lines", "map", "raster", "image", "images", "energy"])
@pytest.mark.parametrize(("trials", "style"), [(None, "paper"), (3, "screen"), (60, "paper")])
def test_every_kind_in_every_style(kind, trials, style, tmp_path):
    trace = hamsim.simulate(network([3, 4]), dt=0.5, steps=4, trials=trials)
    if kind == "raster" and trials is None:
        with pytest.raises(hamsim.PlotError, match="single run, which kind map draws"):
            trace.plot(kind=kind)
        return
    picture = trace.plot(kind=kind, style=style, size="column", dpi=50)
    picture.save(tmp_path / "p.png")
    assert picture.get_size_inches()[0] == pytest.approx(89 / 25.4)
    assert bool(picture._suptitle) == (style == "screen")
    labels = [axes.get_ylabel() for axes in picture.axes]
    assert ("energy E" in labels) == (kind == "energy")


def test_activations_are_drawn_not_states():
    trace = hamsim.simulate(network([13]), initial=np.full(13, 9.0), dt=0.01, steps=1)
    shown = panel(trace.plot(), "a").get_images()[0].get_array()
    np.testing.assert_allclose(shown[:, 0], np.tanh(9.0))


def test_images_of_trials_are_columns_and_moments_are_rows():
    starts = np.arange(24.0).reshape(2, 12)
    trace = hamsim.simulate(network([3, 4], "identity"), initial=starts, dt=0.1, steps=30)
    picture = trace.plot(kind="images", times=[0, 3], style="paper")
    axes = panel(picture, "a")
    colours = axes.get_images()[0].get_array()
    assert colours.shape == (3 + 1 + 3, 4 + 1 + 4, 4)
    assert np.all(colours[3, :, 3] == 0)  # between them
    assert np.all(colours[:, 4, 3] == 0)
    grey = colours[..., 0]
    values = np.zeros((7, 9))
    for row, record in ((0, 0), (4, 30)):
        for column, trial in ((0, 0), (5, 1)):
            values[row : row + 3, column : column + 4] = trace.of("a")[trial, record]
    drawn = colours[..., 3] > 0
    order = np.argsort(values[drawn])
    assert np.all(np.diff(grey[drawn][order]) <= 0)  # black is most
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0", "1"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["t = 0", "t = 3"]


def test_moments_of_a_single_run_stand_side_by_side():
    trace = hamsim.simulate(network([3, 4]), dt=0.1, steps=30)
    axes = panel(trace.plot(kind="images", times="0,1,2"), "a")
    assert [text.get_text() for text in axes.get_xticklabels()] == ["t = 0", "t = 1", "t = 2"]
    axes = panel(trace.plot(kind="image"), "a")
    assert [text.get_text() for text in axes.get_xticklabels()] == ["t = 3"]
    many = trace.plot(kind="images", times=np.linspace(0, 3, 11))
    assert many.left_out == ("a: 1 moment does not fit",)
    assert trace.plot(times="2.95:").description.startswith("Trace of a name, t = 3: ")


def test_a_run_that_diverged_at_once_shows_its_first_state():
    spec = network([2], "relu", input=1e308)
    spec["connections"] = [{"within": "a", "weights": 1e308}]
    trace = hamsim.simulate(spec, initial=[1e8, 1e9], dt=1.0, steps=3)
    assert trace.outcome == "diverged"
    assert trace.t.tolist() == [0.0]
    drawn = panel(trace.plot(), "activation g").lines
    assert [line.get_ydata().tolist() for line in drawn] == [[1e8], [1e9]]
    assert all(line.get_marker() == "o" for line in drawn)
    empty = hamsim.Trace(trace.header, trace.t[:0], {}, trace.outcome, trace.stats)
    with pytest.raises(hamsim.TraceError, match="no records"):
        empty.plot()


def test_means_are_over_the_trials_that_do_not_diverge():
    spec = network([2], "relu")
    spec["connections"] = [{"within": "a", "weights": 3.0}]
    trace = hamsim.simulate(spec, [[1.0, 1.0], [-1.0, -2.0], [-0.1, -3.0]], dt=0.5, t_end=400)
    assert trace.outcomes == ("diverged", "finished", "finished")
    axes = panel(trace.plot(), "energy E")
    (mean,) = (line for line in axes.lines if line.get_label().startswith("mean"))
    assert mean.get_label() == "mean of trials that do not diverge"
    assert mean.get_ydata() == pytest.approx(trace.energy[1:].mean(axis=0))
    cut = "energy and a: values beyond 1e100, or not finite, are not drawn (grey in maps)"
    assert trace.plot().left_out == (cut,)


def test_long_titles_are_broken():
    spec = network([2], "relu")
    spec["connections"] = [{"within": "a", "weights": 3.0}]
    trace = hamsim.simulate(spec, [[1.0, 1.0], [-1.0, -2.0]], dt=0.5, t_end=400)
    found = trace.plot()._suptitle.get_text().splitlines()
    assert len(found) == 2
    assert max(map(len, found)) <= 110
    assert trace.plot(title="mine")._suptitle.get_text() == "mine"
    assert trace.plot(title="")._suptitle is None


def test_too_many_groups_to_choose_are_refused():
    spec = network([2])
    spec["groups"] = {f"g{k}": spec["groups"]["a"] for k in range(101)}
    trace = hamsim.simulate(spec, dt=0.1, steps=2)
    assert left_out(trace) == trace.groups[6:]
    with pytest.raises(hamsim.PlotError, match="101 groups do not fit; at most 100 are drawn"):
        draw_trace(trace, trace.groups)
    picture = draw_trace(trace)
    assert picture.left_out[0].startswith("6 of 101 groups are drawn, g6, g7, ")


def test_trials_of_which_no_line_is_drawn_are_told():
    trace = hamsim.simulate(network([2]), dt=0.1, steps=2, trials=60)
    picture = trace.plot()
    first = "lines of the first 50 trials, the mean of trials is of all 60"
    assert picture.left_out[0] == f"energy: {first}"
    assert "the line is the mean of 60 trials, the band one standard" in picture.left_out[1]
    single = trace.plot(trials="0:5", kind="lines")
    assert single.left_out == ()
    assert len(panel(single, "activation g").lines) == 10


def test_the_mean_and_its_spread():
    trace = hamsim.simulate(network([2]), dt=0.1, steps=5, trials=60)
    axes = panel(trace.plot(kind="lines"), "activation g")
    g = np.tanh(trace.x)
    assert len(axes.lines) == 2
    np.testing.assert_allclose(axes.lines[1].get_ydata(), g[..., 1].mean(axis=0))
    low, high = g.mean(axis=0) - g.std(axis=0), g.mean(axis=0) + g.std(axis=0)
    edges = axes.collections[1].get_paths()[0].vertices
    np.testing.assert_allclose(edges[:, 1].min(), low[:, 1].min())
    np.testing.assert_allclose(edges[:, 1].max(), high[:, 1].max())


def test_a_raster_of_trials():
    trace = hamsim.simulate(network([4]), dt=0.1, steps=5, trials=7)
    g = np.tanh(trace.x)
    shown = panel(trace.plot(kind="raster"), "mean of a").get_images()[0].get_array()
    np.testing.assert_allclose(shown[:, 0], g[:, 0].mean(axis=1))
    one = panel(trace.plot(kind="raster", neurons="a[2]", trials=[3, 1]), "a[2]").get_images()[0]
    np.testing.assert_allclose(one.get_array()[:, 0], g[[3, 1], 0, 2])


STIMULI = [
    {"group": "a", "mode": "input", "value": 1.0, "start": 2.0, "stop": 3.0},
    {"group": "a", "mode": "input", "value": "sin(t)", "start": 4.0, "stop": 5.0},
    {"neurons": ["a[0]"], "mode": "clamp", "value": 0.5, "start": 1.0},
]


def driven(stimuli, what=("x", "energy"), size=3):
    spec = {**network([size]), "stimuli": stimuli}
    record = {"every": 0.1, "what": list(what)}
    return hamsim.simulate(spec, method="rk4", dt=0.1, t_end=6, record=record)


@pytest.mark.parametrize("what", [("x", "energy"), ("x",)])
def test_changes_of_what_acts_are_marked(what):
    for axes in on_time(driven(STIMULI[:2], what).plot())[2:]:  # below bars and course
        dotted = [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == ":"]
        assert dotted == [2, 3, 4, 5]
        (shade,) = axes.patches
        assert (shade.get_x(), shade.get_width()) == (4, 1)


def test_the_word_of_the_largest_rise_is_above_the_panel():
    """It lies on no curve."""
    path = Path(__file__).parents[3] / "networks" / "delayed_inhibition.yaml"
    picture = hamsim.simulate(path, t_end=50, threads=1).plot()
    (word,) = [text for axes in picture.axes for text in axes.texts]
    assert word.get_text() == "largest rise"
    picture.rendered()
    energy = on_time(picture)[0]
    assert word.get_window_extent().y0 >= energy.get_window_extent().y1


def test_what_several_panels_leave_out_is_told_once():
    spec = network([2])
    spec["groups"]["left"] = spec["groups"]["right"] = spec["groups"]["a"]
    record = {"what": ["x", "energy"]}
    picture = hamsim.simulate(spec, dt=0.001, steps=9000, record=record).plot()
    assert picture.left_out == (
        "energy, a, left and right: lines go through the least and the greatest of up to 3 records",
    )


@pytest.mark.parametrize(("trials", "beside"), [(2, True), (10, False)])
def test_the_bar_of_colours_stands_beside_few_images(trials, beside):
    spec = network([3, 3])
    picture = hamsim.simulate(spec, trials=trials, dt=0.1, steps=3).plot()
    picture.rendered()
    images, bar = (
        next(axes for axes in picture.axes if axes.get_title("left") == "a"),
        next(axes for axes in picture.axes if axes.get_ylabel() == "activation g"),
    )
    gap = bar.get_position().x0 - images.get_position().x1
    assert 0 < gap < 0.05
    assert (bar.get_position().x1 < 0.6) == beside
    if beside:
        assert bar.get_position().y0 == images.get_position().y0


def test_stimuli_are_bars_above_the_panels(tmp_path):
    trace = driven(STIMULI)
    trace.save(tmp_path / "t.nc")
    for each in (trace, tmp_path / "t.nc"):
        picture = draw_trace(each)
        strip = on_time(picture)[0]
        spans = [
            (bar.vertices[:, 0].min(), bar.vertices[:, 0].max())
            for bars in strip.collections
            for bar in bars.get_paths()
        ]
        assert np.allclose(spans, [(2, 3), (4, 5), (1, 6)])
        names = [text.get_text() for axes in picture.axes for text in axes.texts]
        assert names == ["a: input", "a[0]: x held"]
        assert "a: input from 2 to 3, 4 to 5; a[0]: x held from 1 to 6" in picture.description
    early = on_time(trace.plot(times=(0, 0.5)))
    assert len(early) == 2  # nothing acts by then


def test_many_stimuli_share_rows():
    many = [
        {"neurons": [f"a[{k}]"], "value": 1.0, "start": 0.1 * k, "stop": 5.0} for k in range(12)
    ]
    picture = driven(many, size=12).plot()
    names = [text.get_text() for axes in picture.axes for text in axes.texts]
    assert len(names) == 8
    assert names[-1] == "5 others"


def test_all_panels_have_the_same_axis_of_time(tmp_path):
    """To the dot: also those with a bar of colours, names of lines, or neither."""
    spec = network([20])
    named = ["a neuron with a long name", "b"]
    spec["groups"]["few"] = {"neurons": named, "lagrangian": "relu", "initial": 0.5}
    spec["groups"]["one"] = {"size": 1, "lagrangian": "relu", "initial": 1e5}
    spec["groups"]["image"] = {"shape": [3, 3], "lagrangian": "relu", "initial": 0.5}
    spec["stimuli"] = STIMULI[:1]
    record = hamsim.Record(what=("x", "energy", "residual"))
    trace = hamsim.simulate(spec, dt=0.1, t_end=6, record=record)
    for style in ("screen", "paper"):
        for size in (None, "column", (5, 8)):
            picture = trace.plot(style=style, size=size)
            picture.save(tmp_path / "p.png")
            panels = on_time(picture)
            assert len(panels) == 6  # stimuli, energy, residual, and three groups
            sides = {(axes.get_position().x0, axes.get_position().x1) for axes in panels}
            assert len({(round(a, 9), round(b, 9)) for a, b in sides}) == 1
            assert [axes.get_xlabel() for axes in panels] == [""] * 5 + ["time"]
            tops = [axes.get_position().y0 for axes in panels]
            assert tops == sorted(tops, reverse=True)


def test_traces_side_by_side_have_the_same_scales():
    spec = network([3])
    one = hamsim.simulate(spec, dt=0.1, steps=20)
    two = hamsim.simulate({**spec, "name": "other"}, initial=[5.0, 1, -1], dt=0.1, steps=40)
    picture = one.plot(beside=[two])
    panels = on_time(picture)
    assert len(panels) == 4
    assert panels[0].get_ylim() == panels[1].get_ylim()
    assert panels[2].get_ylim() == panels[3].get_ylim()
    assert {axes.get_xlim() for axes in panels} == {(0, 4)}
    assert [axes.get_title() for axes in picture.axes if axes.get_title()] == ["a name", "other"]
    with pytest.raises(hamsim.PlotError, match="beside holds 3; it must be a trace"):
        one.plot(beside=3)
    with pytest.raises(hamsim.PlotError, match="7 traces do not fit; 1 to 6"):
        one.plot(beside=[two] * 6)


def test_the_energy_is_drawn_where_it_is_one():
    spec = network([3])
    spec["connections"] = [{"from": "a", "to": "a", "weights": [[0, 1, 0], [0, 0, 1], [1, 0, 0]]}]
    trace = hamsim.simulate(spec, dt=0.1, steps=20, record=hamsim.Record(what=("x", "energy")))
    assert trace.header.symmetric is False
    picture = trace.plot()
    assert "energy E" not in [axes.get_ylabel() for axes in picture.axes]
    assert "W is not symmetric" in picture.left_out[0]
    assert panel(trace.plot(kind="energy"), "energy E")
    states = hamsim.simulate(spec, dt=0.1, steps=2, record=hamsim.Record(what=("x",)))
    with pytest.raises(hamsim.PlotError, match="neither the energy nor the residual was recorded"):
        states.plot(kind="energy")


def test_colours_are_centred_at_0_where_there_is_a_sign():
    signed = hamsim.simulate(network([20]), dt=0.1, steps=5).plot(kind="map")
    (image,) = panel(signed, "a").get_images()
    assert image.norm.vmin == -image.norm.vmax
    assert image.cmap.name == "hamsim signed"
    unsigned = hamsim.simulate(network([20], "sigmoid"), dt=0.1, steps=5).plot(kind="map")
    (image,) = panel(unsigned, "a").get_images()
    assert image.norm.vmin > 0
    assert image.cmap.name == "viridis"


@pytest.mark.parametrize(("count", "labelled"), [(2, 2), (20, 20), (300, 60)])
def test_neurons_are_called_by_their_names_where_these_fit(count, labelled):
    spec = network([1])
    names = [f"n{k}" for k in range(count)]
    spec["groups"] = {"a": {"neurons": names, "lagrangian": "tanh", "initial": {"normal": {}}}}
    picture = hamsim.simulate(spec, dt=0.1, steps=5).plot(kind="map")
    labels = [text.get_text() for text in panel(picture, "a").get_yticklabels()]
    assert set(labels) <= set(names)
    assert 0.6 * labelled <= len(labels) <= labelled
    small = hamsim.simulate(spec, dt=0.1, steps=5).plot(kind="map", size=(4, 2))
    assert len(panel(small, "a").get_yticklabels()) <= 20


def test_a_file_is_drawn_like_the_trace(tmp_path):
    spec = {**network([50]), "stimuli": STIMULI[:1]}
    trace = hamsim.simulate(spec, dt=0.01, steps=3000, trials=2)
    trace.save(tmp_path / "t.nc")
    for asked in ({}, {"kind": "map", "trials": 1}, {"neurons": "a[3:9]", "times": "2:20"}):
        one, two = (draw_trace(each, dpi=50, **asked) for each in (trace, tmp_path / "t.nc"))
        assert one.rendered() == two.rendered()
        assert (one.description, one.left_out) == (two.description, two.left_out)


def test_more_records_and_neurons_than_dots_are_averaged():
    """A picture has no more numbers than dots, and says so."""
    trace = hamsim.simulate(network([3000]), dt=0.01, steps=2000, record={"what": ["x"]})
    picture = trace.plot(size=(3, 2), dpi=50)
    (image,) = panel(picture, "a").get_images()
    assert image.get_array().size <= 150 * 100
    assert picture.left_out == ("a: a dot is the mean of up to 30 neurons and up to 14 records",)
    few = hamsim.simulate(network([2]), dt=0.001, steps=9000, record={"what": ["x"]})
    picture = few.plot()
    assert max(line.get_xdata().size for line in panel(picture, "a").lines) <= 8000
    assert picture.left_out == (
        "a: lines go through the least and the greatest of up to 3 records",
    )


def test_groups_without_rows_and_columns_are_no_images():
    trace = hamsim.simulate(network([5]), dt=0.1, steps=2)
    says = "group 'a' is of shape 5, not rows and columns; kinds for it are lines and map$"
    with pytest.raises(hamsim.PlotError, match=says):
        trace.plot(kind="images")


def test_times_that_count_sweeps_are_called_so():
    groups = {
        "a": {"size": 3, "lagrangian": "sign", "initial": [1, -1, 1]},
        "image": {"shape": [2, 2], "lagrangian": "sign", "initial": [[1, -1], [1, 1]]},
    }
    spec = {"format": "hamsim/1", "groups": groups, "simulation": {"method": "asynchronous"}}
    connection = {"between": ["a", "image"], "weights": 1.0}
    trace = hamsim.simulate({**spec, "connections": [connection]}, order="sequential")
    assert trace.t[-1] >= 1
    picture = trace.plot()
    labels = [axes.get_xlabel() for axes in picture.axes]
    assert labels.count("sweep") == 1
    assert "time" not in labels
    moments = [text.get_text() for text in panel(picture, "image").get_xticklabels()]
    assert moments[0] == "sweep 0"
    assert moments[-1] == f"sweep {trace.t[-1]:.0f}"
    slow = hamsim.simulate({**spec, "connections": [connection]}, method="euler", dt=1, steps=2)
    assert on_time(slow.plot())


def test_lines_have_colours_that_everybody_can_tell_apart():
    axes = panel(hamsim.simulate(network([9]), dt=0.1, steps=2).plot(kind="lines"), "a")
    assert [line.get_color() for line in axes.lines] == lines(9)
    assert len({(line.get_color(), line.get_linestyle()) for line in axes.lines}) == 9
