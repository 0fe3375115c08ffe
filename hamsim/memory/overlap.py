"""How much states have in common with patterns.

What a neuron says is its activation on the scale from -1 to 1: (g - m) / r, where activations go
from m - r to m + r, and g itself where they have no bounds. The overlap of a state s with a pattern
xi is the cosine of the angle between them,

    m = sum_i xi_i s_i / (|xi| |s|),

which is sum_i xi_i s_i / n where both are of -1 and 1 [Amit, Gutfreund and Sompolinsky, Physical
Review A 32, 1007 (1985)], and does not depend on how strongly graded neurons say a pattern.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.network import Group

__all__ = ["Scale", "overlaps", "scale_of"]

# Numbers of states and patterns that are multiplied at once.
AT_ONCE = 2**24


class Scale(NamedTuple):
    """What activations of some neurons mean.

    Parameters
    ----------
    middle, radius : ndarray, shape (n,)
        0 and 1 of neurons whose activations have no bounds.
    bounded : bool
        Whether those of all of them have.
    jumping : bool
        Whether all of them have two values alone: their activations jump.
    """

    middle: Floats
    radius: Floats
    bounded: bool
    jumping: bool

    def said(self, g: Floats) -> Floats:
        """What neurons say by their activations, shape (..., n)."""
        result: Floats = (g - self.middle) / self.radius
        return result

    def meant(self, patterns: Floats) -> Floats:
        """Patterns on the same scale: 0 and one value above it are no and yes, -1 and 1.

        Parameters
        ----------
        patterns : ndarray, shape (patterns, n)
        """
        if not self.bounded or np.any(patterns < 0) or not np.any(patterns == 0):
            return patterns
        high = patterns.max(initial=0.0)
        two = np.all((patterns == 0) | (patterns == high)) and high > 0
        return np.where(patterns > 0, 1.0, -1.0) if two else patterns


def scale_of(groups: Sequence[Group], neurons: Ints) -> Scale:
    """What the activations of some neurons mean.

    Parameters
    ----------
    groups : sequence of Group
        All groups of a network.
    neurons : ndarray of int, shape (n,)
    """
    low, high, jumps = (
        np.concatenate([group.fact(name, unknown) for group in groups])[neurons]
        for name, unknown in (("low", -np.inf), ("high", np.inf), ("jumps", 0.0))
    )
    bounded = np.isfinite(low) & np.isfinite(high) & (high > low)
    middle, radius = np.zeros(neurons.size), np.ones(neurons.size)
    middle[bounded] = 0.5 * (low[bounded] + high[bounded])
    radius[bounded] = 0.5 * (high[bounded] - low[bounded])
    return Scale(middle, radius, bool(bounded.all()), bool(np.all(jumps == 1.0)))


def overlaps(said: Floats, patterns: Floats) -> Floats:
    """Overlaps of states with patterns.

    Parameters
    ----------
    said : ndarray, shape (states, n)
    patterns : ndarray, shape (patterns, n)

    Returns
    -------
    ndarray, shape (states, patterns)
        From -1 to 1; 0 of a state, or a pattern, of zeros alone.
    """
    found = np.zeros((len(said), len(patterns)))
    sizes = np.einsum("ij,ij->i", patterns, patterns)
    some = max(1, AT_ONCE // max(len(patterns), 1))
    for k in range(0, len(said), some):
        part = said[k : k + some]
        # The root of the product is exact, and so is the overlap, where both are of -1 and 1.
        size = np.sqrt(np.outer(np.einsum("ij,ij->i", part, part), sizes))
        np.divide(part @ patterns.T, size, out=found[k : k + some], where=size > 0)
    np.clip(found, -1.0, 1.0, out=found)
    return found
