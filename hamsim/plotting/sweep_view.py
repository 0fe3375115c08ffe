"""What a picture of a sweep shows of it: which number, against which axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hamsim.errors import HamsimError, did_you_mean
from hamsim.scale.results.labels import Coordinate
from hamsim.scale.results.pooled import numbers_kept
from hamsim.scale.results.results import KNOWN, SweepResults

__all__ = ["MAX_LINES", "View", "view_of"]

MAX_LINES = 10  # values of a second axis that are lines; of more, a map is drawn
# What is shown where nobody names anything, the first that was kept.
_FIRST = ("energy", "residual", "time")


@dataclass(frozen=True, eq=False)
class View:
    """What is shown.

    Parameters
    ----------
    show : str
        Name of the number.
    x : Coordinate
    y : Coordinate or None
        Of a map, or of points in a plane; None where curves are drawn.
    lines : Coordinate or None
        For each of its values there is a curve.
    """

    show: str
    x: Coordinate
    y: Coordinate | None = None
    lines: Coordinate | None = None

    @property
    def dims(self) -> tuple[str, ...]:
        """Axes of the sweep that are seen; others are pooled."""
        seen = [each.dim for each in (self.lines or self.y, self.x) if each is not None]
        return tuple(dict.fromkeys(seen))


def view_of(
    results: SweepResults, show: str | None = None, against: str | Sequence[str] | None = None
) -> View:
    """Choose what is shown, where it is not said.

    Parameters
    ----------
    results : SweepResults
    show : str, optional
        A kept number; else the energy, or the first number that was kept.
    against : str or sequence of str, optional
        One or two coordinates; else the longest axes, but for seeds and states.

    Raises
    ------
    HamsimError
        There is no such number, or no such coordinate.
    """
    number = _number(results, show)
    if not results.coordinates:
        raise HamsimError("the sweep has no axis, so there is nothing to draw")
    names = [against] if isinstance(against, str) else list(against or ())
    if len(names) > 2:
        raise HamsimError(f"{len(names)} axes do not fit; a picture has at most two")
    if not names:
        return _chosen(results, number)
    found = [_named(results, name) for name in names]
    if len(found) == 1:
        return View(number, found[0], lines=_second(results, found[0]))
    x, y = found
    if x.dim != y.dim and len(y.values) <= MAX_LINES and not (y.is_number and len(y.values) > 5):
        return View(number, x, lines=y)
    return View(number, x, y)


def _number(results: SweepResults, show: str | None) -> str:
    kept = numbers_kept(results)
    if show is not None:
        if show not in kept:
            hint = did_you_mean(show, kept, "there are")
            raise HamsimError(f"'{show}' is not one number a run; {hint}")
        return show
    first = [name for name in _FIRST if name in kept]
    others = [name for name in kept if name not in KNOWN]
    return (first or others or ["seconds"])[0]


def _named(results: SweepResults, name: str) -> Coordinate:
    for each in results.coordinates:
        if name in (each.name, each.dim):
            return each
    names = [each.name for each in results.coordinates]
    raise HamsimError(f"'{name}' is no axis of the sweep; {did_you_mean(name, names, 'there are')}")


def _chosen(results: SweepResults, number: str) -> View:
    """Axes that say most: long ones of numbers before others."""
    axes = _axes(results)
    if not axes:
        return View(number, results.coordinates[0])
    first = axes[0]
    beside = [
        each
        for each in results.coordinates
        if each.dim == first.dim and each.is_number and each is not first
    ]
    if beside and not _in_order(first):  # a sample of a plane, or of more
        return View(number, first, beside[0])
    if len(axes) == 1:
        return View(number, first)
    second = axes[1]
    if len(second.values) > MAX_LINES:
        return View(number, first, second)
    return View(number, first, lines=second)


def _axes(results: SweepResults) -> list[Coordinate]:
    """The first coordinate of each axis that does not only count, the longest ones first."""
    found: dict[str, Coordinate] = {}
    for each in results.coordinates:
        if not each.counted:
            found.setdefault(each.dim, each)
    return sorted(found.values(), key=lambda each: (not each.is_number, -len(each.values)))


def _second(results: SweepResults, first: Coordinate) -> Coordinate | None:
    """An axis whose values are lines beside the first."""
    for each in _axes(results):
        if each.dim != first.dim and len(each.values) <= MAX_LINES:
            return each
    return None


def _in_order(coordinate: Coordinate) -> bool:
    """Whether values only rise, or only fall."""
    steps = np.diff(coordinate.values) if coordinate.is_number else np.zeros(0)
    return bool((steps > 0).all() or (steps < 0).all())
