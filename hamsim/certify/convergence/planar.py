"""Two neurons: every solution comes to rest if all are bounded and none goes round.

Nothing goes round if ln B can be found with

    D = sum_i [ (w_ii g_i'(x_i) - 1) / tau_i + d(ln B)/dx_i x_i' ] < 0

wherever solutions end: then no closed curve is made of solutions and rest states, because the
integral of B over its inside would shrink and stay (Bendixson 1901; Dulac 1937; Green's theorem
holds for Lipschitz fields). By Poincare and Bendixson a bounded solution then approaches rest
states alone. Among several that are not isolated it goes to one: each has an eigenvalue with a
negative
real part, so that they lie on curves to which solutions are drawn, and along which they move one
way (centre manifolds, for smooth g). B = 1 is tried first; else ln B is a polynomial, whose
coefficients a linear programme finds, and D is bounded on boxes that cover all ends of solutions.

All are bounded if activations are, or if the field is asymptotically linear on each quadrant, and
each ray of directions that stays is one along which the linear fields shrink: with such a ray no
direction turns round, so that the piecewise linear field is asymptotically stable, and it has a
homogeneous Lyapunov function (Rosier 1992) that bounds solutions of the whole one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.certify.convergence.energy import NAME
from hamsim.certify.enclosure import ACTIVATION
from hamsim.certify.rest import smoothness
from hamsim.certify.scaled import ScaledNetwork
from hamsim.condition import Condition
from hamsim.deadline import look
from hamsim.field.dense import DenseField

__all__ = ["goes_round_nowhere"]

BENDIXSON = "no closed curve of solutions where areas shrink (Bendixson 1901; Poincare-Bendixson)"
DULAC = "no closed curve of solutions where weighted areas shrink (Dulac 1937; Poincare-Bendixson)"
MARGIN = 1e-9
# Degree of ln B, points on each side of the grid of the linear programme, and boxes at most.
DEGREE, POINTS, MOST_BOXES = 6, 28, 100_000
# Bounds of the coefficients of ln B that are tried.
LARGEST = (0.3, 1.0, 3.0, 10.0, 30.0)


def goes_round_nowhere(scaled: ScaledNetwork) -> Condition | None:
    """Show that every solution of two neurons comes to rest.

    Parameters
    ----------
    scaled : ScaledNetwork

    Returns
    -------
    Condition or None
        Proved; None if it could not be shown.
    """
    network = scaled.network
    if network.n_neurons != 2 or network.triples is not None or np.any(network.tau == 0):
        return None
    if not (scaled.additive.all() and scaled.everywhere.all()):
        return None
    least, most = scaled.own_slopes
    if not (np.all(np.isfinite(least)) and np.all(np.isfinite(most)) and _bounded(scaled)):
        return None
    own = network.W.diagonal()
    rate = 1.0 / network.tau
    terms = np.maximum(own * least, own * most) * rate
    divergence = float(np.sum(terms - rate))
    size = float(np.sum(np.abs(terms) + rate))
    families = [group.family for group in network.groups]
    smooth = all(f.change and f.change_norm == "largest" for f in families)
    if divergence < -MARGIN * size and (smooth or _isolated(scaled, least, most)):
        return _proved("areas shrink", BENDIXSON, {"largest_divergence": divergence})
    with np.errstate(all="ignore"):
        weighted = _dulac(scaled) if smooth and scaled.convex.all() else None
    if weighted is None:
        return None
    return _proved("areas shrink once they are weighted", DULAC, weighted)


def _proved(what: str, theorem: str, evidence: dict[str, object]) -> Condition:
    message = f"solutions of the two neurons are bounded and {what}, so every solution rests"
    return Condition(NAME, "proved", message, evidence=evidence, theorem=theorem)


# --- bounded solutions ----------------------------------------------------------------------


def _bounded(scaled: ScaledNetwork) -> bool:
    """Whether all solutions are bounded."""
    if scaled.bounded.all():
        return True
    far = _far_slopes(scaled)
    return far is not None and _shrinks_far_out(scaled, far)


def _far_slopes(scaled: ScaledNetwork) -> Floats | None:
    """Limits of g / x of each neuron towards minus and plus infinity, of shape (2, n)."""
    rows = []
    for group in scaled.network.groups:
        growth = group.fact("growth", np.inf)
        linear = growth == 1.0
        if not np.all(growth <= 1.0) or (linear.any() and not group.family.far_slopes):
            return None
        far = group.facts("far_slopes") if linear.any() else np.zeros((2, group.size))
        rows.append(np.where(linear, far, 0.0))
    result: Floats = np.concatenate(rows, axis=1)
    return result


def _shrinks_far_out(scaled: ScaledNetwork, far: Floats) -> bool:
    """Whether all rays of directions that stay shrink, and there is one for sure."""
    field, rate = DenseField(scaled.network), 1.0 / scaled.network.tau
    W, some = field.W, False
    for first in (0, 1):
        for second in (0, 1):
            slopes = np.array([[far[first, 0], far[second, 1]]])
            A = rate[:, None] * field.jacobians_of(slopes)[0]
            size = float(np.abs(A).max())
            signs = np.array([2 * first - 1, 2 * second - 1])
            values, vectors = np.linalg.eig(A)
            for value, vector in zip(values, vectors.T, strict=True):
                if abs(value.imag) > 1e-6 * size:
                    continue
                v = vector.real * (np.sign(vector.real @ signs) or 1.0)
                v = v / max(float(np.abs(v).max()), 1e-300)
                near = bool(np.all(v * signs > -1e-6))
                turns_fast = abs(float(values[0].real - values[1].real)) > 1e-6 * size
                if (near or not turns_fast) and value.real > -1e-6 * size:
                    return False
                some = some or bool(np.all(v * signs > 1e-6) and turns_fast)
    # Each half-axis on which one neuron is silent is a ray that stays.
    for k in (0, 1):
        for side in (0, 1):
            some = some or bool(far[side, k] * W[1 - k, k] == 0.0)
    return some


# --- nothing goes round ---------------------------------------------------------------------


def _isolated(scaled: ScaledNetwork, least: Floats, most: Floats) -> bool:
    """Whether rest states of piecewise linear activations are isolated.

    At kinks there is no centre manifold, but the linear system of each piece is regular.
    """
    if not all(group.family.slopes for group in scaled.network.groups):
        return False
    W = scaled.network.W.toarray()
    for a in (least[0], most[0]):
        for b in (least[1], most[1]):
            one, two, loop = 1 - W[0, 0] * a, 1 - W[1, 1] * b, W[0, 1] * W[1, 0] * a * b
            if not abs(one * two - loop) > MARGIN * ((1 + abs(one)) * (1 + abs(two)) + abs(loop)):
                return False
    return True


class _Weight(NamedTuple):
    """ln B = sum of c_k y_1^p_k y_2^q_k, y the place in the box between -1 and 1."""

    low: Floats
    high: Floats
    powers: NDArray[np.int64]
    c: Floats

    def slopes(self, x: Floats) -> Floats:
        """d(ln B)/dx, of shape (states, 2)."""
        return np.stack([self.terms(x, axis) @ self.c for axis in (0, 1)], axis=1)

    def terms(self, x: Floats, axis: int) -> Floats:
        """Derivative of each power, of shape (states, powers)."""
        half = 0.5 * (self.high - self.low)
        y = (x - 0.5 * (self.high + self.low)) / half
        p, q = (self.powers[:, axis], self.powers[:, 1 - axis])
        lower = np.where(p > 0, y[:, axis, None] ** np.maximum(p - 1, 0), 0.0)
        result: Floats = p * lower * y[:, 1 - axis, None] ** q / half[axis]
        return result

    def bend(self) -> Floats:
        """Bound of the change of each slope over a change of y by 1, in the largest norm."""
        half = 0.5 * (self.high - self.low)
        p, q = self.powers.T
        first = np.abs(self.c) @ (p * (np.maximum(p - 1, 0) + q)) / half[0]
        second = np.abs(self.c) @ (q * (np.maximum(q - 1, 0) + p)) / half[1]
        return np.array([first, second])


def _dulac(scaled: ScaledNetwork) -> dict[str, object] | None:
    """Find and verify ln B where all activations are bounded."""
    network = scaled.network
    if scaled.any_input or not scaled.bounded.all():
        return None
    field = DenseField(network)
    low, high = scaled.low / scaled.scale, scaled.high / scaled.scale
    box_low, box_high = field.drive.between(low, high)
    width = 1e-6 * (1.0 + np.abs(box_low) + np.abs(box_high))
    box_low, box_high = box_low - width, box_high + width
    look(1.0)
    from scipy.optimize import linprog  # which takes a while, and few networks ask for

    powers = np.array([(p, s - p) for s in range(1, DEGREE + 1) for p in range(s + 1)])
    weight = _Weight(box_low, box_high, powers, np.zeros(len(powers)))
    sides = [np.linspace(box_low[k], box_high[k], POINTS) for k in (0, 1)]
    x = np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 2)
    rate = 1.0 / network.tau
    f = field.residual(x) * rate
    divergence = (_own(field.jacobians(x)) * rate).sum(axis=1)
    A = sum(f[:, k, None] * weight.terms(x, k) for k in (0, 1))
    scale = float(np.sum(1.0 / network.tau))
    for largest in LARGEST:
        # Least t with D <= t at all points; small coefficients are easier to verify.
        found = linprog(
            np.r_[np.zeros(len(powers)), 1.0],
            A_ub=np.c_[A / scale, -np.ones(len(x))],
            b_ub=-divergence / scale,
            bounds=[(-largest, largest)] * len(powers) + [(None, None)],
        )
        if found.x is None or not found.x[-1] < -0.01:
            continue
        weight = weight._replace(c=found.x[:-1])
        boxes = _negative_everywhere(field, weight)
        if boxes is not None:
            box = [box_low, box_high]
            return {"powers": powers, "coefficients": weight.c, "boxes": boxes, "box": box}
    return None


def _own(matrices: Floats) -> Floats:
    """Diagonals of matrices, of shape (states, 2)."""
    result: Floats = np.diagonal(matrices, axis1=1, axis2=2)
    return result


def _negative_everywhere(field: DenseField, weight: _Weight) -> int | None:
    """Number of boxes on each of which D is below 0 for sure; None if they become too many."""
    network, rate, sizes = field.network, 1.0 / field.network.tau, np.abs(field.W).T
    bend, whole = weight.bend(), weight.high - weight.low
    low, high = weight.low[None], weight.high[None]
    m, done = smoothness(network), 0
    for _ in range(60):
        look()
        middle, half = 0.5 * (low + high), 0.5 * (high - low) * (1.0 + 1e-12)
        g = [field.activation(edge) for edge in (middle - half, middle + half)]
        slack = ACTIVATION * (1.0 + np.abs(g[0]) + np.abs(g[1]))
        g_low, g_high = g[0] - slack, g[1] + slack
        least, most = field.drive.between(g_low, g_high)
        error = ACTIVATION * ((np.abs(g_low) + np.abs(g_high)) @ sizes + np.abs(middle) + 1.0)
        f = np.stack([least - middle - half - error, most - middle + half + error]) * rate
        h = field.neurons.hessian(middle, np.ones_like(middle))
        h = np.stack([h * np.exp(-m * half), h * np.exp(m * half)]) + ACTIVATION * np.array(
            [[[-1.0]], [[1.0]]]
        )
        D = np.max([_own(field.jacobians_of(ends)) for ends in h], axis=0) * rate
        turn = bend * (half / (0.5 * whole)).max(axis=1, keepdims=True)
        P = weight.slopes(middle)
        turn = turn + ACTIVATION * (1.0 + np.abs(P)) * (1.0 + float(np.abs(weight.c).sum()))
        ends = [(P + s * turn) * f[k] for s in (-1.0, 1.0) for k in (0, 1)]
        D = D + np.max(ends, axis=0)
        left = ~(D.sum(axis=1) < -MARGIN * float(rate.sum()))
        done += int(np.count_nonzero(~left))
        low, high = low[left], high[left]
        if low.size == 0:
            return done
        if done + 2 * len(low) > MOST_BOXES:
            return None
        axis = np.argmax((high - low) / whole, axis=1)
        row = np.arange(len(low))
        cut = 0.5 * (low[row, axis] + high[row, axis])
        upper, lower = low.copy(), high.copy()
        upper[row, axis], lower[row, axis] = cut, cut
        low, high = np.concatenate([low, upper]), np.concatenate([lower, high])
    return None
