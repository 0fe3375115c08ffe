"""A picture of what was measured of cues over loads, or over flips."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.memory.curve import Curve
from hamsim.plotting.style import Picture, legend, lines
from hamsim.plotting.style.making import headline, new_picture

__all__ = ["draw_curve"]

POINTS = 400  # of the theory's line
_ALONG = {"load": "patterns a neuron", "flips": "part of the cue's neurons turned over"}


def draw_curve(
    curve: Curve,
    *,
    size: Any = None,
    dpi: float | None = None,
    style: str = "screen",
    title: str | None = None,
) -> Picture:
    """Draw overlaps, with the theory's line where there is one, and shares of recalled cues.

    Bands are 95 % intervals.

    Parameters
    ----------
    curve : Curve
    size, dpi, style, title
        As of all pictures.

    Returns
    -------
    Picture
    """
    with new_picture(4.0, 9.0, size, dpi, style) as picture:
        _draw(picture, curve)
        headline(picture, title, _title(curve))
        picture.describe(_description(curve))
    return picture


def _draw(picture: Picture, curve: Curve) -> None:
    left, right = picture.subplots(1, 2, sharex=True)
    thick = 1.2 * picture.style.line
    blue, orange, green = lines(3)
    x = curve[curve.over]
    order = np.argsort(x, kind="stable")
    shown = [_banded(left, curve, "overlap", order, blue, thick)]
    names = ["measured"]
    if curve.line is not None and x.size:
        between = np.linspace(min(float(x.min()), float(x.max()) / 100), float(x.max()), POINTS)
        fine = np.unique(np.concatenate([between, x]))
        look = {"color": "0.25", "linewidth": thick, "linestyle": "--"}
        shown += left.plot(fine, curve.line.overlap(fine), **look)
        names.append(curve.line.name)
    if curve.over == "flips":
        look = {"color": "0.6", "linewidth": thick, "linestyle": ":"}
        shown += left.plot(x[order], 1.0 - 2.0 * x[order], **look)
        names.append("of the cues")
    legend(left, shown, names, loc="best")
    shares = {"found": green, "exact": blue, "lost": orange}
    told = {
        "found": f"overlap at least {curve.threshold:g}",
        "exact": "no neuron wrong",
        "lost": "another pattern, or a negative",
    }
    shown = [_banded(right, curve, name, order, c, thick) for name, c in shares.items()]
    legend(right, shown, list(told.values()), loc="best")
    for axes, label in ((left, "overlap with the cue's pattern"), (right, "share of cues")):
        axes.set_xlabel(_ALONG[curve.over])
        axes.set_ylabel(label)
        axes.grid(color="0.9", linewidth=0.6)
        axes.set_axisbelow(True)
    right.set_ylim(-0.03, 1.03)


def _banded(axes: Any, curve: Curve, name: str, order: Any, colour: str, thick: float) -> Any:
    """A line with its band; the line."""
    x = curve[curve.over][order]
    low, high = (_shown(curve[f"{name}_{end}"][order]) for end in ("low", "high"))
    axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    style = {"color": colour, "linewidth": thick, "marker": "o", "markersize": 2.6 * thick}
    (line,) = axes.plot(x, curve[name][order], **style)
    return line


def _shown(ends: Floats) -> Floats:
    """Ends of intervals of an overlap or a share, which are at most 1."""
    return np.minimum(ends, 1.0)


def _title(curve: Curve) -> str:
    runs = int(curve["repetitions"].max(initial=0))
    what = f"{int(curve['cues'].sum()):,} cues, {runs:,} repetitions"
    return f"{curve.name}: {what}" if curve.name else what


def _description(curve: Curve) -> str:
    x, overlap = curve[curve.over], curve["overlap"]
    name = f" of {curve.name}" if curve.name else ""
    if not x.size:
        return f"Nothing was measured{name}."
    first, last = int(np.argmin(x)), int(np.argmax(x))
    theory = "" if curve.line is None else f", with the line of {curve.line.name}"
    return (
        f"Cues{name} over {_ALONG[curve.over]}, from {x[first]:.3g} to {x[last]:.3g}: the overlap "
        f"goes from {overlap[first]:.3g} to {overlap[last]:.3g}{theory}; the share of cues that "
        f"were found goes from {curve['found'][first]:.3g} to {curve['found'][last]:.3g}. Bands "
        "are 95 % intervals."
    )
