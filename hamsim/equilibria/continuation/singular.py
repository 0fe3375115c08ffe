"""Places where a curve of rest states turns, where another crosses it, and where a cycle is born.

Each is a simple solution of a few more equations, which Newton's method finds to rounding
[Govaerts 2000, Numerical Methods for Bifurcations of Dynamical Equilibria, chapters 3 to 5]. They
say that a bordered matrix, which has an inverse there, solves with a number that is 0. Derivatives
of that number are differences of J, which only decide how fast Newton's method is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.equilibria.continuation.bordered import Numbers, bordered
from hamsim.equilibria.continuation.correct import CLOSE, Lost
from hamsim.equilibria.continuation.equations import Direction, Equations, Place

__all__ = ["Crossing", "branch_point", "fold", "hopf", "second"]

STEPS = 15
# Length of the steps of differences of J, in the scale of lengths.
DIFFERENCE = 1e-5
# Newton's method ends when a step is this short in that scale, or when steps shorten no more.
SHORT = 1e-14
# The number that is 0 at the solution is at most this before the last step.
ZERO = 1e-6
# Rounds that make borders fit.
FITTING = 4


class Crossing(NamedTuple):
    """A place where two curves cross.

    Parameters
    ----------
    place : Place
    left : ndarray, shape (n,)
        The row that the derivatives of F by state and parameter map to 0.
    plane : (Direction, Direction)
        The directions that they map to 0, of length 1 and orthogonal in the scale of lengths.
    """

    place: Place
    left: Floats
    plane: tuple[Direction, Direction]


def _newton(
    place: Place, extra: Floats, solve: Callable[[Place, Floats], tuple[float, Any]], eq: Equations
) -> tuple[Place, Floats]:
    """Newton's method on place and some numbers besides; `solve` gives residual and step.

    Raises
    ------
    Lost
    """
    last, best, value = np.inf, None, np.inf
    for _ in range(STEPS):
        try:
            value, (dx, rest) = solve(place, extra)
        except np.linalg.LinAlgError:
            raise Lost from None
        length = eq.length(Direction(dx, float(rest[0])))
        if not np.isfinite(length) or length > 1.0:
            raise Lost
        place = Place(place.x + dx, place.p + float(rest[0]))
        extra = extra + rest[1:]
        if length <= SHORT or (length <= 1e-10 and length > 0.25 * last):
            best = place
            break
        last = length
    # Where F does not bend, steps of least length go nowhere.
    if (best is None and last > 1e-9) or not value <= ZERO:
        raise Lost
    u = eq.residual(place)
    if not np.max(np.abs(u)) <= CLOSE * (1.0 + np.max(np.abs(place.x))):
        raise Lost
    return place, extra


def _along(equations: Equations, place: Place, move: Direction, row: Numbers) -> Numbers:
    """Derivative along a direction of a row times the derivatives of F, shape (n + 1,)."""
    length = equations.length(move)
    if length == 0:
        return np.zeros(place.x.size + 1, dtype=row.dtype)
    h = DIFFERENCE / length
    parts = []
    for sign in (h, -h):
        there = equations.moved(place, move, sign)
        jacobian, slope = equations.jacobian(there), equations.slope(there)
        if np.iscomplexobj(row):
            back = jacobian.back(row.real.copy()) + 1j * jacobian.back(row.imag.copy())
        else:
            back = jacobian.back(row)
        parts.append(np.append(back, row @ slope))
    result: Numbers = (parts[0] - parts[1]) / (2.0 * h)
    return result


def fold(equations: Equations, guess: Place, along: Direction) -> Place:
    """The place near a guess where the curve turns back in the parameter.

    Parameters
    ----------
    equations : Equations
    guess : Place
    along : Direction
        Of the curve there.

    Raises
    ------
    Lost
    """
    n = guess.x.size
    c = along.x / np.linalg.norm(along.x)
    b = equations.slope(guess)
    b = b / (np.linalg.norm(b) or 1.0)
    one, none = np.ones(1), np.zeros(n)

    def solve(place: Place, extra: Floats) -> tuple[float, Any]:
        jacobian = equations.jacobian(place)
        system = bordered(jacobian, b[:, None], c[None])
        v, g = system.solve(none, one)
        w, _ = system.solve_adjoint(none, one)
        bend = -_along(equations, place, Direction(v, 0.0), w)
        u = equations.residual(place)
        whole = bordered(
            jacobian, equations.slope(place)[:, None], bend[None, :n], np.array([[bend[n]]])
        )
        return float(abs(g[0])), whole.solve(-u, -g)

    return _newton(guess, np.zeros(0), solve, equations)[0]


def branch_point(equations: Equations, guess: Place, along: Direction) -> Crossing:
    """The place near a guess where another curve crosses this one.

    Parameters
    ----------
    equations : Equations
    guess : Place
    along : Direction
        Of the curve there.

    Raises
    ------
    Lost
    """
    n = guess.x.size
    rng = np.random.default_rng(1)
    b = rng.normal(size=n)
    b /= np.linalg.norm(b)
    first = equations.unit(along)
    other = Direction(rng.normal(size=n) * equations.size, 0.0)
    plane = (first, _across(equations, other, first))
    for _ in range(FITTING):
        left, plane, _ = _defect(equations, guess, b, plane)
        b = left / np.linalg.norm(left)
        plane = _orthogonal(equations, plane)

    def solve(place: Place, extra: Floats) -> tuple[float, Any]:
        left, kernel, g = _defect(equations, place, b, plane)
        bends = [-_along(equations, place, each, left) for each in kernel]
        u = equations.residual(place) + extra[0] * b
        columns = np.stack([equations.slope(place), b], axis=1)
        rows = np.stack([bend[:n] for bend in bends])
        corner = np.array([[bend[n], 0.0] for bend in bends])
        whole = bordered(equations.jacobian(place), columns, rows, corner)
        return float(np.max(np.abs(g))), whole.solve(-u, -g)

    place, _ = _newton(guess, np.zeros(1), solve, equations)
    left, plane, _ = _defect(equations, place, b, plane)
    return Crossing(place, left, _orthogonal(equations, plane))


def _defect(
    equations: Equations, place: Place, b: Floats, plane: tuple[Direction, Direction]
) -> tuple[Floats, tuple[Direction, Direction], Floats]:
    """The row and the two directions that the derivatives of F nearly map to 0, and how nearly."""
    n = b.size
    pairs = [equations.row(each) for each in plane]
    rows = np.stack([row for row, _ in pairs])
    corner = np.array([[p, 0.0] for _, p in pairs])
    columns = np.stack([equations.slope(place, fine=True), b], axis=1)
    system = bordered(equations.jacobian(place), columns, rows, corner)
    kernel = []
    for k in range(2):
        x, rest = system.solve(np.zeros(n), np.eye(2)[k])
        kernel.append(Direction(x, float(rest[0])))
    left, g = system.solve_adjoint(np.zeros(n), np.array([0.0, 1.0]))
    return left, (kernel[0], kernel[1]), g


def _across(equations: Equations, a: Direction, b: Direction) -> Direction:
    """The part of a direction that is orthogonal to another of length 1, of length 1."""
    part = equations.dot(a, b)
    return equations.unit(Direction(a.x - part * b.x, a.p - part * b.p))


def _orthogonal(
    equations: Equations, plane: tuple[Direction, Direction]
) -> tuple[Direction, Direction]:
    first = equations.unit(plane[0])
    return first, _across(equations, plane[1], first)


def _hopf_start(equations: Equations, place: Place, frequency: float) -> tuple[Numbers, Numbers]:
    """Vectors near the kernels of J - i w T from both sides, by inverse iteration."""
    n = place.x.size
    rng = np.random.default_rng(2)
    b, c = (rng.normal(size=n) + 1j * rng.normal(size=n) for _ in range(2))
    b, c = b / np.linalg.norm(b), c / np.linalg.norm(c)
    tau = equations.field(place.p).network.tau
    jacobian, one, none = equations.jacobian(place), np.ones(1), np.zeros(n)
    for _ in range(FITTING):
        system = bordered(jacobian, b[:, None], c.conj()[None], shift=1j * frequency * tau)
        v, _ = system.solve(none, one)
        w, _ = system.solve_adjoint(none, one)
        b, c = w / np.linalg.norm(w), v / np.linalg.norm(v)
    return b, c


def hopf(equations: Equations, guess: Place, frequency: float) -> tuple[Place, float]:
    """The place near a guess where J v = i w T v, and w.

    Parameters
    ----------
    equations : Equations
    guess : Place
    frequency : float
        w there, in radians per unit of time.

    Raises
    ------
    Lost
    """
    n = guess.x.size
    try:
        b, c = _hopf_start(equations, guess, frequency)
    except np.linalg.LinAlgError:
        raise Lost from None
    one, none = np.ones(1), np.zeros(n)

    def solve(place: Place, extra: Floats) -> tuple[float, Any]:
        w = float(extra[0])
        tau = equations.field(place.p).network.tau
        jacobian = equations.jacobian(place)
        system = bordered(jacobian, b[:, None], c.conj()[None], shift=1j * w * tau)
        v, g = system.solve(none, one)
        left, _ = system.solve_adjoint(none, one)
        row = left.conj()
        bend = -(
            _along(equations, place, Direction(v.real.copy(), 0.0), row)
            + 1j * _along(equations, place, Direction(v.imag.copy(), 0.0), row)
        )
        bend[n] += 1j * w * (row @ (equations.family.tau_slope(place.p, equations.width) * v))
        turn = 1j * (row @ (tau * v))
        u = equations.residual(place)
        columns = np.stack([equations.slope(place), none], axis=1)
        rows = np.stack([bend[:n].real, bend[:n].imag])
        corner = np.array([[bend[n].real, turn.real], [bend[n].imag, turn.imag]])
        whole = bordered(jacobian, columns, rows, corner)
        return float(abs(g[0])), whole.solve(-u, -np.array([g[0].real, g[0].imag]))

    place, extra = _newton(guess, np.array([frequency]), solve, equations)
    w = abs(float(extra[0]))
    if not w > 1e-6 * abs(frequency):
        raise Lost
    return place, w


def second(equations: Equations, place: Place, a: Direction, b: Direction, left: Floats) -> float:
    """A row times the second derivative of F in two directions."""
    row = _along(equations, place, a, left)
    return float(row[:-1] @ b.x + row[-1] * b.p)
