"""A picture of basins over a plane through the state space."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from hamsim.arrays import Ints
from hamsim.equilibria.planes import Basins
from hamsim.plotting.attractors_figure import attractor_colours
from hamsim.plotting.style import LITERAL, Picture, drawn, legend
from hamsim.plotting.style.making import headline, new_picture

__all__ = ["draw_basins"]

MOST = 20  # attractors in the legend
NOWHERE = (0.92, 0.92, 0.92)
IN_PLANE = 1e-2  # of the range: a rest state this close is drawn as one in the plane


def draw_basins(
    found: Basins,
    *,
    size: Any = None,
    dpi: float | None = None,
    style: str = "screen",
    title: str | None = None,
) -> Picture:
    """Draw to which attractor each state of a plane goes.

    Attractors in the plane are full points; those beside it are open ones, at the state of the
    plane that is closest. Grey is what comes to no attractor.

    Parameters
    ----------
    found : Basins
    size, dpi, style, title
        As of all pictures.

    Returns
    -------
    Picture
    """
    with new_picture(5.2, 7.6, size, dpi, style) as picture:
        _draw(picture, found)
        own = f"{found.name}: basins of attraction" if found.name else "basins of attraction"
        headline(picture, title, own)
        picture.describe(_description(found), found.notes)
    return picture


def _draw(picture: Picture, found: Basins) -> None:
    shown = np.flatnonzero(found.share > 0)
    shown = shown[np.argsort(-found.share[shown], kind="stable")]
    colours = attractor_colours(len(shown))
    axes: Any = picture.subplots()
    _draw_map(axes, found, shown, colours)
    _mark(picture, axes, found, shown, colours)
    axes.set_xlabel(drawn(found.names[0], 60), **LITERAL)
    axes.set_ylabel(drawn(found.names[1], 60), **LITERAL)
    _legend(axes, found, shown, colours)


def _draw_map(axes: Any, found: Basins, shown: Ints, colours: list[Any]) -> None:
    place = np.full(len(found.x) + 1, 0)
    place[shown] = 1 + np.arange(shown.size)
    place[-1] = 0  # what has the label -1
    half = [0.5 * float(values[1] - values[0]) for values in (found.a, found.b)]
    axes.imshow(
        place[found.labels],
        origin="lower",
        cmap=ListedColormap([NOWHERE, *colours]),
        vmin=-0.5,
        vmax=shown.size + 0.5,
        interpolation="nearest",
        aspect="auto",
        alpha=0.75,
        extent=(
            found.a[0] - half[0],
            found.a[-1] + half[0],
            found.b[0] - half[1],
            found.b[-1] + half[1],
        ),
    )


def _mark(picture: Picture, axes: Any, found: Basins, shown: Ints, colours: list[Any]) -> None:
    """Points where the attractors are, with their numbers."""
    ends = ((found.a[0], found.a[-1]), (found.b[0], found.b[-1]))
    size = float(np.abs(found.directions).max()) * max(high - low for low, high in ends)
    for number, colour in zip(shown.tolist(), colours, strict=True):
        at = found.at[number]
        if not all(low <= where <= high for where, (low, high) in zip(at, ends, strict=True)):
            continue
        inside = found.off[number] <= IN_PLANE * size
        axes.plot(
            *at,
            "o",
            markersize=5.5 * picture.style.line,
            markerfacecolor=colour if inside else "none",
            markeredgecolor="black",
            markeredgewidth=1.3 * picture.style.thin,
            zorder=4,
        )
        axes.annotate(
            str(number),
            at,
            xytext=(6, 5),
            textcoords="offset points",
            fontsize=picture.style.small,
            zorder=5,
            path_effects=[withStroke(linewidth=2.0, foreground="white")],
        )


def _legend(axes: Any, found: Basins, shown: Ints, colours: list[Any]) -> None:
    """Numbers, energies and shares beside the picture."""
    patches, names = [], []
    for number, colour in list(zip(shown.tolist(), colours, strict=True))[:MOST]:
        patches.append(Patch(facecolor=colour, alpha=0.75))
        energy = found.energy[number]
        words = found.kind[number] if found.kind[number] != "minimum" else ""
        words = f"{words}, " if words else ""
        words += f"E = {energy:.5g}, " if np.isfinite(energy) else ""
        names.append(f"{number}: {words}{100.0 * found.share[number]:.1f} %")
    nowhere = float(np.mean(found.labels < 0))
    if nowhere:
        patches.append(Patch(facecolor=NOWHERE))
        names.append(f"no attractor: {100.0 * nowhere:.1f} %")
    options = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0)}
    title = "attractors"
    if len(shown) > MOST:
        title = f"the {MOST} largest of {len(shown)}"
    legend(axes, patches, names, title=title, borderaxespad=0.0, **options)


def _description(found: Basins) -> str:
    name = f" of {found.name}" if found.name else ""
    text = (
        f"Basins of attraction{name} over {found.names[0]} from {found.a[0]:.3g} to "
        f"{found.a[-1]:.3g} and {found.names[1]} from {found.b[0]:.3g} to {found.b[-1]:.3g}."
    )
    for number in np.argsort(-found.share, kind="stable")[:MOST].tolist():
        if found.share[number] > 0:
            text += f" Attractor {number} takes {100.0 * found.share[number]:.1f} %."
    nowhere = float(np.mean(found.labels < 0))
    return text + (f" {100.0 * nowhere:.1f} % come to none." if nowhere else "")
