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
from hamsim.trace.trace import MemorySink

__all__ = ["Followed", "follow"]

# How long a trajectory is followed at most, in units of the largest tau.
LONGEST = 2e3
# Who takes the steps where an equation has no solution close by, as at jumps of activations, and
# where neither knows what is asked.
OTHERS = ("bs32", "rk4")


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
    for other in dict.fromkeys((method, *OTHERS)):
        try:
            return _simulated(bare, starts, progress, method=other, **how)
        except SimulationError:
            if other == OTHERS[-1] or not explicit_instants(bare.undelayed):
                raise
    raise AssertionError


def _simulated(
    network: Network, starts: Floats, progress: Callable[[Any], None] | None, **how: Any
) -> Followed:
    run = prepare(network, starts, **how)
    run.looks_for_cycles = False  # what goes round is not close to rest, which is all that counts
    sink = MemorySink()
    simulate_into(sink, run, progress)
    trace = sink.trace
    if run.interrupted:
        raise SimulationInterrupted(trace)
    x = np.atleast_2d(run.final_state())
    near = np.array(trace.outcome.outcomes) == "converged"
    products = trace.stats.evaluations / len(x) if trace.stats.products is None else 0.0
    cost = np.asarray(trace.stats.products or products, dtype=np.float64)
    return Followed(x, near, np.broadcast_to(cost, len(x)).copy())
