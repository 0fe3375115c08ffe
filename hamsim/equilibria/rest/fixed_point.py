"""`fixed_point`: the rest state to which a network goes from a start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hamsim.compiler import as_network
from hamsim.dynamics.resting.lasting import last_change, lasting
from hamsim.dynamics.resting.search import energies, residuals
from hamsim.dynamics.starts import begin
from hamsim.equilibria.rest.following import follow
from hamsim.equilibria.rest.point import FixedPoint
from hamsim.equilibria.rest.search import search
from hamsim.errors import SimulationError, given
from hamsim.field.following import require_one_state
from hamsim.field.held import with_states
from hamsim.network import Network
from hamsim.request import number_of
from hamsim.telling import telling

__all__ = ["fixed_point", "rest_from"]

# Relative tolerance with which a trajectory goes through stimuli that begin or end.
THROUGH = 1e-6


def fixed_point(
    network: Network | Any,
    initial: ArrayLike | Any = None,
    tol: float = 1e-10,
    exact: bool = False,
    progress: Callable[[Any], None] | bool | None = None,
) -> FixedPoint:
    """Find the rest state to which the network goes from a start.

    Where stimuli begin or end, the trajectory is followed through them first, and the rest state is
    the one of the network as it stays.

    Parameters
    ----------
    network : Network, Spec, path or dict
    initial : array_like of shape (n,) or (trials, n), or mapping, optional
        Starts, as of `hamsim.simulate`; those of the file if nobody says.
    tol : float
        Residual max|W g + I - x| at which a state rests.
    exact : bool
        Follow the trajectory tightly until it is close to rest, whatever that costs.
    progress : True or callable, optional
        As of `hamsim.simulate`; called while a trajectory is followed.

    Returns
    -------
    FixedPoint

    Raises
    ------
    SimulationError
        An input changes for ever, or neurons with tau = 0 are not known to have one state.
    SimulationInterrupted
        Ctrl-C while a trajectory is followed.

    Notes
    -----
    Where the network has an energy that falls: linearly implicit Euler steps that grow,
    (T / h + 1 - W H) d = u, solved by conjugate gradients in the inner product of H and refused
    where the energy would rise or activations bend too much within a step (pseudo-transient
    continuation; Kelley and Keyes, SIAM J. Numer. Anal. 35:508, 1998). Elsewhere `bdf` follows the
    trajectory until it is close to rest, and such steps, solved by GMRES, end it.
    """
    with telling(progress, "run") as shown:
        return rest_from(network, initial, tol, exact, shown)


def rest_from(
    network: Network | Any,
    initial: ArrayLike | Any = None,
    tol: float = 1e-10,
    exact: bool = False,
    progress: Callable[[Any], None] | None = None,
    tell: Callable[[], None] = lambda: None,
) -> FixedPoint:
    """See `fixed_point`; `tell` is called between steps, and what it raises ends all."""
    tolerance = number_of(tol)
    if not 0.0 < tolerance < np.inf:
        raise SimulationError(f"tol is {given(tol)}; it must be a number above 0")
    whole = as_network(network)
    stays, notes = lasting(whole)
    whole, starts, count = begin(with_states(whole), initial, None)
    stays, starts, _ = begin(with_states(stays), starts, None)
    require_one_state(stays)
    cost = np.zeros(len(starts))
    change = last_change(whole)
    if change > 0.0:
        quiet = whole if whole.noise is None else whole.replace(noise=0.0)
        through = follow(quiet, starts, THROUGH, None, change, progress)
        starts, cost = through.x, through.products
        notes += (f"the trajectory goes through what changes until t = {change:g}",)
    found = search(stays, starts, tolerance, exact, progress, tell)
    _, residual = residuals(stays, found.x)
    values: dict[str, Any] = {
        "x": found.x,
        "residual": residual,
        "energy": energies(stays, found.x),
        "basin": np.where(found.converged, found.basin, "unknown"),
        "cost": found.cost + cost,
        "converged": found.converged & (residual <= 2.0 * tolerance),
        "error": found.error,
    }
    if whole.delays is not None:
        values["basin"] = np.full(len(starts), "unknown")
    if count is None:
        values = {k: v[0] if k == "x" else v[0].item() for k, v in values.items()}
    return FixedPoint(**values, notes=notes)
