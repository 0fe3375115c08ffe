"""Prepared networks, kept as long as the networks are in use, so that none is prepared twice."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import DTypeLike

from hamsim.errors import SimulationError, given
from hamsim.layout.names import LAYOUTS
from hamsim.network import Network, Pattern
from hamsim.operator.neurons import Neurons
from hamsim.operator.operator import Operator

__all__ = ["neurons_of", "operator_of"]

# Operators of a network that are kept, of other layouts or types of its weights.
MOST = 2
_USUAL = ("auto", np.dtype(np.float64))

_NEURONS: WeakKeyDictionary[Pattern, Neurons] = WeakKeyDictionary()
_OPERATORS: WeakKeyDictionary[Network, dict[Any, Operator]] = WeakKeyDictionary()


def neurons_of(network: Network) -> Neurons:
    """The groups of a network, prepared without its synapses; those of one pattern share them."""
    found = _NEURONS.get(network.pattern)
    if found is None:
        found = _NEURONS[network.pattern] = Neurons(network.groups)
    return found


def operator_of(network: Network, layout: str = "auto", dtype: DTypeLike = np.float64) -> Operator:
    """The prepared network; threads that ask at once may each be given one of their own.

    Parameters
    ----------
    network : Network
    layout : str
        How the weights are stored; see `hamsim.layout.choose`.
    dtype : {float64, float32}
        Of the weights.

    Raises
    ------
    SimulationError
        There is no such layout.
    """
    if not isinstance(layout, str):
        raise SimulationError(f"layout is {given(layout)}; allowed are {', '.join(LAYOUTS)}")
    key = _USUAL if layout == "auto" and dtype is np.float64 else (layout, np.dtype(dtype))
    kept = _OPERATORS.get(network)
    found = None if kept is None else kept.get(key)
    if found is None:
        found = Operator(network, layout, dtype, neurons_of(network))
        others = list((kept or {}).items())[1 - MOST :]
        _OPERATORS[network] = {**dict(others), key: found}
    return found
