"""Text of a user in pictures: drawn as it is, on one line, and not longer than there is room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hamsim.errors import PlotError, given, printable, shortened

__all__ = ["LITERAL", "drawn", "legend", "title_of"]

# For matplotlib, to which a dollar begins a formula.
LITERAL: dict[str, Any] = {"parse_math": False}
MAX_LABEL = 40


def drawn(text: str, most: int = 80) -> str:
    """Text of at most so many letters, those that cannot be seen written out."""
    return shortened(printable(shortened(text, 4 * most)), most)


def title_of(title: object) -> str | None:
    """A title as it is given, if it is text.

    Raises
    ------
    PlotError
    """
    if title is None or isinstance(title, str):
        return title
    raise PlotError(f"title is {given(title)}; it must be text")


def legend(place: Any, lines: Sequence[Any], names: Sequence[str], **options: Any) -> None:
    """Name lines as they are called: matplotlib hides labels that begin with an underscore.

    Parameters
    ----------
    place : Axes or Figure
    lines : sequence of artists
    names : sequence of str
    **options
        For matplotlib.
    """
    made = place.legend(lines, [str(k) for k in range(len(names))], frameon=False, **options)
    for text, name in zip(made.get_texts(), names, strict=True):
        text.set_parse_math(False)
        text.set_text(drawn(name, MAX_LABEL))
