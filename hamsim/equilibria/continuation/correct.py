"""Newton's method back to the curve of rest states."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hamsim.equilibria.continuation.bordered import bordered
from hamsim.equilibria.continuation.equations import Direction, Equations, Place
from hamsim.errors import HamsimError

__all__ = ["Lost", "at_value", "corrected", "tangent"]

# Steps of Newton's method that are tried from a guess.
STEPS = 12
# Largest residual, relative to 1 + the largest state, that counts as 0; and that of rounding,
# below which no further step is asked for.
CLOSE, ROUNDING = 1e-10, 4e-15
# How far from what was asked for the solution of linear equations may be.
ASKED = 1e-6


class Lost(Exception):
    """Newton's method did not come to a rest state."""


class Corrected(NamedTuple):
    """A rest state, and the steps that led to it."""

    place: Place
    steps: int


def corrected(equations: Equations, guess: Place, along: Direction, most: int = STEPS) -> Corrected:
    """The rest state in the plane through a guess across a direction.

    Parameters
    ----------
    equations : Equations
    guess : Place
    along : Direction
        Normal of the plane, in the scale of lengths.
    most : int
        Steps.

    Raises
    ------
    Lost
    """
    row_x, row_p = equations.row(along)
    offset = float(row_x @ guess.x) + row_p * guess.p
    place, last, best = guess, np.inf, None
    for step in range(most + 1):
        try:
            u = equations.residual(place)
        except HamsimError:  # the description does not allow this value of the parameter
            break
        scale = 1.0 + float(np.max(np.abs(place.x)))
        size = float(np.max(np.abs(u))) / scale
        if not np.isfinite(size) or (step > 3 and size > 1e3):
            break
        if size <= CLOSE and (best is None or size < last):
            best = place
        if size <= ROUNDING or (size <= CLOSE and size > 0.1 * last):
            return Corrected(best or place, step)
        if step == most:
            break
        last = min(last, size)
        miss = float(row_x @ place.x) + row_p * place.p - offset
        try:
            system = bordered(
                equations.jacobian(place),
                equations.slope(place)[:, None],
                row_x[None],
                np.array([[row_p]]),
            )
            move, by = system.solve(-u, np.array([-miss]))
        except np.linalg.LinAlgError:
            break
        place = Place(place.x + move, place.p + float(by[0]))
    if best is not None:
        return Corrected(best, most)
    raise Lost


def at_value(equations: Equations, guess: Place, p: float, most: int = STEPS) -> Corrected:
    """The rest state at a value of the parameter, close to a guess.

    Raises
    ------
    Lost
    """
    n = guess.x.size
    along = Direction(np.zeros(n), equations.width)
    found = corrected(equations, Place(guess.x, p), along, most)
    return Corrected(Place(found.place.x, p), found.steps)


def tangent(equations: Equations, place: Place, along: Direction) -> Direction:
    """Direction of the curve at a rest state, of length 1, and on the same side as another.

    Raises
    ------
    Lost
        The curve has none there: another one crosses it.
    """
    row_x, row_p = equations.row(along)
    try:
        system = bordered(
            equations.jacobian(place),
            equations.slope(place)[:, None],
            row_x[None],
            np.array([[row_p]]),
        )
        move, by = system.solve(np.zeros(place.x.size), np.ones(1))
    except np.linalg.LinAlgError:
        raise Lost from None
    direction = Direction(move, float(by[0]))
    length = equations.length(direction)
    if not 0.0 < length < np.inf or abs(row_x @ move + row_p * by[0] - 1.0) > ASKED:
        raise Lost  # it is at right angles to the other, or there are several
    return direction.times(1.0 / length)
