"""One rest state for every input, to which every solution goes: sufficient conditions.

x is a state and x* a rest state, z = x - x* and f = g(x) - g(x*), so that tau z' = W f - z. With
convex Lagrangians of slope l, z.f >= |f|^2 / l on each set of neurons that share one. All
conditions are of W and the slopes L alone: they hold for every input, and leave neurons with
tau = 0 exactly one state. Notation: X = L^1/2 W L^1/2, p > 0 constant on shared sets.

Loop gains: a positive v with B v < v, where |W f| <= B |z|; then max |z_i| / v_i falls
    (Davydov, Proskurnikov and Bullo 2022). Any tau, also unequal ones on a shared set if the
    largest entry is the norm there.
Norm: |W L|_2 < 1; then z' T z falls. Any tau.
Circle criterion: |X + p|_2 < 2 sqrt(p) for a number p, or |W L + 1|_2 < 2; then z' T L z or
    z' T z falls, because adding p f.(z - f / l) >= 0 leaves a definite form. Any tau.
Diagonal stability: the symmetric part of p^1/2 X p^-1/2 is below 1; then the sum of
    p tau (L(x) - L(x*) - g(x*).(x - x*)) falls (additive: Matsuoka 1992; Forti and Tesi 1995).
    One tau on each shared set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.sparse import csr_array, eye_array

from hamsim.certify.certificate import Condition
from hamsim.certify.gains import (
    MARGIN,
    Gains,
    gains_of,
    loop_gains,
    mirrored,
    rescaled,
    rounding,
    symmetric_part,
)
from hamsim.certify.multipliers import searched_multipliers
from hamsim.certify.problem import Problem
from hamsim.certify.rest import (
    Rest,
    distinct_rest_states,
    locally_lipschitz,
    starts,
    unstable_rate,
)
from hamsim.network import Floats

__all__ = [
    "Below",
    "Perron",
    "diagonally_stable",
    "loops_contract",
    "searched_multipliers",
    "unique",
]

NAME = "unique equilibrium"
CIRCLE = "circle criterion (Narendra and Taylor 1973), for every tau"
CONTRACTION = "contraction in a weighted sup norm (Davydov, Proskurnikov and Bullo 2022)"
NORM = "contraction in the Euclidean norm, for every tau"
DIAGONAL = (
    "Lyapunov diagonal stability (Matsuoka 1992; Forti and Tesi 1995), for shared Lagrangians"
)
TWO = "rest states shown to exist by Brouwer's theorem on a box around each"
UNSTABLE = "states that go to an unstable rest state have measure zero; eigenvalues: Bauer and Fike"

# Largest networks for the search of rest states.
MOST_SOLVED = 500
# Error of a symmetrised W, in units of its rounding.
SCALED = 1e5
# Vectors up to this length are told as evidence.
MOST_TOLD = 10_000

Below = Callable[..., Any]
Perron = Callable[[csr_array], tuple[float, Floats]]
Evidence = dict[str, Any]


def unique(
    problem: Problem, scaling: Any, group_uniform: bool, below: Below, perron: Perron
) -> Condition:
    """Decide whether there is one rest state to which every solution goes.

    Parameters
    ----------
    problem : Problem
    scaling : Scaling
        With `kind`, and for signed networks `scale`.
    group_uniform : bool
        Whether neurons that share a Lagrangian have one tau.
    below : callable
        ``below(X, threshold)`` decides whether eigenvalues of a symmetric X are below a threshold.
    perron : callable
        ``perron(B)`` bounds the spectral radius of a nonnegative B, with its vector.

    Returns
    -------
    Condition
        Proved for every input; refuted for the network's own.
    """
    reason = _outside(problem)
    best = ""
    if not reason:
        found, best = _proof(problem, scaling, group_uniform, below, perron)
        if found is not None:
            return found
    refuted = _refuted(problem)
    if refuted is not None:
        return refuted
    return Condition(
        NAME,
        "undecided",
        f"one rest state for all solutions is neither shown nor refuted: {reason or best}",
        theorem="" if reason else DIAGONAL,
        repair="" if reason else "weaker excitatory synapses",
    )


def _outside(problem: Problem) -> str:
    """Why no condition applies; empty if they do."""
    network = problem.network
    if network.triples is not None:
        return "gated synapses are outside the conditions that are known"
    for value, what in (
        (problem.convex, "is not known to have a convex Lagrangian in all states"),
        (np.isfinite(problem.slope), "has no bound of the slope of its activation"),
    ):
        if not value.all():
            return f"neuron {network.label(int(np.argmin(value)))} {what}"
    return ""


def _proof(
    problem: Problem, scaling: Any, group_uniform: bool, below: Below, perron: Perron
) -> tuple[Condition | None, str]:
    """Proof by the first condition that holds; and what the last one came to."""
    gains = gains_of(problem)
    if gains.symmetric and group_uniform:  # no other condition, and no other p, shows more
        bound, vector = np.inf, np.ones(gains.n_sets)
    else:
        bound, vector = loops_contract(gains, group_uniform, perron)
    if bound < 1.0 - MARGIN:
        message = f"the loop gains have spectral radius {bound:.4g}, below 1"
        evidence = {"spectral_radius": bound, **_told("weights", vector[gains.sets])}
        return _proved(message, CONTRACTION, evidence), ""
    if not group_uniform:
        return _circle(problem, gains, below)
    options = _multipliers(problem, scaling, gains, vector)
    answer = diagonally_stable(gains, options, below)
    if answer is None:
        return None, f"the loop gains have spectral radius up to {bound:.4g}"
    if answer["proved"]:
        largest = answer["bound"]
        message = f"the weighted symmetric part of W has eigenvalues up to {largest:.4g} per slope"
        return _proved(message, DIAGONAL, answer["evidence"]), ""
    return None, f"the symmetric part of W has an eigenvalue near {answer['bound']:.4g} per slope"


def _proved(message: str, theorem: str, evidence: Evidence) -> Condition:
    sentence = f"for every input there is one rest state and all solutions go to it: {message}"
    return Condition(NAME, "proved", sentence, evidence=evidence, theorem=theorem)


def _told(name: str, vector: Floats) -> Evidence:
    return {name: vector} if vector.size <= MOST_TOLD else {}


def _from(answer: Any) -> Evidence:
    """What a bound of eigenvalues rests on."""
    told = {"bound": answer.bound, "method": answer.method}
    return told if answer.probability is None else {**told, "probability": answer.probability}


def loops_contract(gains: Gains, group_uniform: bool, perron: Perron) -> tuple[float, Floats]:
    """Spectral radius of the loop gains over the sets, and its positive vector.

    Parameters
    ----------
    gains : Gains
    group_uniform : bool
        Whether Euclidean norms on the sets are allowed: they need one tau on each.
    perron : callable
    """
    B = loop_gains(gains, "euclidean" if group_uniform else "largest")
    bound, vector = perron(B)
    return float(bound), vector


# --- the circle criterion -------------------------------------------------------------------


def _circle(problem: Problem, gains: Gains, below: Below) -> tuple[Condition | None, str]:
    root = np.sqrt(gains.slope)
    X = rescaled(gains.W, root, root)
    error = rounding(X)
    if gains.symmetric:
        if np.any(problem.scale != 1.0):  # the scaled W is symmetric up to this
            error *= SCALED
        return _symmetric_circle(X, error, below)
    one = eye_array(X.shape[0], format="csr")
    straight = rescaled(gains.W, np.ones_like(root), gains.slope)
    tests: list[tuple[csr_array, float, str, str]] = [
        (straight, 1.0, "the norm of W times the slopes", NORM)
    ]
    tests += [(csr_array(X + one), 2.0, "the norm of 1 + the scaled W", CIRCLE)]
    tests += [(csr_array(straight + one), 2.0, "the norm of 1 + W times the slopes", CIRCLE)]
    for matrix, threshold, what, theorem in tests:
        limit = threshold * (1.0 - MARGIN) - rounding(matrix)
        answer = below(mirrored(matrix), limit)
        if answer.status == "proved":
            message = f"{what} is below {threshold:g}"
            return _proved(message, theorem, {**_from(answer), "threshold": threshold}), ""
    return None, "tau is unequal on a shared Lagrangian, and W is too large for what holds there"


def _symmetric_circle(X: csr_array, error: float, below: Below) -> tuple[Condition | None, str]:
    """|X + p| < 2 sqrt(p): eigenvalues from -p - 2 sqrt(p) to 2 sqrt(p) - p."""
    top = below(X, 1.0 - MARGIN - error)
    if top.status != "proved":
        return None, "the symmetric W has an eigenvalue near or above 1 per slope"
    least = max(top.ritz, -1e6)
    for largest in (least + 0.01 * (1.0 - least), min(top.bound, 1.0 - 1e-6) + 1e-7):
        p = (1.0 + np.sqrt(1.0 - largest)) ** 2
        upper = below(X, largest - MARGIN - error)
        negative = csr_array((-X.data, X.indices, X.indptr), shape=X.shape)
        limit = (p + 2.0 * np.sqrt(p)) * (1.0 - MARGIN) - error
        lower = below(negative, limit)
        if upper.status == lower.status == "proved":
            message = f"eigenvalues of W per slope lie between {-limit:.4g} and {largest:.4g}"
            evidence = {"p": p, "above": -limit, "below": largest, **_from(upper)}
            return _proved(message, CIRCLE, evidence), ""
    return None, "tau is unequal on a shared Lagrangian, and W is too negative for what holds there"


# --- diagonal stability ---------------------------------------------------------------------


def diagonally_stable(
    gains: Gains, options: Iterator[tuple[str, Floats]], below: Below
) -> Evidence | None:
    """Try multipliers p until one shows that the symmetric part of p W p^-1 is below the leak.

    Parameters
    ----------
    gains : Gains
    options : iterator of (str, ndarray)
        Names and values of p, constant on each set.
    below : callable

    Returns
    -------
    dict or None
        `proved`, `bound` (of the last p if none is enough) and `evidence`.
    """
    result: Evidence | None = None
    for name, p in options:
        if not (np.all(np.isfinite(p)) and np.all(p > 0)):
            continue
        flat = bool(np.all(p == p[0]))
        X = _weighted(gains, None if flat else p)
        error = rounding(X)
        X = symmetric_part(X, gains.symmetric and flat)
        answer = below(X, 1.0 - MARGIN - error)
        del X
        proved = answer.status == "proved"
        value = min(answer.bound, 1.0) if proved else max(answer.ritz, 0.0)
        evidence = {**_from(answer), "multiplier": name}
        evidence |= {} if flat else _told("p", p)
        if result is None or value < result["bound"] or proved:
            result = {"proved": proved, "bound": float(value), "evidence": evidence}
        if proved:
            return result
        del answer
    return result


def _weighted(gains: Gains, p: Floats | None) -> csr_array:
    """(p L)^1/2 W (L / p)^1/2; without p where it is the same for all neurons."""
    root = np.sqrt(gains.slope)
    if p is None:
        return rescaled(gains.W, root, root)
    spread = np.sqrt(p)
    return rescaled(gains.W, root * spread, root / spread)


def _multipliers(
    problem: Problem, scaling: Any, gains: Gains, vector: Floats
) -> Iterator[tuple[str, Floats]]:
    n = gains.sets.size
    yield "equal", np.ones(n)
    if gains.symmetric:  # no other does better
        return
    if scaling is not None and scaling.kind == "signed":
        yield "signed symmetrizer", scaling.scale / problem.scale
    yield from searched_multipliers(gains, vector)


# --- witnesses ------------------------------------------------------------------------------


def _refuted(problem: Problem) -> Condition | None:
    network = problem.network
    if network.n_neurons > MOST_SOLVED or network.triples is not None or not problem.convex.all():
        return None
    found = distinct_rest_states(problem, starts(network, 12))
    if len(found) >= 2:
        return _two(found)
    if len(found) == 1 and np.all(network.tau > 0) and locally_lipschitz(problem):
        rate = unstable_rate(problem, found[0])
        if rate is not None:
            message = f"a rest state is unstable: some deviations grow at a rate above {rate:.4g}"
            evidence = {**_evidence(found), "growth_rate": rate}
            return Condition(NAME, "refuted", message, evidence=evidence, theorem=UNSTABLE)
    return None


def _two(found: list[Rest]) -> Condition:
    distance = float(np.max(np.abs(found[0].x - found[1].x)))
    message = f"there are several rest states; two are {distance:.4g} apart"
    evidence = {**_evidence(found), "distance": distance}
    return Condition(NAME, "refuted", message, evidence=evidence, theorem=TWO)


def _evidence(found: list[Rest]) -> Evidence:
    return {
        "states": [rest.x for rest in found],
        "residuals": [rest.residual for rest in found],
        "error_bounds": [rest.radius for rest in found],
        "jacobian_condition": [rest.condition for rest in found],
    }
