"""One curve of rest states, followed by its arc length [Keller 1977; Allgower and Georg 1990]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hamsim.equilibria.continuation.correct import Lost, at_value, corrected, tangent
from hamsim.equilibria.continuation.equations import Direction, Equations, Place
from hamsim.equilibria.continuation.locate import specials
from hamsim.equilibria.continuation.points import Point, point_at
from hamsim.equilibria.continuation.unstable import growth

__all__ = ["Curve", "Steps", "follow"]

# The next step is longer after so many steps of Newton's method, and shorter after so many more.
EASY, HARD = 3, 6
GROWS, SHRINKS = 1.4, 0.5
# Cosine of the angle by which the direction may change in a step.
STRAIGHT = 0.94
# Part of a step that is taken where its end would be a special point itself.
ASIDE = 0.83
# Points at one value of the parameter after which that is seen to be a line of rest states.
UPRIGHT = 20
# A curve has closed if it passes its first point this close, in lengths of the step.
PASSES = 0.2


@dataclass(frozen=True)
class Steps:
    """How long the steps along a curve are, in the scale of lengths.

    Parameters
    ----------
    first, least, most : float
    points : int
        Of one curve, at most.
    """

    first: float = 0.005
    least: float = 1e-7
    most: float = 0.02
    points: int = 2000


class Curve(NamedTuple):
    """A curve that was followed.

    Parameters
    ----------
    points : list of Point
    end : str
        Why it ends: "bound", "closed", "line", "points", "lost", "met" or "stopped".
    """

    points: list[Point]
    end: str


def follow(
    equations: Equations,
    first: Point,
    steps: Steps,
    met: Callable[[Point], bool] | None,
    go_on: Callable[[Point], bool],
) -> Curve:
    """Follow a curve until it leaves the range of the parameter, or closes.

    Parameters
    ----------
    equations : Equations
    first : Point
        With the direction in which to go.
    steps : Steps
    met : callable or None
        Whether a branch point ends the curve, as it is known already. With None nobody looks for
        special points.
    go_on : callable
        Whether to go on from a point.
    """
    points, h, upright = [first], steps.first, 0
    while len(points) < steps.points:
        a = points[-1]
        if not go_on(a):
            return Curve(points, "stopped")
        try:
            b, h, bound = _step(equations, a, h, steps)
            between = [] if met is None else specials(equations, a, b)
        except Lost:
            return Curve(points, "lost")
        for point in between:
            points.append(point)
            if met is not None and point.kind == "branch" and met(point):
                return Curve(points, "met")
        if len(points) > 3 and _closes(equations, first, a, b):
            points.append(first)
            return Curve(points, "closed")
        points.append(b)
        if bound:
            return Curve(points, "bound")
        upright = upright + 1 if b.upright(equations) else 0
        if upright == UPRIGHT:
            return Curve(points, "line")
    return Curve(points[: steps.points], "points")


def _step(equations: Equations, a: Point, h: float, steps: Steps) -> tuple[Point, float, bool]:
    """The next point, the length of the step after it, and whether it lies at a bound.

    Raises
    ------
    Lost
    """
    tried = False
    while h >= steps.least:
        guess = equations.moved(a.place, a.along, h)
        try:
            found = corrected(equations, guess, a.along)
            if equations.length(equations.between(guess, found.place)) > 0.5 * h:
                raise Lost
            if not equations.low <= found.place.p <= equations.high:
                return _at_bound(equations, a, found.place), h, True
            chord = equations.unit(equations.between(a.place, found.place))
            along = tangent(equations, found.place, chord)
            bend = min(equations.dot(along, a.along), equations.dot(chord, a.along))
            if bend < STRAIGHT and h > 1e3 * steps.least:
                raise Lost
        except Lost:
            h *= SHRINKS
            continue
        b = Point(found.place, along, growth(equations, found.place))
        if b.growth.neutral and not a.growth.neutral and not tried:
            tried = True  # it lies where an eigenvalue is 0: sooner one sees from where it came
            h *= ASIDE
            continue
        factor = GROWS if found.steps <= EASY else SHRINKS if found.steps >= HARD else 1.0
        return b, min(h * factor, steps.most), False
    return _around(equations, a, steps), steps.first, False


def _at_bound(equations: Equations, a: Point, beyond: Place) -> Point:
    """The point where a curve leaves the range, between a point inside and a place outside.

    Raises
    ------
    Lost
    """
    bound = equations.high if beyond.p > equations.high else equations.low
    part = (bound - a.place.p) / (beyond.p - a.place.p)
    guess = equations.moved(a.place, equations.between(a.place, beyond), part)
    found = at_value(equations, guess, bound)
    chord = equations.between(a.place, found.place)
    if equations.length(chord) == 0.0:  # it was there already
        raise Lost
    return point_at(equations, found.place, chord)


def _around(equations: Equations, a: Point, steps: Steps) -> Point:
    """The first point of a curve beyond a kink at which it turns back.

    No plane across the old direction meets the curve beyond. The new direction is that of the
    equations on the other side of the kink, where the neurons that have it go on as they went.

    Raises
    ------
    Lost
    """
    before = equations.slopes(a.place)
    for h in (10.0 * steps.least, 100.0 * steps.least, 1e3 * steps.least, 1e4 * steps.least):
        beyond = equations.moved(a.place, a.along, h)
        after = equations.slopes(beyond)
        bent = np.abs(after - before) > 1e-3 * (np.abs(after) + np.abs(before))
        if not np.any(bent):
            continue
        along = _any_tangent(equations, beyond, a.along)
        if float(np.sum(along.x[bent] * a.along.x[bent])) < 0.0:
            along = along.times(-1.0)
        guess = equations.moved(beyond, along, h)
        found = corrected(equations, guess, along)
        way = equations.between(a.place, found.place)
        if equations.dot(way, along) > 0.0 and equations.length(way) < 100.0 * h:
            return point_at(equations, found.place, along)
    raise Lost


def _any_tangent(equations: Equations, place: Place, along: Direction) -> Direction:
    """Direction of the curve, which may be at right angles to another.

    Raises
    ------
    Lost
    """
    try:
        return tangent(equations, place, along)
    except Lost:
        return tangent(equations, place, Direction(along.x, -along.p))


def _closes(equations: Equations, first: Point, a: Point, b: Point) -> bool:
    """Whether a curve passes its first point between two others, in the same direction."""
    chord = equations.between(a.place, b.place)
    h = equations.length(chord)
    way = equations.between(a.place, first.place)
    part = equations.dot(way, chord) / h**2
    beside = Direction(way.x - part * chord.x, way.p - part * chord.p)
    same = equations.dot(first.along, chord) > 0.5 * h
    return bool(same and 0.0 < part <= 1.0 and equations.length(beside) < PASSES * h)
