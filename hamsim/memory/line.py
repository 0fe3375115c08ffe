"""What theory says of the overlap with a recalled pattern, for the networks that it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.memory.experiment import Memories, temperature_of_runs
from hamsim.memory.theory import bit_error, retrieval_overlap
from hamsim.spec.distributions import two_values
from hamsim.spec.patterns import DrawnPatterns

__all__ = ["Line", "line_of"]


class Line(NamedTuple):
    """A line of theory.

    Parameters
    ----------
    name : str
        Of the theory.
    overlap : callable
        The overlaps at an array of loads.
    """

    name: str
    overlap: Callable[[Floats], Floats]


def line_of(memories: Memories, arguments: Mapping[str, Any]) -> Line | None:
    """The line of theory that is about a network's recall of random patterns; None if none is.

    Parameters
    ----------
    memories : Memories
    arguments : mapping of str to value
        Of `hamsim.simulate`; `temperature` counts.

    Notes
    -----
    For patterns of -1 and 1 with even chances that Hebb's rule stores, the overlap at rest of
    infinitely many neurons that are set one by one [Amit, Gutfreund and Sompolinsky, Annals of
    Physics 173, 30 (1987)]. For dense memories 1 - 2 P, P the part of the neurons that leave a
    pattern at their first update, with Gaussian noise of the other patterns.
    """
    if not _even(memories.patterns):
        return None
    settings, connection = memories.settings, memories.spec.connections[memories.number]
    temperature = temperature_of_runs(memories, arguments)
    if np.ndim(temperature):
        return None
    if memories.rule == "store":
        if settings.rule != "hebbian" or settings.coding == "real" or settings.unlearned:
            return None
        if connection.kind != "within" and not memories.jumps:
            return None  # each neuron is coupled to itself by memories
        name = "Amit, Gutfreund and Sompolinsky"
        name += f", T = {temperature:g}" if temperature else "" if memories.jumps else " (binary)"
        return Line(name, lambda loads: retrieval_overlap(loads, temperature))
    dense = getattr(connection.weights, "dense", None)
    if dense is None or temperature:
        return None
    n, how = memories.visible.n, dense.model_dump(exclude_none=True)

    def once(loads: Floats) -> Floats:
        return 1.0 - 2.0 * bit_error(n, np.maximum(loads * n, 1.0), **how)

    return Line("Gaussian noise, first update", once)


def _even(patterns: Any) -> bool:
    """Whether patterns are of -1 and 1 with even chances, or are drawn so in place of others."""
    if not isinstance(patterns, DrawnPatterns):
        return True
    values = two_values(patterns.distribution)
    p = getattr(patterns.signs or patterns.bernoulli, "p", 0.5)
    return bool(values) and p == 0.5
