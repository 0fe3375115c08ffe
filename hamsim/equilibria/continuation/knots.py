"""Where curves cross: in which directions they leave, and how a new one is begun."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hamsim.arrays import Floats
from hamsim.equilibria.continuation.correct import Lost, corrected
from hamsim.equilibria.continuation.equations import Direction, Equations, Full, Place
from hamsim.equilibria.continuation.points import Point, point_at
from hamsim.equilibria.continuation.singular import Crossing, second

__all__ = ["Knot", "knot_at", "launched", "same_place"]

# Lengths of the first step of a new curve that are tried.
FIRST = (5e-3, 2e-2, 1.5e-3, 5e-4)
# Cosines: of a first step with the direction of the new curve, and of directions that are one.
ALIKE, SAME = 0.8, 0.9
# A curve whose direction has so small a part in the parameter stands upright.
UPRIGHT = 1e-3


@dataclass(eq=False)
class Knot:
    """A point where curves cross.

    Parameters
    ----------
    point : Point
    form : {"pitchfork", "transcritical", "branch"}
    waiting : list of Direction
        Directions of curves that nobody has followed yet.
    """

    point: Point
    form: str
    waiting: list[Direction] = field(default_factory=list)

    def arrived(self, equations: Equations, direction: Direction) -> None:
        """Note that a curve that leaves in a direction has been followed, from its other end."""
        near = [equations.dot(each, direction) for each in self.waiting]
        if near and max(near) > SAME:
            del self.waiting[int(np.argmax(near))]


def knot_at(equations: Equations, point: Point) -> Knot:
    """A branch point that a curve has passed, with the directions of all others that leave it."""
    if point.crossing is None:
        lines = _kernel(equations, point)
        return Knot(point, "branch", [way.times(s) for way in lines for s in (1.0, -1.0)])
    lines = _lines(equations, point.crossing)
    if not lines:
        other = _beside(equations, point.crossing, point.along)
        return Knot(point, "branch", [other, other.times(-1.0)])
    passed = [abs(equations.dot(each, point.along)) for each in lines]
    own, other = lines if passed[0] >= passed[1] else lines[::-1]
    upright = min(abs(own.p), abs(other.p)) < UPRIGHT * equations.width
    form = "pitchfork" if upright else "transcritical"
    return Knot(point, form, [other, other.times(-1.0)])


def _lines(equations: Equations, crossing: Crossing) -> list[Direction]:
    """The two directions in which curves cross: those in which F bends only within its range.

    With q = a f1 + b f2 in the plane that the derivatives of F map to 0 and the row v that maps
    these to 0, v F''[q, q] = 0 [Allgower and Georg 1990, eq. 8.1.13]. Empty if there are none.
    """
    c = np.array(
        [
            [second(equations, crossing.place, one, two, crossing.left) for two in crossing.plane]
            for one in crossing.plane
        ]
    )
    c = 0.5 * (c + c.T)
    values, vectors = np.linalg.eigh(c)
    size = float(np.max(np.abs(values)))
    if not size > 0.0 or not values[0] < 0.0 < values[1]:
        return []
    if min(-values[0], values[1]) < 1e-7 * size:
        return []
    parts = np.sqrt(values[1]), np.sqrt(-values[0])
    found = []
    for sign in (1.0, -1.0):
        a, b = parts[0] * vectors[:, 0] + sign * parts[1] * vectors[:, 1]
        one, two = crossing.plane
        way = Direction(a * one.x + b * two.x, float(a * one.p + b * two.p))
        found.append(equations.unit(way))
    return found


def _beside(equations: Equations, crossing: Crossing, along: Direction) -> Direction:
    """The direction of the plane of a crossing that is orthogonal to a curve."""
    one, two = crossing.plane
    a, b = equations.dot(two, along), -equations.dot(one, along)
    return equations.unit(Direction(a * one.x + b * two.x, float(a * one.p + b * two.p)))


def _kernel(equations: Equations, point: Point) -> list[Direction]:
    """Directions in which several eigenvalues are 0 together, one for each.

    The first belongs to the neuron that takes part most, as far as it can: where neurons stand on
    a ring, a pattern with its middle at a neuron. Of two the second is half way to that of a
    neighbour, a pattern with its middle between neurons; of more they are orthogonal.
    """
    n, m = point.place.x.size, point.multiplicity
    jacobian = equations.jacobian(point.place)
    if not isinstance(jacobian, Full):
        return []
    _, _, rows = np.linalg.svd(jacobian.matrix)
    kernel: Floats = rows[n - m :]
    found: list[Direction] = []
    for _ in range(m):
        share = np.sum(kernel**2, axis=0)
        # The first of those that are alike but for rounding.
        neuron = int(np.flatnonzero(share >= (1.0 - 1e-6) * share.max())[0])
        way = kernel[:, neuron] @ kernel
        way = way / np.linalg.norm(way)
        if m == 2 and not found:
            other = _between_neurons(kernel, way)
            if other is not None:
                return [equations.unit(Direction(each, 0.0)) for each in (way, other)]
        found.append(equations.unit(Direction(way, 0.0)))
        kernel = kernel - np.outer(kernel @ way, way)
    return found


def _between_neurons(kernel: Floats, way: Floats) -> Floats | None:
    """Half way from one pattern to the most alike of other neurons; None if there is none."""
    patterns = kernel.T @ kernel
    sizes = np.linalg.norm(patterns, axis=1)
    patterns = patterns[sizes > 1e-6 * sizes.max()]
    patterns /= np.linalg.norm(patterns, axis=1)[:, None]
    alike = patterns @ way
    alike[alike > 1.0 - 1e-9] = -1.0
    nearest = int(np.argmax(alike))
    if not 0.0 < alike[nearest]:
        return None
    half: Floats = way + patterns[nearest]
    half /= np.linalg.norm(half)
    return half


def launched(equations: Equations, knot: Knot, direction: Direction) -> Point | None:
    """The second point of a curve that leaves a branch point; None if none was found."""
    place, along = knot.point.place, knot.point.along
    for h in FIRST:
        guess = equations.moved(place, direction, h)
        if not equations.low <= guess.p <= equations.high:
            continue
        try:
            found = corrected(equations, guess, direction).place
            way = equations.between(place, found)
            length = equations.length(way)
            if not 0.5 * h < length < 2.0 * h:
                continue
            unit = way.times(1.0 / length)
            # It must not have come back to the curve that is known.
            own = abs(equations.dot(unit, along)) > max(0.98, abs(equations.dot(direction, along)))
            if equations.dot(unit, direction) < ALIKE or own:
                continue
            if equations.low <= found.p <= equations.high:
                return point_at(equations, found, unit)
        except Lost:
            continue
    return None


def same_place(equations: Equations, a: Place, b: Place, near: float = 1e-6) -> bool:
    """Whether two places are one."""
    return equations.length(equations.between(a, b)) < near
