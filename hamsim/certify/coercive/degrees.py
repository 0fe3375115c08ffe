"""How the cost of each neuron's activation grows."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.certify.scaled import ScaledNetwork
from hamsim.network import Group

__all__ = ["Degrees", "Flags", "find_degrees", "in_groups"]

Flags = NDArray[np.bool_]


class Degrees(NamedTuple):
    """How the cost of each neuron's activation grows; all arrays over neurons.

    `side` is 1 or -1 where only that sign is unbounded, 0 where both or none are. Where `linear`,
    the cost is at least 1/2 c g^2 - const, `c` including a neuron's inhibition of itself. `known`
    says whether the growth is exact, so that a ray may be built on it.
    """

    unbounded: Flags
    side: NDArray[np.int8]
    e: Floats
    c: Floats
    linear: Flags
    known: Flags
    own: Floats


def in_groups(scaled: ScaledNetwork, value: Callable[[Group], bool]) -> Flags:
    """Say of each neuron whether something holds of its group."""
    groups = scaled.network.groups
    return np.repeat([value(group) for group in groups], [group.size for group in groups])


def find_degrees(scaled: ScaledNetwork) -> Degrees:
    """How the cost of each neuron's activation grows, as far as it is known."""
    known = in_groups(scaled, lambda group: bool(group.family.growth)) & scaled.everywhere
    growth = np.where(known, scaled.growth, np.inf)
    # |g(x)| <= |g(0)| + slope |x| makes the growth at most linear, whatever else is known.
    slope = scaled.slope
    growth[~known & np.isfinite(slope)] = 1.0
    far = np.where(known & np.isfinite(scaled.far_slope), scaled.far_slope, slope)
    own = scaled.W.diagonal()
    with np.errstate(all="ignore"):
        e = np.where(np.isinf(growth), 1.0, growth / (1.0 + growth))
        c = np.where(growth == 1.0, 1.0 / far, 0.0)
    unbounded = ~scaled.bounded
    linear = unbounded & (growth == 1.0) & np.isfinite(c) & (c > 0)
    # Inhibition of itself adds 1/2 |w| g^2 to the cost of a neuron, whatever else that is.
    rescued = unbounded & (own < 0) & (e > 0.5)
    e[rescued] = 0.5
    c = np.where(linear | rescued, c + np.maximum(-own, 0.0), c)
    up, down = np.isinf(scaled.high), np.isinf(scaled.low)
    side = up.astype(np.int8) - down.astype(np.int8)
    return Degrees(unbounded, side, e, c, linear | rescued, known, own)
