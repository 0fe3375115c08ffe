"""Unequal time constants inside a group that shares a Lagrangian, in the form that keeps descent.

With `simulation: {collective_tau: preserve_energy}` neurons that share a Lagrangian move by
x' = K u in place of x' = T^-1 u, where H K is symmetric without a negative eigenvalue, so that the
energy falls whatever their time constants are (`hamsim.lagrangians.commonparts`). Rest states are
the same, and so is everything where neurons that share a Lagrangian have one time constant.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.errors import SimulationError
from hamsim.field.sharing import shared_sets
from hamsim.network import Network
from hamsim.operator import neurons_of

__all__ = ["mean_rates", "preserved_velocity", "preserves", "require_preserving", "unequal"]


def unequal(network: Network) -> NDArray[np.bool_]:
    """Neurons that share a Lagrangian with others of another time constant."""
    sets = shared_sets(network)
    differ = np.zeros(network.n_neurons, dtype=bool)
    np.logical_or.at(differ, sets, network.tau != network.tau[sets])
    result: NDArray[np.bool_] = differ[sets]
    return result


def preserves(network: Network) -> bool:
    """Whether neurons move in the form that keeps descent, and not as everywhere else."""
    if network.settings.collective_tau == "plain":
        return False
    return bool(unequal(network).any())


def require_preserving(network: Network) -> None:
    """Refuse networks of which no form is known that keeps descent.

    Raises
    ------
    SimulationError
    """
    if network.delays is not None:
        raise SimulationError("collective_tau: preserve_energy is not known with delays")
    differ = unequal(network)
    for group in network.groups:
        if not differ[group.slice].any():
            continue
        if not group.family.common:
            why = f"is known of {group.lagrangian}"
        elif (group.fact("common_unless") != 0).any():
            why = f"is continuous where the support of {group.lagrangian} with alpha = 2 changes"
        elif (network.tau[group.slice][differ[group.slice]] == 0).any():
            why = "has some neurons with tau = 0 among others that share their Lagrangian"
        else:
            continue
        raise SimulationError(
            f"collective_tau: preserve_energy: no form with unequal tau {why} (group "
            f"{group.name}); give its neurons one tau"
        )


def mean_rates(network: Network) -> Floats:
    """Mean of 1 / tau over the neurons that share each one's Lagrangian, shape (n,)."""
    sets = shared_sets(network)
    with np.errstate(divide="ignore"):
        rates = 1.0 / network.tau
    total = np.bincount(sets, weights=rates, minlength=network.n_neurons)
    count = np.maximum(np.bincount(sets, minlength=network.n_neurons), 1)
    result: Floats = (total / count)[sets]
    return result


def preserved_velocity(network: Network, x: Floats, u: Floats) -> Floats:
    """dx/dt at states of shape (rows, n), of which W g + I - x is u; NaN where tau = 0."""
    require_preserving(network)
    neurons, differ = neurons_of(network), unequal(network)
    with np.errstate(divide="ignore", invalid="ignore"):
        velocity = np.where(network.tau > 0, u / network.tau, np.nan)
    common = neurons.common(x, u)
    safe = np.where(network.tau > 0, network.tau, 1.0)
    rest = (u - common) / safe
    turned = np.repeat(
        [group.family.common == "orthogonal" for group in network.groups],
        [group.size for group in network.groups],
    )
    if turned.any():
        rest -= np.where(turned, neurons.common(x, rest), 0.0)
    with np.errstate(invalid="ignore"):
        moved = rest + common * mean_rates(network)
    return np.where(differ, moved, velocity)
