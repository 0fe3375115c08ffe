"""The energy as a sum of what groups and connections add to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.network import Network

__all__ = ["Energies", "energies_of"]


class Energies(NamedTuple):
    """Energies of rows of states, each of shape (rows,)."""

    total: Floats
    groups: dict[str, Floats]  # (x - I).g - L
    connections: dict[str, Floats]  # -1/2 g.W g; -sum T g g g of a gating one


def energies_of(
    network: Network,
    g: Floats,
    own: Floats,
    connections: Sequence[Floats],
    scale: Floats | None = None,
) -> Energies:
    """Add up the parts of an energy.

    Parameters
    ----------
    network : Network
    g : ndarray, shape (rows, n)
        Activations.
    own : ndarray, shape (groups, rows)
        x.g - L of each group.
    connections : sequence of ndarray, each of shape (rows,)
    scale : ndarray, shape (n,), optional
        Factors of the neurons' terms; `own` and `connections` have them already.
    """
    current = network.input if scale is None else scale * network.input
    groups = {
        group.name: part - _driven(g[:, group.slice], current[group.slice])
        for group, part in zip(network.groups, own, strict=True)
    }
    named = {c.name: part for c, part in zip(network.connections, connections, strict=True)}
    total = np.zeros(g.shape[0])
    for part in (*groups.values(), *connections):
        total = total + part
    return Energies(total, groups, named)


def _driven(g: Floats, current: Floats) -> Floats:
    """g.I of each row; a neuron without input adds nothing, even if its activation overflows."""
    some = current != 0.0
    result: Floats = g[:, some] @ current[some]
    return result
