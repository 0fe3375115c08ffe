"""Pictures are saved in their style, described, and shown in notebooks."""

import io
import re
import zlib

import matplotlib
import matplotlib.image
import pytest

import hamsim
from hamsim.plotting.style import SIZES, STYLES, Picture, plain_style, styled


def picture(style="screen", size=None, **more):
    with styled(style) as look:
        made = Picture(look, size, 3.0, **more)
        axes = made.subplots()
        axes.plot([0, 1], [0, 1])
        axes.set_xlabel("time")
        made.describe("a line of <b> & $x$ \u4e2d\x00 from 0 to 1", ["half of it is not drawn"])
    return made


@pytest.mark.parametrize(
    ("style", "size", "width", "height"),
    [
        ("screen", None, 8.0, 3.0),
        ("paper", None, SIZES["page"], 3.0 * 0.72),
        ("paper", "column", 89 / 25.4, 3.0 * 0.72),
        ("screen", "page", 183 / 25.4, 3.0),
        ("paper", (4, 2.5), 4, 2.5),
        ("screen", [4, 2.5], 4, 2.5),
    ],
)
def test_sizes(style, size, width, height, tmp_path):
    made = picture(style, size)
    assert made.get_size_inches() == pytest.approx((width, height))
    made.save(tmp_path / "p.png", dpi=100)
    shape = matplotlib.image.imread(tmp_path / "p.png").shape
    assert shape[:2] == (int(100 * height), int(100 * width))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"size": "colum"}, "size is 'colum'; did you mean 'column'?"),
        ({"size": 3}, r"size is 3; allowed are 'column', 'page' and \(width, height\) in inches"),
        ({"size": (3, 0)}, r"size is \(3, 0\)"),
        ({"size": (3, float("nan"))}, "nan"),
        ({"dpi": "high"}, "dpi is 'high'; it must be a number from 10 to 2400"),
        ({"dpi": 1e9}, "dpi is 1000000000.0"),
        ({"style": "papr"}, "style is 'papr'; did you mean 'paper'"),
        ({"style": None}, "style is None; allowed: screen, paper"),
    ],
)
def test_mistakes_are_told(options, says):
    with pytest.raises(hamsim.PlotError, match=says):
        picture(**options)


def test_pictures_that_are_too_large_are_refused(tmp_path):
    with pytest.raises(hamsim.PlotError, match="240,000 x 240,000 dots is too large"):
        picture(size=(100, 100), dpi=2400).save(tmp_path / "p.png")
    assert not list(tmp_path.iterdir())


def test_wrong_endings_and_folders_are_refused(tmp_path):
    with pytest.raises(hamsim.PlotError, match=r"'x.gif'; allowed endings are \.png, \.svg, \.pdf"):
        picture().save("x.gif")
    with pytest.raises(hamsim.PlotError, match="cannot write"):
        picture().save(tmp_path / "no" / "x.png")
    with pytest.raises(hamsim.PlotError, match="must be text, not int"):
        picture().save(3)


def test_its_style_holds_whatever_the_settings_are_by_then(tmp_path):
    made = picture("paper")
    made.save(tmp_path / "a.png")
    with matplotlib.rc_context({"font.size": 30, "axes.linewidth": 9, "svg.fonttype": "none"}):
        made.save(tmp_path / "b.png")
        direct = io.BytesIO()
        made.canvas.print_figure(direct, dpi=300, metadata={"Software": "hamsim"})
    first, second = (matplotlib.image.imread(tmp_path / f"{name}.png") for name in "ab")
    assert (first == second).all()
    direct.seek(0)
    assert (first == matplotlib.image.imread(direct)).all()


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_files_are_the_same_each_time_and_say_what_they_show(ending):
    first, second = (picture().rendered(ending) for _ in range(2))
    assert first == second
    assert b"from 0 to 1" in first or "from 0 to 1".encode("utf-16-be") in first


def test_fonts_are_inside_a_pdf():
    content = picture("paper").rendered(".pdf")
    streams = [
        zlib.decompress(each)
        for each in re.findall(rb"FlateDecode.*?stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
        if each[:1] == b"x"
    ]
    text = content + b"".join(streams)
    assert b"/FontFile2" in text  # TrueType
    assert b"/Type3" not in text


def test_letters_of_the_paper_style_are_of_7_points_and_its_lines_thin():
    axes = picture("paper").axes[0]
    assert axes.xaxis.label.get_fontsize() == 7
    assert axes.lines[0].get_linewidth() == 0.8
    assert not STYLES["paper"].titled
    assert STYLES["screen"].titled


def test_it_shows_itself_in_a_notebook_once():
    formatter = pytest.importorskip("IPython.core.formatters").DisplayFormatter()
    made = picture(size=(4, 2))
    data, facts = formatter.format(made)
    assert set(data) == {"text/plain", "image/png"}
    assert facts["image/png"]["width"] == 384
    assert facts["image/png"]["alt"].startswith("a line of <b>")
    assert data["text/plain"].startswith("<Picture: a line of")
    matplotlib_ = pytest.importorskip("matplotlib.pyplot")
    assert matplotlib_.get_fignums() == []  # nothing that is shown when a cell ends


def test_settings_of_others_are_left_alone():
    with matplotlib.rc_context({"axes.facecolor": "red", "lines.linewidth": 7}):
        made = picture()
        made.rendered()
        assert matplotlib.rcParams["axes.facecolor"] == "red"
        with plain_style():
            assert matplotlib.rcParams["axes.facecolor"] == "white"
    assert made.left_out == ("half of it is not drawn",)
