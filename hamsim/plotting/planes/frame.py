"""What pictures of planes share: their options, their axes, and what stands around them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypedDict

from hamsim.arrays import Floats
from hamsim.plotting.style import LITERAL, Picture, legend
from hamsim.plotting.style.making import new_picture

__all__ = ["Looks", "framed", "name_below"]


class Looks(TypedDict, total=False):
    """Options of a picture of a plane: those of all pictures, and what is left out of it.

    Parameters
    ----------
    size, dpi, style, title, out
        As of all pictures.
    left_out : sequence of str
        What is not drawn of the trajectories.
    """

    size: Any
    dpi: float | None
    style: str
    title: str | None
    out: str | os.PathLike[str] | None
    left_out: Sequence[str]


@contextmanager
def framed(
    sides: tuple[float, float],
    names: tuple[str, str],
    ends: tuple[Floats, Floats],
    looks: Looks,
) -> Iterator[tuple[Picture, Any]]:
    """Draw a plane; a picture is saved when all of it is drawn.

    Parameters
    ----------
    sides : (float, float)
        Height and width in inches, on a screen.
    names : (str, str)
        What stands along the axes.
    ends : (ndarray, ndarray)
        Coordinates along both, ascending.
    looks : Looks
    """
    size, dpi, style = looks.get("size"), looks.get("dpi"), looks.get("style", "screen")
    with new_picture(*sides, size, dpi, style) as picture:
        axes: Any = picture.subplots()
        axes.set_xlabel(names[0], **LITERAL)
        axes.set_ylabel(names[1], **LITERAL)
        axes.set_xlim(ends[0][0], ends[0][-1])
        axes.set_ylim(ends[1][0], ends[1][-1])
        yield picture, axes
    out = looks.get("out")
    if out is not None:
        picture.save(out)


def name_below(picture: Picture, handles: Sequence[Any], names: Sequence[str], most: int) -> None:
    """Name marks and lines below the plane, so that they hide nothing."""
    if names:
        place = {"loc": "outside lower center", "ncols": min(len(names), most)}
        legend(picture, handles, names, **place)
