"""What pictures of results begin and end with: a sheet in a style, and a headline."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hamsim.plotting.style.picture import Picture
from hamsim.plotting.style.styles import styled
from hamsim.plotting.style.texts import LITERAL, drawn

__all__ = ["headline", "new_picture"]

LETTERS = 400  # of a headline


@contextmanager
def new_picture(
    height: float, width: float, size: Any, dpi: float | None, style: str
) -> Iterator[Picture]:
    """Draw within a style on a sheet that suits the content, or as it is asked for.

    Parameters
    ----------
    height, width : float
        In inches, on a screen.
    size, dpi, style
        As of all pictures.
    """
    with styled(style) as look:
        yield Picture(look, size, height, width, dpi, layout="constrained")


def headline(picture: Picture, title: str | None, own: str) -> None:
    """Write the title that is asked for, or else its own where the style has titles."""
    if title is None and not picture.style.titled:
        return
    letters = 2.05 * 72.0 * picture.get_size_inches()[0] / picture.style.text * 0.92
    text = textwrap.fill(drawn(own if title is None else title, LETTERS), max(20, int(letters)))
    picture.suptitle(text, **LITERAL)
