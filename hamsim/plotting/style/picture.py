"""A picture: a figure of matplotlib that is saved, described, and seen in a notebook."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from hamsim.errors import HamsimError, PlotError, printable
from hamsim.fileformats import PICTURES
from hamsim.paths import quoted, replacing
from hamsim.plotting.style.styles import STYLES, Size, Style, dots_of

__all__ = ["Picture", "save_figure"]

MOST_PIXELS = 2**28
MOST_ALONG = 2**16 - 1  # in one direction, which is as many as there can be
_PER_INCH = 96  # dots of a page in a browser
MAX_SUBJECT = 2000  # letters of a description in a file


class Picture(Figure):
    """What a draw function returns: a `matplotlib.figure.Figure` that knows what it shows.

    It shows itself where it is the last line of a notebook's cell.

    Parameters
    ----------
    style : Style
    size : {"column", "page"}, (float, float) or None
        As its user asks for it.
    height, width : float
        In inches, what suits the content at the scale of a screen, where nobody asks.
    dpi : float, optional
        Dots an inch; the style's if nothing is said.
    **options
        For `matplotlib.figure.Figure`.

    Attributes
    ----------
    description : str
        For those who cannot see: what is drawn, of what, from where to where.
    left_out : tuple of str
        Sentences on what is not drawn, or averaged.
    """

    def __init__(
        self,
        style: Style = STYLES["screen"],
        size: Size = None,
        height: float = 5.0,
        width: float | None = None,
        dpi: float | None = None,
        **options: Any,
    ) -> None:
        self.style = style
        self.description = ""
        self.left_out: tuple[str, ...] = ()
        sides = style.size(size, height, width)
        super().__init__(figsize=sides, dpi=dots_of(dpi, style), **options)

    def describe(self, text: str, left_out: Iterable[str] = ()) -> None:
        """Say what is drawn, and what is not."""
        self.description, self.left_out = printable(text), tuple(left_out)

    def save(self, path: str | os.PathLike[str], dpi: float | None = None) -> None:
        """Write it as PNG, SVG or PDF, by the ending of the name; the same bytes each time.

        Parameters
        ----------
        path : path
        dpi : float, optional
            Dots an inch, of a PNG and of maps in the others.

        Raises
        ------
        PlotError
            Another ending, too many dots, or the file cannot be written.
        """
        save_figure(self, path, dpi)

    def rendered(self, ending: str = ".png", dpi: float | None = None) -> bytes:
        """Content of a file with that ending."""
        stream = io.BytesIO()
        _write(self, stream, ending, dpi)
        return stream.getvalue()

    def draw(self, renderer: Any) -> None:
        """Draw in the picture's own style, whatever matplotlib's settings are by then."""
        with self.style.applied():
            super().draw(renderer)

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        width, height = (round(_PER_INCH * side) for side in self.get_size_inches())
        facts = {"alt": self.description, "width": width, "height": height}
        return self.rendered(), facts

    def __repr__(self) -> str:
        return f"<Picture: {self.description or 'not described'}>"


def save_figure(figure: Figure, path: str | os.PathLike[str], dpi: float | None = None) -> None:
    """Write a figure as PNG, SVG or PDF, by the ending of the name."""
    try:
        ending = os.path.splitext(os.fsdecode(path))[1].lower()
    except TypeError:
        raise PlotError(f"the name of a picture must be text, not {type(path).__name__}") from None
    place = Path(os.fsdecode(path))
    if ending not in PICTURES:
        raise PlotError(f"cannot draw {quoted(place)}; allowed endings are {', '.join(PICTURES)}")
    try:
        with replacing(place) as stream:
            _write(figure, stream, ending, dpi)
    except PlotError:
        raise
    except HamsimError as error:
        raise PlotError(str(error)) from None


def _write(figure: Figure, stream: Any, ending: str, dpi: float | None) -> None:
    style = figure.style if isinstance(figure, Picture) else STYLES["screen"]
    dots = figure.get_dpi() if dpi is None and isinstance(figure, Picture) else dots_of(dpi, style)
    if ending == ".png":
        _refuse_huge(figure, dots)
    said = figure.description if isinstance(figure, Picture) else ""
    with style.applied():
        figure.savefig(
            stream,
            format=ending[1:],
            dpi=dots,
            backend=PICTURES[ending],
            metadata=_facts(ending, said[:MAX_SUBJECT]),
        )


def _refuse_huge(figure: Figure, dots: float) -> None:
    across, down = (int(side * dots) for side in figure.get_size_inches())
    if max(across, down) > MOST_ALONG or across * down > MOST_PIXELS:
        raise PlotError(
            f"a picture of {across:,} x {down:,} dots is too large; choose a smaller size or dpi"
        )


def _facts(ending: str, said: str) -> dict[str, Any]:
    """What a file says of itself: no date, so that it is the same each time."""
    if ending == ".pdf":
        return {"CreationDate": None, **({"Subject": said} if said else {})}
    known = {"Description": said} if said else {}
    return {**known, **({"Date": None} if ending == ".svg" else {"Software": "hamsim"})}
