"""Neurons with tau = 0, which follow at once: x_i = sum_j W_ij g_j + I_i.

They are followed by a formula when no one of them receives from another, directly or through a
Lagrangian that it shares: one pass over their rows of W gives their states. Otherwise their
states solve an equation, which can have several solutions (`field.following`); only methods that
solve equations take such networks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hamsim.errors import SimulationError
from hamsim.network import Group, Network, once

__all__ = [
    "depends_on_instants",
    "explicit_instants",
    "is_gated_by_instants",
    "require_explicit_instants",
]

REPAIR = "give one of them a tau above 0, or remove the connection"


def _share_an_instant(group: Group, instant: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Neurons of a group whose activation depends on the state of an instantaneous neuron."""
    shaped = instant.reshape(group.shape)
    if group.over:
        shaped = np.broadcast_to(shaped.any(axis=group.over, keepdims=True), group.shape)
    return shaped.reshape(-1)


def depends_on_instants(network: Network) -> NDArray[np.bool_]:
    """Neurons whose activation depends on the state of a neuron with tau = 0."""
    instant = network.tau == 0
    return np.concatenate(
        [_share_an_instant(group, instant[group.slice]) for group in network.groups]
    )


def explicit_instants(network: Network) -> bool:
    """Whether no neuron with tau = 0 depends on another, so that a formula gives their states."""
    try:
        require_explicit_instants(network)
    except SimulationError:
        return False
    return True


def is_gated_by_instants(network: Network) -> bool:
    """Whether a gated synapse drives a neuron with tau = 0 by what depends on another."""
    try:
        _require_explicit_gates(network, network.tau == 0, depends_on_instants(network), "")
    except SimulationError:
        return True
    return False


def require_explicit_instants(network: Network, repair: str = REPAIR) -> None:
    """Refuse networks in which neurons with tau = 0 depend on each other.

    Parameters
    ----------
    network : Network
    repair : str
        What would help.

    Raises
    ------
    SimulationError
        Names a receiving and a sending neuron.
    """
    instant = network.tau == 0
    if not instant.any():
        return
    _require_explicit_gates(network, instant, depends_on_instants(network), repair)
    found = once(network, "the first synapse between instants", lambda: _first_between(network))
    if found is None:
        return
    receiver, sender = found
    to, of = network.label(receiver), network.label(sender)
    if receiver == sender:
        what = f"neuron {to} has tau = 0 and is connected to itself"
    elif instant[sender]:
        what = f"neurons {to} and {of} both have tau = 0 and are connected"
    else:
        what = (
            f"neuron {to} has tau = 0 and receives from {of}, which shares a Lagrangian with "
            "another neuron with tau = 0"
        )
    raise SimulationError(f"{what}; {repair}")


def _first_between(network: Network) -> tuple[int, int] | None:
    """A neuron with tau = 0 and one that it receives from and that depends on such neurons."""
    rows = np.flatnonzero(network.tau == 0)
    between = network.W[rows]
    found = np.flatnonzero(depends_on_instants(network)[between.indices])
    if found.size == 0:
        return None
    receiver = int(rows[np.searchsorted(between.indptr, found[0], side="right") - 1])
    return receiver, int(between.indices[found[0]])


def _require_explicit_gates(
    network: Network, instant: NDArray[np.bool_], depends: NDArray[np.bool_], repair: str
) -> None:
    """Refuse triples in which a neuron with tau = 0 is driven by another one."""
    triples = network.triples
    if triples is None:
        return
    neurons = np.stack(triples[:3])
    for place in range(3):
        others = np.delete(neurons, place, axis=0)
        found = np.flatnonzero(instant[neurons[place]] & depends[others].any(axis=0))
        if found.size:
            names = [network.label(int(neuron)) for neuron in neurons[:, found[0]]]
            others_named = f"{names[place - 2]} and {names[place - 1]}"
            raise SimulationError(
                f"neuron {names[place]} has tau = 0 and a gated synapse with {others_named}, which "
                f"depend on neurons with tau = 0; {repair}"
            )
