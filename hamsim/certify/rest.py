"""Rest states: found by Newton's method, and shown to exist close to where they were found.

A rest state solves F(x) = x - W g(x) - I = 0. With J = 1 - W H and an approximate inverse A of J
at x, the map y -> y - A F(y) takes the box |y - x| <= r into itself if

    |A F(x)| + |1 - A J| r + |A W| e(r) <= r,     e(r) >= |g(y) - g(x) - H (y - x)| in the box;

then it has a fixed point there (Brouwer), which is a rest state if also |1 - A J| < 1. The bound
e(r) is taken from values of g on a grid, between which a nondecreasing g cannot hide anything, or
from a bound of the Hessian's relative change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.certify.problem import Problem
from hamsim.evaluation import activations, hessian_times
from hamsim.expression import evaluate
from hamsim.network import Floats, Group, Network

__all__ = [
    "Rest",
    "distinct_rest_states",
    "locally_lipschitz",
    "rest_state",
    "starts",
    "unstable_rate",
]

EPS = float(np.finfo(np.float64).eps)
CELLS = 256
# Two states count as two only this many times their error bounds apart.
APART = 1e3

# m with |d/ds v.H(x + s z) v| <= m |z| v.H v: |z| the largest entry, or the Euclidean norm for
# those in ROUND. For softmax, H = beta Cov_p and the derivative is a third central moment.
CHANGE = {
    "identity": "0",
    "softplus": "beta",
    "sigmoid": "beta",
    "tanh": "2 * beta",
    "arctan": "1",
    "relativistic": "3 / 2",
    "softsign": "2",
    "asinh": "1 / 2",
    "compressive": "1 / 2",
    "exponential": "beta",
    "softmax": "2 * beta",
    "ghostmax": "2 * beta",
    "softmax_ridge": "2 * beta",
    "spherical": "3 / sqrt(epsilon)",
    "layer_norm": "3 / sqrt(n * epsilon)",
    "rms_norm": "3 / sqrt(n * epsilon)",
}
ROUND = ("spherical", "layer_norm", "rms_norm")
# Where a piecewise linear activation bends or jumps; its slope is constant in between.
BENDS = {
    "relu": ("0",),
    "leaky_relu": ("0",),
    "hard_tanh": ("-1", "1"),
    "clipped_relu": ("0", "ceiling"),
    "soft_threshold": ("-threshold", "threshold"),
    "sign": ("0",),
    "step": ("0",),
}
# Families with unbounded slopes that are nevertheless locally Lipschitz.
STEEP = ("rectified_polynomial", "exponential", "rectified_exponential")


@dataclass(frozen=True, eq=False)
class Rest:
    """A rest state that was shown to exist.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Approximate state; the rest state differs by at most `radius` in each neuron.
    radius : float
    residual : float
        Largest |W g + I - x|.
    condition : float
        Of the Jacobian 1 - W H, in the largest-row-sum norm.
    """

    x: Floats
    radius: float
    residual: float
    condition: float

    def apart(self, other: Rest) -> bool:
        """Whether the other is a different rest state, by far."""
        distance = float(np.max(np.abs(self.x - other.x)))
        return distance > APART * max(self.radius, other.radius)


def locally_lipschitz(problem: Problem) -> bool:
    """Whether the activations are known to be locally Lipschitz."""
    for group in problem.network.groups:
        finite = bool(np.all(np.isfinite(problem.slope[group.slice])))
        name = group.family.name
        steep = name in STEEP and not group.family.formula
        if group.family.formula:
            steep = group.family.lipschitz and bool(np.all(problem.everywhere[group.slice]))
        if name == "power" and not group.family.formula:
            steep = bool(np.all(group.parameters["degree"] >= 2))
        if not (finite or steep):
            return False
    return True


def _number(group: Group, text: str) -> Floats:
    with np.errstate(divide="ignore"):
        value = evaluate(text, {**group.parameters, "n": float(group.shared)}, finite=False)
    return np.broadcast_to(np.asarray(value, dtype=np.float64), (group.size,))


def _change(network: Network, x: Floats, r: float) -> Floats:
    """C with |H(y) - H(x)| <= c H(x) in the box |y - x| <= r, of each neuron; or infinite."""
    result = np.full(x.size, np.inf)
    for group in network.groups:
        name, part = group.family.name, group.slice
        if group.family.formula:
            continue
        if name in CHANGE:
            size = r * (np.sqrt(group.shared) if name in ROUND else 1.0)
            with np.errstate(over="ignore"):
                result[part] = np.expm1(_number(group, CHANGE[name]) * size)
        elif name in BENDS:
            far = np.min([np.abs(x[part] - _number(group, at)) for at in BENDS[name]], axis=0)
            result[part] = np.where(far > r, 0.0, np.inf)
    return result


def _jumps(network: Network) -> NDArray[np.bool_]:
    """Neurons whose activation jumps, or of which that is not known."""
    parts = [
        np.full(
            group.size,
            group.family.name in ("sign", "step")
            or (bool(group.family.formula) and group.family.kinks),
        )
        for group in network.groups
    ]
    return np.concatenate(parts)


def _grid_error(network: Network, x: Floats, h: Floats, r: float) -> Floats:
    """Bound of |g(y) - g(x) - h (y - x)| for |y - x| <= r, for nondecreasing g of each neuron."""
    steps = r * np.linspace(-1.0, 1.0, 2 * CELLS + 1)
    values = activations(network, x + steps[:, None])
    at = values[CELLS]
    rise = values - at
    low = rise[:-1] - h * steps[1:, None]
    high = rise[1:] - h * steps[:-1, None]
    error: Floats = np.max(np.maximum(np.abs(low), np.abs(high)), axis=0)
    moves = values[0] != values[-1]
    error[_jumps(network) & moves] = np.inf
    return error


class _Local:
    """Everything about a network near one state."""

    def __init__(self, problem: Problem, x: Floats) -> None:
        network = problem.network
        self.problem, self.network, self.x = problem, network, x
        n = x.size
        self.W = network.W.toarray()
        self.g = activations(network, x[None])[0]
        self.H = hessian_times(network, np.broadcast_to(x, (n, n)), np.eye(n)).T
        self.F = x - self.W @ self.g - network.input
        self.J = np.eye(n) - self.W @ self.H

    def error(self, r: float) -> Floats:
        """Bound of |g(y) - g(x) - H (y - x)| in the box, of each neuron; or infinite."""
        sets, additive = self.problem.sets, self.problem.additive
        error = _grid_error(self.network, self.x, np.diag(self.H), r)
        collective = ~additive
        error[collective] = np.inf
        change = _change(self.network, self.x, r)
        known = np.flatnonzero(np.isfinite(change))
        for first in np.unique(sets[known]):
            members = np.flatnonzero(sets == first)
            size = np.linalg.norm(self.H[np.ix_(members, members)], 2)
            bound = change[members] * size * r * np.sqrt(members.size)
            error[members] = np.minimum(error[members], bound)
        error += 1e-13 * (1.0 + np.abs(self.g))
        return error

    def hessian_change(self, r: float) -> float:
        """Bound of the 2-norm of H(y) - H(x) in the box; or infinite."""
        change = _change(self.network, self.x, r)
        return (
            float(change.max() * np.linalg.norm(self.H, 2))
            if np.isfinite(change).all()
            else (np.inf)
        )


def rest_state(problem: Problem, x: Floats) -> Rest | None:
    """Show that there is a rest state close to x.

    Parameters
    ----------
    problem : Problem
        All Lagrangians convex, no gated synapses; few neurons.
    x : ndarray, shape (n,)
        Where Newton's method ended.

    Returns
    -------
    Rest or None
        None if it could not be shown.
    """
    n = x.size
    local = _Local(problem, x)
    if not (np.all(np.isfinite(local.J)) and np.all(np.isfinite(local.F))):
        return None
    try:
        A = np.linalg.inv(local.J)
    except np.linalg.LinAlgError:
        return None
    size, weight = np.abs(A), np.abs(local.W)
    terms = weight @ np.abs(local.g) + np.abs(problem.network.input) + np.abs(x)
    noise = (n + 4) * EPS * terms + 1e-14 * weight @ (1.0 + np.abs(local.g))
    step = float((np.abs(A @ local.F) + size @ noise).max())
    off = np.abs(np.eye(n) - A @ local.J) + (n + 4) * EPS * (size @ np.abs(local.J))
    turn = float(off.sum(axis=1).max())
    if not turn < 0.5:
        return None
    drive = np.abs(A @ local.W) + (n + 4) * EPS * (size @ weight)
    condition = float(size.sum(axis=1).max() * np.abs(local.J).sum(axis=1).max())
    radius = max(4.0 * step, 1e-9 * (1.0 + float(np.abs(x).max())))
    for _ in range(6):
        if step + turn * radius + float((drive @ local.error(radius)).max()) <= 0.99 * radius:
            residual = float(np.abs(local.F).max())
            return Rest(x, radius, residual, condition)
        radius *= 10.0
    return None


def unstable_rate(problem: Problem, rest: Rest) -> float | None:
    """Lower bound above 0 of the fastest growth near a rest state; None if there is none for sure.

    Parameters
    ----------
    problem : Problem
        All tau above 0.
    rest : Rest

    Notes
    -----
    Eigenvalues of the linearisation (W H - 1) / tau by Bauer and Fike: each connected set of discs
    holds as many of them as discs.
    """
    local = _Local(problem, rest.x)
    n = rest.x.size
    rate = 1.0 / problem.network.tau
    matrix = -rate[:, None] * local.J
    change = local.hessian_change(rest.radius)
    change *= float(np.linalg.norm(rate[:, None] * local.W, 2))
    values, vectors = np.linalg.eig(matrix)
    try:
        inverse = np.linalg.inv(vectors)
    except np.linalg.LinAlgError:
        return None
    size = float(np.linalg.norm(matrix, 2))
    spread = float(np.linalg.norm(vectors, 2) * np.linalg.norm(inverse, 2))
    left = float(np.linalg.norm(inverse @ matrix @ vectors - np.diag(values)))
    radius = spread * (change + 100 * n * EPS * size * spread) + left
    bound = float(values.real.max()) - 2 * n * radius
    return bound if bound > 1e-6 * size else None


def starts(network: Network, count: int) -> Floats:
    """States from which to look for rest states, shape (some, n)."""
    n = network.n_neurons
    rng = np.random.default_rng(0)
    W = network.W.toarray()
    _, vectors = np.linalg.eigh(0.5 * (W + W.T))
    top = vectors[:, ::-1][:, :4].T
    top = top / np.abs(top).max(axis=1, keepdims=True)
    rows = [np.zeros((1, n)), network.input[None], np.atleast_2d(network.initial)[:8]]
    rows += [scale * sign * top for scale in (1.0, 4.0) for sign in (1.0, -1.0)]
    rows += [scale * np.ones((1, n)) for scale in (5.0, -5.0)]
    rows += [scale * rng.normal(size=(count, n)) for scale in (1.0, 4.0)]
    return np.concatenate(rows)


def _residual(network: Network, rows: Floats) -> Floats:
    with np.errstate(all="ignore"):
        drive: Floats = (network.W @ activations(network, rows).T).T + network.input - rows
    return drive


def _relaxed(network: Network, rows: Floats, steps: int = 150) -> Floats:
    """Rows after damped fixed-point iteration; those that run away are left where they were."""
    current = rows.copy()
    with np.errstate(all="ignore"):
        for _ in range(steps):
            following = current + 0.3 * _residual(network, current)
            fine = np.all(np.isfinite(following) & (np.abs(following) < 1e6), axis=1)
            current[fine] = following[fine]
    return current


def _newton(network: Network, x: Floats, W: Floats) -> tuple[Floats | None, int]:
    """Zero of the residual by Newton's method with halved steps, and how many steps it took."""
    n = x.size
    u = _residual(network, x[None])[0]
    for step in range(40):
        size = float(np.abs(u).max())
        scale = 1.0 + float(np.abs(x).max())
        if not np.isfinite(size) or scale > 1e8:
            return None, step
        if size <= 1e-13 * scale:
            return x, step
        H = hessian_times(network, np.broadcast_to(x, (n, n)), np.eye(n)).T
        try:
            move = np.linalg.solve(np.eye(n) - W @ H, u)
        except np.linalg.LinAlgError:
            return None, step
        lengths = 0.5 ** np.arange(12)
        tried = _residual(network, x + lengths[:, None] * move)
        with np.errstate(invalid="ignore"):
            better = np.flatnonzero(np.abs(tried).max(axis=1) < size)
        if better.size == 0:
            return (x if size <= 1e-9 * scale else None), step
        x, u = x + lengths[better[0]] * move, tried[better[0]]
    return (x if float(np.abs(u).max()) <= 1e-9 * (1.0 + float(np.abs(x).max())) else None), 40


def distinct_rest_states(problem: Problem, rows: Floats, most: int = 2) -> list[Rest]:
    """Look for rest states that exist for sure and are far from each other.

    Parameters
    ----------
    problem : Problem
        All Lagrangians convex, no gated synapses; few neurons.
    rows : ndarray, shape (some, n)
        Where to start.
    most : int
        Enough of them.
    """
    network = problem.network
    W = network.W.toarray()
    budget = max(20, int(4e9 / (W.shape[0] ** 3 + 1e6)))
    found: list[Rest] = []
    seen: list[Floats] = []
    for x in _candidates(network, rows):
        if budget <= 0 or len(found) >= most:
            break
        if not np.all(np.isfinite(x)):
            continue
        if any(np.abs(x - other).max() < 1e-6 for other in seen):
            continue
        with np.errstate(all="ignore"):
            root, steps = _newton(network, x, W)
        budget -= steps + 1
        if root is None:
            continue
        if any(np.abs(root - other).max() < 1e-6 * (1 + np.abs(root).max()) for other in seen):
            continue
        seen.append(root)
        budget -= 2
        with np.errstate(all="ignore"):
            rest = rest_state(problem, root)
        if rest is not None and all(rest.apart(other) for other in found):
            found.append(rest)
    return found


def _candidates(network: Network, rows: Floats) -> Iterable[Floats]:
    relaxed: Any = _relaxed(network, rows)
    yield from relaxed
    yield from rows
