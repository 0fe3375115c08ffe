"""The scaling with which the energy of a symmetrizable network falls."""

from __future__ import annotations

from hamsim.arrays import Floats
from hamsim.errors import HamsimError
from hamsim.network import Network

__all__ = ["require_scale"]


def require_scale(network: Network) -> Floats:
    """D > 0 of each neuron, with D W symmetric.

    Raises
    ------
    HamsimError
        There is none; says which synapses disagree.
    """
    from hamsim.field.symmetry import find_scaling

    scaling = find_scaling(network)
    if scaling.kind not in ("symmetric", "symmetrizable"):
        raise HamsimError(f"W cannot be made symmetric by scaling: {scaling.condition.message}")
    return scaling.scale
