"""Pictures of the zoo are those that were looked at: same panels, words, and what is in them."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_pictures import FINE, MOST_BYTES, differences, names, packed, picture_of

import hamsim
from hamsim.cli.examples import zoo

FOLDER = Path(__file__).parent / "pictures"


def test_every_picture_is_stored_and_small():
    stored = {path.stem: path.stat().st_size for path in FOLDER.glob("*.png")}
    assert sorted(stored) == sorted(names())
    assert {name: size for name, size in stored.items() if size > 1.5 * MOST_BYTES} == {}
    assert sum(stored.values()) < 8_000 * len(stored)


@pytest.mark.parametrize("name", names())
def test_pictures_are_those_that_were_looked_at(name):
    stored, made = (FOLDER / f"{name}.png").read_bytes(), packed(picture_of(name))
    assert differences(stored, made, fine=name in FINE) == []


# --- what the comparison notices ------------------------------------------------------------------


@pytest.fixture
def trace():
    return hamsim.simulate(zoo() / "oculomotor_integrator.yaml")


@pytest.fixture
def stored(trace):
    return packed(trace.plot())


def panel(picture):
    """The panel of activations."""
    return next(axes for axes in picture.axes if axes.get_ylabel() == "activation g")


def changed(trace, change):
    picture = trace.plot()
    picture.draw_without_rendering()
    picture.set_layout_engine("none")
    change(picture)
    return packed(picture)


def test_the_last_bits_do_not_matter(trace, stored):
    for array in trace.arrays.values():
        array.setflags(write=True)
        array *= 1 + 1e-9
    assert differences(stored, packed(trace.plot())) == []


def test_a_shifted_axis_is_noticed(trace, stored):
    def shift(picture):
        x, y, w, h = panel(picture).get_position().bounds
        panel(picture).set_position((x + 0.03, y, w - 0.03, h))

    said = differences(stored, changed(trace, shift))
    assert any("away from where it was" in each for each in said)


def test_a_missing_panel_is_noticed(trace, stored):
    (said,) = differences(stored, changed(trace, lambda picture: panel(picture).remove()))
    assert "panels have become" in said


def test_other_words_and_another_height_are_noticed(trace, stored):
    def rename(picture):
        panel(picture).set_xlabel("seconds")

    (said,) = differences(stored, changed(trace, rename))
    assert "seconds" in said
    (said,) = differences(stored, changed(trace, lambda p: p.set_size_inches(8, 5)))
    assert "height" in said


def test_other_contents_are_noticed():
    picture = hamsim.compile(zoo() / "two_hidden.yaml").plot("weights")
    stored = packed(picture)
    image = picture.axes[0].images[0]
    image.set_data(-np.asarray(image.get_array()))
    assert any(
        "panel 0 shows something else" in said for said in differences(stored, packed(picture))
    )


def test_missing_arrows_are_noticed():
    picture = hamsim.compile(zoo() / "deep_stack.yaml").plot("groups")
    stored = packed(picture)
    for patch in list(picture.axes[0].patches):
        patch.remove()
    assert differences(stored, packed(picture)) != []


def test_pictures_say_what_they_hold():
    with Image.open(io.BytesIO((FOLDER / "gated.png").read_bytes())) as image:
        assert image.width == 300
        assert "activation g" in image.text["facts"]
