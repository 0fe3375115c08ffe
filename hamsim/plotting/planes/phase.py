"""A picture of a phase plane: velocities, nullclines, points of balance, trajectories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Unpack

import numpy as np
from matplotlib.lines import Line2D

from hamsim.arrays import Floats, Ints
from hamsim.equilibria.balance import ALONG_A_LINE
from hamsim.equilibria.phase_plane import PhasePlane
from hamsim.plotting.planes.frame import Looks, framed, name_below
from hamsim.plotting.planes.paths import Path, draw_paths, inside, path_handles
from hamsim.plotting.style import Picture, Style, drawn, lines
from hamsim.plotting.style.making import headline

__all__ = ["draw_phase_plane"]

ARROWS = 21  # along each axis
GREY = "0.62"
SMALLEST = 0.35  # length of the shortest arrow, where that of the longest is 1
_LOOKS = {"stable": "full", "saddle": "left", "unstable": "none", "undecided": "none"}
ZERO = 1e-9  # a real part this small, as a part of the largest rate, is none


def draw_phase_plane(
    plane: PhasePlane,
    paths: Iterable[Floats] = (),
    **looks: Unpack[Looks],
) -> Picture:
    """Draw how two neurons move by what both are.

    Arrows are velocities, longer where these are greater, but by far less. Along each nullcline
    one of both neurons does not move; where they cross neither does. There points are full where
    the motion of both comes back, half full at saddles, and open where it goes away.

    Parameters
    ----------
    plane : PhasePlane
    paths : iterable of ndarray of shape (T, 2)
        Trajectories, in coordinates of the plane.
    **looks
        Those of `Looks`.

    Returns
    -------
    Picture
    """
    found = [Path(np.asarray(each, dtype=np.float64)) for each in paths]
    names = tuple(f"{plane.what} of {drawn(label, 50)}" for label in plane.labels)
    with framed((5.4, 5.6), (names[0], names[1]), (plane.a, plane.b), looks) as (picture, axes):
        look = picture.style
        _arrows(axes, plane, look)
        colours = lines(2)
        for k in (0, 1):
            values = plane.velocity[k]
            if _turns(values):
                axes.contour(
                    plane.a, plane.b, values, [0.0], colors=colours[k], linewidths=1.4 * look.line
                )
        draw_paths(axes, found, look)
        kinds = stabilities(plane)
        for kind, at in zip(kinds, plane.balance, strict=True):
            axes.plot(*at, **_mark(kind, look), clip_on=not inside(axes, at))
        _legend(picture, plane, kinds, found, look)
        headline(picture, looks.get("title"), _title(plane))
        said = (*looks.get("left_out", ()), *plane.notes)
        picture.describe(_description(plane, kinds, len(found)), said)
    return picture


def _turns(values: Floats) -> bool:
    """Whether a velocity has both signs, so that there is a nullcline to be drawn."""
    fine = values[np.isfinite(values)]
    return bool(fine.size and fine.min() < 0 < fine.max())


def stabilities(plane: PhasePlane) -> list[str]:
    """What the motion of both neurons is like at each point of balance."""
    found = []
    for pair in plane.eigenvalues:
        real = np.real(pair)
        near = ZERO * max(float(np.abs(pair).max()), 1e-300)
        if np.any(np.abs(real) <= near):
            found.append("undecided")
        elif np.all(real < 0):
            found.append("stable")
        else:
            found.append("unstable" if np.all(real > 0) else "saddle")
    return found


def _arrows(axes: Any, plane: PhasePlane, style: Style) -> None:
    """Velocities at some states, in parts of the plane a unit of time."""
    across, up = _some(plane.a.size), _some(plane.b.size)
    wide = (plane.a[-1] - plane.a[0], plane.b[-1] - plane.b[0])
    u, v = (plane.velocity[k][np.ix_(up, across)] / wide[k] for k in (0, 1))
    speed = np.hypot(u, v)
    fine = np.isfinite(speed) & (speed > 0)
    if not fine.any():
        return
    with np.errstate(all="ignore"):
        length = SMALLEST + (1.0 - SMALLEST) * np.sqrt(speed / speed[fine].max())
        u, v = (np.where(fine, each / speed * length, np.nan) for each in (u, v))
    axes.quiver(
        plane.a[across],
        plane.b[up],
        u,
        v,
        color=GREY,
        angles="uv",
        pivot="mid",
        scale=1.15 * max(across.size, up.size),
        scale_units="width",
        width=0.0022 * style.line / 1.1,
        headwidth=4.5,
        headlength=5.0,
        headaxislength=4.5,
        zorder=1,
    )


def _some(count: int) -> Ints:
    """Evenly spaced places, about as many as there are arrows, in the middle of all."""
    step = -(-count // ARROWS)
    number = max(1, count // step)
    return (count - 1 - step * (number - 1)) // 2 + step * np.arange(number)


def _mark(kind: str, style: Style) -> dict[str, Any]:
    return {
        "marker": "s" if kind == "undecided" else "o",
        "linestyle": "none",
        "markersize": 5.5 * style.line,
        "fillstyle": "full" if _LOOKS[kind] == "none" else _LOOKS[kind],
        "markerfacecolor": "white" if _LOOKS[kind] == "none" else lines(7)[4],
        "markerfacecoloralt": "white",
        "markeredgecolor": "black",
        "markeredgewidth": 1.2 * style.thin,
        "zorder": 5,
    }


def _legend(
    picture: Picture, plane: PhasePlane, kinds: Sequence[str], paths: Sequence[Path], style: Style
) -> None:
    handles: list[Any] = []
    names: list[str] = []
    for colour, label, values in zip(lines(2), plane.labels, plane.velocity, strict=True):
        if not _turns(values):
            continue
        handles.append(Line2D([], [], color=colour, linewidth=1.4 * style.line))
        names.append(f"{drawn(label, 24)} does not move")
    what = "" if plane.whole else ", the others held"
    for kind in dict.fromkeys(kinds):
        handles.append(Line2D([], [], **_mark(kind, style)))
        names.append(f"at rest{what}: {kind}")
    more, called = path_handles(paths, style)
    name_below(picture, [*handles, *more], [*names, *called], 2)


def _title(plane: PhasePlane) -> str:
    words = plane.others()
    name = f"{plane.name}: phase plane" if plane.name else "phase plane"
    return f"{name}; {words}" if words else name


def _description(plane: PhasePlane, kinds: Sequence[str], paths: int) -> str:
    of = "states" if plane.what == "x" else "activations"
    name = f" of {plane.name}" if plane.name else ""
    first, second = plane.labels
    text = (
        f"Phase plane{name}: {of} of {first} from {plane.a[0]:.3g} to {plane.a[-1]:.3g} and of "
        f"{second} from {plane.b[0]:.3g} to {plane.b[-1]:.3g}, with velocities and both nullclines."
    )
    wide = np.array([np.ptp(plane.a), np.ptp(plane.b)])
    balance = np.where(np.abs(plane.balance) < ZERO * wide, 0.0, plane.balance)
    for kind, (x, y) in zip(kinds, balance, strict=True):
        text += f" At rest at ({x:.4g}, {y:.4g}), {kind}."
    if not kinds:
        text += (
            f" {ALONG_A_LINE[0].upper()}{ALONG_A_LINE[1:]}."
            if ALONG_A_LINE in plane.notes
            else " There is no state in it in which both rest."
        )
    if paths:
        text += f" {paths:,} trajector{'y' if paths == 1 else 'ies'}."
    if words := plane.others():
        text += f" {words[0].upper()}{words[1:]}."
    if plane.time is not None:
        text += f" Inputs are those at t = {plane.time:.4g}."
    return text
