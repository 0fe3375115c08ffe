"""Pictures within HTML: figures as SVG or PNG in the page itself, small curves without a figure."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal
from zlib import crc32

from hamsim.html.markup import Html, escape, render, trusted

__all__ = ["picture", "sparkline"]

# An SVG of more letters is a picture of so many lines that a PNG is smaller and drawn faster.
MOST_LETTERS = 250_000
_PER_INCH = 96  # dots of a page
# Points of a small curve: more of them than this are not seen.
_POINTS = 60
_SVG_START = re.compile(r"<svg\b[^>]*>")
_NAMES = re.compile(r'(\bid="|href="#|url\(#)')


def picture(
    figure: Any,
    caption: object = "",
    description: str = "",
    form: Literal["auto", "svg", "png"] = "auto",
    name: str = "",
    dpi: float = 150.0,
) -> Html:
    """A figure within the page, with words for those who do not see it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure or hamsim.plotting.style Picture
    caption : str or Html, optional
        What stands below it.
    description : str, optional
        What is drawn, for those who do not see it; else the figure's own `description`.
    form : {"auto", "svg", "png"}, optional
        SVG stays sharp however large it is shown; of a figure with very many lines "auto" makes a
        PNG, which is smaller.
    name : str, optional
        Which no other picture of the page has: names within an SVG are made of it.
    dpi : float, optional
        Of a PNG.
    """
    from hamsim.plotting.inline import png_of, svg_of

    words = description or str(getattr(figure, "description", "")) or "a figure"
    sentences = [str(text).rstrip(".") for text in getattr(figure, "left_out", ())]
    left_out = f"{'; '.join(sentences)}." if sentences else ""
    drawn = None if form == "png" else svg_of(figure)
    if drawn is not None and (form == "svg" or len(drawn) <= MOST_LETTERS):
        inner = _inline(drawn, words, name or f"p{crc32(drawn.encode()):x}")
    else:
        coded = base64.b64encode(png_of(figure, dpi)).decode("ascii")
        inner = render("image", coded=coded, words=words)
    width = round(figure.get_figwidth() * _PER_INCH)
    return render("figure", inner=inner, caption=caption, left_out=left_out, width=width)


def sparkline(
    values: Sequence[float] | Any, description: str, width: int = 90, height: int = 18
) -> Html:
    """A curve as high as a line of text; values that are not finite leave gaps.

    Parameters
    ----------
    values : sequence of float
        Evenly spaced; of many the smallest and largest of each part are kept.
    description : str
        What it shows, for those who do not see it.
    width, height : int, optional
        In dots.
    """
    points = _thinned([float(value) for value in values])
    finite = [value for _, value in points if math.isfinite(value)]
    if not finite:
        return trusted("")
    low, high = min(finite), max(finite)
    scale = (height - 3) / (high - low) if high > low and math.isfinite(high - low) else 0.0
    last = max(points[-1][0], 1.0)
    runs: list[list[str]] = [[]]
    for at, value in points:
        if not math.isfinite(value):
            runs.append([])
            continue
        y = height - 1.5 - (value - low) * scale if scale else height / 2
        runs[-1].append(f"{1 + at / last * (width - 2):.1f},{y:.1f}")
    lines = [" ".join(run if len(run) > 1 else run * 2) for run in runs if run]
    return render("spark", lines=lines, words=description, width=width, height=height)


def _thinned(values: list[float]) -> list[tuple[float, float]]:
    """Places and values, the extremes of each part where there are many."""
    count = len(values)
    if count <= 2 * _POINTS:
        return [(float(k), value) for k, value in enumerate(values)]
    kept = []
    edges = [k * count // _POINTS for k in range(_POINTS + 1)]
    for begin, end in pairwise(edges):
        finite = [k for k in range(begin, end) if math.isfinite(values[k])]
        some = {min(finite, key=values.__getitem__), max(finite, key=values.__getitem__)}
        kept += sorted(some) if finite else [begin]
    return [(float(k), values[k]) for k in kept]


def _inline(svg: str, words: str, name: str) -> Html:
    """The element itself, with names that are its own, as one picture to a screen reader."""
    start = _SVG_START.search(svg)
    assert start is not None
    svg = _NAMES.sub(rf"\g<1>{name}-", svg[start.start() :])
    label = f'<svg role="img" aria-label="{escape(words)}"'
    return trusted(svg.replace("<svg", label, 1).strip())
