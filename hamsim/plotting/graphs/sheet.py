"""A sheet on which things lie in inches, fitted into whatever size a picture is to have."""

from __future__ import annotations

from typing import Any, NamedTuple

from matplotlib.path import Path

from hamsim.plotting.style import LITERAL, SIZES, STATUS, Picture, Style, drawn

__all__ = ["Sheet", "mark", "sheet"]

_CHECK = Path([(-0.55, 0.0), (-0.15, -0.42), (0.6, 0.48)])
_CROSS = Path([(-0.42, -0.42), (0.42, 0.42), (-0.42, 0.42), (0.42, -0.42)], [1, 2, 1, 2])


class Sheet(NamedTuple):
    """Where to draw: data of `axes` are inches, `scale` is how much smaller they come out."""

    picture: Picture
    axes: Any
    scale: float
    style: Style

    def text(self, x: float, y: float, words: str, size: float, **options: Any) -> Any:
        """Write a user's text as it is, of so many points where nothing is scaled."""
        settings = {"ha": "center", "va": "center", **options, **LITERAL}
        return self.axes.text(x, y, words, fontsize=size * self.scale, **settings)


def sheet(
    style: Style, width: float, height: float, size: Any, dpi: float | None, title: str | None
) -> Sheet:
    """Make a picture with one sheet of so many inches, and room for a title.

    Parameters
    ----------
    style : Style
    width, height : float
        That the content needs at its full size.
    size, dpi
        As asked for.
    title : str or None
        None for none.
    """
    above = 2.2 * style.text / 72 if title else 0.0
    whole = height + above
    wanted = SIZES[size] if isinstance(size, str) and size in SIZES else width
    shrunk = min(1.0, wanted / width)
    picture = Picture(
        style, size, whole * shrunk / style.scale, width / style.scale, dpi, layout="none"
    )
    across, down = picture.get_size_inches()
    scale = float(min(across / width, down / whole))
    axes: Any = picture.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    # The sheet is in the middle, at the top.
    axes.set_xlim(width / 2 - across / scale / 2, width / 2 + across / scale / 2)
    axes.set_ylim(whole - down / scale, whole)
    made = Sheet(picture, axes, min(scale, 1.6), style)
    if title:
        most = max(12, int(width / (0.56 * style.text / 72)))
        made.text(width / 2, whole - above / 2, drawn(title, most), style.text)
    return made


def mark(paper: Sheet, x: float, y: float, status: str, size: float) -> None:
    """Draw the mark of a status: a colour, and a sign for those to whom colours look alike."""
    points = 2 * 72 * size * paper.scale
    axes = paper.axes
    colour = STATUS[status]
    axes.plot([x], [y], "o", color=colour, markersize=points, markeredgewidth=0, zorder=6)
    if status == "undecided":
        white = {"color": "white", "weight": "bold", "zorder": 7}
        paper.text(x, y, "?", 0.75 * points / paper.scale, **white)
        return
    path = _CHECK if status == "proved" else _CROSS
    axes.plot(
        [x],
        [y],
        marker=path,
        color="none",
        markersize=0.55 * points,
        markeredgecolor="white",
        markeredgewidth=0.14 * points,
        markerfacecolor="none",
        zorder=7,
    )
