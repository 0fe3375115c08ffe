"""What can be read off a state: energy by parts, activation, velocity."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.compiler import as_network
from hamsim.errors import HamsimError, SimulationError, shown
from hamsim.evaluation import activations, group_duals, group_lagrangians, hessian_times
from hamsim.field.instants import require_explicit_instants
from hamsim.field.scaled import require_scale
from hamsim.kernels.addresses import make_table
from hamsim.kernels.jit import first_call
from hamsim.kernels.plan import Tableau
from hamsim.kernels.step import evaluate
from hamsim.kernels.team import make_board
from hamsim.kernels.works import make_programs
from hamsim.layout.arrange import arrange
from hamsim.layout.buffers import make_buffers, make_forces
from hamsim.memory import require_memory
from hamsim.network import Connection, Group, Network

__all__ = [
    "EnergyParts",
    "activation",
    "energy",
    "group_activation",
    "hessian_product",
    "lagrangian",
    "velocity",
]

Source = Network | str | os.PathLike[str] | Mapping[str, Any] | Any

# Arrays of a number for each neuron and state that are there at once.
ARRAYS = 5


@dataclass(frozen=True, eq=False)
class EnergyParts:
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


def _states(network: Network, x: ArrayLike) -> tuple[Floats, tuple[int, ...]]:
    """States as (trials, n), and the leading axes that they had."""
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
        raise HamsimError(f"x has shape {values.shape}; the last axis must have {n} neurons")
    if not np.all(np.isfinite(values)):
        raise HamsimError("x holds numbers that are not finite")
    return values.reshape(-1, n), values.shape[:-1]


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
    rows, leading = _states(compiled, x)
    return activations(compiled, rows).reshape(*leading, compiled.n_neurons)


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
    rows, leading = _states(compiled, x)
    parts = group_lagrangians(compiled, rows)
    return {
        name: part.reshape(leading) if leading else float(part[0]) for name, part in parts.items()
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
    states, directions = np.broadcast_arrays(
        np.asarray(x, dtype=np.float64), np.asarray(v, dtype=np.float64)
    )
    rows, leading = _states(compiled, states)
    vectors, _ = _states(compiled, directions)
    return hessian_times(compiled, rows, vectors).reshape(*leading, compiled.n_neurons)


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
    nothing = np.zeros(group.size)
    alone = Network(
        name=group.name,
        W=csr_array((group.size, group.size)),
        tau=nothing,
        input=nothing,
        initial=nothing,
        groups=(replace(group, start=0, stop=group.size),),
        connections=(),
    )
    return activation(alone, values.reshape(-1, group.size)).reshape(values.shape)


def velocity(network: Source, x: ArrayLike) -> Floats:
    """dx/dt = (W g + I - x) / tau of states, without stimuli.

    Neurons with tau = 0 are moved to the state that they follow at once; their velocity is not
    defined by the state alone and is given as NaN.

    Parameters
    ----------
    network : Network, Spec, path or dict
    x : array_like, shape (..., n)

    Returns
    -------
    ndarray, shape (..., n)
    """
    compiled = as_network(network)
    require_explicit_instants(compiled)
    rows, leading = _states(compiled, x)
    _, u = _settled(compiled, rows)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        result: Floats = np.where(compiled.tau > 0, u / compiled.tau, np.nan)
    return result.reshape(*leading, compiled.n_neurons)


def _settled(network: Network, rows: Floats) -> tuple[Floats, Floats]:
    """States with neurons of tau = 0 at what they follow, and W g + I - x there."""
    layout = arrange(network, ["activate"], trials=rows.shape[0], layout="rows")
    buffers = make_buffers(layout, layout.inside(rows), stages=1)
    forces, _ = make_forces(network, layout, 1.0, (), rows.shape[0])
    tableau = Tableau(np.zeros((2, 1)))
    programs = make_programs(layout.plan, forces.has_instant, stages=1, trials=rows.shape[0])
    table = make_table(layout.plan, forces, tableau, buffers, programs)
    with first_call("evaluate"):
        evaluate(make_board(alone=True), table)
    return layout.outside(buffers.x), layout.outside(buffers.u)


def _settle(network: Network, rows: Floats) -> Floats:
    """States with neurons of tau = 0 at what they follow; refused where that is not defined."""
    if not np.any(network.tau == 0):
        return rows
    try:
        require_explicit_instants(network)
    except SimulationError as error:
        raise HamsimError(
            f"the reduced energy is not defined: {error}; or give settle=False for the energy of "
            "the states as they are"
        ) from None
    settled, _ = _settled(network, rows)
    bad = ~np.isfinite(settled)
    if bad.any():
        label = network.label(int(np.argmax(bad.any(axis=0))))
        raise HamsimError(
            f"neuron {label} has tau = 0 and what it follows is not finite at x; give settle=False "
            "for the energy of the states as they are"
        )
    return settled


def energy(
    network: Source,
    x: ArrayLike,
    scaled: bool = False,
    settle: bool | None = None,
    reduced: bool | None = None,
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
    compiled = as_network(network)
    rows, leading = _states(compiled, x)
    if settle is not False and reduced is not False:
        rows = _settle(compiled, rows)
    scale = require_scale(compiled) if scaled else np.ones(compiled.n_neurons)
    with np.errstate(over="ignore", invalid="ignore"):  # it is infinite, or not a number
        g, own = group_duals(compiled, rows, scale)
        current = scale * compiled.input
        groups = {
            group.name: own[group.name] - _driven(g[:, group.slice], current[group.slice])
            for group in compiled.groups
        }
        connections = {
            c.name: _connection_energy(compiled, c, g, scale) for c in compiled.connections
        }
        total = np.zeros(rows.shape[0])
        for part in (*groups.values(), *connections.values()):
            total = total + part

    def shaped(part: Floats) -> Any:
        return part.reshape(leading) if leading else float(part[0])

    return EnergyParts(
        total=shaped(total),
        groups={name: shaped(part) for name, part in groups.items()},
        connections={name: shaped(part) for name, part in connections.items()},
    )


def _driven(g: Floats, current: Floats) -> Floats:
    """g.I of each row; a neuron without input adds nothing, even if its activation overflows."""
    some = current != 0.0
    result: Floats = g[:, some] @ current[some]
    return result


def _connection_energy(
    network: Network, connection: Connection, g: Floats, scale: Floats
) -> Floats:
    result: Floats
    if connection.triples is not None:
        i, j, k, weights = connection.triples
        result = -(g[:, i] * g[:, j] * g[:, k]) @ (scale[i] * weights)
        return result
    rows, columns = network.neurons(connection.rows), network.neurons(connection.columns)
    block, g_rows, g_columns = network.block(connection), g[:, rows], g[:, columns]
    result = -0.5 * np.einsum("ti,ti->t", scale[rows] * g_rows, (block @ g_columns.T).T)
    if connection.kind == "between":  # and the same block the other way
        result -= 0.5 * np.einsum("ti,ti->t", g_rows, (block @ (scale[columns] * g_columns).T).T)
    return result
