"""Networks of few neurons that do not come to rest, because every rest state is unstable.

Theorem. Let x' = f(x) on R^n, f locally Lipschitz, and C1 near each of its zeros. If the Jacobian
of f at every zero has an eigenvalue with positive real part, then the initial states whose
solutions converge have measure zero. For a limit p of a solution is a zero of f, and around p there
is a neighbourhood U such that all solutions that stay in U for all t >= 0 begin in a local
centre-stable manifold of the flow's time-one map, C1 and of a dimension below n (Kelley 1967, J.
Differential Equations 3:546; Shub 1987, Global Stability of Dynamical Systems, theorem III.7).
Countably many such U cover the zeros (Lindelof), and each solution that converges is in one of
these manifolds at some time that is a whole number, so that all their initial states are in
countably many images of null sets under the flow, which is locally Lipschitz.

All zeros are enclosed by branch and prune. A rest state has x = W g(x) + I, and g of a neuron does
not fall with its own state nor, in a softmax, rise with that of another: the values of g at two
corners of a box bound it in the box. A box that x = W g + I contradicts is dropped, by these bounds
or by those of the Jacobian; one in which each linearisation (W H - 1) / tau has an eigenvalue with
positive real part is done with; others are cut in two.

Instability. Let s^n + a_1 s^(n-1) + ... + a_n be the characteristic polynomial. If no root has a
positive real part, then all a_k >= 0, a_1 a_2 - a_3 >= 0 (n = 3) and a_1 a_2 a_3 - a_3^2 - a_1^2
a_4 >= 0 (n = 4): the Routh and Hurwitz determinants are positive for matrices M - e of negative
real parts, and continuous in e. One of them below 0 therefore shows an unstable eigenvalue; they
are bounded by interval arithmetic over all Hessians of a box.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.certify.certificate import Condition
from hamsim.certify.problem import Problem
from hamsim.certify.rest import (
    CHANGE,
    ROUND,
    Field,
    Rest,
    locally_lipschitz,
    rest_state,
    smoothness,
    starts,
    unlike,
    unstable_rate,
)
from hamsim.evaluation import activations
from hamsim.network import Floats

__all__ = ["Intervals", "all_unstable", "surely_unstable"]

NAME = "convergence"
THEOREM = (
    "every rest state has an unstable direction, so that the states from which solutions converge "
    "have measure zero: centre-stable manifolds (Kelley 1967; Shub 1987, theorem III.7)"
)

MOST_NEURONS = 4
MOST_BOXES = 20_000
MOST_ROUNDS = 80
# Error of an activation, relative to 1 + |g|, and of each operation with intervals, relative.
ACTIVATION = 1e-12
ROUNDING = 1e-13
# A determinant is below 0 if it is so by this much, relative to the sum of its terms' sizes.
MARGIN = 1e-9


class Intervals(NamedTuple):
    """Numbers between mid - radius and mid + radius, and a bound of the sizes they came from."""

    mid: Floats
    radius: Floats
    size: Floats

    def __add__(self, other: Intervals) -> Intervals:  # type: ignore[override]
        return _rounded(self.mid + other.mid, self.radius + other.radius, self.size + other.size)

    def __neg__(self) -> Intervals:
        return Intervals(-self.mid, self.radius, self.size)

    def __sub__(self, other: Intervals) -> Intervals:
        return self + (-other)

    def __mul__(self, other: Intervals) -> Intervals:  # type: ignore[override]
        radius = np.abs(self.mid) * other.radius + np.abs(other.mid) * self.radius
        radius += self.radius * other.radius
        return _rounded(self.mid * other.mid, radius, self.size * other.size)

    def at(self, i: int, j: int) -> Intervals:
        """One entry of each matrix."""
        return Intervals(self.mid[:, i, j], self.radius[:, i, j], self.size[:, i, j])

    @property
    def negative(self) -> NDArray[np.bool_]:
        """Whether all numbers are below 0 by far."""
        below: NDArray[np.bool_] = self.mid + self.radius < -MARGIN * self.size
        return below


def _rounded(mid: Floats, radius: Floats, size: Floats) -> Intervals:
    return Intervals(mid, radius * (1.0 + ROUNDING) + ROUNDING * size, size * (1.0 + ROUNDING))


def all_unstable(problem: Problem) -> Condition | None:
    """Show that almost no solution comes to rest, because every rest state is unstable.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    Condition or None
        Refuted, with the rest states that are known; None if it could not be shown, or if there
        are more than four neurons, gated synapses, tau = 0, or Lagrangians other than the smooth
        ones of which it is known how fast their Hessian changes.
    """
    if not _inside(problem):
        return None
    field = Field(problem)
    with np.errstate(all="ignore"):
        box = _outer_box(problem, field)
        found = _known(problem, field) if box is not None else None
        if box is None or not found or not _enclosed(problem, field, box):
            return None
    rests, rates = zip(*found, strict=True)
    several = "the rest state is" if len(found) == 1 else "every rest state is"
    message = (
        f"{several} unstable, so that almost no solution comes to rest: small deviations grow "
        f"at a rate above {min(rates):.4g}"
    )
    evidence = {
        "states": [rest.x for rest in rests],
        "residuals": [rest.residual for rest in rests],
        "error_bounds": [rest.radius for rest in rests],
        "growth_rates": list(rates),
    }
    return Condition(NAME, "refuted", message, evidence=evidence, theorem=THEOREM)


def _inside(problem: Problem) -> bool:
    """Whether the argument applies."""
    network = problem.network
    if network.n_neurons > MOST_NEURONS or network.triples is not None:
        return False
    for group in network.groups:
        name = group.family.name
        smooth = name in CHANGE and not group.family.formula
        monotone = group.family.additive or name in ("softmax", "ghostmax")
        if not (smooth and monotone) or name in ROUND:
            return False
    return bool(np.all(network.tau > 0) and problem.convex.all()) and locally_lipschitz(problem)


def _known(problem: Problem, field: Field) -> list[tuple[Rest, float]]:
    """Rest states that Newton's method finds, with growth rates; empty if one seems stable."""
    rows = starts(problem.network, 4)
    x, fine, _ = field.newton(np.concatenate([rows, field.relaxed(rows, 40)]))
    roots = unlike(x[fine], [], 1e-6)
    if not roots:
        return []
    rates = np.linalg.eigvals(-field.jacobians(np.array(roots)) / problem.network.tau[:, None])
    if not np.all(rates.real.max(axis=1) > 0):
        return []
    found = []
    for root in roots:
        rest = rest_state(problem, root)
        rate = unstable_rate(problem, rest) if rest is not None else None
        if rest is None or rate is None:
            return []
        found.append((rest, rate))
    return found


# --- boxes ----------------------------------------------------------------------------------


def _ranges(problem: Problem, field: Field, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Bounds of g in boxes, each of shape (boxes, n)."""
    lows, highs = np.empty_like(low), np.empty_like(high)
    for rank in range(int(field.rank.max()) + 1):
        # One neuron of each Lagrangian is at one end, those that share it are at the other.
        one = field.rank == rank
        highs[:, one] = activations(problem.network, np.where(one, high, low))[:, one]
        lows[:, one] = activations(problem.network, np.where(one, low, high))[:, one]
    return lows - ACTIVATION * (1.0 + np.abs(lows)), highs + ACTIVATION * (1.0 + np.abs(highs))


def _images(field: Field, lows: Floats, highs: Floats) -> tuple[Floats, Floats]:
    """Bounds of W g + I for bounds of g, each of shape (boxes, n)."""
    up, down = np.maximum(field.W, 0.0).T, np.minimum(field.W, 0.0).T
    given = field.network.input
    slack = np.maximum(np.abs(lows), np.abs(highs)) @ np.abs(field.W).T + np.abs(given)
    slack = ROUNDING * slack + 1e-300
    return lows @ up + highs @ down + given - slack, highs @ up + lows @ down + given + slack


def _outer_box(problem: Problem, field: Field) -> Floats | None:
    """Box (2, n) that holds all rest states; None if that is not known."""
    scale = problem.scale
    lows, highs = problem.low / scale, problem.high / scale  # of g itself
    lows = lows - ACTIVATION * (1.0 + np.abs(lows))
    highs = highs + ACTIVATION * (1.0 + np.abs(highs))
    sent = np.any(field.W != 0.0, axis=0)
    n = scale.size
    low, high = np.full(n, -np.inf), np.full(n, np.inf)
    for _ in range(n + 1):
        for i in range(n):
            into = field.W[i] != 0.0
            if np.all(np.isfinite(lows[into]) & np.isfinite(highs[into])):
                a, b = (np.where(into, end, 0.0)[None] for end in (lows, highs))
                first, last = _images(field, a, b)
                low[i], high[i] = first[0, i], last[0, i]
        bound = np.isfinite(low) & np.isfinite(high)
        if bound.all():
            return np.array([low, high])
        # A neuron that is bounded has a bounded activation.
        begin, end = np.where(bound, low, 0.0)[None], np.where(bound, high, 0.0)[None]
        a, b = _ranges(problem, field, begin, end)
        known = bound & sent & problem.additive
        lows, highs = np.where(known, a[0], lows), np.where(known, b[0], highs)
    return None


def _enclosed(problem: Problem, field: Field, box: Floats) -> bool:
    """Whether all rest states in a box have an unstable direction."""
    low, high = box[:1].copy(), box[1:].copy()
    width = np.maximum(box[1] - box[0], 1e-12)
    for _ in range(MOST_ROUNDS):
        low, high = _pruned(problem, field, low, high)
        if low.size == 0:
            return True
        left = ~_settled(problem, field, low, high)
        low, high = low[left], high[left]
        if low.size == 0:
            return True
        sides = high - low
        if 2 * len(low) > MOST_BOXES or np.any(sides.max(axis=1) < 1e-9 * (1.0 + width.max())):
            return False
        axis = np.argmax(sides, axis=1)
        row = np.arange(len(low))
        cut = 0.5 * (low[row, axis] + high[row, axis])
        upper, lower = low.copy(), high.copy()
        upper[row, axis], lower[row, axis] = cut, cut
        low, high = np.concatenate([low, upper]), np.concatenate([lower, high])
    return False


def _pruned(problem: Problem, field: Field, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Boxes that hold all rest states of the given ones: smaller, and without empty ones."""
    for _ in range(3):
        first, last = _images(field, *_ranges(problem, field, low, high))
        low, high = np.maximum(low, first), np.minimum(high, last)
        kept = ~np.any(low > high, axis=1)
        low, high = low[kept], high[kept]
        if low.size == 0:
            break
    return low, high


def _settled(problem: Problem, field: Field, low: Floats, high: Floats) -> NDArray[np.bool_]:
    """Whether a box has no rest state, or only such as have an unstable eigenvalue."""
    network = problem.network
    middle = 0.5 * (low + high)
    sides = np.maximum(high - middle, middle - low) * (1.0 + 1e-12)
    H = field.hessians(middle)
    # |H(y) - H(x)| <= c |H(x)| in the 2-norm, which bounds the entries; |H| by the Frobenius norm
    # of each Lagrangian's part.
    squares = np.einsum("kij,kij->ki", H, H) @ field.shared
    change = np.expm1(smoothness(network) * sides.max(axis=1)[:, None]) * np.sqrt(squares)
    change = change * (1.0 + 1e-12) + ACTIVATION * (1.0 + np.abs(H).max(axis=(1, 2)))[:, None]
    spread = np.where(field.shared, change[:, None, :], 0.0)
    one, weight = np.eye(network.n_neurons), np.abs(field.W)
    size = one + weight @ (np.abs(H) + spread)
    J = _rounded(one - field.W @ H, weight @ spread, size)
    rate = 1.0 / network.tau[:, None]
    N = _rounded(rate * J.mid, rate * J.radius, rate * J.size)
    return surely_unstable(N) | _empty(field, middle, sides, J)


def _empty(field: Field, middle: Floats, sides: Floats, J: Intervals) -> NDArray[np.bool_]:
    """Whether boxes have no rest state, by the mean value theorem.

    A zero y of F(x) = x - W g - I in a box around c has A F(c) = -A J (y - c) for any A and some J
    within bounds of the Jacobians; A is about the inverse of J.
    """
    g = activations(field.network, middle)
    weight = np.abs(field.W).T
    F = middle - g @ field.W.T - field.network.input
    noise = ACTIVATION * ((1.0 + np.abs(g)) @ weight + np.abs(field.network.input) + np.abs(middle))
    A = np.linalg.pinv(J.mid) if np.all(np.isfinite(J.mid)) else np.zeros_like(J.mid)
    most = np.abs(A @ J.mid) + np.abs(A) @ (J.radius + ROUNDING * J.size)
    reach = (most @ sides[:, :, None])[:, :, 0]
    reach += (np.abs(A) @ (noise + ROUNDING * np.abs(F))[:, :, None])[:, :, 0]
    away: NDArray[np.bool_] = np.abs(A @ F[:, :, None])[:, :, 0] > reach * (1.0 + MARGIN)
    none: NDArray[np.bool_] = np.any(away, axis=1)
    return none


def surely_unstable(N: Intervals) -> NDArray[np.bool_]:
    """Whether all matrices -N in intervals have an eigenvalue with positive real part, for sure.

    Parameters
    ----------
    N : Intervals
        Of arrays of shape (boxes, n, n), n up to 4.

    Notes
    -----
    By the signs of a_k, the sum of the principal minors of N of order k, and of the Routh and
    Hurwitz determinants.
    """
    n = N.mid.shape[1]
    a = []
    for order in range(1, n + 1):
        minors = [_determinant(N, rows, rows) for rows in combinations(range(n), order)]
        total = minors[0]
        for minor in minors[1:]:
            total = total + minor
        a.append(total)
    tests = list(a)
    if n >= 3:
        second = a[0] * a[1] - a[2]
        tests.append(second)
    if n == 4:
        tests.append(second * a[2] - a[0] * a[0] * a[3])
    found: NDArray[np.bool_] = np.any([test.negative for test in tests], axis=0)
    return found


def _determinant(N: Intervals, rows: tuple[int, ...], columns: tuple[int, ...]) -> Intervals:
    if len(rows) == 1:
        return N.at(rows[0], columns[0])
    total = None
    for k, column in enumerate(columns):
        others = columns[:k] + columns[k + 1 :]
        term = N.at(rows[0], column) * _determinant(N, rows[1:], others)
        term = -term if k % 2 else term
        total = term if total is None else total + term
    assert total is not None
    return total
