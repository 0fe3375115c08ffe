"""Convergence because the energy falls in the box in which solutions end.

Norms of states grow without a bound in all states, and with them condition numbers of spherical,
root-mean-square and radial Lagrangians, so that no ratio of time constants is allowed everywhere.
In the box that every solution comes to one may be (as in `descent`, Gustafson 1968): then the
energy falls there, strictly where not all is at rest, and LaSalle's principle holds for what
solutions end in.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hamsim.arrays import Floats
from hamsim.certify.convergence.energy import NAME
from hamsim.certify.rest import locally_lipschitz
from hamsim.certify.scaled import ScaledNetwork
from hamsim.certify.trapping import trapping_box
from hamsim.condition import Condition
from hamsim.expression import evaluate
from hamsim.network import Group

__all__ = ["rests_in_its_box"]

THEOREM = (
    "T H has a positive definite symmetric part for condition numbers kappa of H with (sqrt(rho) - "
    "1)(sqrt(kappa) - 1) < 2 (Gustafson 1968); LaSalle's principle in the box where solutions end"
)
# Distance from the threshold, relative to it, within which nothing is claimed.
MARGIN = 1e-9


def rests_in_its_box(
    scaled: ScaledNetwork, falls: Sequence[Condition], instants: Condition
) -> Condition | None:
    """Show that every solution comes to rest where unequal tau is allowed in a box alone.

    Parameters
    ----------
    scaled : ScaledNetwork
        With a symmetric W.
    falls : sequence of Condition
        Of the energy's descent in all states.
    instants : Condition
        Whether neurons with tau = 0 have one state.

    Returns
    -------
    Condition or None
        Proved; None if it could not be shown.
    """
    network = scaled.network
    if scaled.any_input:
        return None
    open_ones = {str(c.where.get("group", "")) for c in falls if c.status != "proved"}
    groups = [group for group in network.groups if group.name in open_ones]
    if not groups or len(groups) != sum(c.status != "proved" for c in falls):
        return None
    if instants.status != "proved" or np.any(network.tau == 0) or not locally_lipschitz(scaled):
        return None
    box = trapping_box(scaled)
    size = np.maximum(np.abs(box.low), np.abs(box.high))
    if not np.all(np.isfinite(size)):
        return None
    for group in groups:
        if not group.family.excess or not group.family.everywhere:
            return None
        if not _allowed(group, network.tau[group.slice], size[group.slice]):
            return None
    names = ", ".join(group.name for group in groups)
    return Condition(
        NAME,
        "proved",
        f"solutions end in a box of states in which tau of {names} may differ as it does, so that "
        "the energy falls there, and every solution comes to rest",
        evidence={"low": box.low, "high": box.high},
        theorem=THEOREM,
    )


def _allowed(group: Group, tau: Floats, size: Floats) -> bool:
    """Whether the ratio of time constants of each set is allowed for states of this size."""
    tau, size = tau.reshape(group.shape), size.reshape(group.shape)
    norm = np.sqrt(np.sum(size**2, axis=group.over, keepdims=True)) * (1.0 + 1e-12)
    names = {
        **group.parameters,
        "n": float(group.shared),
        "r": np.broadcast_to(norm, group.shape).reshape(-1),
    }
    with np.errstate(all="ignore"):
        excess = np.broadcast_to(evaluate(group.family.excess, names, finite=False), (group.size,))
        low, high = (edge(tau, axis=group.over, keepdims=True) for edge in (np.min, np.max))
        more = np.broadcast_to((high - low) / low, group.shape).reshape(-1)
        product = more / (np.sqrt(1.0 + more) + 1.0) * (excess / (np.sqrt(1.0 + excess) + 1.0))
    return bool(np.all(product < 2.0 * (1.0 - MARGIN)))  # not so if it is NaN
