"""Times at which a network with delays is less smooth than elsewhere.

dx/dt jumps where a run begins and where stimuli begin and end. Synapses with a delay d carry that
on: the second derivative jumps at d later, the third at d' later than that, and so on. No step may
cross what its order would see (Bellen and Zennaro, Numerical Methods for Delay Differential
Equations, 2003, section 2.2).
"""

from __future__ import annotations

import math

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.timeline.changes import breaks_of
from hamsim.errors import SimulationError
from hamsim.network import Network

__all__ = ["CLOSE", "DelayedBreaks", "distinct", "step_within_delays"]

# Of many different delays each carries on little: so many sums of them are looked for at most.
MOST = 200
# Times this close, relative to themselves, are one.
CLOSE = 1e-12


class DelayedBreaks:
    """Changes, and times at which they arrive after delays.

    They do not depend on when a run ends, so that one that goes on has those of the whole.

    Parameters
    ----------
    network : Network
    order : int
        Of a method: sums of up to `order` - 1 delays count, if there are not too many.
    begin : float
        When the past ends.
    """

    def __init__(self, network: Network, order: int, begin: float = 0.0) -> None:
        self._network, self._begin, self._sums = network, begin, np.zeros(0)
        if network.delays is None:
            return
        delays = distinct(network.delays.times)
        latest, self._sums = np.zeros(1), np.zeros(0)
        for _ in range(order - 1):
            if latest.size * delays.size > MOST:
                break
            latest = np.unique((latest[:, None] + delays).reshape(-1))
            self._sums = np.concatenate([self._sums, latest])

    def _changes(self, end: float) -> Floats:
        return np.concatenate([[self._begin], breaks_of(self._network, 0.0, end).times])

    def arrivals(self, end: float) -> Floats:
        """When changes arrive after delays, before some time; sorted."""
        if self._sums.size == 0:
            return np.zeros(0)
        found = np.unique((self._changes(end)[:, None] + self._sums).reshape(-1))
        found = found[found < end * (1.0 - CLOSE)]
        return found[np.diff(found, prepend=-np.inf) > CLOSE * found]

    def is_at(self, time: float) -> bool:
        """Whether something changes, or arrives, at a time."""
        later = time + 1e-6 * abs(time) + 1e-300
        every = np.concatenate([self._changes(later), self.arrivals(later)])
        return bool(np.any(np.abs(every - time) <= 4 * CLOSE * abs(time)))


def distinct(values: Floats) -> Floats:
    """Distinct numbers, sorted; NumPy's own takes ten times as long for a million of them."""
    ordered = np.sort(values)
    found: Floats = ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])]
    return found


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
