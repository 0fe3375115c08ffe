"""A point of a curve of rest states, with all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hamsim.equilibria.continuation.correct import corrected, tangent
from hamsim.equilibria.continuation.equations import Direction, Equations, Place
from hamsim.equilibria.continuation.singular import Crossing
from hamsim.equilibria.continuation.unstable import Growth, growth

__all__ = ["Kind", "Point", "middle", "point_at"]

# A direction has no part in the parameter if it is this small in the scale of lengths.
UPRIGHT = 1e-10

Kind = Literal["", "fold", "branch", "hopf", "kink", "singular"]


@dataclass(frozen=True, eq=False)
class Point:
    """A rest state on a curve.

    Parameters
    ----------
    place : Place
    along : Direction
        Of the curve, of length 1, as the curve is followed.
    growth : Growth
        At a special point that of its neighbour with fewer unstable directions.
    kind : str
        What is special of it; empty if nothing is.
    crossing : Crossing, optional
        Of a branch point.
    frequency : float
        Of a Hopf point, in radians per unit of time.
    multiplicity : int
        Eigenvalues, or pairs of them, that are 0 together.
    """

    place: Place
    along: Direction
    growth: Growth
    kind: Kind = ""
    crossing: Crossing | None = None
    frequency: float = 0.0
    multiplicity: int = 1

    def turns(self, other: Point, equations: Equations) -> bool:
        """Whether the parameter rises here and falls at another point, or the other way round.

        On an upright line it does neither: rounding says what it likes.
        """
        least = min(abs(self.along.p), abs(other.along.p))
        return self.along.p * other.along.p < 0.0 and least > UPRIGHT * equations.width

    def upright(self, equations: Equations) -> bool:
        """Whether the parameter stays as it is."""
        return abs(self.along.p) <= UPRIGHT * equations.width


def point_at(equations: Equations, place: Place, along: Direction) -> Point:
    """All about a rest state, with the direction of the curve on the side of another.

    Raises
    ------
    Lost
    """
    return Point(place, tangent(equations, place, along), growth(equations, place))


def middle(equations: Equations, a: Point, b: Point, part: float = 0.5) -> Point:
    """The point of the curve at a part of the way between two others.

    Raises
    ------
    Lost
    """
    chord = equations.unit(equations.between(a.place, b.place))
    guess = equations.moved(a.place, equations.between(a.place, b.place), part)
    return point_at(equations, corrected(equations, guess, chord).place, chord)
