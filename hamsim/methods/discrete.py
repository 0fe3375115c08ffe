"""Discrete dynamics: neurons are set to the state of lowest energy, and time counts sweeps.

A sweep sets every neuron that is free to move once. Neurons whose activation takes two values are
set to one of them, and keep the old one where neither is lower; neurons of other Lagrangians, and
all that share one at once, are set to what drives them, W g + I.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["DEFAULT_ORDER", "DISCRETE", "ORDERS", "Discrete"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Discrete:
    """A way to sweep over the neurons of a network.

    Parameters
    ----------
    name : str
    together : bool
        Whether all neurons of a sweep are set by what the others were before it; else each is set
        by what those before it have become.
    """

    name: str
    together: bool


DISCRETE: Mapping[str, Discrete] = MappingProxyType(
    {
        row.name: row
        for row in (
            Discrete(name="asynchronous", together=False),
            Discrete(name="synchronous", together=True),
        )
    }
)
# In which order a sweep takes the neurons, besides one that is given: "random" draws one for each
# sweep and trial, "sequential" is that of the file.
DEFAULT_ORDER = "random"
ORDERS = (DEFAULT_ORDER, "sequential")
