"""Special points between two points of a curve.

What tells of one is that the number of unstable directions changes, or the side to which the curve
goes. Both change at a fold; at a point where another curve crosses, one of the two; at a Hopf point
two directions become unstable at once. Halving separates what comes close together.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hamsim.equilibria.continuation.correct import Lost, corrected
from hamsim.equilibria.continuation.equations import Direction, Equations, Place
from hamsim.equilibria.continuation.points import Kind, Point, middle
from hamsim.equilibria.continuation.singular import branch_point, fold, hopf
from hamsim.equilibria.continuation.unstable import growth

__all__ = ["crossing_at", "specials"]

# Of the scale of lengths: points this close are not separated any further.
SHORTEST = 1e-8
# An end of a curve is a branch point that is this close.
HERE = 1e-5
# How far beside the chord of its neighbours a special point may lie, in lengths of that.
BESIDE = 1.5
# A slope of an activation that changes by so much between neighbours jumps.
JUMP = 1e-5
# Where eigenvalues are looked at that are 0 together: lengths along the curve, both ways.
LOOKS = np.array([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0])
WIDTH = 2e-3


def specials(equations: Equations, a: Point, b: Point) -> list[Point]:
    """Points between two others of which some are special, in the order of the curve.

    Eigenvalues that only grow out of what is neutral, or fall into it, have not crossed anything.

    Raises
    ------
    Lost
    """
    one, two = a.growth, b.growth
    if one.index < 0 or two.index < 0:
        crosses = one.index != two.index
    else:
        crosses = two.index > one.index + one.neutral or one.index > two.index + two.neutral
    turns = a.turns(b, equations)
    return _between(equations, a, b) if crosses or turns else []


def _between(equations: Equations, a: Point, b: Point) -> list[Point]:
    """The same, whatever is neutral."""
    change = b.growth.positive - a.growth.positive
    turns = a.turns(b, equations)
    if change == 0 and not turns:
        return []
    kind = _expected(a, b, change, turns)
    if kind:
        found = _refined(equations, a, b, kind)
        if found is not None:
            return [found]
    if equations.length(equations.between(a.place, b.place)) < SHORTEST:
        return [_close(equations, a, b, change, turns)]
    m = middle(equations, a, b)
    left, right = _between(equations, a, m), _between(equations, m, b)
    return [*left, m, *right]


def crossing_at(equations: Equations, point: Point, beside: Point) -> Point | None:
    """The branch point that an end of a curve is; None where no other crosses the curve there.

    Parameters
    ----------
    equations : Equations
    point, beside : Point
        The end, and the point of the curve next to it.
    """
    many = point.growth.neutral
    if point.kind or many <= beside.growth.neutral or point.upright(equations):
        return None
    if many > 1:
        return replace(point, kind="branch", multiplicity=many)
    try:
        crossing = branch_point(equations, point.place, point.along)
    except Lost:
        return None
    if equations.length(equations.between(point.place, crossing.place)) > HERE:
        return None
    return replace(point, kind="branch", crossing=crossing)


def _expected(a: Point, b: Point, change: int, turns: bool) -> Kind:
    """What a single special point would be; empty if there must be several."""
    if turns and abs(change) == 1:
        return "fold"
    if (turns and change == 0) or (not turns and abs(change) == 1):
        return "branch"
    if abs(change) == 2 and not turns and _pair(a, b).imag != 0.0:
        return "hopf"
    return ""


def _pair(a: Point, b: Point) -> complex:
    """The complex eigenvalue that becomes stable, or stops to be so, where it is unstable."""
    more = a if a.growth.positive > b.growth.positive else b
    index = more.growth.positive
    return complex(more.growth.values[index - 1]) if 0 < index else 0j


def _refined(equations: Equations, a: Point, b: Point, kind: Kind) -> Point | None:
    """One special point between two others, to rounding; None if there is none of this kind."""
    chord = equations.between(a.place, b.place)
    length = equations.length(chord)
    fewer = a if a.growth.positive < b.growth.positive else b
    guess = equations.moved(a.place, chord, _guessed(a, b, kind))
    along = equations.unit(chord)
    crossing, frequency = None, 0.0
    try:
        if kind == "fold":
            place = fold(equations, guess, along)
        elif kind == "branch":
            crossing = branch_point(equations, guess, along)
            place = crossing.place
        else:
            place, frequency = hopf(equations, guess, abs(_pair(a, b).imag))
    except Lost:
        return None
    way = equations.between(a.place, place)
    part = equations.dot(way, along) / length
    beside = equations.length(Direction(way.x - part * chord.x, way.p - part * chord.p))
    if not -0.02 <= part <= 1.02 or beside > BESIDE * length:
        return None
    return Point(place, along, fewer.growth, kind, crossing, frequency)


def _guessed(a: Point, b: Point, kind: Kind) -> float:
    """Where between two points a test function is 0, were it linear."""
    if kind == "fold":
        first, last = a.along.p, b.along.p
    else:
        index = max(a.growth.positive, b.growth.positive) - 1
        if index < 0 or min(a.growth.values.size, b.growth.values.size) <= index:
            return 0.5
        first, last = (float(each.growth.values[index].real) for each in (a, b))
    if first == last or first * last > 0:
        return 0.5
    return float(np.clip(first / (first - last), 0.02, 0.98))


def _close(equations: Equations, a: Point, b: Point, change: int, turns: bool) -> Point:
    """What is between two points that are as close as can be."""
    fewer = a if a.growth.positive < b.growth.positive else b
    kink = _kink(equations, a, b)
    if kink is not None:
        return Point(kink, a.along, fewer.growth, "kink")
    many = max(1, abs(change))
    near = [float(np.min(np.abs(each.growth.values.real), initial=np.inf)) for each in (a, b)]
    if min(near) > 1e-3:
        return replace(fewer, kind="singular")
    if turns and many % 2:
        return replace(fewer, kind="fold")
    pair = _pair(a, b)
    if pair.imag != 0.0:
        frequency = abs(pair.imag)
        return replace(fewer, kind="hopf", frequency=frequency, multiplicity=many // 2)
    found = replace(fewer, kind="branch", multiplicity=many)
    return _together(equations, found) if many > 1 else found


def _kink(equations: Equations, a: Point, b: Point) -> Place | None:
    """Where a slope of an activation jumps between two close points; None if none does."""
    slopes = [equations.slopes(each.place) for each in (a, b)]
    jump = np.abs(slopes[1] - slopes[0])
    if not np.any(jump > JUMP * (1.0 + np.abs(slopes[0]))):
        return None
    neuron, h = int(np.argmax(jump)), 0.5 * equations.length(equations.between(a.place, b.place))
    for group in equations.field(a.place.p).network.groups:
        if group.start <= neuron < group.stop and group.family.breaks:
            x, y = a.place.x[neuron], b.place.x[neuron]
            for at in group.facts("breaks")[:, neuron - group.start]:
                if x != y and min(x, y) <= at <= max(x, y) and a.along.x[neuron] != 0.0:
                    h = float((at - x) / a.along.x[neuron])
    return equations.moved(a.place, a.along, h)


def _together(equations: Equations, found: Point) -> Point:
    """A point where several eigenvalues are 0, by their mean on both sides.

    Close to it the equations are too ill-conditioned to see where it is; farther away they are
    not, and the mean is a smooth function.
    """
    means = []
    try:
        for look in WIDTH * LOOKS:
            guess = equations.moved(found.place, found.along, look)
            place = corrected(equations, guess, found.along).place
            values = growth(equations, place).values.real
            nearest = np.sort(values[np.argsort(np.abs(values))[: found.multiplicity]])
            means.append(float(nearest.mean()))
        inverse = np.polynomial.Polynomial.fit(means, WIDTH * LOOKS, LOOKS.size - 1)
        at = float(inverse(0.0))
        if not abs(at) < WIDTH:
            return found
        guess = equations.moved(found.place, found.along, at)
        place = corrected(equations, guess, found.along).place
    except (Lost, np.linalg.LinAlgError, ValueError):
        return found
    return replace(found, place=place)
