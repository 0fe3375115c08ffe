"""Synapses that outrun the cost of their neurons, and the rays that show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.certify.coercive.degrees import Degrees
from hamsim.certify.coercive.finding import Finding, labels_of, names_of
from hamsim.certify.coercive.synapses import Strong
from hamsim.certify.rays import Ray, growing
from hamsim.certify.scaled import ScaledNetwork

__all__ = ["outrun", "strong_ray"]


def strong_ray(scaled: ScaledNetwork, degrees: Degrees, strong: Strong) -> Ray:
    """Activations s^e, which cost of the order s, while the synapse gains s^(sum of e)."""
    neurons = np.unique(strong.members)
    base = None
    if strong.gate is not None:
        base = np.zeros(scaled.network.n_neurons)
        base[strong.gate[0]] = strong.gate[1]
    return growing(scaled, neurons, _signs(degrees, strong, neurons), degrees.e[neurons], base)


def _signs(degrees: Degrees, strong: Strong, neurons: Ints) -> Floats:
    """Signs of activations, each reachable, with which the synapse lowers the energy."""
    places = np.searchsorted(neurons, strong.members)
    side = degrees.side[neurons]
    for number in range(2**neurons.size):
        signs = np.array([1.0 - 2.0 * (number >> k & 1) for k in range(neurons.size)])
        if np.all(side * signs >= 0) and strong.weight * np.prod(signs[places]) > 0:
            return signs
    return np.ones(neurons.size)


def outrun(
    scaled: ScaledNetwork, degrees: Degrees, strong: Strong, seen: Mapping[str, Any]
) -> Finding:
    """What to say of a synapse along whose ray the energy was seen to fall."""
    members = strong.members
    names = names_of(scaled, members)
    own = "a synapse with itself" if len(set(members)) == 1 else "a synapse between them"
    return Finding(
        "refuted",
        f"with activations that grow as fast as those of {names}, {own}, of weight "
        f"{strong.weight:.4g}, outruns the leak; along a ray E falls to {seen['energy'][-1]:.4g}",
        evidence={**seen, "exponents": degrees.e[np.unique(members)], "weight": strong.weight},
        where={"edge" if len(members) == 2 else "neurons": labels_of(scaled, members)},
        repair=f"use a Lagrangian with bounded activation for {names}, or remove the synapse",
    )
