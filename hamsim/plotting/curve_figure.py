"""A picture of what was measured of cues over loads, or over flips."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from hamsim.arrays import Floats
from hamsim.memory.curve import Curve
from hamsim.plotting.style import plain_style
from hamsim.plotting.style.texts import LITERAL, drawn, legend

__all__ = ["draw_curve"]

SMALL = 8
POINTS = 400  # of the theory's line
_ALONG = {"load": "patterns a neuron", "flips": "part of the cue's neurons turned over"}


def draw_curve(curve: Curve) -> Figure:
    """Draw overlaps, with the theory's line where there is one, and shares of recalled cues.

    Bands are 95 % intervals.

    Parameters
    ----------
    curve : Curve

    Returns
    -------
    matplotlib.figure.Figure
    """
    with plain_style():
        return _draw(curve)


def _draw(curve: Curve) -> Figure:
    figure = Figure(figsize=(9.0, 4.0), layout="constrained")
    left, right = figure.subplots(1, 2, sharex=True)
    x = curve[curve.over]
    order = np.argsort(x, kind="stable")
    lines = [_banded(left, curve, "overlap", order, "tab:blue")]
    names = ["measured"]
    if curve.line is not None and x.size:
        between = np.linspace(min(float(x.min()), float(x.max()) / 100), float(x.max()), POINTS)
        fine = np.unique(np.concatenate([between, x]))
        style = {"color": "0.25", "linewidth": 1.1, "linestyle": "--"}
        lines += left.plot(fine, curve.line.overlap(fine), **style)
        names.append(curve.line.name)
    if curve.over == "flips":
        style = {"color": "0.6", "linewidth": 0.9, "linestyle": ":"}
        lines += left.plot(x[order], 1.0 - 2.0 * x[order], **style)
        names.append("of the cues")
    legend(left, lines, names, fontsize=SMALL, loc="best")
    shares = {"found": "tab:green", "exact": "tab:orange", "lost": "tab:red"}
    told = {
        "found": f"overlap at least {curve.threshold:g}",
        "exact": "no neuron wrong",
        "lost": "another pattern, or a negative",
    }
    lines = [_banded(right, curve, name, order, colour) for name, colour in shares.items()]
    legend(right, lines, list(told.values()), fontsize=SMALL, loc="best")
    for axes, label in ((left, "overlap with the cue's pattern"), (right, "share of cues")):
        axes.set_xlabel(_ALONG[curve.over], fontsize=9)
        axes.set_ylabel(label, fontsize=9)
        axes.grid(color="0.9", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(labelsize=SMALL)
    right.set_ylim(-0.03, 1.03)
    figure.suptitle(drawn(_title(curve), 120), fontsize=10, **LITERAL)
    return figure


def _banded(axes: Any, curve: Curve, name: str, order: Any, colour: str) -> Any:
    """A line with its band; the line."""
    x = curve[curve.over][order]
    low, high = (_shown(curve[f"{name}_{end}"][order]) for end in ("low", "high"))
    axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    style = {"color": colour, "linewidth": 1.4, "marker": "o", "markersize": 3.5}
    (line,) = axes.plot(x, curve[name][order], **style)
    return line


def _shown(ends: Floats) -> Floats:
    """Ends of intervals of an overlap or a share, which are at most 1."""
    return np.minimum(ends, 1.0)


def _title(curve: Curve) -> str:
    runs = int(curve["repetitions"].max(initial=0))
    what = f"{int(curve['cues'].sum()):,} cues, {runs:,} repetitions"
    return f"{curve.name}: {what}" if curve.name else what
