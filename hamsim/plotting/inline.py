"""Figures as text and bytes, for what holds them within itself."""

from __future__ import annotations

import io
from typing import Any

from hamsim.plotting.style import plain_style

__all__ = ["png_of", "svg_of"]


def svg_of(figure: Any) -> str:
    """A figure as SVG whose letters are text; the same figure gives the same text.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    """
    import matplotlib

    stream = io.StringIO()
    with plain_style():
        # Shapes are named by their digests with the salt, which is drawn anew if none is given.
        matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "hamsim"})
        no_notes = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(stream, format="svg", backend="svg", metadata=no_notes)
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
    with plain_style():
        figure.savefig(stream, format="png", backend="agg", dpi=dpi, metadata={"Software": None})
    return stream.getvalue()
