"""A sheet on which things lie in inches, fitted into whatever size a picture is to have."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.path import Path

from hamsim.plotting.style import LITERAL, SIZES, STATUS, Picture, Style, drawn
from hamsim.plotting.style.words import width as width_of

__all__ = ["Key", "Sheet", "mark", "sheet"]

TITLE_LINES = 3
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


class Key:
    """Marks and what they mean, in columns at the bottom of a sheet.

    Parameters
    ----------
    entries : sequence of (artist, str)
    style : Style
    least : float
        Inches across that there are at least.
    """

    def __init__(self, entries: Sequence[tuple[Any, str]], style: Style, least: float) -> None:
        self.entries, self.style = entries, style
        size = style.small / 72
        wide = [width_of(words, style.small) + 4.5 * size for _, words in entries]
        self.across = max(least, 24 * size, *wide)
        self.columns = max(1, int(self.across / max(wide, default=1.0)))
        self.height = (-(-len(entries) // self.columns) * 1.5 + 0.6) * size if entries else 0.0

    def draw(self, paper: Sheet) -> None:
        """Write it below all that is drawn."""
        if not self.entries:
            return
        handles, words = zip(*self.entries, strict=True)
        paper.axes.legend(
            handles,
            words,
            loc="lower center",
            bbox_to_anchor=(self.across / 2, 0.0),
            bbox_transform=paper.axes.transData,
            ncols=min(self.columns, len(words)),
            fontsize=self.style.small * paper.scale,
            borderaxespad=0.3,
            handlelength=1.6,
            columnspacing=1.2,
        )


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
    lines = _broken(title, width, style) if title else []
    above = (0.8 + 1.4 * len(lines)) * style.text / 72 if lines else 0.0
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
    if lines:
        made.text(width / 2, whole - above / 2, "\n".join(lines), style.text)
    return made


def _broken(title: str, width: float, style: Style) -> list[str]:
    """A title in as many lines as it needs, or as there may be."""
    most = max(12, int(width / width_of("0", style.text)))
    return textwrap.wrap(drawn(title, TITLE_LINES * most), most)[:TITLE_LINES]


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
