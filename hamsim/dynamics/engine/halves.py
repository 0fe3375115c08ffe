"""Networks whose neurons fall into two halves without synapses inside either, as layers do."""

from __future__ import annotations

from dataclasses import replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from hamsim.dynamics.engine.classes import classes_of, inside_sets
from hamsim.field.conjugate import inner_product
from hamsim.methods import Method
from hamsim.methods.implicit import Implicit
from hamsim.network import Network

__all__ = ["halves_of"]

Halves = tuple[NDArray[np.bool_], Network]

_FOUND: WeakKeyDictionary[Network, Halves | None] = WeakKeyDictionary()
_UNKNOWN = object()


def halves_of(network: Network, method: Method) -> Halves | None:
    """The half that has the fastest neuron, and a network whose layout tells the halves apart.

    Returns
    -------
    first : ndarray of bool, shape (n,)
    told_apart : Network
        The same synapses, and tau 0 in the first half, so that products are made half by half.

    None where there are no halves, where they are of no use to the method, or where tau = 0 says
    already whose drive is known first.
    """
    if not isinstance(method, Implicit) or not method.halves:
        return None
    found = _FOUND.get(network, _UNKNOWN)
    if found is _UNKNOWN:
        found = _find(network)
        _FOUND[network] = found
    return found  # type: ignore[return-value]


def _find(network: Network) -> Halves | None:
    held = np.zeros(network.n_neurons, dtype=bool)
    if network.triples is not None or np.any(network.tau == 0) or network.W.nnz == 0:
        return None
    own, sizes = inside_sets(network)
    if own.any() or sizes.any() or inner_product(network, held) is None:
        return None
    classes = classes_of(network)  # the fastest first
    if classes is None or classes.max() != 1:
        return None
    first = classes == 0
    return first, replace(network, tau=np.where(first, 0.0, 1.0))
