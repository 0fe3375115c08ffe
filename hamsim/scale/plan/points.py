"""Points of the product of axes, and jobs: points that share one compiled network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Job", "Point"]


@dataclass(frozen=True, eq=False)
class Point:
    """One run that is wanted.

    Parameters
    ----------
    number : int
        Counted along the axes, the last one fastest.
    place : tuple of int
        Where it is along each axis.
    values : dict of str to value
        What is changed for it, by name.
    """

    number: int
    place: tuple[int, ...]
    values: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Job:
    """Points that share one compiled network; whoever does a job compiles once.

    Parameters
    ----------
    points : tuple of Point
        By number.
    overrides : dict of str to value
        What is changed for all of them, along axes over runs.
    """

    points: tuple[Point, ...]
    overrides: dict[str, Any]
