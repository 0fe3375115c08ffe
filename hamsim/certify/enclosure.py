"""All rest states of networks of few neurons, enclosed by branch and prune.

A rest state has x = W g(x) + I, and g of a neuron does not fall with its own state nor, in a
softmax, rise with that of another: the values of g at two corners of a box bound it in the box. A
box that x = W g + I contradicts is dropped, by these bounds or by those of the Jacobian; one in
which every linearisation has the property that is asked for is done with; others are cut in two.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.certify.rest import locally_lipschitz, smoothness
from hamsim.certify.scaled import ScaledNetwork
from hamsim.deadline import look
from hamsim.field.dense import DenseField

__all__ = ["Intervals", "all_rest_states", "can_enclose", "minors", "outer_box"]

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

    def times(self, factors: Floats) -> Intervals:
        """All multiplied by positive numbers."""
        return _rounded(factors * self.mid, factors * self.radius, factors * self.size)

    @property
    def negative(self) -> NDArray[np.bool_]:
        """Whether all numbers are below 0 by far."""
        below: NDArray[np.bool_] = self.mid + self.radius < -MARGIN * self.size
        return below

    @property
    def positive(self) -> NDArray[np.bool_]:
        """Whether all numbers are above 0 by far."""
        return (-self).negative


def _rounded(mid: Floats, radius: Floats, size: Floats) -> Intervals:
    return Intervals(mid, radius * (1.0 + ROUNDING) + ROUNDING * size, size * (1.0 + ROUNDING))


# --- boxes ----------------------------------------------------------------------------------


def _ranges(
    scaled: ScaledNetwork, field: DenseField, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Bounds of g in boxes, each of shape (boxes, n)."""
    lows, highs = np.empty_like(low), np.empty_like(high)
    for rank in range(int(field.rank.max()) + 1):
        # One neuron of each Lagrangian is at one end, those that share it are at the other.
        one = field.rank == rank
        highs[:, one] = field.activation(np.where(one, high, low))[:, one]
        lows[:, one] = field.activation(np.where(one, low, high))[:, one]
    return lows - ACTIVATION * (1.0 + np.abs(lows)), highs + ACTIVATION * (1.0 + np.abs(highs))


def _images(field: DenseField, lows: Floats, highs: Floats) -> tuple[Floats, Floats]:
    """Bounds of W g + I for bounds of g, each of shape (boxes, n)."""
    least, most = field.drive.between(lows, highs)
    slack = field.drive.sizes().at(np.maximum(np.abs(lows), np.abs(highs)))
    slack = ROUNDING * slack + 1e-300
    return least - slack, most + slack


def outer_box(scaled: ScaledNetwork, field: DenseField) -> Floats | None:
    """Box (2, n) that holds all rest states; None if that is not known."""
    scale = scaled.scale
    lows, highs = scaled.low / scale, scaled.high / scale  # of g itself
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
        a, b = _ranges(scaled, field, begin, end)
        known = bound & sent & scaled.additive
        lows, highs = np.where(known, a[0], lows), np.where(known, b[0], highs)
    return None


Property = Callable[[Intervals], NDArray[np.bool_]]


def can_enclose(scaled: ScaledNetwork) -> bool:
    """Whether networks of this kind can be treated: few neurons, smooth and monotone ones."""
    network = scaled.network
    if network.n_neurons > MOST_NEURONS or network.triples is not None:
        return False
    for group in network.groups:
        family = group.family
        if not family.change or family.change_norm != "largest":
            return False
        if not (family.additive or family.competitive):
            return False
    return bool(scaled.convex.all()) and locally_lipschitz(scaled)


def all_rest_states(scaled: ScaledNetwork, field: DenseField, box: Floats, have: Property) -> bool:
    """Whether a box is covered by boxes without rest states and such that have a property.

    Parameters
    ----------
    scaled : ScaledNetwork
        One that `can_enclose` admits.
    field : DenseField
    box : ndarray, shape (2, n)
    have : callable
        Of the matrices 1 - W H, in intervals over the Hessians of each box: whether every one of
        them has the property, of shape (boxes,).
    """
    low, high = box[:1].copy(), box[1:].copy()
    width = np.maximum(box[1] - box[0], 1e-12)
    for _ in range(MOST_ROUNDS):
        look()
        low, high = _pruned(scaled, field, low, high)
        if low.size == 0:
            return True
        left = ~_settled(scaled, field, low, high, have)
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


def _pruned(
    scaled: ScaledNetwork, field: DenseField, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Boxes that hold all rest states of the given ones: smaller, and without empty ones."""
    for _ in range(3):
        first, last = _images(field, *_ranges(scaled, field, low, high))
        low, high = np.maximum(low, first), np.minimum(high, last)
        kept = ~np.any(low > high, axis=1)
        low, high = low[kept], high[kept]
        if low.size == 0:
            break
    return low, high


def _settled(
    scaled: ScaledNetwork, field: DenseField, low: Floats, high: Floats, have: Property
) -> NDArray[np.bool_]:
    """Whether a box has no rest state, or every linearisation in it has the property."""
    network = scaled.network
    middle = 0.5 * (low + high)
    sides = np.maximum(high - middle, middle - low) * (1.0 + 1e-12)
    H = field.hessians(middle)
    # |H(y) - H(x)| <= c |H(x)| in the 2-norm, which bounds the entries; |H| by the Frobenius norm
    # of each Lagrangian's part.
    squares = np.einsum("kij,kij->ki", H, H) @ field.shared
    change = np.expm1(smoothness(network) * sides.max(axis=1)[:, None]) * np.sqrt(squares)
    change = change * (1.0 + 1e-12) + ACTIVATION * (1.0 + np.abs(H).max(axis=(1, 2)))[:, None]
    spread = np.where(field.shared, change[:, None, :], 0.0)
    weight = np.abs(field.W)
    size = np.eye(network.n_neurons) + weight @ (np.abs(H) + spread)
    J = _rounded(-field.jacobians(middle), weight @ spread, size)
    return have(J) | _empty(field, middle, sides, J)


def _empty(field: DenseField, middle: Floats, sides: Floats, J: Intervals) -> NDArray[np.bool_]:
    """Whether boxes have no rest state, by the mean value theorem.

    A zero y of F(x) = x - W g - I in a box around c has A F(c) = -A J (y - c) for any A and some J
    within bounds of the Jacobians; A is about the inverse of J.
    """
    F = -field.residual(middle)
    sizes = field.drive.sizes().at(1.0 + np.abs(field.activation(middle)))
    noise = ACTIVATION * (sizes + np.abs(middle))
    A = np.linalg.pinv(J.mid) if np.all(np.isfinite(J.mid)) else np.zeros_like(J.mid)
    most = np.abs(A @ J.mid) + np.abs(A) @ (J.radius + ROUNDING * J.size)
    reach = (most @ sides[:, :, None])[:, :, 0]
    reach += (np.abs(A) @ (noise + ROUNDING * np.abs(F))[:, :, None])[:, :, 0]
    away: NDArray[np.bool_] = np.abs(A @ F[:, :, None])[:, :, 0] > reach * (1.0 + MARGIN)
    none: NDArray[np.bool_] = np.any(away, axis=1)
    return none


def minors(N: Intervals, order: int) -> list[Intervals]:
    """All principal minors of an order of matrices of shape (boxes, n, n)."""
    n = N.mid.shape[1]
    return [_determinant(N, rows, rows) for rows in combinations(range(n), order)]


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
