"""All curves of rest states that hang together with those that begin somewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hamsim.equilibria.continuation.equations import Direction, Equations
from hamsim.equilibria.continuation.follow import Curve, Steps, follow
from hamsim.equilibria.continuation.knots import Knot, knot_at, launched, same_place
from hamsim.equilibria.continuation.locate import crossing_at
from hamsim.equilibria.continuation.points import Point

__all__ = ["Diagram"]


class Diagram:
    """Curves, and the points where they cross.

    Parameters
    ----------
    equations : Equations
    steps : Steps
    switch : bool
        Whether curves that cross are followed too.
    most : int
        Curves.
    go_on : callable
        Asked at each point.
    """

    def __init__(
        self,
        equations: Equations,
        steps: Steps,
        switch: bool,
        most: int,
        go_on: Callable[[Point], bool],
    ) -> None:
        self._equations, self._steps, self._switch, self._most = equations, steps, switch, most
        self._go_on = go_on
        self._stopped = False
        self.curves: list[Curve] = []
        self.knots: list[Knot] = []

    @property
    def complete(self) -> bool:
        """Whether no curve is left that was found and not followed to its end."""
        cut = any(curve.end in ("points", "stopped") for curve in self.curves)
        left = self._switch and any(knot.waiting for knot in self.knots)
        return not (self._stopped or cut or left)

    def known(self, point: Point) -> bool:
        """Whether a curve that was followed ends at a point, or begins there."""
        ends = [end for curve in self.curves for end in (curve.points[0], curve.points[-1])]
        return any(same_place(self._equations, point.place, end.place) for end in ends)

    def trace(self, point: Point, both_ways: bool) -> None:
        """Follow a curve from a point, and all that cross it.

        Parameters
        ----------
        point : Point
        both_ways : bool
            Whether the curve goes on to both sides of it.
        """
        curve, begin = self._followed([], point), 0
        if both_ways and curve.end not in ("closed", "stopped"):
            back = self._followed([], _turned(point))
            points = [*map(_turned, reversed(back.points)), *curve.points[1:]]
            curve = Curve(points, curve.end if curve.end != "bound" else back.end)
            begin = len(back.points) - 1
        self._look_at(curve, 0, begin, -1)
        self.curves.append(curve)
        while self._switch and not self._stopped and len(self.curves) < self._most:
            knot = next((knot for knot in self.knots if knot.waiting), None)
            if knot is None:
                return
            self._leave(knot, knot.waiting.pop(0))

    def _leave(self, knot: Knot, direction: Direction) -> None:
        """Follow a curve away from the point where it crosses another."""
        second = launched(self._equations, knot, direction)
        if second is not None:
            first = replace(knot.point, along=direction)
            curve = self._followed([first], second)
            self._look_at(curve, -1)
            self.curves.append(curve)

    def _look_at(self, curve: Curve, *places: int) -> None:
        """Note branch points at which a curve begins or ends: nobody has passed them."""
        points = curve.points
        for k in places:
            if len(points) < 2 or (k == -1 and curve.end != "bound"):
                continue
            beside = points[k - 1] if k else points[1]
            found = crossing_at(self._equations, points[k], beside)
            if found is not None:
                points[k] = found
                self._met(found)

    def _followed(self, before: list[Point], first: Point) -> Curve:
        curve = follow(self._equations, first, self._steps, self._met, self._go_on)
        self._stopped = self._stopped or curve.end == "stopped"
        return Curve([*before, *curve.points], curve.end)

    def _met(self, point: Point) -> bool:
        """Note a branch point that a curve comes to; whether it was known."""
        for knot in self.knots:
            if same_place(self._equations, knot.point.place, point.place, 1e-5):
                knot.arrived(self._equations, point.along.times(-1.0))
                return True
        self.knots.append(knot_at(self._equations, point))
        return False


def _turned(point: Point) -> Point:
    """A point of the curve that is followed the other way."""
    return replace(point, along=point.along.times(-1.0))
