"""Where states are some time later."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.simulate import prepare, simulate_into
from hamsim.errors import SimulationInterrupted
from hamsim.network import Network
from hamsim.trace.trace import MemorySink

__all__ = ["later"]


def later(network: Network, x: Floats, time: float, rtol: float | None = None) -> Floats:
    """States after a time, as `hamsim.simulate` follows them if nobody says how.

    Parameters
    ----------
    network : Network
    x : ndarray, shape (states, n)
    time : float
    rtol : float, optional
        As of `hamsim.simulate`.

    Returns
    -------
    ndarray, shape (states, n)

    Raises
    ------
    SimulationInterrupted
        Ctrl-C meanwhile.
    """
    run = prepare(network, x, record=None, t_end=time, rtol=rtol)
    run.looks_for_cycles = False  # nobody asks, and looking takes longer than the run
    sink = MemorySink()
    simulate_into(sink, run)
    if run.interrupted:
        raise SimulationInterrupted(sink.trace)
    result: Floats = np.atleast_2d(sink.trace.final)
    return result
