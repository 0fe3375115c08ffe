"""The equations of rest along a parameter p: F(x, p) = W g + I - x = 0, and their derivatives.

A place is a state and a value of the parameter. Lengths between places are measured in one scale:

    |(dx, dp)|^2 = |dx|^2 / X^2 + dp^2 / P^2

with P the range of the parameter and X a size of states.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.equilibria.continuation.family import Family
from hamsim.field.dense import DenseField
from hamsim.field.energy import energies
from hamsim.field.field import Field
from hamsim.field.jacobian import Jacobian

__all__ = ["MOST_FULL", "Direction", "Equations", "Full", "Place"]

# Neurons of which matrices may be full.
MOST_FULL = 500

# Width of differences by the parameter, as a part of its range: of order 4, and of order 2.
FINE, COARSE = 2e-3, 1e-5
# Fields of values of the parameter that are kept.
KEPT = 8


class Place(NamedTuple):
    """A state and a value of the parameter."""

    x: Floats
    p: float


class Direction(NamedTuple):
    """A change of both."""

    x: Floats
    p: float

    def times(self, factor: float) -> Direction:
        """So many times as long."""
        return Direction(factor * self.x, factor * self.p)


class Full:
    """J of few neurons, as an array.

    Parameters
    ----------
    matrix : ndarray, shape (n, n)
    """

    def __init__(self, matrix: Floats) -> None:
        self.matrix, self.shape = matrix, matrix.shape

    def times(self, v: Floats) -> Floats:
        """J v."""
        result: Floats = self.matrix @ v
        return result

    def back(self, v: Floats) -> Floats:
        """J^T v."""
        result: Floats = v @ self.matrix
        return result


class Equations:
    """F(x, p) of a family of networks.

    Parameters
    ----------
    family : Family
    low, high : float
        Range of the parameter; P is its width.
    size : float
        X.
    """

    def __init__(self, family: Family, low: float, high: float, size: float) -> None:
        self.family, self.low, self.high, self.size = family, low, high, size
        self.width = high - low
        self.evaluations = 0
        self._fields: dict[float, Field] = {}

    def field(self, p: float) -> Field:
        """The field of the network for a value of the parameter."""
        found = self._fields.get(p)
        if found is None:
            if len(self._fields) >= KEPT:
                del self._fields[next(iter(self._fields))]
            network = self.family.at(p)
            few = network.n_neurons <= MOST_FULL
            found = self._fields[p] = DenseField(network) if few else Field(network)
        return found

    def residual(self, place: Place) -> Floats:
        """F, shape (n,)."""
        self.evaluations += 1
        result: Floats = self.field(place.p).residual(place.x[None])[0]
        held = self.family.held
        if held.size:
            result[held] = self.family.held_at(place.p) - place.x[held]
        return result

    def jacobian(self, place: Place) -> Full | Jacobian:
        """Derivative of F by the state: an array, or what has products, of many neurons."""
        field, held = self.field(place.p), self.family.held
        if isinstance(field, DenseField):
            matrix = field.jacobians(place.x[None])[0]
            matrix[held] = 0.0
            matrix[held, held] = -1.0
            return Full(matrix)
        jacobian = field.jacobian(place.x)
        if held.size:
            free = np.ones(place.x.size)
            free[held] = 0.0
            jacobian = Jacobian(
                csr_array(jacobian.coupling.multiply(free[:, None])), jacobian.hessian
            )
        return jacobian

    def slopes(self, place: Place) -> Floats:
        """Sums of the rows of H, shape (n,): slopes of neurons with a Lagrangian of their own."""
        return self.field(place.p).neurons.hessian(place.x, np.ones_like(place.x))

    def slope(self, place: Place, fine: bool = False) -> Floats:
        """Derivative of F by the parameter, shape (n,).

        Parameters
        ----------
        place : Place
        fine : bool
            Whether more depends on it than how fast Newton's method is: a difference of order 4
            where there is no line, in place of one of order 2.
        """
        if self.family.smooth:
            return self.family.drive_slope(self.field(place.p).activation(place.x[None])[0])
        h, reach = (FINE * self.width, 2.0) if fine else (COARSE * self.width, 1.0)
        # Within the range: beyond it the description may allow no value.
        middle = min(max(place.p, self.low + reach * h), self.high - reach * h)
        nodes = middle + h * np.arange(-reach, reach + 1.0)
        count = nodes.size
        powers = ((nodes - place.p) / h) ** np.arange(count)[:, None]
        weights = np.linalg.solve(powers, np.eye(count)[1]) / h
        nodes, weights = nodes[weights != 0.0], weights[weights != 0.0]
        values = np.stack([self.residual(Place(place.x, float(p))) for p in nodes])
        result: Floats = weights @ values
        return result

    def energy(self, place: Place) -> float:
        """Energy of a state, E = sum (x - I) g - L - 1/2 g.W g - sum T g g g  [HAM, eq. 3]."""
        return float(energies(self.field(place.p), place.x[None])[0])

    def dot(self, a: Direction, b: Direction) -> float:
        """Scalar product in the scale of lengths."""
        return float(a.x @ b.x) / self.size**2 + a.p * b.p / self.width**2

    def length(self, a: Direction) -> float:
        """Length in that scale."""
        return float(np.sqrt(self.dot(a, a)))

    def unit(self, a: Direction) -> Direction:
        """A direction of length 1."""
        return a.times(1.0 / self.length(a))

    def row(self, a: Direction) -> tuple[Floats, float]:
        """What multiplies a change to give its scalar product with a direction."""
        return a.x / self.size**2, a.p / self.width**2

    def between(self, a: Place, b: Place) -> Direction:
        """From one place to another."""
        return Direction(b.x - a.x, b.p - a.p)

    def moved(self, a: Place, direction: Direction, h: float) -> Place:
        """A place h directions further."""
        return Place(a.x + h * direction.x, a.p + h * direction.p)
