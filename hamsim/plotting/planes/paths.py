"""Trajectories in a plane: lines with a beginning and an end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, withStroke

from hamsim.arrays import Floats
from hamsim.plotting.style import Style

__all__ = ["MOST_PATHS", "Path", "draw_paths", "inside", "path_handles"]

MOST_PATHS = 50
DOTS = 4000  # of a line, along which a picture shows no more
BLACK, WHITE, GREY = "#000000", "#FFFFFF", "#808080"


class Path(NamedTuple):
    """A line.

    Parameters
    ----------
    points : ndarray, shape (T, 2)
        In the order of time; those that are not finite are left out.
    beside : bool
        Whether it ends so far beside the plane that what is below it is not what it goes over.
    """

    points: Floats
    beside: bool = False

    def shown(self) -> Floats:
        """At most so many of its points as there are dots, the ends among them."""
        fine = self.points[np.isfinite(self.points).all(axis=1)]
        some = np.unique(np.linspace(0, len(fine) - 1, DOTS).astype(int))
        shown: Floats = fine[some] if len(fine) > DOTS else fine
        return shown


def draw_paths(axes: Any, paths: Sequence[Path], style: Style, on_map: bool = False) -> None:
    """Draw lines, an open point where each begins and a full one where it ends.

    Parameters
    ----------
    axes : Axes
        Whose ends are those of the plane.
    paths : sequence of Path
    style : Style
    on_map : bool
        Whether there is a map below, from which they must stand out.
    """
    faint = 1.0 if len(paths) <= 5 else 0.6
    thin = 1.0 if len(paths) <= 5 else 0.7
    effects = [withStroke(linewidth=2.4 * style.line * thin, foreground=BLACK), Normal()]
    look: dict[str, Any] = {"color": WHITE if on_map else BLACK, "alpha": faint, "zorder": 4}
    look |= {"linewidth": style.line * thin, "solid_capstyle": "round"}
    for path in paths:
        shown = path.shown()
        if not len(shown):
            continue
        if len(shown) > 1 and path.beside:
            axes.plot(*shown.T, **{**look, "linestyle": ":", "alpha": 0.8})
        elif len(shown) > 1:
            axes.plot(*shown.T, **look, **({"path_effects": effects} if on_map else {}))
        for at, face in ((shown[0], WHITE), (shown[-1], GREY if path.beside else BLACK)):
            axes.plot(*at, **_point(style, face), clip_on=not inside(axes, at))


def inside(axes: Any, at: Floats) -> bool:
    """Whether a point lies within the axes, or on their rim, which then does not cut its mark."""
    ends = (axes.get_xlim(), axes.get_ylim())
    return all(low <= x <= high for x, (low, high) in zip(at, ends, strict=True))


def _point(style: Style, face: str) -> dict[str, Any]:
    size = 3.6 * style.line
    edge = {"markeredgecolor": BLACK, "markeredgewidth": style.thin}
    return {
        "marker": "o",
        "linestyle": "none",
        "markersize": size,
        "mfc": face,
        **edge,
        "zorder": 6,
    }


def path_handles(
    paths: Sequence[Path], style: Style, on_map: bool = False
) -> tuple[list[Any], list[str]]:
    """Handles and names for a legend."""
    if not paths:
        return [], []
    start, end = (Line2D([], [], **_point(style, face)) for face in (WHITE, BLACK))
    line = Line2D([], [], color=WHITE if on_map else BLACK, linewidth=style.line)
    if on_map:
        line.set_path_effects([withStroke(linewidth=2.4 * style.line, foreground=BLACK), Normal()])
    handles, names = [line, start, end], ["trajectory", "its start", "its end"]
    if any(path.beside for path in paths):
        handles.append(Line2D([], [], color=GREY, linewidth=style.line, linestyle=":"))
        names.append("one that ends far beside")
    return handles, names
