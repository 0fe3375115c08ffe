"""Lagrangians that are not known to be convex."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.certify.coercive.degrees import Flags
from hamsim.certify.coercive.finding import CONJUGATE, Finding
from hamsim.certify.rays import Ray, scaled_triples, watch
from hamsim.certify.scaled import ScaledNetwork

__all__ = ["without_conjugate"]


def without_conjugate(scaled: ScaledNetwork, strange: Flags) -> Finding:
    """Refute where x g - L falls without end on one side; else leave it open."""
    network = scaled.network
    own = scaled.W.diagonal()
    gated = scaled_triples(scaled)
    assert gated is not None
    times = np.zeros(network.n_neurons)
    times[gated[0].reshape(-1)] = 1.0
    for group in network.groups:
        side = group.family.sinks
        if not side or not scaled.everywhere.all():
            continue
        # Nothing outgrows x g - L on that side if w_ii >= 0.
        good = np.flatnonzero((own[group.slice] >= 0) & (times[group.slice] == 0))
        if not good.size:
            continue
        neuron = group.start + int(good[0])
        seen = watch(scaled, _outwards(scaled, neuron, side))
        if seen is not None:
            return Finding(
                "refuted",
                f"{group.family.L} of {network.label(neuron)} is not convex; as its state "
                f"{'rises' if side > 0 else 'falls'}, E falls to {seen['energy'][-1]:.4g}",
                "x g - L has no lower bound",
                seen,
                {"group": group.name, "neurons": [network.label(neuron)]},
                f"use power or rectified_polynomial in group {group.name}",
            )
    group = next(group for group in network.groups if strange[group.slice].any())
    where = "" if group.family.everywhere else " in all states"
    return Finding(
        "undecided",
        f"the Lagrangian of {group.name} is not known to be convex{where}",
        CONJUGATE,
        where={"group": group.name},
        repair=f"use a convex Lagrangian in group {group.name}",
    )


def _outwards(scaled: ScaledNetwork, neuron: int, side: int) -> Ray:
    def states(s: float) -> Floats:
        x = np.zeros(scaled.network.n_neurons)
        x[neuron] = side * s
        return x

    return states
