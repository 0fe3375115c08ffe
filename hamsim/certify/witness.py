"""How fast the energy changes in a state, and the search for states in which it rises."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.certify.problem import Problem
from hamsim.deadline import look
from hamsim.errors import SimulationError
from hamsim.field.instants import require_explicit_instants
from hamsim.network import Network, Triples
from hamsim.operator import neurons_of

__all__ = ["MARGIN", "Rise", "climb", "energy_rate", "first_rise", "relax", "rows_at_once"]

# A rise counts if dE/dt is above this part of `size`, which is made so that rounding stays below.
MARGIN = 1e-9
# What a search wants of a rise, so that others find it too.
_CLEAR = 10 * MARGIN
# Rounding of activations and of H v, in units of the last place: generous for all formulas.
_ULPS = 256 * np.finfo(np.float64).eps
_PRODUCT = 16 * np.finfo(np.float64).eps
# States that are looked at before many are at once.
_FEW = 24
# Numbers that may be in memory for one array over several states.
_NUMBERS = 1_000_000


class Rise(NamedTuple):
    """A state in which the energy rises: dE/dt and the size of its terms."""

    x: Floats
    rate: float
    size: float


def energy_rate(problem: Problem, x: Floats) -> tuple[Floats, Floats] | None:
    """dE/dt in states.

    Neurons with tau = 0 follow at once, whatever state `x` gives them.

    Parameters
    ----------
    problem : Problem
    x : ndarray, shape (trials, n)

    Returns
    -------
    rate : ndarray, shape (trials,)
        dE/dt; not finite where activations overflow.
    size : ndarray, shape (trials,)
        Sum of the sizes of its terms, and so large that rounding changes `rate` by less than
        1e-9 of it.
    None
        In place of both, if neurons with tau = 0 depend on each other.

    Notes
    -----
    For E = sum d (x - I) g - sum d L - g.D W g / 2 - sum d T g g g, dE/dt is the sum of dE/dg_i
    times dg_i/dt, with dg/dt = H x'. Where D W is symmetric, dE/dg = - d tau x', so that
    dE/dt = - x'. D T H x' [HAM, eq. 4].
    """
    if not follows_at_once(problem.network):
        return None
    with np.errstate(all="ignore"):
        return _rate(problem, settle(problem, x))


def follows_at_once(network: Network) -> bool:
    """Whether the states of neurons with tau = 0 are a function of the others'."""
    try:
        require_explicit_instants(network)
    except SimulationError:
        return False
    return True


def settle(problem: Problem, x: Floats) -> Floats:
    """Put neurons with tau = 0 to the state that they follow, which must be explicit."""
    network = problem.network
    instant = network.tau == 0
    states = np.array(np.atleast_2d(x), dtype=np.float64)
    if instant.any():
        states[:, instant] = 0.0
        g = neurons_of(_without_synapses(network)).activate(states)
        states[:, instant] = drive(network, g)[:, instant]
    return states


def drive(network: Network, g: Floats) -> Floats:
    """W g + I, and of each gated synapse the product of the other two activations."""
    return _times(network.W, g) + network.input + _gated(network.triples, g, g.shape[1])


def relax(
    problem: Problem,
    x: Floats,
    held: NDArray[np.bool_],
    steps: int,
    target: Callable[[Floats, Floats], Floats] | None = None,
) -> Floats:
    """States closer to rest, by damped steps of all neurons that are not held.

    A state that runs away is given back as it was.

    Parameters
    ----------
    problem : Problem
    x : ndarray, shape (trials, n)
    held : ndarray of bool, shape (n,)
    steps : int
    target : callable, optional
        Of (states, activations): the states to go to in place of the drive.
    """
    network = problem.network
    own = _without_synapses(network)
    slope = np.clip(problem.slope / problem.scale, 0.0, 10.0)
    step = 1.0 / (1.0 + _absolute(network.W) @ slope)
    states = np.array(x)
    with np.errstate(all="ignore"):
        for _ in range(steps):
            look()
            g = neurons_of(own).activate(states)
            goal = drive(network, g) if target is None else target(states, g)
            moved = np.clip(states + step * (goal - states), -1e6, 1e6)
            states = np.where(held | ~np.isfinite(moved), states, moved)
    near = 1.0 + np.abs(x).max(axis=1, keepdims=True) + np.abs(network.input).max()
    ended: Floats = np.where(np.abs(states).max(axis=1, keepdims=True) < 100.0 * near, states, x)
    return ended


def rows_at_once(problem: Problem) -> int:
    """How many states are evaluated together."""
    return int(np.clip(_NUMBERS // problem.network.n_neurons, 1, 256))


def first_rise(problem: Problem, rows: Iterable[Floats]) -> tuple[Rise | None, Floats]:
    """Clearest rise among the first states that have one, and the best states otherwise.

    Parameters
    ----------
    problem : Problem
    rows : iterable of ndarray, each of shape (n,)

    Returns
    -------
    rise : Rise or None
    best : ndarray, shape (up to 8, n)
        Without a rise: the states that come closest to one.
    """
    waiting: list[Floats] = []
    best = np.empty((0, problem.network.n_neurons))
    scores = np.empty(0)
    most = rows_at_once(problem)
    at_once = min(most, _FEW)
    for row in rows:
        waiting.append(row)
        if len(waiting) == at_once:
            rise, best, scores = _judge(problem, np.array(waiting), best, scores)
            waiting, at_once = [], most
            if rise is not None:
                return rise, best
    if not waiting:
        return None, best
    rise, best, scores = _judge(problem, np.array(waiting), best, scores)
    return rise, best


def climb(
    problem: Problem, starts: Floats, neurons: Ints, rounds: int, rng: np.random.Generator
) -> Rise | None:
    """Change a few neurons at random for as long as that brings dE/dt closer to a rise.

    Parameters
    ----------
    problem : Problem
    starts : ndarray, shape (k, n)
    neurons : ndarray of int
        Those whose states are changed.
    rounds : int
        Each evaluates as many states as `rows_at_once` says, but at most 48.
    """
    count = min(48, rows_at_once(problem))
    rise, best, scores = _judge(problem, starts[:count], starts[:0], np.empty(0))
    for _ in range(rounds):
        if rise is not None or not best.shape[0]:
            break
        rows = best[rng.integers(best.shape[0], size=count)].copy()
        size = 10.0 ** rng.uniform(-3, 1, (count, 1))
        some = rng.choice(neurons, min(neurons.size, int(rng.integers(1, 9))), replace=False)
        rows[:, some] += size * (0.1 + abs(rows[:, some])) * rng.normal(size=(count, some.size))
        rise, best, scores = _judge(problem, rows, best, scores)
    return rise


def _judge(
    problem: Problem, rows: Floats, best: Floats, scores: Floats
) -> tuple[Rise | None, Floats, Floats]:
    """Clearest rise among states, and the best states so far with dE/dt relative to its size."""
    look()
    found = energy_rate(problem, rows)
    if found is None:
        return None, best[:0], scores[:0]
    rate, size = found
    with np.errstate(all="ignore"):
        score = np.where(np.isfinite(rate) & np.isfinite(size) & (size > 0), rate / size, -np.inf)
    top = int(np.argmax(score))
    if score[top] > _CLEAR:
        x = settle(problem, rows[top])[0]
        return Rise(x, float(rate[top]), float(size[top])), best, scores
    usable = score > -np.inf
    rows, score = np.concatenate([best, rows[usable]]), np.concatenate([scores, score[usable]])
    order = np.argsort(-score, kind="stable")[: min(8, rows_at_once(problem))]
    return None, rows[order], score[order]


def _without_synapses(network: Network) -> Network:
    """The same groups alone, which are arranged for the kernels in no time."""
    n = network.n_neurons
    return replace(network, W=csr_array((n, n)), connections=())


def _absolute(W: csr_array) -> csr_array:
    """Sizes of the weights, without a copy of where they are."""
    return csr_array((np.abs(W.data), W.indices, W.indptr), shape=W.shape)


def _times(W: csr_array, rows: Floats) -> Floats:
    """W v of each row v."""
    result: Floats = (W @ rows.T).T
    return result


def _gated(triples: Triples | None, g: Floats, n: int) -> Floats:
    """What gated synapses drive their three neurons with."""
    total = np.zeros((g.shape[0], n))
    if triples is None:
        return total
    i, j, k, weights = triples
    for to, first, second in ((i, j, k), (j, i, k), (k, i, j)):
        for trial, own in enumerate(g):
            total[trial] += np.bincount(to, weights * own[first] * own[second], n)
    return total


def _gated_change(triples: Triples | None, g: Floats, change: Floats) -> Floats:
    """How fast that changes while the activations do."""
    n = g.shape[1]
    total = np.zeros(g.shape)
    if triples is None:
        return total
    i, j, k, weights = triples
    for to, first, second in ((i, j, k), (j, i, k), (k, i, j)):
        for trial in range(g.shape[0]):
            a, b = g[trial], change[trial]
            product = weights * (a[first] * b[second] + b[first] * a[second])
            total[trial] += np.bincount(to, product, n)
    return total


class _Parts(NamedTuple):
    """What dE/dt is made of, each of shape (trials, n)."""

    pull: Floats  # dE/dg
    velocity: Floats  # x'
    change: Floats  # g' = H x'
    pull_error: Floats  # bound of the rounding of dE/dg
    velocity_error: Floats  # bound of the rounding of x'


def _rate(problem: Problem, x: Floats) -> tuple[Floats, Floats]:
    network = problem.network
    own = _without_synapses(network)
    parts = _parts(problem, own, x)
    terms = parts.pull * parts.change
    through = neurons_of(own).hessian(x, parts.pull)
    error = (parts.pull_error * np.abs(parts.change)).sum(axis=1)
    error += (parts.velocity_error * np.abs(through)).sum(axis=1)
    error += _slope_error(problem, own, x, parts) + _product_error(problem, own, x, parts)
    error += np.finfo(np.float64).tiny / np.finfo(np.float64).eps * x.shape[1]
    return terms.sum(axis=1), np.abs(terms).sum(axis=1) + error / MARGIN


def _parts(problem: Problem, own: Network, x: Floats) -> _Parts:
    network, d = problem.network, problem.scale
    moving = network.tau > 0
    tau = np.where(moving, network.tau, 1.0)
    g = neurons_of(own).activate(x)
    u = drive(network, g) - x
    u[:, ~moving] = 0.0
    drive_error = _drive_error(network, x, g)
    velocity, velocity_error = u / tau, drive_error / tau
    if not moving.all():
        # Their own velocity follows from that of the others, on which they do not act back.
        partial = neurons_of(own).hessian(x, velocity)
        follow = _times(network.W, partial) + _gated_change(network.triples, g, partial)
        velocity[:, ~moving] = follow[:, ~moving]
        sizes = _times(_absolute(network.W), np.abs(partial))
        if network.triples is not None:
            absolute = network.triples._replace(weights=np.abs(network.triples.weights))
            sizes += _gated_change(absolute, np.abs(g), np.abs(partial))
        velocity_error[:, ~moving] = (_ULPS * sizes)[:, ~moving]
    change = neurons_of(own).hessian(x, velocity)
    if problem.symmetric:
        return _Parts(-d * u, velocity, change, d * drive_error, velocity_error)
    both = 0.5 * (d * _times(network.W, g) + _times(network.W.T, d * g))
    pull = d * (x - network.input) - both - d * _gated(network.triples, g, g.shape[1])
    # W can hold far more in one direction than in the other.
    back = 0.5 * _ULPS * _times(_absolute(network.W).T, d * np.abs(g))
    return _Parts(pull, velocity, change, d * drive_error + back, velocity_error)


def _drive_error(network: Network, x: Floats, g: Floats) -> Floats:
    """Bound of the rounding of W g + I - x, of which that of g is a part."""
    size = np.abs(g)
    sums = _times(_absolute(network.W), size)
    if network.triples is not None:
        absolute = network.triples._replace(weights=np.abs(network.triples.weights))
        sums += _gated(absolute, size, g.shape[1])
    sums += np.abs(network.input) + np.abs(x)
    terms = np.diff(network.W.indptr) * np.finfo(np.float64).eps
    result: Floats = (_ULPS + terms) * sums
    return result


def _slope_error(problem: Problem, own: Network, x: Floats, parts: _Parts) -> Floats:
    """Bound of what both roundings of u and that of H do to dE/dt where each neuron is by itself.

    Where W g + I - x is 0 in floating-point numbers, neither it nor its sign is known, and what is
    left of dE/dt is the product of two errors.
    """
    ones = np.ones(x.shape)
    h = neurons_of(own).hessian(x, ones)
    noise = _ULPS * np.abs(h)
    bent = problem.additive & ~problem.convex
    if bent.any():
        # Near the place where h changes its sign its rounding does not shrink with it.
        for step in (-2e-14, -1e-14, 1e-14, 2e-14):
            near = np.abs(neurons_of(own).hessian(x * (1.0 + step), ones) - h)
            noise[:, bent] = np.maximum(noise, 4.0 * near)[:, bent]
    pull = np.abs(parts.pull) + parts.pull_error
    velocity = np.abs(parts.velocity) + parts.velocity_error
    each = noise * pull * velocity + np.abs(h) * parts.pull_error * parts.velocity_error
    total: Floats = each[:, problem.additive].sum(axis=1)
    return total


def _terms_before_cancelling(problem: Problem, own: Network, x: Floats) -> Floats:
    """Sizes of the terms whose difference is the Hessian; infinite where not known, or 0.

    H = diag(d) - u u' with d of the size of g / x, or of their differences from the mean; along
    the state nearly all of it cancels.
    """
    result = np.zeros(x.shape)
    g = neurons_of(own).activate(x)
    for group in problem.network.groups:
        if group.family.module == "sparse":  # a probe may be constant on what is not 0
            result[:, group.slice] = np.inf
        if group.family.module != "norms" or group.family.formula:
            continue
        shape = (len(x), *group.shape)
        axes = tuple(axis + 1 for axis in group.over)
        states, active = (values[:, group.slice].reshape(shape) for values in (x, g))
        largest = np.zeros(())
        for mean in (False, True):
            apart = [v - mean * v.mean(axis=axes, keepdims=True) for v in (states, active)]
            size, gain = (np.sqrt((v**2).sum(axis=axes, keepdims=True)) for v in apart)
            largest = np.fmax(largest, gain / size)
        degree = group.parameters.get("degree", np.ones(group.size)).reshape(group.shape)
        result[:, group.slice] = np.broadcast_to(degree * largest, shape).reshape(len(x), -1)
    return np.nan_to_num(result, nan=0.0, posinf=np.inf)


def _product_error(problem: Problem, own: Network, x: Floats, parts: _Parts) -> Floats:
    """Bound of what the rounding of H x' in groups that share a Lagrangian does to dE/dt."""
    if problem.additive.all():
        return np.zeros(x.shape[0])
    n = problem.network.n_neurons
    eps = np.finfo(np.float64).eps
    slope = problem.slope / problem.scale
    certain = [
        group.family.module == "softmaxes" or bool(group.family.formula)
        for group in problem.network.groups
    ]
    largest = np.where(np.repeat(certain, [g.size for g in problem.network.groups]), slope, 0.0)
    largest = np.where(np.isfinite(largest), largest, 1.0)  # of formulas
    # Directions that no Hessian of the table maps to 0: its size in this state, where the bound
    # of all states is far too large.
    sizes = np.zeros(x.shape)
    rng = np.random.default_rng(0)
    for probe in (np.where(np.arange(n) % 2, 1.0, -1.0), rng.choice([-1.0, 1.0], n)):
        product = neurons_of(own).hessian(x, np.broadcast_to(probe, x.shape))
        sizes = np.maximum(sizes, np.abs(product))
    order = np.argsort(problem.sets, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(problem.sets[order]) != 0])
    local, pull, velocity, pull_error, velocity_error = (
        np.sqrt(np.add.reduceat(values[:, order] ** 2, first, axis=1))
        for values in (
            sizes,
            np.abs(parts.pull) + parts.pull_error,
            np.abs(parts.velocity) + parts.velocity_error,
            parts.pull_error,
            parts.velocity_error,
        )
    )
    slope, largest = slope[order[first]], largest[order[first]]
    terms = _terms_before_cancelling(problem, own, x)[:, order[first]]
    steep = np.minimum(slope, np.maximum(4.0 * local, terms))
    # Whoever computes H has fewer digits of the differences of states far out,
    far = np.maximum.reduceat(np.abs(x)[:, order], first, axis=1)
    # and of 1 - p, p the share of a neuron that has almost everything.
    error = _PRODUCT * steep + eps * (steep * np.maximum(steep, largest) * far + largest)
    total: Floats = (error * pull * velocity + steep * pull_error * velocity_error).sum(axis=1)
    return total
