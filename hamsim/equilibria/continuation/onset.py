"""A rest state of any network: followed from no synapses at all to all of their strength.

With W times s, the only rest state at s = 0 is the input. The curve that begins there cannot come
back to s = 0, and where activations are bounded it cannot run away: it reaches s = 1.
"""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.equilibria.continuation.correct import Lost
from hamsim.equilibria.continuation.equations import Direction, Equations, Place
from hamsim.equilibria.continuation.family import Family
from hamsim.equilibria.continuation.follow import Steps, follow
from hamsim.equilibria.continuation.points import point_at
from hamsim.network import Network
from hamsim.network.replaced import sharing

__all__ = ["by_strength"]

POINTS = 2000


class _Strengths(Family):
    """One network with its synapses weaker, from 0 to 1."""

    def __init__(self, network: Network, held: Family, value: float) -> None:
        self.network, self.smooth, self.notes = network, True, ()
        self.held, self._states = held.held, held.held_at(value)

    @property
    def moves_rest(self) -> bool:
        return True

    def at(self, value: float) -> Network:
        weights = self.network.pattern.matrix(value * self.network.W.data)
        return sharing(self.network, {}, W=weights)

    def drive_slope(self, g: Floats) -> Floats:
        result: Floats = self.network.W @ g
        result[self.held] = 0.0
        return result

    def tau_slope(self, value: float, width: float) -> Floats:
        return np.zeros_like(self.network.tau)

    def held_at(self, value: float) -> Floats:
        return self._states


def by_strength(family: Family, value: float, size: float) -> Floats | None:
    """A rest state for a value of the parameter; None if the curve was lost, or synapses gate.

    Parameters
    ----------
    family : Family
    value : float
    size : float
        Of states, for the scale of lengths.
    """
    network = family.at(value)
    if network.triples is not None:
        return None
    strengths = _Strengths(network, family, value)
    equations = Equations(strengths, 0.0, 1.0, size)
    x = np.array(network.input)
    x[strengths.held] = strengths.held_at(0.0)
    inward = Direction(np.zeros(x.size), 1.0)
    try:
        first = point_at(equations, Place(x, 0.0), inward)
        curve = follow(equations, first, Steps(points=POINTS), None, lambda _: True)
    except Lost:
        return None
    last = curve.points[-1].place
    return last.x if curve.end == "bound" and last.p == 1.0 else None
