"""Small figures over time: what they show is where it should be, whatever the numbers are."""

import base64
import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.image import imread

from hamsim.html.charts import Box, curves, heat_map, images, ticks
from hamsim.html.pixels import coded_scale, coloured, png, range_of
from hamsim.plotting.style import colours

T = np.linspace(0.0, 10.0, 11)
ANY = st.floats(allow_nan=True, allow_infinity=True)
# Numbers of any kind are drawn slowly where the machine is busy.
patient = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])


def points(svg):
    """Of each polyline its points."""
    root = ElementTree.fromstring(svg)
    found = [each.attrib["points"] for each in root.iter("polyline")]
    return [np.array([pair.split(",") for pair in text.split()], float) for text in found]


def texts(svg):
    return ["".join(each.itertext()) for each in ElementTree.fromstring(svg).iter("text")]


def pixels(coded):
    return (imread(io.BytesIO(base64.b64decode(coded))) * 255).round().astype(int)[..., :3]


def test_a_curve_reaches_from_one_corner_of_the_axes_to_the_other():
    box = Box()
    (line,) = points(curves(T, {"E": 3.0 - T}, "energy", (0.0, 10.0), box=box))
    assert line[0].tolist() == [box.left, box.top]
    assert line[-1].tolist() == [box.right, box.bottom]
    assert np.all(np.diff(line[:, 0]) > 0)


def test_time_has_the_same_place_in_a_curve_and_in_a_map():
    axes = [
        re.findall(r'd="M([\d.]+) [\d.]+v3"', svg)
        for svg in (
            curves(T, {"a": T}, "", (0.0, 10.0)),
            heat_map(np.ones((3, 11)), "", (0.0, 10.0)),
        )
    ]
    assert axes[0] == axes[1] == ["58.0", "207.0", "356.0"]


def test_several_curves_have_a_legend_and_no_two_look_alike():
    lines = {f"neuron {k}": T + k for k in range(18)}
    svg = curves(T, lines, "x", (0.0, 10.0))
    assert [name for name in texts(svg) if name.startswith("neuron")] == list(lines)
    root = ElementTree.fromstring(svg)
    pens = [
        (each.attrib["stroke"], each.attrib.get("stroke-dasharray"))
        for each in root.iter("polyline")
    ]
    assert len(set(pens)) == len(lines)
    assert "x: 18 curves" in svg


def test_what_is_not_finite_is_a_gap():
    values = T.copy()
    values[[4, 7]] = np.nan, np.inf
    assert [len(piece) for piece in points(curves(T, {"x": values}, "", (0.0, 10.0)))] == [4, 2, 3]


def test_a_logarithmic_axis_is_labelled_in_powers_of_ten_and_leaves_out_what_has_none():
    svg = curves(T[:4], {"r": np.array([1e-6, 1e-3, 0.0, 1.0])}, "", (0.0, 3.0), logarithmic=True)
    first, _alone = points(svg)
    assert len(first) == 2
    assert first[1, 1] == pytest.approx((Box().top + Box().bottom) / 2, abs=0.1)
    assert "1e-5" in texts(svg)


@patient
@given(st.lists(ANY, min_size=1, max_size=30), st.booleans())
def test_no_numbers_break_a_curve(values, logarithmic):
    t = np.arange(len(values), dtype=float)
    box = Box()
    svg = curves(t, {"x": np.array(values)}, "x", (0.0, t[-1]), logarithmic=logarithmic)
    for line in points(svg):
        assert np.isfinite(line).all()
        assert (line[:, 1] >= box.top - 0.1).all()
        assert (line[:, 1] <= box.bottom + 0.1).all()


@patient
@given(arrays(float, (3, 4), elements=ANY))
def test_no_numbers_break_a_map(values):
    svg = heat_map(values, "x", (0.0, 1.0))
    coded = re.findall(r"base64,([^\"]*)", svg)
    assert pixels(coded[0]).shape == (3, 4, 3)
    assert "<img" in images({"now": values}, "x")


def test_titles_and_names_are_escaped():
    lines = {"<b>": T, "$x$ & y": -T}
    svg = curves(T, lines, "<script>alert(1)</script>\x1b", (0.0, 1.0))
    assert "<script>" not in svg
    assert "<b>" not in svg
    assert "<b>" in texts(svg)
    assert "<i>" not in images({"<i>": np.ones((2, 2))}, "<i>")


@patient
@given(st.floats(-1e12, 1e12), st.floats(1e-6, 1e12), st.sampled_from([2, 3]))
def test_ticks_are_few_round_and_within(low, size, least):
    high = low + size
    found = ticks(low, high, least)
    if size > 1e-6 * abs(low):
        assert least <= len(found) <= 11
        assert np.all(np.diff(found) > 0)
        assert found[0] >= low - 1e-6 * size
        assert found[-1] <= high + 1e-6 * size


@pytest.mark.parametrize("has_sign", [False, True])
def test_colours_are_those_of_figures(has_sign):
    theirs = (colours.signed if has_sign else colours.unsigned)()
    steps = np.linspace(0.0, 1.0, 256)[None]
    mine = pixels(coloured(steps, 0.0, 1.0, has_sign))[0]
    assert np.abs(mine - theirs(steps[0], bytes=True)[:, :3].astype(int)).max() <= 6


@patient
@given(arrays(float, (2, 3), elements=ANY))
def test_ranges_are_those_of_figures(values):
    low, high, has_sign = range_of(values)
    assert low < high or np.isinf(high - low)
    if has_sign:
        assert low == -high
    if values[np.isfinite(values)].any():
        assert (low, high, has_sign) == colours.span(values)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.9, 1.9 + 1e-10], (0.0, 1.9 + 1e-10, False)),  # found to so many digits alone
        ([1.9, 1.9 + 1e-8], (1.9, 1.9 + 1e-8, False)),
        ([0.0, 0.0], (0.0, 1.0, False)),
        ([0.0, 1e-300], (0.0, 1e-300, False)),
    ],
)
def test_colours_do_not_stand_for_rounding(values, expected):
    assert range_of(np.array(values)) == expected


def test_a_picture_has_a_dot_a_number_and_grey_where_there_is_none():
    found = pixels(coloured(np.array([[0.0, 1.0], [np.nan, 0.5]]), 0.0, 1.0, False))
    assert found[0, 0].tolist() == [0x44, 0x01, 0x54]
    assert found[0, 1].tolist() == [0xFD, 0xE7, 0x25]
    assert found[1, 0].tolist() == [208, 208, 208]
    assert np.abs(found[1, 1] - [0x21, 0x91, 0x8C]).max() <= 2


@patient
@given(arrays(np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 5), st.just(3))))
def test_a_png_holds_what_was_put_in(rows):
    found = (imread(io.BytesIO(png(rows))) * 255).round().astype(np.uint8)[..., :3]
    assert np.array_equal(found, rows)


def test_the_scale_begins_with_the_highest():
    assert pixels(coded_scale(False))[0, 0].tolist() == [0xFD, 0xE7, 0x25]
