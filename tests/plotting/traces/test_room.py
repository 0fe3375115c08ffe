"""What stands beside one another has room: titles, ticks, images and their bars of colours."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import hamsim
from hamsim.plotting.trace_pictures import draw_trace
from hamsim.plotting.traces.titles import head_of, heads, moment

LONG = "a_group_of_cells_with_a_very_long_name_in_layer_of_the_cortex_{}"


def run(shapes, trials=None, scale=1.0, **more):
    start = {"normal": {"std": scale}}
    groups = {
        LONG.format(k): {"shape": shape, "lagrangian": "tanh", "initial": start}
        for k, shape in enumerate(shapes)
    }
    spec = {"format": "hamsim/1", "name": "a name", "groups": groups}
    return hamsim.simulate(spec, dt=0.1, steps=20, trials=trials, **more)


def drawn(picture):
    """What is seen of each title, and of the panel below it, in dots."""
    picture.draw_without_rendering()
    for axes in picture.axes:
        for where in ("left", "center"):
            text = axes._left_title if where == "left" else axes.title
            if text.get_text():
                yield text, axes


@pytest.mark.parametrize(
    ("count", "looks"),
    [(4, {}), (6, {"style": "paper", "size": "column"}), (1, {"style": "paper", "size": "column"})],
)
def test_long_titles_end_with_their_panels(count, looks):
    trace = run([[3], [4, 4]], trials=None if count > 1 else 30)
    picture = draw_trace(trace, beside=[trace] * (count - 1), **looks)
    seen = list(drawn(picture))
    assert len(seen) >= 2 * count
    for text, axes in seen:
        panel = axes.get_position(original=True)
        room = (panel.x1 - panel.x0) * picture.bbox.width
        assert room > 0.25 * picture.bbox.width / (count + 1)
        assert text.get_window_extent().width <= room + 1
    if count == 1:
        (mean,) = (words for text, axes in seen if "mean" in (words := text.get_text()))
        assert mean.endswith("_0: mean of 30 trials, \u00b1 s.d.")


def test_ticks_of_neighbours_do_not_touch():
    trace = run([[30]], trials=70)
    picture = draw_trace(trace, beside=[trace] * 3, style="paper", size="column")
    picture.draw_without_rendering()
    rows = {}
    for axes in picture.axes:
        named = axes.get_xlabel() in ("trial", "time")
        for label in axes.get_xticklabels() if named else ():
            box = label.get_window_extent()
            inside = axes.bbox.x0 - 1 <= (box.x0 + box.x1) / 2 <= axes.bbox.x1 + 1
            if label.get_text() and inside and label.get_visible():
                rows.setdefault(round(box.y0), []).append((box.x0, box.x1))
    assert len(rows) >= 2
    for boxes in rows.values():
        assert len(boxes) >= 4
        ends = np.sort(np.array(boxes), axis=0)
        assert np.all(ends[1:, 0] - ends[:-1, 1] > 0.25 * (ends[0, 1] - ends[0, 0]))


@pytest.mark.parametrize("looks", [{}, {"style": "paper", "size": "column"}])
def test_a_bar_of_colours_is_as_tall_as_its_images(looks):
    picture = run([[8, 8]], trials=10).plot(**looks)
    picture.draw_without_rendering()
    images = next(axes for axes in picture.axes if axes.get_xlabel() == "trial").get_position()
    bar = next(axes for axes in picture.axes if axes.get_ylabel() == "activation g").get_position()
    assert (bar.y0, bar.y1) == pytest.approx((images.y0, images.y1))
    assert images.height > 0.33  # no gap above or below


def test_powers_of_ten_are_a_part_of_what_a_bar_is_called():
    picture = run([[30]], scale=1e-6).plot()
    labels = [axes.get_ylabel() for axes in picture.axes]
    assert "activation g / 10\u207b\u2076" in labels
    side = picture.axes[labels.index("activation g / 10\u207b\u2076")]
    assert 1 < side.get_ylim()[1] < 10


def test_trials_are_numbered_as_they_are_chosen():
    trace = run([[30]], trials=60)
    for kind, axis in ((None, "xaxis"), ("raster", "yaxis")):
        picture = trace.plot(trials="25:55", kind=kind, dpi=40)
        picture.draw_without_rendering()
        axes = next(a for a in picture.axes if "trial" in (a.get_xlabel(), a.get_ylabel()))
        shown = [text.get_text() for text in getattr(axes, axis).get_ticklabels()]
        assert "25" in shown
        assert "0" not in shown


def test_traces_of_one_name_are_told_apart():
    assert heads(["a", ""], ["", ""]) == ["a", "trace 2"]
    assert heads(["a", "a"], ["x", "y"]) == ["x", "y"]
    assert heads(["a", "a"], ["x", ""]) == ["x", "trace 2"]
    assert heads(["a", "a"], ["", ""]) == ["trace 1", "trace 2"]
    assert head_of("trace 2", 1, 20) == "trace 2"
    assert head_of("trace 2", 1, 5) == "2"
    trace = run([[3]])
    assert draw_trace(trace, beside=trace)._suptitle.get_text() == "a name"


def test_rounding_is_not_drawn_as_if_it_were_a_change():
    trace = run([[7]], trials=9)
    noise = np.random.default_rng(0).uniform(1, 1 + 1e-15, trace.arrays["x"].shape)
    still = replace(trace, arrays={"x": 0.1 * noise, "energy": noise[..., 0]})
    (image,) = next(axes for axes in still.plot(kind="raster").axes if axes.images).images
    assert image.norm.vmin == 0
    assert image.norm.vmax == pytest.approx(np.tanh(0.1))
    low, high = still.plot(kind="energy").axes[0].get_ylim()
    assert high - low > 0.05


@pytest.mark.parametrize(
    ("t", "said"), [(0, "0"), (0.12345, "0.123"), (447.6, "448"), (2200.4, "2200"), (3e7, "3e+07")]
)
def test_moments_are_written_out(t, said):
    assert moment(SimpleNamespace(t=[t], counts_sweeps=False), 0) == f"t = {said}"
    sweeps = SimpleNamespace(t=[2200], counts_sweeps=True)
    assert moment(sweeps, 0) == "sweep 2,200"
