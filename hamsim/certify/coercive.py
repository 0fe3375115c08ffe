"""Whether the energy has a lower bound, and whether it grows wherever activations do.

Both are asked of F(g) = L*(g) - I.g - 1/2 g.W g, which is the energy in terms of activations (L* is
the conjugate of L). A lower bound alone does not make networks converge: one softplus neuron with
W = 1 has one and its state still grows without end. What is needed is that {g: F(g) <= c} is
bounded for every c; then F has a lower bound too.

An unbounded activation that grows like |x|^a costs L* of the order |g|^(1 + 1/a), so that each
neuron has a weight e = a / (1 + a) with |g|^(1/e) for its cost: 1/2 for linear growth, 0 for slower
than any power, 1 for exponentials. By Young's inequality a synapse (or a gated one) is cheap if
the weights of its unbounded neurons add up to less than 1, and outruns the cost if to more; at 1
with linear growth on both sides the sizes decide, which is a question of eigenvalues.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from hamsim.certify.certificate import Condition, Status
from hamsim.certify.problem import Problem
from hamsim.certify.rays import Ray, asymptotes, growing, scaled_triples, watch
from hamsim.evaluation import group_duals
from hamsim.network import Floats, Group, Ints

__all__ = ["coercive"]

Flags = NDArray[np.bool_]
Below = Callable[..., Any]

_EPS = float(np.finfo(float).eps)
# Around a threshold nothing is claimed.
_BAND = 1e-9
# Not convex, but x g - L >= g^2 / 2 in every state: the derivative of the difference is
# (x - g) g', which makes 0, its limit at minus infinity, the least value.
_DIRECT = ("swish", "gelu")
# Synapses that are looked at together.
_BLOCK = 1 << 20
# Rays that are tried, of supercritical synapses and of directions.
_RAYS = 5

_CONJUGATE = (
    "the conjugate of a convex function that is finite everywhere outgrows every linear one "
    "(Rockafellar 1970, Corollary 13.3.1)"
)
_YOUNG = "Young's inequality between L* ~ |g|^(1 + 1/a) and the synapses"
_QUADRATIC = "F >= 1/2 g.(C - W) g - const with C = 1 / (slope far out) (Rockafellar 1970, 13.3.1)"


@dataclass(frozen=True, eq=False)
class _Finding:
    """What was found for both conditions."""

    status: Status
    reason: str
    theorem: str = _YOUNG
    evidence: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, Any] = field(default_factory=dict)
    repair: str = ""


class _Degrees(NamedTuple):
    """How the cost of each neuron's activation grows; all arrays over neurons.

    `side` is 1 or -1 where only that sign is unbounded, 0 where both or none are. Where `linear`,
    the cost is at least 1/2 c g^2 - const, `c` including a neuron's inhibition of itself. `known`
    says whether the growth is exact, so that a ray may be built on it.
    """

    unbounded: Flags
    side: NDArray[np.int8]
    e: Floats
    c: Floats
    linear: Flags
    known: Flags
    own: Floats


class _Strong(NamedTuple):
    """A synapse, maybe gated, that outruns the cost of its unbounded neurons."""

    total: float
    weight: float
    members: tuple[int, ...]
    gate: tuple[int, float] | None = None


@dataclass(eq=False)
class _Synapses:
    """Synapses among unbounded neurons, by what they can do.

    `kept` and `full` mark entries of W among linear neurons: those whose sign of g_i w g_j > 0 is
    reachable, and all of them. `pairs` are those of gated synapses with bounded gates, with bounds
    of their sizes.
    """

    kept: Flags
    full: Flags
    none: bool = True
    strong: list[_Strong] = field(default_factory=list)
    open: tuple[int, ...] = ()
    pairs: tuple[Ints, Ints, Floats] | None = None


def coercive(problem: Problem, below: Below) -> tuple[Condition, Condition]:
    """Decide whether E is bounded below, and coercive in the activations.

    Parameters
    ----------
    problem : Problem
    below : callable
        Decides whether the largest eigenvalue of a symmetric matrix is below a threshold, as
        `hamsim.certify.spectrum.largest_below`.

    Returns
    -------
    Condition, Condition
        Named ``bounded below`` and ``coercive``.

    Notes
    -----
    Synapses of bounded neurons only add linear terms, which the cost of unbounded activations
    outgrows (Rockafellar 1970, Corollary 13.3.1). Among unbounded ones Young's inequality decides
    where the weights e = a / (1 + a) do not add up to 1; else C - W must be positive definite, or
    so without synapses that only inhibit neurons bounded on one side (Murty and Kabadi 1987 on
    copositivity). Time and memory are linear in the synapses.
    """
    finding = _find(problem, below)
    claims = {
        "bounded below": ("E has a lower bound", "E has no lower bound"),
        "coercive": (
            "E grows without bound wherever activations do",
            "E does not grow wherever activations do",
        ),
    }
    conditions = []
    for name, (good, bad) in claims.items():
        start = {"proved": good, "refuted": bad, "undecided": f"it is open whether {good}"}
        conditions.append(
            Condition(
                name,
                finding.status,
                f"{start[finding.status]}: {finding.reason}",
                where=finding.where,
                evidence=finding.evidence,
                theorem=finding.theorem,
                repair=finding.repair,
            )
        )
    return conditions[0], conditions[1]


def _find(problem: Problem, below: Below) -> _Finding:
    if not problem.symmetric:
        return _Finding("undecided", "W is not symmetric, so that there is no energy to be bounded")
    if scaled_triples(problem) is None:
        return _Finding(
            "undecided", "scaling makes W symmetric but not the drives of its gated synapses"
        )
    strange = ~problem.convex & ~_in_groups(problem, lambda g: g.lagrangian in _DIRECT)
    if strange.any():
        return _without_conjugate(problem, strange)
    degrees = _degrees(problem)
    if not degrees.unbounded.any():
        return _Finding(
            "proved",
            "all activations are bounded",
            "Cohen and Grossberg 1983; Hopfield 1984",
            _lower_bound(problem, degrees),
        )
    synapses = _synapses(problem, degrees)
    if synapses.none:
        return _Finding(
            "proved",
            "there are no synapses among neurons whose activations are unbounded, except "
            "inhibition of themselves",
            _CONJUGATE,
            _lower_bound(problem, degrees),
        )
    strongest = sorted(synapses.strong, key=lambda s: (s.total, abs(s.weight)), reverse=True)
    for strong in strongest[:_RAYS]:
        seen = watch(problem, _strong_ray(problem, degrees, strong))
        if seen is not None:
            return _outrun(problem, degrees, strong, seen)
    linear = _linear_part(problem, degrees, synapses, below)
    if linear.status == "refuted":
        return linear
    members = synapses.strong[0].members if synapses.strong else synapses.open
    if members:
        return _Finding(
            "undecided",
            f"the activations of {_names(problem, members)} are not known to grow slowly enough "
            "for a synapse among them to cost less than their leak",
            where={"neurons": _labels(problem, members)},
            repair="use a Lagrangian with bounded activation there, or remove the synapse",
        )
    return linear


# ---- neurons


def _in_groups(problem: Problem, value: Callable[[Group], bool]) -> Flags:
    groups = problem.network.groups
    return np.repeat([value(group) for group in groups], [group.size for group in groups])


def _degrees(problem: Problem) -> _Degrees:
    known = _in_groups(problem, lambda group: not group.family.formula)
    growth = np.where(known, problem.growth, np.inf)
    # |g(x)| <= |g(0)| + slope |x| makes the growth at most linear, also of a formula.
    slope = problem.slope
    growth[~known & np.isfinite(slope)] = 1.0
    far = np.where(known & np.isfinite(problem.far_slope), problem.far_slope, slope)
    own = problem.W.diagonal()
    with np.errstate(all="ignore"):
        e = np.where(np.isinf(growth), 1.0, growth / (1.0 + growth))
        c = np.where(growth == 1.0, 1.0 / far, 0.0)
    unbounded = ~problem.bounded
    linear = unbounded & (growth == 1.0) & np.isfinite(c) & (c > 0)
    # Inhibition of itself adds 1/2 |w| g^2 to the cost of a neuron, whatever else that is.
    rescued = unbounded & (own < 0) & (e > 0.5)
    e[rescued] = 0.5
    c = np.where(linear | rescued, c + np.maximum(-own, 0.0), c)
    up, down = np.isinf(problem.high), np.isinf(problem.low)
    side = up.astype(np.int8) - down.astype(np.int8)
    return _Degrees(unbounded, side, e, c, linear | rescued, known, own)


# ---- synapses


def _row_blocks(W: csr_array) -> Iterator[tuple[slice, Ints]]:
    """Entries of W in pieces, with their rows."""
    n = W.shape[0]
    first = 0
    while first < n:
        end = int(np.searchsorted(W.indptr, W.indptr[first] + _BLOCK, side="right")) - 1
        last = min(max(end, first + 1), n)
        counts = np.diff(W.indptr[first : last + 1])
        yield slice(W.indptr[first], W.indptr[last]), np.repeat(np.arange(first, last), counts)
        first = last


def _synapses(problem: Problem, degrees: _Degrees) -> _Synapses:
    W = problem.W
    found = _Synapses(np.zeros(W.nnz, dtype=bool), np.zeros(W.nnz, dtype=bool))
    for part, rows in _row_blocks(W):
        columns, weights = W.indices[part], W.data[part]
        among = degrees.unbounded[rows] & degrees.unbounded[columns] & (weights != 0.0)
        among &= (rows != columns) | (weights > 0.0)
        if not among.any():
            continue
        places = np.flatnonzero(among)
        i, j, w = rows[places], columns[places], weights[places]
        sides = degrees.side[i] * degrees.side[j]
        reachable = (sides == 0) | (w * sides > 0.0)
        total = degrees.e[i] + degrees.e[j]
        linear = degrees.linear[i] & degrees.linear[j]
        found.none = False
        found.full[part][places[linear]] = True
        found.kept[part][places[linear & reachable]] = True
        rest = reachable & ~linear & (total > 1.0 - _BAND)
        _sort_out(found, degrees, rest, total, w, np.stack([i, j]))
    _gated_synapses(problem, degrees, found)
    return found


def _sort_out(
    found: _Synapses, degrees: _Degrees, rest: Flags, total: Floats, w: Floats, members: Ints
) -> None:
    """Keep the strongest of the supercritical synapses, and one of those that stay open."""
    strong = rest & (total > 1.0 + _BAND) & degrees.known[members].all(axis=0)
    places = np.flatnonzero(strong)
    for key in (np.abs(w), total):
        if places.size:
            at = places[np.argmax(key[places])]
            one = _Strong(float(total[at]), float(w[at]), tuple(members[:, at].tolist()))
            found.strong.append(one)
    left = np.flatnonzero(rest & ~strong)
    if left.size and not found.open:
        found.open = tuple(members[:, left[0]].tolist())


def _gated_synapses(problem: Problem, degrees: _Degrees, found: _Synapses) -> None:
    gated = scaled_triples(problem)
    assert gated is not None
    members, weights = gated
    unbounded = degrees.unbounded[members]
    count = unbounded.sum(axis=0)
    if not np.any(count >= 2):
        return
    found.none = False
    three = count == 3
    if three.any():
        _three_unbounded(problem, degrees, found, members[:, three], weights[three])
    two = count == 2
    if two.any():
        _two_unbounded(problem, degrees, found, members[:, two], weights[two])


def _three_unbounded(
    problem: Problem, degrees: _Degrees, found: _Synapses, members: Ints, weights: Floats
) -> None:
    side = degrees.side[members]
    # An end other than 0 would leave products of two, of any sign.
    end = np.where(side > 0, problem.low[members], problem.high[members])
    harmless = np.all((side != 0) & (end == 0.0), axis=0) & (np.prod(side, axis=0) * weights <= 0)
    total = degrees.e[members].sum(axis=0)
    rest = ~harmless & (total > 1.0 - _BAND) & (weights != 0.0)
    _sort_out(found, degrees, rest, total, weights, members)


def _two_unbounded(
    problem: Problem, degrees: _Degrees, found: _Synapses, members: Ints, weights: Floats
) -> None:
    order = np.argsort(degrees.unbounded[members], axis=0, kind="stable")
    gate, i, j = np.take_along_axis(members, order, axis=0)
    ends = np.stack([weights * problem.low[gate], weights * problem.high[gate]])
    sides = degrees.side[i] * degrees.side[j]
    signed = np.where(sides == 0, np.abs(ends), ends * sides)
    reachable = signed.max(axis=0) > 0.0
    total = degrees.e[i] + degrees.e[j]
    linear = degrees.linear[i] & degrees.linear[j]
    worst = np.where(reachable & linear, np.abs(ends).max(axis=0), 0.0)
    some = worst > 0.0
    found.pairs = i[some], j[some], worst[some]
    rest = reachable & ~linear & (total > 1.0 - _BAND)
    strong = rest & (total > 1.0 + _BAND) & degrees.known[i] & degrees.known[j]
    if strong.any():
        at = int(np.argmax(np.where(strong, signed.max(axis=0), -1.0)))
        extreme = int(np.argmax(signed[:, at]))
        one = _Strong(
            float(total[at]),
            float(ends[extreme, at]),
            (int(i[at]), int(j[at])),
            (int(gate[at]), -30.0 if extreme == 0 else 30.0),
        )
        found.strong.append(one)
    left = np.flatnonzero(rest & ~strong)
    if left.size and not found.open:
        found.open = int(i[left[0]]), int(j[left[0]])


# ---- supercritical synapses


def _strong_ray(problem: Problem, degrees: _Degrees, strong: _Strong) -> Ray:
    """Activations s^e, which cost of the order s, while the synapse gains s^(sum of e)."""
    neurons = np.unique(strong.members)
    base = None
    if strong.gate is not None:
        base = np.zeros(problem.network.n_neurons)
        base[strong.gate[0]] = strong.gate[1]
    return growing(problem, neurons, _signs(degrees, strong, neurons), degrees.e[neurons], base)


def _signs(degrees: _Degrees, strong: _Strong, neurons: Ints) -> Floats:
    """Signs of activations, each reachable, with which the synapse lowers the energy."""
    places = np.searchsorted(neurons, strong.members)
    side = degrees.side[neurons]
    for number in range(2**neurons.size):
        signs = np.array([1.0 - 2.0 * (number >> k & 1) for k in range(neurons.size)])
        if np.all(side * signs >= 0) and strong.weight * np.prod(signs[places]) > 0:
            return signs
    return np.ones(neurons.size)


def _outrun(
    problem: Problem, degrees: _Degrees, strong: _Strong, seen: Mapping[str, Any]
) -> _Finding:
    members = strong.members
    names = _names(problem, members)
    own = "a synapse with itself" if len(set(members)) == 1 else "a synapse between them"
    return _Finding(
        "refuted",
        f"with activations that grow as fast as those of {names}, {own}, of weight "
        f"{strong.weight:.4g}, outruns the leak; along a ray E falls to {seen['energy'][-1]:.4g}",
        evidence={**seen, "exponents": degrees.e[np.unique(members)], "weight": strong.weight},
        where={"edge" if len(members) == 2 else "neurons": _labels(problem, members)},
        repair=f"use a Lagrangian with bounded activation for {names}, or remove the synapse",
    )


# ---- linear growth on both sides


def _linear_part(
    problem: Problem, degrees: _Degrees, synapses: _Synapses, below: Below
) -> _Finding:
    rows = np.zeros(problem.network.n_neurons, dtype=bool)
    if synapses.full.any():
        rows |= np.diff(_counts(problem.W, synapses.full)) > 0
    i, j, sizes = synapses.pairs or (np.zeros(0, int), np.zeros(0, int), np.zeros(0))
    rows[i] = rows[j] = True
    neurons = np.flatnonzero(rows)
    if not (synapses.kept.any() or sizes.size):
        return _Finding(
            "proved",
            "synapses among neurons whose activations are unbounded are cheaper than their leak, "
            "or only inhibit neurons that are bounded on the other side",
        )
    c = degrees.c[neurons]
    kept = _scaled_part(problem.W, synapses.kept, neurons, c)
    gates = _gate_norm(neurons, c, i, j, sizes)
    answers = [_is_below(kept, gates, below)]
    full = kept
    if answers[0].status != "proved" and not np.array_equal(synapses.kept, synapses.full):
        full = _scaled_part(problem.W, synapses.full, neurons, c)
        answers.append(_is_below(full, gates, below))
    if answers[-1].status != "proved" and not sizes.size:
        answers += _eliminated(degrees, neurons, full, below)
    for answer in answers:
        if answer.status == "proved":
            return _Finding(
                "proved",
                f"with slopes far out as units, the largest eigenvalue of the synapses among "
                f"{neurons.size} neurons of linear growth is at most {answer.bound + gates:.4g}, "
                "below 1",
                _QUADRATIC,
                {
                    "largest_eigenvalue": answer.bound,
                    "gates": gates,
                    "method": answer.method,
                    "probability": answer.probability,
                },
            )
    return _not_below(problem, degrees, neurons, full, answers, gates)


def _counts(W: csr_array, marked: Flags) -> Ints:
    """How many marked entries of W come before each row, and in all."""
    counts: Ints = np.searchsorted(np.flatnonzero(marked), W.indptr)
    return counts


def _scaled_part(W: csr_array, marked: Flags, neurons: Ints, c: Floats) -> csr_array:
    """C^-1/2 W C^-1/2 of the marked entries, on the given neurons alone."""
    counts = _counts(W, marked)
    place = np.zeros(W.shape[0], dtype=W.indices.dtype)
    place[neurons] = np.arange(neurons.size)
    indptr = np.append(counts[neurons], counts[-1])
    indices, data = place[W.indices[marked]], W.data[marked]
    root = 1.0 / np.sqrt(c)
    # The product of both roots first: so it stays symmetric to the last bit.
    data = data * (np.repeat(root, np.diff(indptr)) * root[indices])
    return csr_array((data, indices, indptr), shape=(neurons.size, neurons.size))


def _gate_norm(neurons: Ints, c: Floats, i: Ints, j: Ints, sizes: Floats) -> float:
    """Bound of the largest eigenvalue that gates can add, in the units of `_scaled_part`."""
    a, b = np.searchsorted(neurons, i), np.searchsorted(neurons, j)
    scaled = sizes / np.sqrt(c[a] * c[b])
    row_sums = np.zeros(neurons.size)
    np.add.at(row_sums, a, scaled)
    np.add.at(row_sums, b, scaled)
    return float(row_sums.max()) * (1.0 + 1e-12) if sizes.size else 0.0


def _size(X: csr_array) -> float:
    """Largest sum of a row's sizes, which bounds the norm of a symmetric X."""
    if X.nnz == 0:
        return 0.0
    sums = np.bincount(
        np.repeat(np.arange(X.shape[0]), np.diff(X.indptr)),
        weights=np.abs(X.data),
        minlength=X.shape[0],
    )
    return float(sums.max())


def _is_below(X: csr_array, gates: float, below: Below, rounding: float = 0.0) -> Any:
    """Answer to the largest eigenvalue being below 1, less what gates and rounding may add."""
    return below(X, 1.0 - gates - rounding - 16.0 * _EPS * _size(X))


def _eliminated(degrees: _Degrees, neurons: Ints, X: csr_array, below: Below) -> list[Any]:
    """Answers after the minimum over neurons of both signs that are not connected to each other.

    That minimum is exact and leaves W_rz C_z^-1 W_zr among the others, from which inhibition
    between neurons bounded on one side can be dropped.
    """
    side = degrees.side[neurons]
    out, rest = np.flatnonzero(side == 0), np.flatnonzero(side != 0)
    if not out.size or not rest.size:
        return []
    between = csr_array(X[rest][:, out])
    inside = csr_array(X[out][:, out])
    work = float(np.sum(np.diff(between.tocsc().indptr).astype(float) ** 2))
    if inside.nnz or work > 20.0 * X.nnz + 1e6:
        return []
    lateral = csr_array(X[rest][:, rest])
    left = csr_array(lateral + between @ between.T).tocoo()
    signs = side[rest]
    keep = (left.data * signs[left.row] * signs[left.col] > 0.0) | (left.row == left.col)
    kept = coo_array((left.data[keep], (left.row[keep], left.col[keep])), shape=left.shape)
    ones = np.ones(rest.size)
    size = np.max(abs(lateral) @ ones + abs(between) @ (abs(between).T @ ones))
    most = 32 + int(np.max(np.diff(between.indptr)))
    symmetric = csr_array(0.5 * (kept + kept.T))
    return [_is_below(symmetric, 0.0, below, rounding=4.0 * _EPS * most * float(size))]


def _upper(problem: Problem, degrees: _Degrees, neurons: Ints) -> tuple[Floats, Floats]:
    """C of each neuron for g < 0 and g > 0 that its cost does not exceed; else infinite."""
    with np.errstate(all="ignore"):
        limits = [1.0 / limit[neurons] for limit in asymptotes(problem)]
        least = np.concatenate([group.fact("least") for group in problem.network.groups])
        bend = 1.0 / (problem.scale * np.maximum(least, 0.0))[neurons]
        far = 1.0 / problem.far_slope[neurons]
    growth = problem.growth[neurons]
    known, additive = degrees.known[neurons], problem.additive[neurons]
    inhibition = np.maximum(-degrees.own[neurons], 0.0)
    result = []
    for sign, limit in zip((-1, 1), limits, strict=True):
        cost = np.where(growth == 1.0, np.where(additive, limit, far), 0.0)
        cost = np.where(known, cost, bend) + inhibition
        result.append(np.where(degrees.side[neurons] * sign < 0, np.inf, cost))
    return result[0], result[1]


def _starts(X: csr_array, answers: Sequence[Any], n: int) -> Iterator[Floats]:
    for answer in answers:
        if answer.vector is not None and np.size(answer.vector) == n:
            yield np.asarray(answer.vector, dtype=np.float64)
    if X.nnz:
        at = int(np.argmax(np.abs(X.data)))
        i, j = int(np.searchsorted(X.indptr, at, side="right")) - 1, int(X.indices[at])
        pair = np.zeros(n)
        pair[i] = 1.0
        pair[j] = 1.0 if i == j else np.sign(X.data[at])
        yield pair
    yield np.ones(n)
    if n <= 2000:
        yield from np.random.default_rng(0).normal(size=(6, n))


def _negative(
    X: csr_array, lower: Floats, upper: Floats, starts: Iterator[Floats]
) -> Iterator[tuple[Floats, float]]:
    """Search y, of reachable signs, with sum of C y^2 below y.X y by more than rounding.

    Projected steps downhill; C is `lower` for y < 0 and `upper` for y > 0, infinite if that sign
    cannot be reached. Also gives y.X y / sum of C y^2.
    """
    finite = np.concatenate([lower[np.isfinite(lower)], upper[np.isfinite(upper)]])
    if not finite.size:
        return
    step = 1.0 / (finite.max() + _size(X))
    rounds = 300 if X.nnz < 1_000_000 else 20
    sizes = csr_array((np.abs(X.data), X.indices, X.indptr), shape=X.shape)
    for start in starts:
        for sign in (1.0, -1.0):
            y, spent, gained = _downhill(X, lower, upper, sign * start, step, rounds)
            # Twice the band: the threshold of a direction is at least as far as that of a matrix.
            size = float(np.abs(y) @ (sizes @ np.abs(y)))
            if gained - spent > 2.0 * _BAND * (spent + size):
                yield y, gained / spent if spent > 0 else np.inf


def _downhill(
    X: csr_array, lower: Floats, upper: Floats, start: Floats, step: float, rounds: int
) -> tuple[Floats, float, float]:
    """Unit vector after steps against the gradient, its cost and y.X y."""
    y, before = start, np.inf
    spent = gained = 0.0
    for _ in range(rounds):
        y = np.where(np.isfinite(np.where(y > 0, upper, lower)), y, 0.0)
        length = np.linalg.norm(y)
        if length == 0.0:
            return y, 0.0, 0.0
        y = y / length
        cost = np.where(y > 0, upper, np.where(y < 0, lower, 0.0)) * y
        drive = X @ y
        spent, gained = float(cost @ y), float(y @ drive)
        if before - (spent - gained) < 1e-9 * (spent + abs(gained)):
            break
        before = spent - gained
        y, kept = y - step * (cost - drive), y
    else:
        y = kept
    return y, spent, gained


def _not_below(
    problem: Problem,
    degrees: _Degrees,
    neurons: Ints,
    X: csr_array,
    answers: Sequence[Any],
    gates: float,
) -> _Finding:
    """Refute with a direction whose energy was watched, or leave it open."""
    c = degrees.c[neurons]
    lower, upper = _upper(problem, degrees, neurons)
    found = _negative(X, lower / c, upper / c, _starts(X, answers, neurons.size))
    groups = _groups(problem, neurons)
    for y, ratio in islice(found, _RAYS):
        g = y / np.sqrt(c)
        g /= np.max(np.abs(g))
        some = np.flatnonzero(g)
        seen = watch(problem, growing(problem, neurons[some], g[some], np.ones(some.size)))
        if seen is None:
            continue
        direction = np.zeros(problem.network.n_neurons)
        direction[neurons] = g
        return _Finding(
            "refuted",
            f"along a direction of the activations of {groups} the synapses gain "
            f"{ratio:.4g} times what the leak costs; E falls to {seen['energy'][-1]:.4g}",
            _QUADRATIC,
            {**seen, "direction": direction, "ratio": ratio},
            {"neurons": _labels(problem, neurons[some][:10])},
            f"weaken the synapses among {groups} by more than a factor {ratio:.4g}",
        )
    return _Finding(
        "undecided",
        f"with slopes far out as units, the largest eigenvalue of the synapses among {groups} "
        f"{_size_known(answers, gates)}, nor was a direction found along which E falls",
        _QUADRATIC,
        {"largest_eigenvalue": [answer.ritz for answer in answers], "gates": gates},
        repair=f"weaken the synapses among {groups} until that eigenvalue is below 1",
    )


def _size_known(answers: Sequence[Any], gates: float) -> str:
    """What is known of the least of several eigenvalues, as part of a sentence."""
    seen = [float(answer.ritz) + gates for answer in answers if answer.ritz is not None]
    if seen and abs(min(seen) - 1.0) < 1e-6:
        return "is 1 up to rounding, so that feedback may just cancel the leak"
    bounds = [float(answer.bound) + gates for answer in answers if answer.bound is not None]
    known = f" (it is at most {min(bounds):.4g})" if bounds and min(bounds) < np.inf else ""
    return f"could not be shown to be below 1{known}"


# ---- Lagrangians that are not known to be convex


def _without_conjugate(problem: Problem, strange: Flags) -> _Finding:
    network = problem.network
    own = problem.W.diagonal()
    gated = scaled_triples(problem)
    assert gated is not None
    times = np.zeros(network.n_neurons)
    times[gated[0].reshape(-1)] = 1.0
    for group in network.groups:
        if group.lagrangian != "cubic" or not problem.everywhere.all():
            continue
        # For x -> -inf x g - L = 2/3 x^3 falls, and nothing outgrows it if w_ii >= 0.
        good = np.flatnonzero((own[group.slice] >= 0) & (times[group.slice] == 0))
        if not good.size:
            continue
        neuron = group.start + int(good[0])
        seen = watch(problem, _downwards(problem, neuron))
        if seen is not None:
            return _Finding(
                "refuted",
                f"x^3 / 3 of {network.label(neuron)} is not convex; as its state falls, so does "
                f"E, to {seen['energy'][-1]:.4g}",
                "x g - L = 2/3 x^3",
                seen,
                {"group": group.name, "neurons": [network.label(neuron)]},
                f"use power or rectified_polynomial in group {group.name}",
            )
    group = next(group for group in network.groups if strange[group.slice].any())
    where = "" if group.family.domain == (-np.inf, np.inf) else " in all states"
    return _Finding(
        "undecided",
        f"the Lagrangian of {group.name} is not known to be convex{where}",
        _CONJUGATE,
        where={"group": group.name},
        repair=f"use a convex Lagrangian in group {group.name}",
    )


def _downwards(problem: Problem, neuron: int) -> Ray:
    def states(s: float) -> Floats:
        x = np.zeros(problem.network.n_neurons)
        x[neuron] = -s
        return x

    return states


# ---- an explicit lower bound


def _lower_bound(problem: Problem, degrees: _Degrees) -> Mapping[str, float]:
    """Lower bound of E if unbounded neurons are not connected to each other; maybe none.

    -L*(g) + y.g is at most L(y), and |y_i| <= R_i = |I_i| + sum_j |W_ij| sup|g_j|.
    """
    W, network = problem.W, problem.network
    n = network.n_neurons
    c = np.where(degrees.unbounded, 0.0, problem.largest)
    with np.errstate(all="ignore"):
        drive = csr_array((np.abs(W.data), W.indices, W.indptr), shape=W.shape) @ c
        gated = scaled_triples(problem)
        assert gated is not None
        members, weights = gated
        products = np.abs(weights) * np.prod(c[members], axis=0)
        reach = np.abs(network.input) + drive
        for k in range(3):
            others = np.abs(weights) * np.prod(c[np.delete(members, k, axis=0)], axis=0)
            np.add.at(reach, members[k], others)
        terms = [float(np.abs(network.input) @ c + 0.5 * c @ drive + products.sum())]
        terms += _costs(problem, degrees, np.where(degrees.unbounded, reach, 0.0))
        most = int(np.max(np.diff(W.indptr))) if n else 0
        slack = 8.0 * _EPS * (n + most + weights.size + 64) * sum(abs(term) for term in terms)
        bound = -sum(terms) - slack
    return {"lower_bound": bound} if np.isfinite(bound) else {}


def _costs(problem: Problem, degrees: _Degrees, reach: Floats) -> list[float]:
    """Upper bounds of L over |x| <= reach, a group at a time; infinite if there is none at hand."""
    network, scale = problem.network, problem.scale
    rows = np.stack([np.zeros_like(reach), reach, -reach])
    g, duals = group_duals(network, rows, scale)
    result = []
    for group in network.groups:
        at = group.slice
        driven = np.sum(scale[at] * rows[:, at] * g[:, at], axis=1)
        zero, above, under = driven - duals[group.name]
        sizes = np.abs(driven) + np.abs(duals[group.name])
        if not degrees.unbounded[at].any():
            result += [float(zero)]
        elif group.lagrangian in _DIRECT:
            result += [float(0.5 * np.sum(scale[at] * reach[at] ** 2))]
        elif group.family.additive:
            # The larger of both is their sum less the smaller, which is above the tangent at 0.
            tangent = float(np.sum(scale[at] * reach[at] * np.abs(g[0, at])))
            result += [float(above), float(under), -float(zero), tangent]
        elif group.lagrangian in ("softmax_ridge", "lp_norm"):
            result += [float(above)]
        else:
            result += [np.inf]
        result += [float(1e-12 * sizes.sum())]
    return result


# ---- names


def _labels(problem: Problem, neurons: Sequence[int] | Ints) -> list[str]:
    return [problem.network.label(int(neuron)) for neuron in neurons]


def _names(problem: Problem, members: Sequence[int]) -> str:
    return " and ".join(dict.fromkeys(_labels(problem, members)))


def _groups(problem: Problem, neurons: Ints) -> str:
    starts = np.array([group.start for group in problem.network.groups])
    numbers = np.unique(np.searchsorted(starts, neurons, side="right") - 1)
    names = [problem.network.groups[k].name for k in numbers[:4]]
    more = numbers.size - len(names)
    return ", ".join(names) + (f" and {more} more groups" if more else "")
