"""Convergence of networks whose inhibition acts at once.

Positive factors of the rows bring W into the form [[A, -K], [K', -C]] with A and C symmetric,
excitatory neurons first. If the inhibitory ones have tau = 0, their activations are the one
maximum of y.f - L_I*(f) - 1/2 f.C f at y = K' g_E + I_I, with the value R(y): the function is
strongly concave where 1 / l + C > 0. R is convex with gradient g_I, so that

    E = L_E*(g_E) - I_E.g_E - 1/2 g_E.A g_E + R(K' g_E + I_I),    dE/dt = - x_E'. T H x_E'.

By its maximum's definition R(y) >= y.f - const for the fixed f = g_I(0), so E is at least the
energy of the excitatory part with the input I_E - K f: if that one confines the activations, so
does E. For the excitatory-inhibitory pair of layers with C = 0 this is the minimax function of
Seung, Richardson, Lagarias and Hopfield 1998; here for any convex Lagrangians and any C above
-1 / l.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.csgraph import connected_components

from hamsim.arrays import Floats
from hamsim.certify.contraction import Below
from hamsim.certify.gains import MARGIN, rescaled, rounding
from hamsim.certify.rest import locally_lipschitz
from hamsim.certify.scaled import ScaledNetwork
from hamsim.condition import Condition

__all__ = ["instant_inhibition"]

NAME = "instantaneous inhibition"
THEOREM = (
    "LaSalle's principle with the energy minimised over excitatory and maximised over inhibitory "
    "activations (Seung, Richardson, Lagarias and Hopfield 1998, for Lagrangians)"
)

Coercive = Callable[[ScaledNetwork, Below], tuple[Condition, Condition]]


def instant_inhibition(
    scaled: ScaledNetwork, scaling: Any, below: Below, coercive: Coercive
) -> Condition | None:
    """Decide whether instantaneous inhibition makes every solution converge.

    Parameters
    ----------
    scaled : ScaledNetwork
    scaling : Scaling
        With `kind`, `scale` and `signs`.
    below : callable
        ``below(X, threshold)`` decides whether eigenvalues of a symmetric X are below a threshold.
    coercive : callable
        ``coercive(scaled, below)`` decides whether the energy of a symmetric network is bounded
        below, and whether it confines the activations.

    Returns
    -------
    Condition or None
        None for networks that are not of this form.
    """
    network = scaled.network
    if scaling.kind != "signed":
        return None
    inhibitory = _instant_class(scaled, scaling.signs)
    if inhibitory is None or not inhibitory.any() or inhibitory.all():
        return None
    signed = ScaledNetwork(network, scaling.scale, symmetric=False, any_input=scaled.any_input)
    reason = _outside(signed, inhibitory)
    if not scaling.exact:
        reason = f"the signed symmetry of W holds up to {scaling.defect:.2g} only"
    if not reason and not _inhibition_is_mild(signed, inhibitory, below):
        reason = "connections among inhibitory neurons are not shown to be inhibitory enough"
    if reason:
        return _undecided(reason)
    _, confined = coercive(_excitatory_part(signed, inhibitory), below)
    if confined.status != "proved":
        return _undecided(f"for the excitatory part alone: {confined.message}")
    return Condition(
        NAME,
        "proved",
        "inhibition acts at once, so an energy of the excitatory neurons falls, and it confines "
        "them: every solution comes to rest",
        evidence={"inhibitory": int(inhibitory.sum()), "excitatory": int((~inhibitory).sum())},
        theorem=THEOREM,
    )


def _undecided(reason: str) -> Condition:
    message = f"instantaneous inhibition does not show that all solutions come to rest: {reason}"
    return Condition(NAME, "undecided", message, theorem=THEOREM)


def _instant_class(scaled: ScaledNetwork, signs: Floats) -> NDArray[np.bool_] | None:
    """Which neurons are inhibitory, if these can be chosen so that all of them have tau = 0.

    In each connected part of the network the two signs can be exchanged.
    """
    network, sets = scaled.network, scaled.sets
    if np.all(network.tau > 0):
        return None
    n = network.n_neurons
    joins = csr_array((np.ones(n), (np.arange(n), sets)), shape=(n, n))
    structure = csr_array((np.ones(network.W.nnz), network.W.indices, network.W.indptr), (n, n))
    count, part = connected_components(csr_array(structure + joins), directed=False)
    slow = network.tau > 0
    blocked = [np.bincount(part[slow & (signs == s)], minlength=count) > 0 for s in (-1.0, 1.0)]
    if np.any(blocked[0] & blocked[1]):
        return None
    inhibitory: NDArray[np.bool_] = np.where(blocked[0][part], signs > 0, signs < 0)
    return inhibitory


def _outside(scaled: ScaledNetwork, inhibitory: NDArray[np.bool_]) -> str:
    """Why the theorem does not apply; empty if it does."""
    network = scaled.network
    if network.triples is not None:
        return "gated synapses are outside the theorem"
    if not scaled.convex.all():
        neuron = network.label(int(np.argmin(scaled.convex)))
        return f"neuron {neuron} is not known to have a convex Lagrangian in all states"
    instant = (network.tau == 0) & ~inhibitory
    if instant.any():
        return f"the excitatory neuron {network.label(int(np.argmax(instant)))} has tau = 0 too"
    unequal = network.tau != network.tau[scaled.sets]
    if unequal.any():
        neuron = network.label(int(np.argmax(unequal)))
        return f"neuron {neuron} shares a Lagrangian with neurons of another tau"
    if not locally_lipschitz(scaled):
        return "some activations jump, or are not known to be locally Lipschitz"
    return ""


def _inhibition_is_mild(scaled: ScaledNetwork, inhibitory: NDArray[np.bool_], below: Below) -> bool:
    """Whether 1 / l + C is shown to be positive definite among the inhibitory neurons.

    Without a bound of the slope, C has to be nonnegative and diagonal.
    """
    chosen = np.flatnonzero(inhibitory)
    W = csr_array(scaled.W[chosen][:, chosen])
    rows = np.repeat(np.arange(chosen.size), np.diff(W.indptr))
    if np.all((rows == W.indices) & (W.data <= 0)):
        return True
    slope = scaled.slope[chosen]
    if not np.all(np.isfinite(slope)):
        return False
    root = np.sqrt(slope)
    X = rescaled(csr_array(0.5 * (W + W.T)), root, root)
    return bool(below(X, 1.0 - MARGIN - rounding(X)).status == "proved")


def _excitatory_part(scaled: ScaledNetwork, inhibitory: NDArray[np.bool_]) -> ScaledNetwork:
    """The network with connections among excitatory neurons alone, and their input I_E - K f.

    The other neurons stay, unconnected: their energy always confines their activations.
    """
    network = scaled.network
    at_zero = scaled.field.activation(np.zeros((1, network.n_neurons)))
    inhibited = scaled.field.drive.at(np.where(inhibitory, at_zero, 0.0))[0]
    keep = diags_array((~inhibitory).astype(np.float64))
    W = csr_array(keep @ scaled.W @ keep)
    W = csr_array(0.5 * (W + W.T))
    W.eliminate_zeros()
    W.sort_indices()
    # `ScaledNetwork` scales the columns by 1 / scale again.
    alone = replace(
        network,
        W=csr_array(W @ diags_array(scaled.scale)),
        input=np.where(inhibitory, network.input, inhibited),
        tau=np.where(inhibitory, 1.0, network.tau),
        connections=(),
        symmetric=False,
    )
    return ScaledNetwork(alone, scaled.scale, symmetric=True, any_input=scaled.any_input)
