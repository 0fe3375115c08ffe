"""The plan of a sweep: a network, axes, and what is asked of each run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from hamsim.scale.plan.axes import Axis
from hamsim.scale.plan.points import Job, Point
from hamsim.scale.plan.source import Source

__all__ = ["Plan"]


@dataclass(frozen=True, eq=False)
class Plan:
    """All that is known of a sweep before it runs.

    Parameters
    ----------
    source : Source
        What is compiled.
    axes : tuple of Axis
        Those over runs first. Without any there is one point.
    keep : tuple of str or callable
        What is kept of each run, beside how it ended.
    arguments : mapping of str to value
        Of `hamsim.simulate`, the same for all runs.
    """

    source: Source
    axes: tuple[Axis, ...]
    keep: tuple[str | Callable[..., Any], ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many places each axis has."""
        return tuple(len(axis) for axis in self.axes)

    def __len__(self) -> int:
        return math.prod(self.shape)

    def point(self, number: int) -> Point:
        """The point of a number."""
        place: list[int] = []
        rest = number
        for length in reversed(self.shape):
            rest, at = divmod(rest, length)
            place.append(at)
        place.reverse()
        values: dict[str, Any] = {}
        for axis, at in zip(self.axes, place, strict=True):
            values.update(zip(axis.names, axis.values[at], strict=True))
        return Point(number, tuple(place), values)

    def points(self) -> Iterator[Point]:
        """All points by number."""
        return map(self.point, range(len(self)))

    def jobs(self, missing: Iterable[int] | None = None) -> Iterator[Job]:
        """Jobs of all points, or of those with these numbers, which rise."""
        numbers = range(len(self)) if missing is None else missing
        shared = math.prod(len(axis) for axis in self.axes if axis.kind == "trials")
        for _, together in groupby(numbers, lambda number: number // shared):
            points = tuple(map(self.point, together))
            yield Job(points, self.overrides(points[0]))

    def overrides(self, point: Point) -> dict[str, Any]:
        """What is changed for a point along axes over runs."""
        names = [name for axis in self.axes if axis.kind == "runs" for name in axis.names]
        return {name: point.values[name] for name in names}
