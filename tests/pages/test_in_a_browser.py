"""Pages in a real browser: nothing goes wrong, nothing is loaded, everybody can use them."""

import base64
from itertools import pairwise

import numpy as np
import pytest

from hamsim.html.elements import paragraph
from hamsim.html.markup import trusted
from hamsim.html.page import Part, document

NAMED = pytest.mark.parametrize(
    "name", ["digits", "wilson_cowan", "c_elegans", "sweep", "training"]
)


@NAMED
def test_a_page_opens_without_an_error_and_without_the_network(opened, pages, name):
    seen = opened(pages[name])
    assert seen.told == []
    assert seen.requests == []
    assert seen.page.title()
    assert pages[name].stat().st_size <= 2_000_000


@NAMED
def test_figures_are_visible(opened, pages, name):
    page = opened(pages[name]).page
    figures = page.locator(".hs-paper svg, .hs-paper img")
    assert figures.count() >= 2
    for k in range(figures.count()):
        box = figures.nth(k).bounding_box()
        assert box["width"] > 150
        assert box["height"] > 60
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 1100
    # Whatever a figure draws is more than white paper.
    for picture in page.locator(".hs-view").all()[:3]:
        assert len(set(_pixels(picture.screenshot()))) > 3


def _pixels(png):
    from io import BytesIO

    from matplotlib.image import imread

    rows = (imread(BytesIO(png))[::5, ::5, :3] * 8).astype(int)
    return [tuple(each) for each in rows.reshape(-1, 3).tolist()]


@NAMED
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(opened, pages, axe, name, scheme):
    seen = opened(pages[name], scheme)
    for each in seen.page.locator("details").all():
        each.evaluate("element => { element.open = true; }")
    assert seen.judged(axe) == []


def test_axe_would_find_something_wrong(opened, folder, axe):
    """The rules are asked: pale text on white, and a picture without words, are found."""
    bad = trusted(
        '<p style="color: #ccc">pale</p><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'
    )
    path = folder / "bad.html"
    path.write_text(document("Bad", paragraph(""), [Part("Part", bad)], "foot"))
    found = {rule for rule, _ in opened(path).judged(axe)}
    assert {"color-contrast", "image-alt"} <= found


def test_dark_is_dark(opened, pages):
    look = (
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    light = opened(pages["sweep"], "light").page.evaluate(look)
    dark = opened(pages["sweep"], "dark").page.evaluate(look)
    assert light == ["rgb(255, 255, 255)", "rgb(27, 27, 27)"]
    assert dark == ["rgb(21, 24, 28)", "rgb(232, 232, 232)"]


@NAMED
@pytest.mark.parametrize("width", [360, 1100])
def test_a_page_is_as_wide_as_the_window(opened, pages, name, width):
    page = opened(pages[name], viewport={"width": width, "height": 700}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_tab_key_goes_through_the_page_in_order(opened, pages):
    page = opened(pages["digits"]).page
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        place = page.evaluate(
            "(() => { const it = document.activeElement; const box = it.getBoundingClientRect(); "
            "return [it.tagName, it.className, box.top + window.scrollY, box.height]; })()"
        )
        if place[0] == "BODY":
            break
        seen.append(place)
    assert seen[0][:2] == ["A", "hs-skip"]
    tags = [tag for tag, *_ in seen]
    assert {"A", "DIV", "BUTTON", "SUMMARY", "INPUT"} <= set(tags)
    tops = [top for _, _, top, _ in seen[1:]]
    assert all(after >= before - 60 for before, after in pairwise(tops))
    assert all(height > 0 for *_, height in seen)


def test_the_link_to_the_content_skips_what_is_above(opened, pages):
    page = opened(pages["wilson_cowan"]).page
    page.keyboard.press("Tab")
    link = page.locator(".hs-skip")
    assert link.bounding_box()["x"] >= 0  # it shows itself where it has the focus
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_links_lead_to_parts_with_titles(opened, pages):
    page = opened(pages["training"]).page
    for link in page.locator("nav a").all():
        part = page.locator(link.get_attribute("href"))
        assert part.locator("h2").first.inner_text() == link.inner_text()


def _state(page):
    return page.evaluate(
        "[...document.querySelectorAll('.hs-frames canvas')].map(c => c.toDataURL()).join()"
    )


def test_the_slider_shows_moments_by_keys(opened, pages):
    page = opened(pages["digits"]).page
    slider = page.locator(".hs-frames input[type=range]").first
    told = page.locator(".hs-frames output").first
    last = _state(page)
    assert told.inner_text() == "t = 3"
    slider.focus()
    page.keyboard.press("Home")
    assert told.inner_text() == "t = 0"
    assert slider.get_attribute("aria-valuetext") == "t = 0"
    first = _state(page)
    assert first != last
    page.keyboard.press("ArrowRight")
    assert told.inner_text() == "t = 0.5"
    page.keyboard.press("End")
    assert _state(page) == last


def test_images_are_those_of_the_run(opened, pages):
    """The dots of a canvas are the values of the trace, in its colours."""
    page = opened(pages["digits"]).page
    page.locator(".hs-frames input").first.focus()
    page.keyboard.press("Home")
    seen = page.evaluate(
        "(() => { const c = document.querySelector('.hs-frames canvas'); return "
        "[...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]; })()"
    )
    data = page.locator(".hs-frames").first.evaluate("element => ({...element.dataset})")
    values = np.frombuffer(base64.b64decode(data["values"]), dtype=np.uint8)
    colours = np.frombuffer(base64.b64decode(data["colours"]), dtype=np.uint8).reshape(256, 4)
    size = int(data["rows"]) * int(data["columns"])
    assert np.array_equal(np.array(seen).reshape(-1, 4), colours[values[:size]])
    images = values.reshape(-1, int(data["images"]), int(data["rows"]), int(data["columns"]))
    # The lower halves start empty, and fill in.
    assert np.all(images[0, :, 4:] == images[0, 0, 4, 0])
    assert np.ptp(images[-1, :, 4:]) > 100


def test_images_play_and_stop(opened, pages):
    from playwright.sync_api import expect

    page = opened(pages["digits"]).page
    button = page.locator(".hs-frames button").first
    told = page.locator(".hs-frames output").first
    button.click()
    expect(button).to_have_text("stop")
    expect(told).not_to_have_text("t = 0")
    expect(button).to_have_text("play", timeout=20_000)
    assert told.inner_text() == "t = 3"


def test_a_figure_is_zoomed_by_keys_and_buttons(opened, pages):
    page = opened(pages["wilson_cowan"]).page
    view = page.locator(".hs-view").nth(1)
    svg = view.locator("svg")
    told = page.locator(".hs-zoom output").nth(1)
    natural = svg.bounding_box()["width"]
    frame = view.bounding_box()
    view.focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert svg.bounding_box()["width"] == pytest.approx(2 * natural, rel=0.01)
    assert told.inner_text() == "200 %"
    assert view.bounding_box()["height"] == pytest.approx(frame["height"], abs=1)
    before = view.evaluate("element => element.scrollLeft")
    page.keyboard.press("ArrowRight")
    assert view.evaluate("element => element.scrollLeft") > before
    page.keyboard.press("0")
    assert svg.bounding_box()["width"] == pytest.approx(natural, abs=1)
    buttons = page.locator(".hs-zoom .hs-controls").nth(1).locator("button")
    assert buttons.nth(0).is_disabled()
    buttons.nth(1).click()
    assert told.inner_text() == "150 %"
    assert page.locator(".hs-zoom output").first.inner_text() == "100 %"
    buttons.nth(0).click()
    assert svg.bounding_box()["width"] == pytest.approx(natural, abs=1)


def test_a_double_click_zooms_where_it_is(opened, pages):
    page = opened(pages["wilson_cowan"]).page
    view = page.locator(".hs-view").nth(1)
    view.scroll_into_view_if_needed()
    paper = view.locator(".hs-paper")
    before, frame = paper.bounding_box(), view.bounding_box()
    x, y = before["x"] + 0.55 * before["width"], frame["y"] + 0.5 * frame["height"]
    page.mouse.dblclick(x, y)
    page.mouse.dblclick(x, y)
    after = paper.bounding_box()
    assert after["width"] == pytest.approx(2 * before["width"], rel=0.01)
    assert (x - after["x"]) / after["width"] == pytest.approx(0.55, abs=0.01)
    place = (y - before["y"]) / before["height"]
    assert (y - after["y"]) / after["height"] == pytest.approx(place, abs=0.02)


def test_without_scripts_the_page_can_be_read(opened, pages):
    page = opened(pages["digits"], java_script_enabled=False).page
    assert page.locator(".hs-paper svg, .hs-paper img").first.is_visible()
    assert not page.locator(".hs-controls").first.is_visible()
    assert page.locator("noscript").first.text_content()


def test_every_picture_has_words(opened, pages):
    for path in pages.values():
        page = opened(path).page
        for each in page.locator("[role=img]").all():
            assert len(each.get_attribute("aria-label")) > 15


def test_what_a_user_writes_does_nothing(opened, folder):
    """Names and descriptions with tags and quotes are shown as they are."""
    name = "<img src=x onerror=document.title='gone'>"
    source = {
        "format": "hamsim/1",
        "name": name,
        "description": "</p><script>document.title = 'gone'</script>",
        "groups": {
            "<b>&'\"": {"size": 2, "lagrangian": "tanh"},
            "$x^2$": {"size": 1, "lagrangian": "relu"},
        },
        "connections": [{"between": ["<b>&'\"", "$x^2$"], "weights": 0.5}],
        "simulation": {"t_end": 1, "dt": 0.5, "record": {"every": 0.5}},
    }
    import hamsim

    seen = opened(hamsim.write_report(source, folder / "odd.html"))
    assert (seen.told, seen.requests) == ([], [])
    assert seen.page.title() == name
    assert seen.page.locator("h1").inner_text() == name
    assert "<script>" in seen.page.locator("header").inner_text()
    assert "<b>&'\"" in seen.page.locator("main").inner_text()


def test_the_page_forbids_other_scripts(opened, folder):
    inner = trusted("<p onclick='x'>a</p><script>document.title = 'gone'</script>")
    path = folder / "guarded.html"
    path.write_text(document("Guarded", paragraph(""), [Part("Part", inner)], ""))
    seen = opened(path)
    assert seen.page.title() == "Guarded"
    assert any("Content Security Policy" in text for text in seen.told)
