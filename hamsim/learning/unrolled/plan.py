"""Which steps of Euler's method a gradient goes back through."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.instants import require_instants
from hamsim.dynamics.timeline.asked import Asked
from hamsim.dynamics.timeline.schedule import Schedule, plan_time
from hamsim.dynamics.timeline.stretches import Stretch
from hamsim.errors import HamsimError
from hamsim.field.held import with_states
from hamsim.field.preserving import preserves
from hamsim.learning.posed import Posed
from hamsim.methods import METHODS
from hamsim.network import Network, Stimulus
from hamsim.network.replaced import sharing

__all__ = ["Unrolled", "require_steps", "unroll"]


@dataclass(frozen=True, eq=False)
class Unrolled:
    """A run by Euler's method.

    Parameters
    ----------
    network : Network
        With all that acts on it, what a call adds included.
    starts : ndarray, shape (trials, n)
    stretches : tuple of Stretch
    dt : float
    """

    network: Network
    starts: Floats
    stretches: tuple[Stretch, ...]
    dt: float

    @property
    def steps(self) -> int:
        """How many are taken, those that are cut by a stimulus included."""
        return self.stretches[-1].last


def require_steps(network: Network, steps: Any, dt: Any) -> None:
    """Refuse networks of which these steps are no map that can be differentiated.

    Raises
    ------
    HamsimError
    """
    if network.delays is not None:
        raise HamsimError(
            "method through_time goes back through states, not through delays, which a connection "
            "of the network has; set its delay to 0"
        )
    if network.noise is not None:
        raise HamsimError("method through_time knows nothing of noise, which the network has")
    if preserves(network):
        raise HamsimError(
            "method through_time differentiates steps of collective_tau: plain; the file asks for "
            "preserve_energy"
        )
    require_instants(network, METHODS["euler"])
    _plan(network, steps, dt)


def unroll(posed: Posed, steps: Any, dt: Any) -> Unrolled:
    """Plan the run that `hamsim.simulate` would make of what is posed.

    Parameters
    ----------
    posed : Posed
    steps, dt : number or None
        As those of `simulate`; what is None comes from the file, of which nothing ends the run
        before its time.
    """
    network = posed.network
    n = network.n_neurons
    everyone = np.arange(n)
    added = []
    if posed.current is not None:
        added += [Stimulus("input", everyone, posed.current, 0.0, math.inf)]
    if posed.held.any():
        held = np.flatnonzero(posed.held)
        added += [Stimulus("clamp", held, posed.starts[:, held], 0.0, math.inf)]
    if added:
        network = sharing(network, {}, stimuli=(*network.stimuli, *added))
    network = with_states(network)
    schedule = _plan(network, steps, dt)
    return Unrolled(network, posed.starts, schedule.stretches, schedule.dt)


def _plan(network: Network, steps: Any, dt: Any) -> Schedule:
    planned = plan_time(network, Asked(method="euler", dt=dt, steps=steps), None)
    assert isinstance(planned, Schedule)
    return planned
