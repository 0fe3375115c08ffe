"""Curves of work over error, which of two is less at equal error, and their picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Curve", "Point", "plot"]


class Point(NamedTuple):
    """Error of a run, and its work."""

    error: float
    work: float


class Curve(NamedTuple):
    """What an error costs at least: points with falling error and rising work."""

    points: tuple[Point, ...]

    @classmethod
    def through(cls, points: Iterable[Point]) -> Curve:
        """The runs of which no other is both more precise and cheaper."""
        best: list[Point] = []
        usable = [p for p in points if 0 < p.error < math.inf and 0 < p.work < math.inf]
        for point in sorted(usable, key=lambda p: (p.work, p.error)):
            if not best or point.error < best[-1].error:
                best.append(point)
        return cls(tuple(best))

    def at(self, error: float) -> float:
        """Work at an error, interpolated between logarithms.

        The cheapest run where all are more precise; NaN where none is so precise.
        """
        if not self.points or error < self.points[-1].error * (1 - 1e-9):
            return math.nan
        errors = [-math.log(p.error) for p in self.points]
        works = [math.log(p.work) for p in self.points]
        return float(np.exp(np.interp(-math.log(error), errors, works)))


COLUMNS = 3
DPI = 100
PRECISE, LOOSE = 1e-11, 1e-1


def plot(networks: Mapping[str, Mapping[str, Curve]], path: Path) -> None:
    """One panel a network: products over error, hamsim's methods in colours, others in grey."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = math.ceil(len(networks) / COLUMNS)
    size = (3.2 * COLUMNS, 2.6 * rows + 0.4)
    figure, axes = pyplot.subplots(rows, COLUMNS, figsize=size, layout="constrained", squeeze=False)
    names = list(dict.fromkeys(name for curves in networks.values() for name in curves))
    styles = _styles(names)
    lines: dict[str, Any] = {}
    for place, (title, curves) in zip(axes.flat, networks.items(), strict=False):
        for name, curve in curves.items():
            error = [p.error for p in curve.points]
            work = [p.work for p in curve.points]
            (lines[name],) = place.loglog(error, work, **styles[name])
        place.set_title(title, fontsize=9)
        place.set_xlim(LOOSE, PRECISE)
        place.tick_params(labelsize=7)
        place.grid(which="major", alpha=0.3)
        place.spines[["top", "right"]].set_visible(False)
    for place in axes.flat[len(networks) :]:
        place.set_axis_off()
    figure.supxlabel("largest error over records (right: more precise)", fontsize=9)
    figure.supylabel("products W g (down: less work)", fontsize=9)
    ordered = [name for name in names if name in lines]
    handles = [lines[name] for name in ordered]
    if len(networks) < axes.size:
        place = axes.flat[len(networks)]
        place.legend(handles, ordered, loc="center", ncols=2, fontsize=8, frameon=False)
    else:
        figure.legend(handles, ordered, loc="outside upper center", ncols=7, fontsize=8)
    figure.savefig(path, dpi=DPI)
    pyplot.close(figure)


def _styles(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Colours for hamsim's methods, greys and marks for those of others."""
    found: dict[str, dict[str, Any]] = {}
    own, other = 0, 0
    marks = "sv^<>Dxp*"
    for name in names:
        if " " in name:
            mark = marks[other % len(marks)]
            found[name] = {"color": "0.55", "marker": mark, "markersize": 3, "linewidth": 0.8}
            other += 1
        elif name == "auto":
            found[name] = {"color": "black", "linewidth": 2.4, "zorder": 3}
        else:
            found[name] = {"color": f"C{own}", "linewidth": 1.6}
            own += 1
    return found
