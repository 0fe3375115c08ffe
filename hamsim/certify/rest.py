"""Rest states: found by Newton's method, and shown to exist close to where they were found.

A rest state solves F(x) = x - W g(x) - I = 0. With J = 1 - W H and an approximate inverse A of J
at x, the map y -> y - A F(y) takes the box |y - x| <= r into itself if

    |A F(x)| + |1 - A J| r + |A W| e(r) <= r,     e(r) >= |g(y) - g(x) - H (y - x)| in the box;

then it has a fixed point there (Brouwer), which is a rest state if also |1 - A J| < 1. The bound
e(r) is taken from values of g on a grid, between which a nondecreasing g cannot hide anything, or
from a bound of the Hessian's relative change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.certify.problem import Problem
from hamsim.deadline import look
from hamsim.expression import evaluate
from hamsim.network import Group, Network
from hamsim.operator import neurons_of
from hamsim.spectrum.eigenvectors import top_eigenvectors

__all__ = [
    "MOST_SOLVED",
    "Field",
    "Rest",
    "distinct_rest_states",
    "locally_lipschitz",
    "rest_state",
    "smoothness",
    "starts",
    "unlike",
    "unstable_rate",
]

EPS = float(np.finfo(np.float64).eps)
CELLS = 128
# Two states count as two only this many times their error bounds apart.
APART = 1e3
# Multiplications that a search for rest states may cost, and entries of Jacobians made at once.
WORK = 5e8
BATCH = 100_000
# Largest networks whose rest states are looked for.
MOST_SOLVED = 500
# Starts that are tried before all others.
FIRST = 8
# Steps of Newton's method from a start.
ROUNDS = 25

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
# Families whose activation magnifies the rounding of an exponent.
POWERS = ("power", "rectified_polynomial", "exponential", "rectified_exponential", "hill")
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


def smoothness(network: Network) -> Floats:
    """How fast the Hessian changes with the state, of each neuron: m of CHANGE, or infinite.

    Parameters
    ----------
    network : Network
        For families in ROUND as a multiple of the largest entry, too.
    """
    result = np.full(network.n_neurons, np.inf)
    for group in network.groups:
        name = group.family.name
        if name in CHANGE and not group.family.formula:
            size = np.sqrt(group.shared) if name in ROUND else 1.0
            result[group.slice] = _number(group, CHANGE[name]) * size
    return result


def _change(network: Network, x: Floats, r: float) -> Floats:
    """C with |H(y) - H(x)| <= c H(x) in the box |y - x| <= r, of each neuron; or infinite."""
    with np.errstate(over="ignore"):
        result: Floats = np.expm1(smoothness(network) * r)
    for group in network.groups:
        name, part = group.family.name, group.slice
        if name in BENDS and not group.family.formula:
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
    values = neurons_of(network).activate(x + steps[:, None])
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
        self.g = neurons_of(network).activate(x[None])[0]
        self.H = neurons_of(network).hessian(np.broadcast_to(x, (n, n)), np.eye(n)).T
        self.F = x - self.W @ self.g - network.input
        self.J = np.eye(n) - self.W @ self.H
        # What J was rounded from, which may be far larger where both terms cancel.
        self.sizes = np.eye(n) + np.abs(self.W) @ np.abs(self.H)

    def error(self, r: float, fine: bool) -> Floats:
        """Bound of |g(y) - g(x) - H (y - x)| in the box, of each neuron; or infinite.

        Parameters
        ----------
        r : float
        fine : bool
            Whether to look at values of g where no bound of the Hessian's change is known.
        """
        change = _change(self.network, self.x, r)
        with np.errstate(invalid="ignore"):
            error = change * self.size * r * np.sqrt(self.members)
        unknown = ~np.isfinite(change)
        error[unknown] = np.inf
        if fine:
            grid = _grid_error(self.network, self.x, np.diag(self.H), r)
            error = np.where(unknown & self.problem.additive, grid, error)
        error += 1e-13 * (1.0 + np.abs(self.g))
        return error

    @cached_property
    def members(self) -> Ints:
        """How many neurons share the Lagrangian of each."""
        sets = self.problem.sets
        counts: Ints = np.bincount(sets, minlength=sets.size)[sets]
        return counts

    @cached_property
    def size(self) -> Floats:
        """Norm of the Hessian of each neuron's Lagrangian."""
        size: Floats = np.abs(np.diag(self.H))
        for first in np.unique(self.problem.sets[self.members > 1]):
            some = np.flatnonzero(self.problem.sets == first)
            size[some] = np.linalg.norm(self.H[np.ix_(some, some)], 2)
        return size

    def hessian_change(self, r: float) -> float:
        """Bound of the 2-norm of H(y) - H(x) in the box; or infinite."""
        change = _change(self.network, self.x, r)
        return (
            float(change.max() * np.linalg.norm(self.H, 2))
            if np.isfinite(change).all()
            else (np.inf)
        )


def _activation_error(problem: Problem) -> Floats:
    """Bound of the rounding of each activation, relative to 1 + |g|."""
    groups = problem.network.groups
    errors = [1e-12 if group.family.name in POWERS else 1e-14 for group in groups]
    return np.repeat(errors, [group.size for group in groups])


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
    look(3e-9 * n**3)
    local = _Local(problem, x)
    if not (np.all(np.isfinite(local.J)) and np.all(np.isfinite(local.F))):
        return None
    try:
        A = np.linalg.inv(local.J)
    except np.linalg.LinAlgError:
        return None
    size, weight = np.abs(A), np.abs(local.W)
    terms = weight @ np.abs(local.g) + np.abs(problem.network.input) + np.abs(x)
    noise = (n + 4) * EPS * terms + weight @ (_activation_error(problem) * (1.0 + np.abs(local.g)))
    step = float((np.abs(A @ local.F) + size @ noise).max())
    off = np.abs(np.eye(n) - A @ local.J) + (n + 4) * EPS * (size @ local.sizes)
    turn = float(off.sum(axis=1).max())
    if not turn < 0.5:
        return None
    drive = np.abs(A @ local.W) + (n + 4) * EPS * (size @ weight)
    condition = float(size.sum(axis=1).max() * np.abs(local.J).sum(axis=1).max())
    smallest = max(4.0 * step, 1e-9 * (1.0 + float(np.abs(x).max())))
    for fine in (False, True):
        last = np.inf
        for radius in map(float, smallest * 10.0 ** np.arange(6)):
            error = local.error(radius, fine)
            reach = (step + float((drive @ error).max())) / radius + turn
            if reach <= 0.99:
                return Rest(x, radius, float(np.abs(local.F).max()), condition)
            if not reach < 0.9 * last:  # no larger box will do
                break
            last = reach
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
    size = float(np.linalg.norm(rate[:, None] * local.sizes, 2))
    spread = float(np.linalg.norm(vectors, 2) * np.linalg.norm(inverse, 2))
    left = float(np.linalg.norm(inverse @ matrix @ vectors - np.diag(values)))
    radius = spread * (change + 100 * n * EPS * size * spread) + left
    bound = float(values.real.max()) - 2 * n * radius
    return bound if bound > 1e-6 * size else None


def starts(network: Network, count: int) -> Floats:
    """States from which to look for rest states, shape (some, n), the most promising first."""
    n = network.n_neurons
    rng = np.random.default_rng(0)
    W = network.W.toarray()
    _, vectors = top_eigenvectors(0.5 * W + 0.5 * W.T, 4)  # a sum might overflow
    top = vectors[:, ::-1].T
    top = top / np.abs(top).max(axis=1, keepdims=True)
    initial = np.atleast_2d(network.initial)[:8]
    # What one neuron drives: where W is symmetric under shifts, a state with a mirror, which
    # Newton's method keeps, so that it does not slide along the states that are shifted.
    column = W[:, [np.abs(W).sum(axis=0).argmax()]].T
    driven = network.input + 4.0 * column / max(float(np.abs(column).max()), 1e-300)
    rows = [np.zeros((1, n)), initial[:1], 4.0 * top[:1], -4.0 * top[:1], network.input[None]]
    rows += [driven]
    rows += [scale * np.ones((1, n)) for scale in (5.0, -5.0)]
    rows += [initial[1:], 4.0 * top[1:], -4.0 * top[1:], top, -top]
    rows += [scale * rng.normal(size=(count, n)) for scale in (1.0, 4.0)]
    return np.concatenate(rows)


class Field:
    """W g + I - x and its derivatives at many states at once, with a dense W.

    Parameters
    ----------
    problem : Problem
        Few neurons, no gated synapses.
    """

    def __init__(self, problem: Problem) -> None:
        self.network = problem.network
        self.W = self.network.W.toarray()
        self.full = self.network.W.nnz > 0.05 * self.W.size
        sets = problem.sets
        order = np.argsort(sets, kind="stable")
        first = np.flatnonzero(np.r_[True, np.diff(sets[order]) != 0])
        self.rank = np.empty(sets.size, dtype=np.int64)
        self.rank[order] = np.arange(sets.size) - np.repeat(first, np.diff(np.r_[first, sets.size]))
        self.shared = sets[:, None] == sets

    def residual(self, rows: Floats) -> Floats:
        """W g + I - x, of shape (rows, n)."""
        g = neurons_of(self.network).activate(rows)
        drive: Floats = g @ self.W.T if self.full else (self.network.W @ g.T).T
        return drive + self.network.input - rows

    def hessians(self, rows: Floats) -> Floats:
        """H, of shape (rows, n, n)."""
        (k, n), width = rows.shape, int(self.rank.max()) + 1
        # Each trial asks for one column of every set of neurons that share a Lagrangian.
        vectors = (self.rank == np.arange(width)[:, None]).astype(np.float64)
        trials = np.repeat(rows, width, axis=0)
        out = (
            neurons_of(self.network).hessian(trials, np.tile(vectors, (k, 1))).reshape(k, width, n)
        )
        H: Floats = np.where(self.shared, out[:, self.rank].transpose(0, 2, 1), 0.0)
        return H

    def jacobians(self, rows: Floats) -> Floats:
        """1 - W H, of shape (rows, n, n)."""
        n = rows.shape[1]
        if self.rank.any():
            J: Floats = -(self.W @ self.hessians(rows))
        else:
            J = -self.W * neurons_of(self.network).hessian(rows, np.ones_like(rows))[:, None]
        J[:, np.arange(n), np.arange(n)] += 1.0
        return J

    def relaxed(self, rows: Floats, steps: int) -> Floats:
        """Rows after damped fixed-point iteration; those that run away stay where they were."""
        current = rows.copy()
        for _ in range(steps):
            look()
            following = current + 0.3 * self.residual(current)
            fine = np.all(np.abs(following) < 1e6, axis=1)  # not so if it is NaN
            if fine.all():
                current[:] = following
            else:
                current[fine] = following[fine]
        return current

    def newton(self, rows: Floats) -> tuple[Floats, NDArray[np.bool_], int]:
        """States by Newton's method with halved steps, which are zeros, and row steps taken."""
        x, taken = rows.copy(), 0
        u = self.residual(x)
        size = np.abs(u).max(axis=1)
        going = np.isfinite(size)
        for _ in range(ROUNDS):
            look()
            scale = 1.0 + np.abs(x).max(axis=1)
            going &= (size > 1e-13 * scale) & (scale <= 1e8)
            some = np.flatnonzero(going)
            if some.size == 0:
                break
            taken += some.size
            move = _solved(self.jacobians(x[some]), u[some])
            better = self._halved(x, u, size, some, move)
            going[some[~better]] = False
        fine = size <= 1e-9 * (1.0 + np.abs(x).max(axis=1))  # not so if it is NaN
        return x, fine, taken

    def _halved(
        self, x: Floats, u: Floats, size: Floats, some: Ints, move: Floats
    ) -> NDArray[np.bool_]:
        """Take the longest of halved steps that make the residual smaller, where there is one."""
        better = np.zeros(some.size, dtype=bool)
        for lengths in (np.ones(1), 0.5 ** np.arange(1, 12)):
            left = np.flatnonzero(~better)
            if left.size == 0:
                break
            tried = x[some[left], None] + lengths[:, None] * move[left, None]
            rest = self.residual(tried.reshape(-1, x.shape[1])).reshape(tried.shape)
            sizes = np.abs(rest).max(axis=2)
            smaller = sizes < size[some[left], None]
            pick, found = smaller.argmax(axis=1), smaller.any(axis=1)
            row, pick = np.flatnonzero(found), pick[found]
            to = some[left[row]]
            x[to], u[to], size[to] = tried[row, pick], rest[row, pick], sizes[row, pick]
            better[left[row]] = True
        return better


def _solved(J: Floats, u: Floats) -> Floats:
    """J^-1 u of each row; NaN where J is singular."""
    try:
        solution: Floats = np.asarray(np.linalg.solve(J, u[:, :, None]), dtype=np.float64)[..., 0]
    except np.linalg.LinAlgError:
        if len(u) == 1:
            return np.full_like(u, np.nan)
        return np.concatenate([_solved(J[k : k + 1], u[k : k + 1]) for k in range(len(u))])
    return solution


def unlike(rows: Floats, seen: list[Floats], near: float) -> list[Floats]:
    """Rows that differ from each other, and from those that were seen.

    Parameters
    ----------
    rows : ndarray, shape (some, n)
    seen : list of ndarray, each of shape (n,)
    near : float
        States this close count as one, relative to 1 + their largest entry.
    """
    kept: list[Floats] = []
    for x in rows:
        distance = near * (1.0 + float(np.abs(x).max()))
        others = [*seen, *kept]
        if not others or np.abs(np.array(others) - x).max(axis=1).min() >= distance:
            kept.append(x)
    return kept


def distinct_rest_states(problem: Problem, rows: Floats, most: int = 2) -> list[Rest]:
    """Look for rest states that exist for sure and are far from each other.

    Parameters
    ----------
    problem : Problem
        All Lagrangians convex, no gated synapses; few neurons.
    rows : ndarray, shape (some, n)
        Where to start, the most promising first.
    most : int
        Enough of them.
    """
    field, n = Field(problem), rows.shape[1]
    found: list[Rest] = []
    seen: list[Floats] = []
    budget = WORK
    # Fitted to measured times: overheads go with n^2, and shared Hessians are full.
    dear = (n**3 + 130.0 * n**2) * (2.5 if field.rank.any() else 1.0) + 2e5
    with np.errstate(all="ignore"):
        for candidates in _candidates(field, rows, seen):
            at_once = int(np.clip(BATCH // n**2, 1, len(candidates)))
            for first in range(0, len(candidates), at_once):
                if budget <= 0.0:
                    return found
                roots, fine, taken = field.newton(np.array(candidates[first : first + at_once]))
                budget -= taken * dear
                for root in unlike(roots[fine], seen, 1e-6):
                    if budget <= 0.0:
                        return found
                    seen.append(root)
                    budget -= 5.0 * n**3 + 5e6
                    rest = rest_state(problem, root)
                    if rest is not None and all(rest.apart(other) for other in found):
                        found.append(rest)
                    if len(found) >= most:
                        return found
    return found


def _candidates(field: Field, rows: Floats, seen: list[Floats]) -> Iterator[list[Floats]]:
    """Where Newton's method starts: relaxed rows and rows, of the most promising ones first."""
    for some, steps in ((rows[:FIRST], 40), (rows[FIRST:], 100)):
        if some.size:
            relaxed = field.relaxed(some, steps)
            kept = unlike(relaxed[np.isfinite(relaxed).all(axis=1)], seen, 1e-3)
            if kept:
                yield kept
            yield list(some)
