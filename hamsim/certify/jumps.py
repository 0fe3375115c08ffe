"""Activations that jump where the state passes a point, and whether the energy falls there too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hamsim.certify.scaled import ScaledNetwork
from hamsim.network import Group

__all__ = ["JUMPS", "jump_reason", "may_jump"]

JUMPS = (
    "at a jump of g, E changes by - (u- + u+).dg / 2 with u = tau x' before and after, and each of "
    "u-.dg and u+.dg is not negative because g is monotone (solutions in the sense of Filippov)"
)


def may_jump(group: Group) -> NDArray[np.bool_]:
    """Neurons whose activation may jump where the state passes a point."""
    result: NDArray[np.bool_] = group.fact("jumps") != 0.0
    return result


def jump_reason(scaled: ScaledNetwork, group: Group) -> str:
    """Why nothing is claimed of activations that jump; empty if they are no obstacle.

    The energy falls at each jump. But where neurons that jump inhibit themselves, the state stays
    at the jump with an activation in between, which the state does not tell; and the change of E
    at a jump is exact only if E is quadratic in what jumps.
    """
    if not may_jump(group).any():
        return ""
    network = scaled.network
    jumps = np.concatenate([may_jump(other) for other in network.groups])
    own = scaled.W[group.slice][:, group.slice].tocoo()
    sets = scaled.sets[group.slice]
    rows, columns = own.coords
    inside = (sets[rows] == sets[columns]) & may_jump(group)[rows]
    row, column, weight = rows[inside], columns[inside], own.data[inside]
    signed = np.where(row == column, weight, -np.abs(weight))
    if np.any(np.bincount(row, signed, group.size) < 0):
        return f"activations of {group.name} jump, and a neuron of it inhibits itself"
    if network.triples is not None:
        times = sum(jumps[neurons].astype(np.int64) for neurons in network.triples[:3])
        if np.any(times > 1):
            return f"activations of {group.name} jump, and two neurons that jump share a gate"
    instant = network.tau == 0
    if instant.any() and _receives(scaled, instant, jumps):
        return f"activations of {group.name} jump, and a neuron with tau = 0 follows such a jump"
    return ""


def _receives(scaled: ScaledNetwork, to: NDArray[np.bool_], senders: NDArray[np.bool_]) -> bool:
    """Whether one of some neurons is driven by one of others."""
    network = scaled.network
    if np.any(senders[network.W[np.flatnonzero(to)].indices]):
        return True
    if network.triples is None:
        return False
    neurons = np.stack(network.triples[:3])
    return bool(np.any(to[neurons].any(axis=0) & senders[neurons].any(axis=0)))
