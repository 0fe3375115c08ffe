"""One rest state for every input, to which every solution goes: the network contracts.

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

Without convexity only the first two are left: additive activations of bounded |g'| have |f_i| <=
sup|g'| |z_i|, of either sign, so that inhibition counts like excitation.

What is proved so also survives inputs that change: each of these functions of z falls at a rate in
proportion to itself but for a multiple of the change, so that solutions follow an input that
settles (input-to-state stability).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array, eye_array

from hamsim.arrays import Floats
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
from hamsim.certify.scaled import ScaledNetwork
from hamsim.deadline import look

__all__ = [
    "Below",
    "Contraction",
    "Perron",
    "by_loops",
    "contraction",
    "diagonally_stable",
    "loops_contract",
    "searched_multipliers",
]

CIRCLE = "circle criterion (Narendra and Taylor 1973), for every tau"
CONTRACTION = "contraction in a weighted sup norm (Davydov, Proskurnikov and Bullo 2022)"
NORM = "contraction in the Euclidean norm, for every tau"
DIAGONAL = (
    "Lyapunov diagonal stability (Matsuoka 1992; Forti and Tesi 1995), for shared Lagrangians"
)
# Vectors up to this length are told as evidence.
MOST_TOLD = 10_000

Below = Callable[..., Any]
Perron = Callable[[csr_array], tuple[float, Floats]]
Evidence = dict[str, Any]


class Contraction(NamedTuple):
    """Whether a network is known to contract, and why or why not.

    Parameters
    ----------
    proved : bool
        For every constant input there is one rest state, and all solutions go to it.
    message : str
        What was shown, or what stands against it, as part of a sentence.
    theorem : str
    evidence : dict
    quadratic : bool
        Whether what falls is bounded by squares of z from both sides, and is made of Lagrangians
        and squares alone, so that it can be added to an energy.
    """

    proved: bool
    message: str
    theorem: str = ""
    evidence: Mapping[str, Any] = MappingProxyType({})
    quadratic: bool = False


def contraction(
    scaled: ScaledNetwork, scaling: Any, group_uniform: bool, below: Below, perron: Perron
) -> Contraction:
    """Decide whether a network contracts, whatever its constant input is.

    Parameters
    ----------
    scaled : ScaledNetwork
    scaling : Scaling
        With `kind`, and for signed networks `scale`.
    group_uniform : bool
        Whether neurons that share a Lagrangian have one tau.
    below : callable
        ``below(X, threshold)`` decides whether eigenvalues of a symmetric X are below a threshold.
    perron : callable
        ``perron(B)`` bounds the spectral radius of a nonnegative B, with its vector.
    """
    if scaled.network.triples is not None:
        return Contraction(False, "gated synapses are outside the conditions that are known")
    steep = scaled.steepest
    if not np.all(np.isfinite(steep)):
        neuron = scaled.network.label(int(np.argmin(np.isfinite(steep))))
        return Contraction(False, f"neuron {neuron} has no bound of the slope of its activation")
    if not scaled.convex.all():
        return _without_convexity(scaled, below, perron)
    gains = gains_of(scaled)
    if gains.symmetric and group_uniform:  # no other condition, and no other p, shows more
        bound, vector = np.inf, np.ones(gains.n_sets)
    else:
        bound, vector = loops_contract(gains, group_uniform, perron)
    if bound < 1.0 - MARGIN:
        # Diagonal stability follows where each neuron is by itself.
        return by_loops(bound, vector[gains.sets], quadratic=gains.additive)
    look()
    if not group_uniform:
        return _circle(gains, below)
    options = _multipliers(scaled, scaling, gains, vector)
    answer = diagonally_stable(gains, options, below)
    if answer is None:
        return Contraction(False, f"the loop gains have spectral radius up to {bound:.4g}")
    if answer["proved"]:
        largest = answer["bound"]
        message = f"the weighted symmetric part of W has eigenvalues up to {largest:.4g} per slope"
        return Contraction(True, message, DIAGONAL, answer["evidence"], quadratic=True)
    message = f"the symmetric part of W has an eigenvalue near {answer['bound']:.4g} per slope"
    return Contraction(False, message)


def _without_convexity(scaled: ScaledNetwork, below: Below, perron: Perron) -> Contraction:
    """|W| sup|g'|, or W sup|g'|, is small enough: of a network with Lagrangians of any kind."""
    neuron = scaled.network.label(int(np.argmin(scaled.convex)))
    what = f"neuron {neuron} is not known to have a convex Lagrangian in all states"
    gains = gains_of(scaled)
    factor = np.where(scaled.convex, gains.row_sum, scaled.steepest)
    if np.any(~scaled.convex & ~scaled.additive):
        return Contraction(False, what)
    loops = loop_gains(gains._replace(row_sum=factor), "largest", ~scaled.convex)
    bound, vector = perron(loops)
    if bound < 1.0 - MARGIN:
        return by_loops(bound, vector[gains.sets], quadratic=False)
    W = gains.W
    straight = rescaled(W, np.ones_like(factor), scaled.steepest)
    answer = below(mirrored(straight), 1.0 - MARGIN - rounding(straight, gains.defect))
    if answer.status == "proved":
        message = "the norm of W times the slopes is below 1"
        evidence = {**_from(answer), "threshold": 1.0}
        return Contraction(True, message, NORM, evidence, quadratic=True)
    return Contraction(False, f"{what}, and the loop gains have spectral radius up to {bound:.4g}")


def by_loops(bound: float, vector: Floats, quadratic: bool) -> Contraction:
    """Loop gains of this spectral radius, below 1, with its vector over the neurons."""
    message = f"the loop gains have spectral radius {bound:.4g}, below 1"
    evidence = {"spectral_radius": bound, **_told("weights", vector)}
    return Contraction(True, message, CONTRACTION, evidence, quadratic)


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


def _circle(gains: Gains, below: Below) -> Contraction:
    root = np.sqrt(gains.slope)
    X = rescaled(gains.W, root, root)
    if gains.symmetric:
        return _symmetric_circle(X, rounding(X, gains.defect), below)
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
            evidence = {**_from(answer), "threshold": threshold}
            return Contraction(True, message, theorem, evidence, quadratic=True)
    return Contraction(
        False, "tau is unequal on a shared Lagrangian, and W is too large for what holds there"
    )


def _symmetric_circle(X: csr_array, error: float, below: Below) -> Contraction:
    """|X + p| < 2 sqrt(p): eigenvalues from -p - 2 sqrt(p) to 2 sqrt(p) - p."""
    top = below(X, 1.0 - MARGIN - error)
    if top.status != "proved":
        return Contraction(False, "the symmetric W has an eigenvalue near or above 1 per slope")
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
            return Contraction(True, message, CIRCLE, evidence, quadratic=True)
    return Contraction(
        False, "tau is unequal on a shared Lagrangian, and W is too negative for what holds there"
    )


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
        error = rounding(X, gains.defect)
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
    scaled: ScaledNetwork, scaling: Any, gains: Gains, vector: Floats
) -> Iterator[tuple[str, Floats]]:
    n = gains.sets.size
    yield "equal", np.ones(n)
    if gains.symmetric:  # no other does better
        return
    if scaling is not None and scaling.kind == "signed":
        yield "signed symmetrizer", scaling.scale / scaled.scale
    yield from searched_multipliers(gains, vector)
