"""Text of users in pictures is drawn as it is, whatever matplotlib would make of it."""

import os
import subprocess
import sys
import time

import matplotlib.image
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import hamsim
from hamsim.plotting.lagrangian_figure import draw_lagrangian
from hamsim.plotting.style import save_figure
from hamsim.plotting.style.texts import drawn
from hamsim.plotting.trace_pictures import draw_trace

TEXTS = {
    "dollars": "$x_1^2$ and $ and \\$",
    "backslashes": r"\frac{a}{b} \alpha \unknown",
    "braces": "{ } }} {{ $\\{$",
    "lines": "a\nb\tc\r\n",
    "control": "\x1b[31mred\x1b[0m \x07\x00\x9b",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u202eevil\u202c",
    "emoji": "\U0001f600 \U0001f9e0 \u4e2d\u6587",
    "missing": "\U000f0000\uffff\u0e00",
    "long": "x" * 100_000,
    "long dollars": "$" * 100_001,
    "markup": "[red]x[/red] <b>&amp;</b> -- ]]>",
    "percent": "100% \\% & # ~",
    "underscore": "_hidden_",
}


def network(text, trials=None):
    group = "".join("-" if c in ".,[]" or c.isspace() else c for c in text)
    return {
        "format": "hamsim/1",
        "name": text,
        "groups": {
            group: {"neurons": [text, "b"], "lagrangian": "tanh", "initial": 0.5},
            "image" + group: {"shape": [2, 2], "lagrangian": "tanh"},
            "m" + group: {"neurons": [f"{text}{k}" for k in range(14)], "lagrangian": "tanh"},
        },
        "simulation": {
            "dt": 0.1,
            "t_end": 0.3,
            "trials": trials,
            "record": {"what": ["x", "energy", "residual"]},
        },
    }


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_text_of_any_kind_is_drawn(text, tmp_path):
    begin = time.monotonic()
    shapes = [(None, ("png", "svg", "pdf"))]
    if text in (TEXTS["long"], TEXTS["markup"]):  # once more as maps of trials
        shapes.append((2, ("png",)))
    for trials, endings in shapes:
        figure = draw_trace(hamsim.simulate(network(text, trials)))
        for ending in endings:
            save_figure(figure, tmp_path / f"p.{ending}")
        assert matplotlib.image.imread(tmp_path / "p.png").shape[1] == 1200
    assert time.monotonic() - begin < 60


def names_in(picture):
    legends = [axes.get_legend() for axes in picture.axes if axes.get_legend()]
    return [text.get_text() for legend in legends for text in legend.get_texts()]


def test_dollars_and_underscores_stay():
    picture = draw_trace(hamsim.simulate(network("$a_b$ and $")))
    assert picture._suptitle.get_text().startswith("$a_b$ and $: finished")
    assert names_in(picture) == ["$a_b$ and $", "b"]
    named = [label.get_text() for axes in picture.axes for label in axes.get_yticklabels()]
    assert "$a_b$ and $13" in named
    assert names_in(draw_trace(hamsim.simulate(network("_hidden_")))) == ["_hidden_", "b"]


def test_long_text_keeps_both_ends():
    assert drawn("a" * 1000 + "z", 20) == "a" * 12 + "..." + "a" * 4 + "z"
    assert drawn("a\nb\x1b") == "a\\nb\\x1b"
    assert len(drawn("\x1b" * 1000)) == 80


def test_a_long_formula_is_drawn(tmp_path):
    terms = " + ".join(f"x**2/{k}" for k in range(2, 60))
    spec = {"groups": {"a": {"size": 1, "lagrangian": {"expression": terms}}}}
    figure = draw_lagrangian(hamsim.compile({"format": "hamsim/1", **spec}))
    save_figure(figure, tmp_path / "f.png")
    FigureCanvasAgg(figure).draw()
    title = figure._suptitle.get_window_extent()
    assert title.x0 >= 0
    assert title.x1 <= figure.bbox.width
    assert len(figure._suptitle.get_text().splitlines()) <= 4


DRAW = """\
import hamsim
from hamsim.plotting.style import save_figure
from hamsim.plotting.trace_pictures import draw_trace
trace = hamsim.load_trace("net.nc")
save_figure(draw_trace(trace), "p.png")
import matplotlib
print(matplotlib.rcParams["axes.facecolor"])
"""


@pytest.fixture
def folder(tmp_path):
    hamsim.simulate(network("name")).save(tmp_path / "net.nc")
    return tmp_path


def python(folder, *arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "environment",
    [
        {"MPLBACKEND": "module://matplotlib_inline.backend_inline"},
        {"MPLBACKEND": "rubbish"},
        {"MPLCONFIGDIR": "/proc/nope"},
        {"MPLCONFIGDIR": os.devnull, "HOME": "/nonexistent"},
    ],
    ids=str,
)
def test_the_environment_does_not_matter(folder, environment):
    done = python(folder, "-m", "hamsim", "plot", "net.nc", **environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "net.png\n", "")


@pytest.mark.parametrize(
    "settings",
    [
        b"nonsense\nfoo.bar: 3\nfigure.dpi: banana\nfont.family: NoSuchFont\n",
        b"text.usetex: True\nsavefig.bbox: tight\nsvg.fonttype: none\naxes.facecolor: red\n",
        b"\xff\xfe no text",
    ],
    ids=["rubbish", "unusual", "not UTF-8"],
)
def test_a_matplotlibrc_does_not_matter(folder, settings):
    (folder / "matplotlibrc").write_bytes(settings)
    done = python(folder, "-m", "hamsim", "plot", "net.nc")
    assert (done.returncode, done.stdout, done.stderr) == (0, "net.png\n", "")
    reference = matplotlib.image.imread(folder / "net.png").shape
    (folder / "matplotlibrc").unlink()
    assert python(folder, "-m", "hamsim", "plot", "net.nc").returncode == 0
    assert matplotlib.image.imread(folder / "net.png").shape == reference


def test_pictures_leave_the_settings_of_others_alone(folder):
    (folder / "matplotlibrc").write_text("axes.facecolor: red\nbackend: svg\n")
    done = python(folder, "-c", DRAW)
    assert (done.returncode, done.stdout, done.stderr) == (0, "red\n", "")
    code = "import hamsim.plotting.trace_pictures, matplotlib; print(matplotlib.get_backend())"
    done = python(folder, "-c", code, MPLBACKEND="pdf")
    assert (done.stdout, done.stderr) == ("pdf\n", "")
