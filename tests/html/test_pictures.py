"""Pictures within HTML are sharp, small, described, and have names of their own."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from hamsim.html.pictures import picture, sparkline


def figure(lines=1, title="a title"):
    made = Figure(figsize=(4, 3))
    axes = made.subplots()
    for k in range(lines):
        axes.plot(np.arange(50) % (k + 2), label=str(k))
    axes.set_title(title, parse_math=False)
    return made


def test_letters_of_an_svg_are_text_and_it_is_one_picture_with_a_name():
    made = picture(figure(title='E < 0 "$"'), caption="E & t", description='the "energy" <E>')
    svg = made[made.index("<svg") : made.index("</svg>") + 6]
    root = ElementTree.fromstring(svg.replace("xlink:", ""))
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == 'the "energy" <E>'
    assert 'E < 0 "$"' in "".join(root.itertext())
    assert "<figcaption>E &amp; t</figcaption>" in made
    assert "http" not in re.sub(r'xmlns(:xlink)?="[^"]*"', "", svg)


def test_two_pictures_share_no_names():
    first, second = picture(figure(1)), picture(figure(3))
    names = [set(re.findall(r'\bid="([^"]*)"', made)) for made in (first, second)]
    assert names[0]
    assert not names[0] & names[1]
    for made, known in zip((first, second), names, strict=True):
        referred = re.findall(r'(?:href="#|url\(#)([^")]*)', made)
        assert referred
        assert set(referred) <= known


def test_the_same_figure_gives_the_same_bytes():
    assert picture(figure(3)) == picture(figure(3))


def test_what_is_left_out_is_said():
    made = figure()
    made.description, made.left_out = "two lines", ("3 of 5 <groups> are left out.",)
    assert "3 of 5 &lt;groups&gt; are left out." in picture(made)
    assert 'aria-label="two lines"' in picture(made)


def test_a_picture_of_many_lines_is_a_png():
    many = Figure()
    axes = many.subplots()
    rng = np.random.default_rng(1)
    axes.plot(rng.normal(size=(400, 60)))
    made = picture(many, description="many <lines>")
    assert 'src="data:image/png;base64,' in made
    assert 'alt="many &lt;lines&gt;"' in made
    assert len(picture(many, form="svg")) > 250_000
    assert "data:image/png" in picture(figure(), form="png")


@given(st.lists(st.floats(), max_size=400))
def test_small_curves_of_any_values(values):
    made = sparkline(values, "a <curve>")
    if any(np.isfinite(values)):
        root = ElementTree.fromstring(made)
        assert root.attrib["aria-label"] == "a <curve>"
        points = [
            tuple(map(float, each.split(",")))
            for line in root
            for each in line.attrib["points"].split()
        ]
        assert all(0 <= x <= 90 and 0 <= y <= 18 for x, y in points)
        assert len(points) <= 300
    else:
        assert made == ""


def test_a_small_curve_keeps_a_single_peak():
    values = np.zeros(10_000)
    values[6173] = 1.0
    made = ElementTree.fromstring(sparkline(values, "a peak"))
    heights = [float(point.split(",")[1]) for point in made[0].attrib["points"].split()]
    assert min(heights) == pytest.approx(1.5)
    assert sum(height < 10 for height in heights) == 1
