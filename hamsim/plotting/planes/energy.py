"""A picture of the energy over a plane through states, with contours and trajectories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Unpack

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from hamsim.arrays import Floats, Ints
from hamsim.equilibria.energy_plane import EnergyPlane
from hamsim.plotting.planes.frame import Looks, framed, name_below
from hamsim.plotting.planes.paths import Path, draw_paths, path_handles
from hamsim.plotting.style import Picture, Style, drawn, unsigned
from hamsim.plotting.style.colours import MISSING
from hamsim.plotting.style.making import headline

__all__ = ["draw_energy_plane"]

LEVELS = 24
HIGHEST = 97.0  # percentile of energies above which the map has one colour
MOST = 24  # attractors that are marked
FAR = 0.5  # of how far it is within the plane: a trajectory that ends further beside it is far
IN_PLANE = 1e-2  # of the range: a rest state this close is drawn as one in the plane


def draw_energy_plane(
    found: EnergyPlane,
    paths: Iterable[Floats] = (),
    **looks: Unpack[Looks],
) -> Picture:
    """Draw the energy of the states of a plane as a map with contours.

    Attractors in the plane are full points with their numbers; those beside it are open ones, at
    the state of the plane that is closest, and so are trajectories.

    Parameters
    ----------
    found : EnergyPlane
    paths : iterable of ndarray of shape (T, n)
        Trajectories, as states of all neurons.
    **looks
        Those of `Looks`.

    Returns
    -------
    Picture
    """
    states = [np.asarray(each, dtype=np.float64) for each in paths]
    names = (drawn(found.names[0], 60), drawn(found.names[1], 60))
    with framed((5.2, 6.4), names, (found.a, found.b), looks) as (picture, axes):
        look = picture.style
        _map(picture, axes, found, look)
        lines = [_path(found, each) for each in states]
        draw_paths(axes, lines, look, on_map=True)
        marked, inside = _attractors(found)
        _mark(axes, found, marked, inside, look)
        _legend(picture, lines, inside, look)
        name = found.network.name
        headline(picture, looks.get("title"), f"{name}: energy" if name else "energy")
        said = (*looks.get("left_out", ()), *_beside(found, states), *found.notes)
        picture.describe(_description(found, len(lines), marked), said)
    return picture


def _path(found: EnergyPlane, states: Floats) -> Path:
    """A trajectory in the plane, and whether it ends far beside it."""
    fine = np.isfinite(states).all(axis=1)
    points = np.full((len(states), 2), np.nan)
    if not fine.any():
        return Path(points)
    points[fine] = found.at(states[fine])
    within, beside = found.parts(states[fine][-1])
    return Path(points, beside > FAR * within)


def _beside(found: EnergyPlane, paths: Sequence[Floats]) -> tuple[str, ...]:
    """How far trajectories are from the plane that they are drawn in."""
    off = [found.off(each[np.isfinite(each).all(axis=1)]).max(initial=0.0) for each in paths]
    most = max((float(each) for each in off), default=0.0)
    if most <= _near(found):
        return ()
    return (f"trajectories are drawn in the plane from which they are up to {most:.2g} away",)


def _near(found: EnergyPlane) -> float:
    """How far beside the plane a state counts as in it."""
    wide = max(float(found.a[-1] - found.a[0]), float(found.b[-1] - found.b[0]))
    return IN_PLANE * wide * float(np.abs(found.plane.directions).max())


def _map(picture: Picture, axes: Any, found: EnergyPlane, style: Style) -> None:
    values = np.ma.masked_invalid(found.energy)
    axes.set_facecolor(MISSING)
    known = values.compressed()
    if not known.size:
        return
    low, high = float(known.min()), float(np.percentile(known, HIGHEST))
    if not high > low:
        high = float(known.max())
    if not high > low:
        low, high = low - 0.5, low + 0.5  # it is the same all over
    ticks: Floats = np.asarray(MaxNLocator(LEVELS).tick_values(low, high))
    levels = ticks[ticks <= high + (ticks[1] - ticks[0])]
    above = "max" if known.max() > levels[-1] else "neither"
    image = axes.contourf(found.a, found.b, values, levels, cmap=unsigned(), extend=above)
    axes.contour(
        found.a,
        found.b,
        values,
        levels,
        colors="white",
        linewidths=0.5 * style.thin,
        linestyles="solid",
        alpha=0.6,
    )
    bar = picture.colorbar(image, ax=axes, fraction=0.05, pad=0.02)
    bar.set_label("energy E")
    bar.set_ticks(levels[:: max(1, len(levels) // 6)].tolist())
    bar.ax.minorticks_off()


def _attractors(found: EnergyPlane) -> tuple[Ints, np.ndarray]:
    """Which attractors are marked, and which of those are in the plane."""
    if found.known is None:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)
    x = found.known.x[:MOST]
    at = found.at(x)
    ends = np.array([[found.a[0], found.b[0]], [found.a[-1], found.b[-1]]])
    seen = np.flatnonzero(np.all((at >= ends[0]) & (at <= ends[1]), axis=1))
    return seen, found.off(x[seen]) <= _near(found)


def _mark(axes: Any, found: EnergyPlane, marked: Ints, inside: Any, style: Style) -> None:
    if not marked.size or found.known is None:
        return
    for number, at, full in zip(marked, found.at(found.known.x[marked]), inside, strict=True):
        axes.plot(*at, **_point(style, bool(full)))
        axes.annotate(
            str(number),
            at,
            xytext=(5, 4),
            textcoords="offset points",
            fontsize=style.small,
            zorder=8,
            path_effects=[withStroke(linewidth=2.0, foreground="white")],
        )


def _point(style: Style, full: bool) -> dict[str, Any]:
    return {
        "marker": "D",
        "linestyle": "none",
        "markersize": 4.0 * style.line,
        "markerfacecolor": "white" if full else "none",
        "markeredgecolor": "white" if not full else "black",
        "markeredgewidth": 1.2 * style.thin,
        "path_effects": [withStroke(linewidth=2.4 * style.thin, foreground="black")],
        "zorder": 7,
    }


def _legend(picture: Picture, paths: Sequence[Path], inside: Any, style: Style) -> None:
    handles: list[Any] = []
    names: list[str] = []
    for full, name in ((True, "attractor"), (False, "attractor beside the plane")):
        if np.any(inside == full):
            handles.append(Line2D([], [], **_point(style, full)))
            names.append(name)
    more, called = path_handles(paths, style, on_map=True)
    name_below(picture, [*handles, *more], [*names, *called], 3)


def _description(found: EnergyPlane, paths: int, marked: Ints) -> str:
    name = f" of {found.network.name}" if found.network.name else ""
    known = found.energy[np.isfinite(found.energy)]
    text = (
        f"Energy{name} over a plane of {'states' if found.what == 'x' else 'activations'}: "
        f"{found.names[0]} from {found.a[0]:.3g} to {found.a[-1]:.3g}, {found.names[1]} from "
        f"{found.b[0]:.3g} to {found.b[-1]:.3g}."
    )
    if known.size:
        text += f" The energy goes from {known.min():.4g} to {known.max():.4g}."
    if marked.size:
        text += f" {marked.size:,} attractor{'' if marked.size == 1 else 's'} marked."
    if paths:
        text += f" {paths:,} trajector{'y' if paths == 1 else 'ies'}."
    if found.time is not None:
        text += f" Inputs are those at t = {found.time:.4g}."
    return text
