"""Whether neurons that follow at once, with tau = 0, have one state for each of the others.

They solve x_f = W_ff g(x_f) + (what they receive from the others). That is a formula where no one
of them depends on another; else W_ff and the slopes must be small enough that the map
x_f - W_ff g(x_f) is one to one and onto: it is where it is strongly monotone in a weighted inner
product, or expands a weighted sup norm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from hamsim.arrays import Floats, Ints
from hamsim.certify.contraction import Below, Perron, diagonally_stable, searched_multipliers
from hamsim.certify.gains import MARGIN, Gains, gains_of, loop_gains
from hamsim.certify.newton import MOST_SOLVED, distinct_rest_states, starts
from hamsim.certify.scaled import ScaledNetwork
from hamsim.condition import Condition
from hamsim.field.dense import DenseField
from hamsim.field.instants import depends_on_instants, explicit_instants
from hamsim.network import Network

__all__ = ["instant_well_posed"]

NAME = "instantaneous neurons"
SOLVING = "methods that solve equations, such as bdf, simulate them"
REFUSAL = "hamsim does not simulate neurons with tau = 0 that may have several states"
CONTRACTION = "an expansion of a weighted sup norm is one to one and onto"
MONOTONE = "strongly monotone maps are one to one and onto (Browder 1963; Minty 1962)"
TWO = "solutions shown to exist by Brouwer's theorem on a box around each"


def instant_well_posed(scaled: ScaledNetwork, below: Below, perron: Perron) -> Condition:
    """Decide whether neurons with tau = 0 always have exactly one state.

    Parameters
    ----------
    scaled : ScaledNetwork
    below : callable
        ``below(X, threshold)`` decides whether eigenvalues of a symmetric X are below a threshold.
    perron : callable
        ``perron(B)`` bounds the spectral radius of a nonnegative B, with its vector.

    Returns
    -------
    Condition
    """
    network = scaled.network
    instant = network.tau == 0
    if not instant.any():
        return Condition(NAME, "proved", "no neuron has tau = 0")
    if explicit_instants(network):
        message = (
            "no neuron with tau = 0 depends on another, so their states are given by a formula"
        )
        return Condition(NAME, "proved", message, theorem="direct substitution")
    depends = depends_on_instants(network)
    reason = _outside(scaled, instant, depends)
    if not reason:
        found = _proof(scaled, instant, depends, below, perron)
        if found is not None:
            return found
        reason = "their connections are too strong for the conditions that are known"
    refuted = _refuted(scaled, instant, depends)
    if refuted is not None:
        return refuted
    if np.any(depends & ~instant):
        reason += ", and a shared Lagrangian joins neurons with tau = 0 and tau > 0"
    return Condition(
        NAME,
        "undecided",
        f"whether neurons with tau = 0 have one state is not decided: {reason}; {REFUSAL}",
        where={"neurons": [network.label(int(i)) for i in np.flatnonzero(instant)[:5]]},
        repair="give one of them a tau above 0, or remove connections among them",
    )


def _outside(scaled: ScaledNetwork, instant: NDArray[np.bool_], depends: NDArray[np.bool_]) -> str:
    network = scaled.network
    if _gated(network, instant, depends):
        return "gated synapses join them"
    for value, what in (
        (scaled.convex, "is not known to have a convex Lagrangian in all states"),
        (np.isfinite(scaled.slope), "has no bound of the slope of its activation"),
    ):
        if not value[depends].all():
            first = int(np.flatnonzero(depends & ~value)[0])
            return f"neuron {network.label(first)} {what}"
    return ""


def _gated(network: Network, instant: NDArray[np.bool_], depends: NDArray[np.bool_]) -> bool:
    """Whether a gated synapse drives a neuron with tau = 0 by what depends on another."""
    if network.triples is None:
        return False
    places = np.stack(network.triples[:3])
    others = [depends[np.delete(places, k, axis=0)].any(axis=0) for k in range(3)]
    return bool(np.any(instant[places] & np.stack(others)))


def _proved(message: str, theorem: str, evidence: dict[str, object]) -> Condition:
    sentence = f"neurons with tau = 0 have one state for each state of the others: {message}"
    return Condition(NAME, "proved", f"{sentence}; {SOLVING}", evidence=evidence, theorem=theorem)


def _proof(
    scaled: ScaledNetwork,
    instant: NDArray[np.bool_],
    depends: NDArray[np.bool_],
    below: Below,
    perron: Perron,
) -> Condition | None:
    block, whole = _block(scaled, instant, depends)
    bound, vector = perron(loop_gains(block, "euclidean" if whole else "largest"))
    if bound < 1.0 - MARGIN:
        message = f"the gains of loops among them have spectral radius {bound:.4g}, below 1"
        return _proved(message, CONTRACTION, {"spectral_radius": float(bound)})
    if not whole:
        return None
    options = _multipliers(block, vector)
    answer = diagonally_stable(block, options, below)
    if answer is not None and answer["proved"]:
        message = f"the symmetric part of W among them is at most {answer['bound']:.4g} per slope"
        return _proved(message, MONOTONE, answer["evidence"])
    return None


def _multipliers(block: Gains, vector: Floats) -> Iterator[tuple[str, Floats]]:
    yield "equal", np.ones(block.sets.size)
    if not block.symmetric:
        yield from searched_multipliers(block, vector)


def _block(
    scaled: ScaledNetwork, instant: NDArray[np.bool_], depends: NDArray[np.bool_]
) -> tuple[Gains, bool]:
    """Gains among neurons that depend on tau = 0, and whether all of these have tau = 0.

    Neurons with tau > 0 among them receive nothing: their states are given.
    """
    neurons: Ints = np.flatnonzero(depends)
    block = gains_of(scaled).part(neurons)
    whole = bool(instant[neurons].all())
    if not whole:
        rows = diags_array(instant[neurons].astype(np.float64))
        W = csr_array(rows @ block.W)
        W.eliminate_zeros()
        block = block._replace(W=W, symmetric=False)
    return block, whole


# --- witnesses ------------------------------------------------------------------------------


def _refuted(
    scaled: ScaledNetwork, instant: NDArray[np.bool_], depends: NDArray[np.bool_]
) -> Condition | None:
    """Two states of the neurons with tau = 0 for one and the same state of the others."""
    network = scaled.network
    if network.n_neurons > MOST_SOLVED or network.triples is not None or not scaled.convex.all():
        return None
    rows = csr_array(diags_array(instant.astype(np.float64)) @ network.W)
    rows.eliminate_zeros()
    for slow in _slow_states(network, instant):
        given = replace(
            network,
            W=rows,
            input=np.where(instant, network.input, slow),
            initial=slow,
            symmetric=False,
        )
        held = ScaledNetwork(given, np.ones(network.n_neurons), symmetric=False)
        found = distinct_rest_states(held, np.where(instant, starts(given, 8), slow))
        if len(found) < 2:
            continue
        distance = float(np.max(np.abs(found[0].x - found[1].x)))
        place = int(np.argmax(np.abs(found[0].x - found[1].x)))
        return Condition(
            NAME,
            "refuted",
            f"neuron {network.label(place)} with tau = 0 has several states, {distance:.4g} apart, "
            "for the same state of the neurons with tau > 0",
            where={"neurons": [network.label(place)]},
            evidence={
                "states": [rest.x for rest in found],
                "residuals": [rest.residual for rest in found],
                "error_bounds": [rest.radius for rest in found],
                "jacobian_condition": [rest.condition for rest in found],
                "distance": distance,
            },
            theorem=TWO,
            repair="give one of them a tau above 0, or weaken connections among them",
        )
    return None


def _slow_states(network: Network, instant: NDArray[np.bool_]) -> Floats:
    """States of the neurons with tau > 0 at which to look for several solutions."""
    n = network.n_neurons
    first = np.atleast_2d(network.initial)[:2]
    if instant.all():
        return first[:1]
    rng = np.random.default_rng(1)
    several = [first, np.zeros((1, n)), *(scale * rng.normal(size=(3, n)) for scale in (0.5, 3.0))]
    return np.concatenate([_balancing(network, instant)[None], *several])


def _balancing(network: Network, instant: NDArray[np.bool_]) -> Floats:
    """State whose drive lets the neurons with tau = 0 rest near 0, where activations are steep."""
    field, n = DenseField(network), network.n_neurons

    def off(x: Floats) -> Floats:
        driven: Floats = field.drive.at(field.activation(x[None]))[0, instant]
        return driven

    x, damping = np.zeros(n), 1e-3
    for _ in range(30):
        u, J = off(x), field.jacobians(x[None])[0][instant][:, ~instant]
        move = np.zeros(n)
        scale = damping * (1.0 + float(np.sum(J * J)))
        move[~instant] = -J.T @ np.linalg.solve(J @ J.T + scale * np.eye(len(J)), u)
        with np.errstate(over="ignore", invalid="ignore"):
            better = float(np.sum(off(x + move) ** 2)) < float(np.sum(u**2))
        x, damping = (x + move, damping / 4) if better else (x, damping * 8)
    return x
