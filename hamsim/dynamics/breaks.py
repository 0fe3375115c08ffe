"""Times at which a network with delays is less smooth than elsewhere.

dx/dt jumps at t = 0 and where stimuli begin and end. Synapses with a delay d carry that on: the
second derivative jumps at d later, the third at d' later than that, and so on. No step may cross
what its order would see (Bellen and Zennaro, Numerical Methods for Delay Differential Equations,
2003, section 2.2).
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.changes import breaks_of
from hamsim.errors import SimulationError
from hamsim.network import Network

__all__ = ["delayed_breaks", "step_within_delays"]

# Of many different delays each carries on little: sums of them are no more looked for.
MOST = 200
# Times this close, relative to themselves, are one.
CLOSE = 1e-12


def delayed_breaks(network: Network, order: int, end: float) -> Floats:
    """Sums of delays after t = 0 or a change of a stimulus, as far as an order sees them.

    Parameters
    ----------
    network : Network
    order : int
        Of a method: sums of up to `order` - 1 delays count, of which 1 for order 2 only matters
        where activations jump.
    end : float
        Of the run.

    Returns
    -------
    ndarray
        Sorted, above 0 and below `end`; sums of fewest delays first if there are too many.
    """
    if network.delays is None:
        return np.zeros(0)
    delays = np.unique(network.delays.times)
    delays = delays[delays < end]
    latest = np.concatenate([[0.0], breaks_of(network, 0.0, end).times])
    found = np.zeros(0)
    for _ in range(order - 1):
        if latest.size * delays.size > MOST:
            break
        sums = np.unique((latest[:, None] + delays).reshape(-1))
        latest = sums[sums < end * (1.0 - CLOSE)]
        found = np.concatenate([found, latest])
    found = np.unique(found)
    apart = np.diff(found, prepend=-1.0) > CLOSE * found
    return found[apart]


def step_within_delays(network: Network, dt: float, automatic: bool) -> float:
    """A step that is not longer than the shortest delay.

    Parameters
    ----------
    network : Network
    dt : float
    automatic : bool
        Whether a whole number of shorter steps may be taken in its place.

    Raises
    ------
    SimulationError
    """
    if network.delays is None:
        return dt
    shortest = float(network.delays.times.min())
    if dt <= shortest * (1.0 + CLOSE):
        return dt
    if automatic:
        return dt / math.ceil(dt / shortest)
    raise SimulationError(
        f"dt = {dt:g} is longer than the shortest delay, {shortest:g}; no step may be"
    )
