"""Figures as text and bytes, for what holds them within itself."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import matplotlib

from hamsim.plotting.style import Picture, plain_style

__all__ = ["png_of", "svg_of"]

# Letters stay letters: they can be found, copied and read aloud, and take less room than outlines.
# Shapes are named by their digests with the salt, which is drawn anew if none is given.
_SVG = {"svg.fonttype": "none", "svg.hashsalt": "hamsim"}
_NO_NOTES = {"Date": None, "Creator": None, "Format": None, "Type": None}


def svg_of(figure: Any) -> str:
    """A figure as SVG whose letters are text; the same figure gives the same text.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    """
    stream = io.StringIO()
    with _settings(figure, _SVG):
        figure.savefig(stream, format="svg", backend="svg", metadata=_NO_NOTES)
    return stream.getvalue()


def png_of(figure: Any, dpi: float) -> bytes:
    """A figure as PNG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    dpi : float
        Dots an inch.
    """
    stream = io.BytesIO()
    with _settings(figure, {}):
        figure.savefig(stream, format="png", backend="agg", dpi=dpi, metadata={"Software": None})
    return stream.getvalue()


@contextmanager
def _settings(figure: Any, more: dict[str, Any]) -> Iterator[None]:
    """The style of a picture, which it takes up again when it draws, with some settings besides."""
    if not isinstance(figure, Picture):
        with plain_style():
            settings: Any = matplotlib.rcParams
            settings.update(more)
            yield
        return
    style = figure.style
    figure.style = replace(style, settings={**style.settings, **more})
    try:
        with figure.style.applied():
            yield
    finally:
        figure.style = style
