"""A network as it stays: what acts on it when all that ends is over.

Rest states do not depend on when stimuli come and go, on delays, or on noise, which has none.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from hamsim.errors import SimulationError
from hamsim.network import Network, OverTime, Stimulus
from hamsim.network.replaced import sharing
from hamsim.request import Settings

__all__ = ["last_change", "lasting"]

# A time after which nothing is expected to begin, in units of the largest tau or other time.
LATE = 1e9
# How close values over time are to what they become, relative to 1 + that, and how long it is
# looked for when they are, in units of the largest tau.
SETTLED, LATEST = 1e-9, 1e4


def lasting(network: Network) -> tuple[Network, tuple[str, ...]]:
    """The network as it is in the end, and what is to be said about that.

    Parameters
    ----------
    network : Network

    Returns
    -------
    network : Network
        Without noise, delays, functions of time, and stimuli that end; those that last act from
        the beginning.
    notes : tuple of str

    Raises
    ------
    SimulationError
        An input or a stimulus changes for ever.
    """
    notes = []
    late = _late(network)
    acting: list[Stimulus] = []
    for each in network.acting:
        if math.isfinite(each.stop):
            continue
        if isinstance(each, OverTime):
            acting.append(_settled(each, late))
        else:
            acting.append(each if each.start == 0.0 else replace(each, start=0.0))
    changes: dict[str, Any] = {}
    if network.noise is not None:
        changes["noise"] = None
        notes.append("noise is left out: with it the network does not rest")
    stimuli = tuple(acting)
    if network.over_time or stimuli != network.stimuli:
        changes |= {"stimuli": stimuli, "over_time": ()}
    if changes:
        network = sharing(network, {}, settings=_settings(network), **changes)
    if network.delays is not None:
        network = network.replace(delay=0.0)
        notes.append("delays are left out: rest states do not depend on them, but which is reached")
    return network, tuple(notes)


def _settings(network: Network) -> Settings:
    """Of what a file says of runs, how neurons move that share a Lagrangian."""
    return Settings(collective_tau=network.settings.collective_tau)


def _late(network: Network) -> float:
    times = [1.0, float(network.tau.max())]
    times += [t for s in network.acting for t in (s.start, s.stop) if math.isfinite(t)]
    return LATE * max(times)


def _settled(each: OverTime, late: float) -> Stimulus:
    """What a function of time has become."""
    try:
        moves = each.signal.moves(late, 2.0 * late)
        value = each.during(late, 2.0 * late, (False, False))
    except SimulationError as error:
        raise SimulationError(f"there is no rest state: {error}") from None
    if moves or not isinstance(value, Stimulus):
        raise SimulationError(
            f"{each.what} changes for ever, so that there is no rest state; "
            "network.at(t) holds inputs as they are at a time"
        )
    return Stimulus(value.mode, value.neurons, np.asarray(value.value), 0.0, math.inf)


def last_change(network: Network) -> float:
    """When what acts changes for the last time; 0 if nothing does after t = 0."""
    times = [t for each in network.acting for t in (each.start, each.stop) if np.isfinite(t)]
    longest = float(network.tau.max()) or 1.0
    for each in network.over_time:
        if np.isfinite(each.stop):
            continue
        last = each.at(np.array([2.0 * LATEST * longest]))
        allowed, time = SETTLED * (1.0 + np.abs(last)), longest
        while time < LATEST * longest:
            values = each.at(time * np.array([1.0, 1.3, 1.7, 2.0, 3.1]))
            if np.all(np.abs(values - last) <= allowed):
                break
            time *= 2.0
        times.append(time)
    return max(times, default=0.0)
