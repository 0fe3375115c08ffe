"""What can be read off a state: energy by parts, activation, velocity."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats
from hamsim.compiler import as_network
from hamsim.counted import counted
from hamsim.errors import HamsimError, SimulationError, shown
from hamsim.field.preserving import preserved_velocity, preserves
from hamsim.field.scaled import require_scale
from hamsim.field.settled import settled
from hamsim.network import Group, Network
from hamsim.operator import Neurons, neurons_of, operator_of
from hamsim.ram import require_memory
from hamsim.shown import Shown

__all__ = [
    "EnergyParts",
    "activation",
    "energy",
    "group_activation",
    "hessian_product",
    "lagrangian",
    "states_of",
    "velocity",
]

Source = Network | str | os.PathLike[str] | Mapping[str, Any] | Any

# Arrays of a number for each neuron and state that are there at once.
ARRAYS = 5


@dataclass(frozen=True, eq=False)
class EnergyParts(Shown):
    """The energy of states, and what each group and connection adds to it.

    Parameters
    ----------
    total : float or ndarray
        Sum of all parts; an array where `x` had leading axes.
    groups : dict of str to float or ndarray
        (x - I).g - L of each group.
    connections : dict of str to float or ndarray
        -1/2 g.W g over the synapses of each connection; -sum T g g g of a gating one.
    """

    total: Any
    groups: Mapping[str, Any]
    connections: Mapping[str, Any]


def states_of(network: Network, x: ArrayLike) -> Floats:
    """States as an array, shape (..., n)."""
    shape = getattr(x, "shape", ())
    if isinstance(shape, tuple) and len(shape) > 1:  # else it is in memory, number by number
        require_memory(
            8.0 * ARRAYS * math.prod(shape),
            lambda size: HamsimError(f"states of shape {shape} need {size} of memory"),
        )
    try:
        if np.iscomplexobj(x):  # numpy would drop a part of them with a warning
            raise TypeError
        values = np.asarray(x, dtype=np.float64)
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise HamsimError(f"x must be an array of numbers, not {shown(x)}") from None
    n = network.n_neurons
    if values.ndim == 0 or values.shape[-1] != n:
        raise HamsimError(
            f"x has shape {values.shape}; the last axis must have {counted(n, 'neuron')}"
        )
    if not np.isfinite(values).all():
        raise HamsimError("x holds numbers that are not finite")
    return values


def _shaped(part: Floats, states: Floats) -> Any:
    """A number a state in the shape of the states' leading axes."""
    return part.reshape(states.shape[:-1]) if states.ndim > 1 else float(part[0])


def _held(network: Source, t: float | None) -> Network:
    """The network with its inputs as they are at the time of the states."""
    compiled = as_network(network)
    own = [each for each in compiled.over_time if each.after is None]
    if t is None and own:
        raise HamsimError(f"{own[0].what} changes over time: give t, the time of the states")
    return compiled if t is None else compiled.at(t)


def activation(network: Source, x: ArrayLike) -> Floats:
    """Activation g = dL/dx of states.

    Parameters
    ----------
    network : Network, Spec, path or dict
    x : array_like, shape (..., n)
        Taken as they are, also those of neurons with tau = 0.

    Returns
    -------
    ndarray, shape (..., n)
    """
    compiled = as_network(network)
    return neurons_of(compiled).activate(states_of(compiled, x))


def lagrangian(network: Source, x: ArrayLike) -> dict[str, Any]:
    """Lagrangian L of each group at states.

    Parameters
    ----------
    network : Network, Spec, path or dict
    x : array_like, shape (..., n)

    Returns
    -------
    dict of str to float or ndarray
        In the shape of the leading axes of `x`.
    """
    compiled = as_network(network)
    states = states_of(compiled, x)
    parts = neurons_of(compiled).lagrangian(states)
    return {
        group.name: _shaped(part, states)
        for group, part in zip(compiled.groups, parts, strict=True)
    }


def hessian_product(network: Source, x: ArrayLike, v: ArrayLike) -> Floats:
    """H v with the Hessian H = d2L/dx2 of all groups at states, in time linear in the neurons.

    Parameters
    ----------
    network : Network, Spec, path or dict
    x : array_like, shape (..., n)
    v : array_like, shape (..., n)
        Directions; leading axes are broadcast against those of `x`.

    Returns
    -------
    ndarray, shape (..., n)

    Notes
    -----
    dE/dt = - x'. diag(tau) H x'  [HAM, eq. 4]. At a kink H is the one from the left.
    """
    compiled = as_network(network)
    both = [np.asarray(values, dtype=np.float64) for values in (x, v)]
    shape = np.broadcast_shapes(*(values.shape for values in both))
    states, directions = (np.broadcast_to(values, shape) for values in both)
    return neurons_of(compiled).hessian(
        states_of(compiled, states), states_of(compiled, directions)
    )


def group_activation(group: Group, x: ArrayLike) -> Floats:
    """Activation of one group by itself.

    Parameters
    ----------
    group : Group
    x : array_like, shape (..., size) or (..., *shape)

    Returns
    -------
    ndarray
        In the shape of `x`.
    """
    values = np.asarray(x, dtype=np.float64)
    return Neurons([group]).activate(values.reshape(-1, group.size)).reshape(values.shape)


def velocity(network: Source, x: ArrayLike, t: float | None = None) -> Floats:
    """dx/dt = (W g + I - x) / tau of states, without stimuli.

    Neurons with tau = 0 are moved to the state that they follow at once; their velocity is not
    defined by the state alone and is given as NaN.

    Parameters
    ----------
    network : Network, Spec, path or dict
    x : array_like, shape (..., n)
    t : float, optional
        Time of the states, where inputs change over time.

    Returns
    -------
    ndarray, shape (..., n)
    """
    compiled = _held(network, t)
    operator = operator_of(compiled)
    states = states_of(compiled, x)
    rows = states.reshape(-1, compiled.n_neurons)
    if operator.has_instant:
        rows = settled(compiled, rows)
    if preserves(compiled):
        result = preserved_velocity(compiled, *operator.evaluate(rows))
    else:
        result = operator.velocity(rows)
    return result.reshape(states.shape)


def _settle(network: Network, rows: Floats) -> Floats:
    """States with neurons of tau = 0 at what they follow; refused where that is not defined."""
    operator = operator_of(network)
    if not operator.has_instant:
        return rows
    try:
        rows = settled(network, rows)
    except SimulationError as error:
        raise HamsimError(
            f"the reduced energy is not defined: {error}; or give settle=False for the energy of "
            "the states as they are"
        ) from None
    found, _ = operator.evaluate(rows)
    bad = ~np.isfinite(found)
    if bad.any():
        label = network.label(int(np.argmax(bad.any(axis=0))))
        raise HamsimError(
            f"neuron {label} has tau = 0 and what it follows is not finite at x; give settle=False "
            "for the energy of the states as they are"
        )
    return found


def energy(
    network: Source,
    x: ArrayLike,
    scaled: bool = False,
    settle: bool | None = None,
    reduced: bool | None = None,
    t: float | None = None,
) -> EnergyParts:
    """Energy of states, part by part, without stimuli.

    Parameters
    ----------
    network : Network, Spec, path or dict
    x : array_like, shape (..., n)
    scaled : bool
        Multiply the terms of neuron i by D_i > 0, where D W is symmetric: of a network whose W is
        symmetrizable this energy falls, the plain one need not.
    settle : bool, optional
        Put neurons with tau = 0 to the state that they follow at once, x_i = sum_j W_ij g_j + I_i,
        whatever `x` says of them: the sum is then the reduced energy, of the other neurons alone.
        True if nobody says. False takes them as they are, as where a stimulus has clamped them.
    reduced : bool, optional
        Another name of `settle`.
    t : float, optional
        Time of the states, where inputs change over time.

    Returns
    -------
    EnergyParts

    Notes
    -----
    E = sum_i (x_i - I_i) g_i - L - 1/2 g.W g  [HAM, eq. 3, with input currents]. Where W is not
    symmetric the same formula is evaluated, but it is not a function that has to fall. A layer of
    neurons with tau = 0 that are settled adds -L of its drive in all [HAM, section 3.1]. Scaled:
    E = sum_i D_i (x_i - I_i) g_i - sum_i D_i L_i - 1/2 g.D W g.

    Raises
    ------
    HamsimError
        No positive diagonal makes W symmetric, and `scaled` was asked for. Or neurons with
        tau = 0 depend on each other, so that the states that they follow are not defined.
    """
    for name, value in (("scaled", scaled), ("settle", settle), ("reduced", reduced)):
        if value is not None and not isinstance(value, bool | np.bool_ | int):
            raise HamsimError(f"{name} must be True or False, not {shown(value)}")
    if None not in (settle, reduced) and bool(settle) != bool(reduced):
        raise HamsimError(
            f"settle is {settle} and reduced is {reduced}: they mean the same, so give one of them"
        )
    compiled = _held(network, t)
    states = states_of(compiled, x)
    rows = states.reshape(-1, compiled.n_neurons)
    if settle is not False and reduced is not False:
        rows = _settle(compiled, rows)
    scale = require_scale(compiled) if scaled else None
    with np.errstate(over="ignore", invalid="ignore"):  # it is infinite, or not a number
        found = operator_of(compiled).energy(rows, scale)
    return EnergyParts(
        total=_shaped(found.total, states),
        groups={name: _shaped(part, states) for name, part in found.groups.items()},
        connections={name: _shaped(part, states) for name, part in found.connections.items()},
    )
