"""Trajectories that are followed by methods with error control until they are close to rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.dynamics.simulate import prepare, simulate_into
from hamsim.errors import SimulationError, SimulationInterrupted
from hamsim.field.instants import explicit_instants
from hamsim.network import Network
from hamsim.request import Settings
from hamsim.trace.trace import MemorySink, Trace

__all__ = ["Followed", "follow", "last_change"]

# How long a trajectory is followed at most, in units of the largest tau.
LONGEST = 2e3
# Takes the steps where an equation has no solution close by, as at jumps of activations.
KINKED = "bs32"


class Followed(NamedTuple):
    """Where trajectories have come to, each a row.

    Parameters
    ----------
    x : ndarray, shape (trials, n)
    near : ndarray of bool, shape (trials,)
        Whether the residual has become small enough.
    products : ndarray, shape (trials,)
    """

    x: Floats
    near: NDArray[np.bool_]
    products: Floats


def last_change(network: Network) -> float:
    """When a constant stimulus begins or ends for the last time; 0 if none does after t = 0."""
    times = [t for each in network.acting for t in (each.start, each.stop)]
    return max((t for t in times if np.isfinite(t)), default=0.0)


def follow(
    network: Network,
    starts: Floats,
    rtol: float,
    residual: float | None,
    t_end: float | None = None,
    progress: Callable[[Any], None] | None = None,
    method: str = "bdf",
) -> Followed:
    """Follow trajectories until all are close to rest, or until a time.

    Parameters
    ----------
    network : Network
    starts : ndarray, shape (trials, n)
    rtol : float
        Relative tolerance of the steps.
    residual : float or None
        max|W g + I - x| at which a trajectory is close enough.
    t_end : float, optional
        2,000 times the largest tau if nobody says.
    progress : callable, optional
        See `hamsim.simulate`.
    method : str

    Raises
    ------
    SimulationInterrupted
        Ctrl-C.
    """
    if t_end is None:
        t_end = LONGEST * (float(network.tau.max()) or 1.0)
    until = {} if residual is None else {"residual": residual}
    bare = replace(network, settings=Settings(collective_tau=network.settings.collective_tau))
    how: dict[str, Any] = {"until": until or None, "record": None, "t_end": t_end, "rtol": rtol}
    try:
        trace = _simulated(bare, starts, progress, method=method, **how)
    except SimulationError:
        if method == KINKED or not explicit_instants(bare.undelayed):
            raise
        trace = _simulated(bare, starts, progress, method=KINKED, **how)
    x = np.atleast_2d(trace.final)
    words = np.array(trace.outcome.outcomes) == "converged"
    products = np.broadcast_to(np.asarray(trace.stats.products, dtype=np.float64), len(x)).copy()
    return Followed(x, words, products)


def _simulated(
    network: Network, starts: Floats, progress: Callable[[Any], None] | None, **how: Any
) -> Trace:
    run = prepare(network, starts, **how)
    sink = MemorySink()
    simulate_into(sink, run, progress)
    if run.interrupted:
        raise SimulationInterrupted(sink.trace)
    return sink.trace
