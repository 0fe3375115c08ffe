"""`fixed_point`: the rest state to which a network goes from a start."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats
from hamsim.compiler import as_network
from hamsim.dynamics.simulate import prepare, simulate_into
from hamsim.dynamics.starts import begin
from hamsim.equilibria.lasting import lasting
from hamsim.equilibria.point import FixedPoint
from hamsim.errors import SimulationError, given
from hamsim.field.held import with_states
from hamsim.network import Network
from hamsim.operator import operator_of
from hamsim.request import number_of
from hamsim.trace.trace import MemorySink

__all__ = ["fixed_point"]

# How long a trajectory is followed, in units of the largest tau.
LONGEST = 2e3


def fixed_point(
    network: Network | Any,
    initial: ArrayLike | Any = None,
    tol: float = 1e-10,
    exact: bool = False,
) -> FixedPoint:
    """Find the rest state to which the network goes from a start, with the stimuli that last.

    Parameters
    ----------
    network : Network, Spec, path or dict
    initial : array_like of shape (n,) or (trials, n), or mapping, optional
        Starts, as of `hamsim.simulate`; those of the file if nobody says.
    tol : float
        Residual max|W g + I - x| at which a state rests.
    exact : bool
        Follow the trajectory tightly.

    Returns
    -------
    FixedPoint

    Raises
    ------
    SimulationError
        An input changes for ever, or neurons with tau = 0 are not known to have one state.
    """
    tolerance = number_of(tol)
    if not 0.0 < tolerance < np.inf:
        raise SimulationError(f"tol is {given(tol)}; it must be a number above 0")
    compiled, notes = lasting(as_network(network))
    compiled, starts, count = begin(with_states(compiled), initial, None)
    rtol = 1e-8 if exact else 1e-4
    run = prepare(
        compiled,
        starts if count is not None else starts[0],
        method="bdf",
        until={"residual": tolerance},
        record=None,
        t_end=LONGEST * max(1e-300, float(compiled.tau.max()) or 1.0),
        rtol=rtol,
    )
    sink = MemorySink()
    simulate_into(sink, run)
    trace = sink.trace
    x = np.atleast_2d(trace.final)
    residual = _residual(compiled, x)
    products = np.atleast_1d(np.asarray(trace.stats.products, dtype=np.float64))
    converged = residual <= tolerance
    basin = np.where(converged, "followed", "unknown")
    error = np.full(len(x), np.inf)
    found: dict[str, Any] = {
        "x": x,
        "residual": residual,
        "energy": _energy(compiled, x),
        "basin": basin,
        "cost": products,
        "converged": converged,
        "error": error,
    }
    if count is None:
        found = {k: v[0] if k == "x" else v[0].item() for k, v in found.items()}
    return FixedPoint(**found, notes=notes)


def _currents(network: Network, rows: int) -> Floats:
    """What stimuli add to the input, shape (rows, n)."""
    added = np.zeros((rows, network.n_neurons))
    for each in network.stimuli:
        if each.mode == "input":
            added[:, each.neurons] += each.value
    return added


def _residual(network: Network, x: Floats) -> Floats:
    u = operator_of(network).drive(x) + _currents(network, len(x)) - x
    for each in network.stimuli:
        if each.mode != "input":
            u[:, each.neurons] = 0.0
    found: Floats = np.abs(u).max(axis=1)
    return found


def _energy(network: Network, x: Floats) -> Floats:
    operator = operator_of(network)
    with np.errstate(over="ignore", invalid="ignore"):
        total: Floats = operator.energy(x).total
        added = _currents(network, len(x))
        if added.any():
            total = total - (added * operator.activate(x)).sum(axis=1)
    return total
