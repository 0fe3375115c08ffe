"""What was found, and the names of those that it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hamsim.arrays import Ints
from hamsim.certify.scaled import ScaledNetwork
from hamsim.condition import Status

__all__ = [
    "CONJUGATE",
    "QUADRATIC",
    "RAYS",
    "Below",
    "Finding",
    "groups_of",
    "labels_of",
    "names_of",
]

Below = Callable[..., Any]
# Rays that are tried, of supercritical synapses and of directions.
RAYS = 5
CONJUGATE = (
    "the conjugate of a convex function that is finite everywhere outgrows every linear one "
    "(Rockafellar 1970, Corollary 13.3.1)"
)
YOUNG = "Young's inequality between L* ~ |g|^(1 + 1/a) and the synapses"
QUADRATIC = "F >= 1/2 g.(C - W) g - const with C = 1 / (slope far out) (Rockafellar 1970, 13.3.1)"


@dataclass(frozen=True, eq=False)
class Finding:
    """What was found for both conditions; `confined` for the second, if that is not the same."""

    status: Status
    reason: str
    theorem: str = YOUNG
    evidence: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, Any] = field(default_factory=dict)
    repair: str = ""
    confined: Status | None = None


def labels_of(scaled: ScaledNetwork, neurons: Sequence[int] | Ints) -> list[str]:
    """Labels of neurons."""
    return [scaled.network.label(int(neuron)) for neuron in neurons]


def names_of(scaled: ScaledNetwork, members: Sequence[int]) -> str:
    """Labels of neurons, each once, as part of a sentence."""
    return " and ".join(dict.fromkeys(labels_of(scaled, members)))


def groups_of(scaled: ScaledNetwork, neurons: Ints) -> str:
    """Names of the groups of neurons, of many the first ones."""
    starts = np.array([group.start for group in scaled.network.groups])
    numbers = np.unique(np.searchsorted(starts, neurons, side="right") - 1)
    names = [scaled.network.groups[k].name for k in numbers[:4]]
    more = numbers.size - len(names)
    return ", ".join(names) + (f" and {more} more groups" if more else "")
