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
from hamsim.certify.problem import Problem
from hamsim.certify.rest import BENDS, CHANGE, ROUND, smoothness
from hamsim.condition import Condition
from hamsim.deadline import look
from hamsim.expression import evaluate
from hamsim.operator import neurons_of

__all__ = ["goes_round_nowhere"]

BENDIXSON = "no closed curve of solutions where areas shrink (Bendixson 1901; Poincare-Bendixson)"
DULAC = "no closed curve of solutions where weighted areas shrink (Dulac 1937; Poincare-Bendixson)"
MARGIN = 1e-9
# Limits of g / x at minus and plus infinity.
FAR = {
    "identity": ("gain", "gain"),
    "relu": ("0", "1"),
    "leaky_relu": ("slope", "1"),
    "elu": ("0", "1"),
    "softplus": ("0", "1"),
    "soft_threshold": ("1", "1"),
    "swish": ("0", "1"),
    "gelu": ("0", "1"),
}
# Degree of ln B, points on each side of the grid of the linear programme, and boxes at most.
DEGREE, POINTS, MOST_BOXES = 6, 28, 100_000
# Bounds of the coefficients of ln B that are tried.
LARGEST = (0.3, 1.0, 3.0, 10.0, 30.0)


def goes_round_nowhere(problem: Problem) -> Condition | None:
    """Show that every solution of two neurons comes to rest.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    Condition or None
        Proved; None if it could not be shown.
    """
    network = problem.network
    if network.n_neurons != 2 or network.triples is not None or np.any(network.tau == 0):
        return None
    if not (problem.additive.all() and problem.everywhere.all()):
        return None
    least, most = problem.own_slopes
    if not (np.all(np.isfinite(least)) and np.all(np.isfinite(most)) and _bounded(problem)):
        return None
    own = network.W.diagonal()
    rate = 1.0 / network.tau
    terms = np.maximum(own * least, own * most) * rate
    divergence = float(np.sum(terms - rate))
    size = float(np.sum(np.abs(terms) + rate))
    families = [group.family for group in network.groups]
    smooth = all(f.name in CHANGE and not f.formula and f.name not in ROUND for f in families)
    if divergence < -MARGIN * size and (smooth or _isolated(problem, least, most)):
        return _proved("areas shrink", BENDIXSON, {"largest_divergence": divergence})
    with np.errstate(all="ignore"):
        weighted = _dulac(problem) if smooth and problem.convex.all() else None
    if weighted is None:
        return None
    return _proved("areas shrink once they are weighted", DULAC, weighted)


def _proved(what: str, theorem: str, evidence: dict[str, object]) -> Condition:
    message = f"solutions of the two neurons are bounded and {what}, so every solution rests"
    return Condition(NAME, "proved", message, evidence=evidence, theorem=theorem)


# --- bounded solutions ----------------------------------------------------------------------


def _bounded(problem: Problem) -> bool:
    """Whether all solutions are bounded."""
    if problem.bounded.all():
        return True
    far = _far_slopes(problem)
    return far is not None and _shrinks_far_out(problem, far)


def _far_slopes(problem: Problem) -> Floats | None:
    """Limits of g / x of each neuron towards minus and plus infinity, of shape (2, n)."""
    rows = []
    for group in problem.network.groups:
        name = group.family.name
        if name in FAR and not group.family.formula:
            values = [evaluate(text, dict(group.parameters)) for text in FAR[name]]
            rows.append([np.broadcast_to(np.asarray(v, float), (group.size,)) for v in values])
        elif not group.family.formula and np.all(group.fact("growth") < 1.0):
            rows.append([np.zeros(group.size)] * 2)
        else:
            return None
    result: Floats = np.concatenate([np.array(row) for row in rows], axis=1)
    return result


def _shrinks_far_out(problem: Problem, far: Floats) -> bool:
    """Whether all rays of directions that stay shrink, and there is one for sure."""
    network = problem.network
    W, rate = network.W.toarray(), 1.0 / network.tau
    some = False
    for first in (0, 1):
        for second in (0, 1):
            A = rate[:, None] * (W * np.array([far[first, 0], far[second, 1]]) - np.eye(2))
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


def _isolated(problem: Problem, least: Floats, most: Floats) -> bool:
    """Whether rest states of piecewise linear activations are isolated.

    At kinks there is no centre manifold, but the linear system of each piece is regular.
    """
    families = [group.family for group in problem.network.groups]
    if not all(f.name in (*BENDS, "identity") and not f.formula for f in families):
        return False
    W = problem.network.W.toarray()
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


def _dulac(problem: Problem) -> dict[str, object] | None:
    """Find and verify ln B where all activations are bounded."""
    network = problem.network
    if problem.any_input or not problem.bounded.all():
        return None
    W = network.W.toarray()
    low, high = problem.low / problem.scale, problem.high / problem.scale
    up, down = np.maximum(W, 0.0), np.minimum(W, 0.0)
    box_low = up @ low + down @ high + network.input
    box_high = up @ high + down @ low + network.input
    width = 1e-6 * (1.0 + np.abs(box_low) + np.abs(box_high))
    box_low, box_high = box_low - width, box_high + width
    look(1.0)
    from scipy.optimize import linprog  # which takes a while, and few networks ask for

    powers = np.array([(p, s - p) for s in range(1, DEGREE + 1) for p in range(s + 1)])
    weight = _Weight(box_low, box_high, powers, np.zeros(len(powers)))
    sides = [np.linspace(box_low[k], box_high[k], POINTS) for k in (0, 1)]
    x = np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 2)
    f, divergence = _field(problem, x)
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
        boxes = _negative_everywhere(problem, weight)
        if boxes is not None:
            box = [box_low, box_high]
            return {"powers": powers, "coefficients": weight.c, "boxes": boxes, "box": box}
    return None


def _field(problem: Problem, x: Floats) -> tuple[Floats, Floats]:
    """X' and the divergence in states."""
    network = problem.network
    rate = 1.0 / network.tau
    g = neurons_of(network).activate(x)
    h = neurons_of(network).hessian(x, np.ones_like(x))
    f = ((network.W @ g.T).T + network.input - x) * rate
    divergence: Floats = ((network.W.diagonal() * h - 1.0) * rate).sum(axis=1)
    return f, divergence


def _negative_everywhere(problem: Problem, weight: _Weight) -> int | None:
    """Number of boxes on each of which D is below 0 for sure; None if they become too many."""
    network = problem.network
    W, rate, own = network.W.toarray(), 1.0 / network.tau, network.W.diagonal()
    up, down = np.maximum(W, 0.0), np.minimum(W, 0.0)
    bend, whole = weight.bend(), weight.high - weight.low
    low, high = weight.low[None], weight.high[None]
    m, done = smoothness(network), 0
    for _ in range(60):
        look()
        middle, half = 0.5 * (low + high), 0.5 * (high - low) * (1.0 + 1e-12)
        g = [neurons_of(network).activate(edge) for edge in (middle - half, middle + half)]
        slack = ACTIVATION * (1.0 + np.abs(g[0]) + np.abs(g[1]))
        g_low, g_high = g[0] - slack, g[1] + slack
        least = g_low @ up.T + g_high @ down.T + network.input - middle - half
        largest = g_high @ up.T + g_low @ down.T + network.input - middle + half
        error = ACTIVATION * ((np.abs(g_low) + np.abs(g_high)) @ np.abs(W).T + np.abs(middle) + 1.0)
        f = np.stack([(least - error) * rate, (largest + error) * rate])
        h = neurons_of(network).hessian(middle, np.ones_like(middle))
        h = np.stack([h * np.exp(-m * half), h * np.exp(m * half)]) + ACTIVATION * np.array(
            [[[-1.0]], [[1.0]]]
        )
        D = (np.max(own * h, axis=0) - 1.0) * rate
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
