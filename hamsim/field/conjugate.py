"""The inner product in which the Jacobian is self-adjoint, where there is one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.field.sharing import shared_sets
from hamsim.field.symmetry import find_scaling
from hamsim.network import Network

__all__ = ["inner_product"]


def inner_product(network: Network, held: NDArray[np.bool_]) -> Floats | None:
    """Weights D with v.D H w an inner product in which tau / h + 1 - W H is self-adjoint.

    Parameters
    ----------
    network : Network
    held : ndarray of bool, shape (n,)
        Neurons whose states may be held.

    Returns
    -------
    ndarray, shape (n,), or None
        None where W is not symmetric with any D, a Lagrangian is not known to be convex, neurons
        that share one have unlike tau, or only some of them are free to move.
    """
    for group in network.groups:
        if group.family.convex is not True or not group.family.everywhere:
            return None
    sets = shared_sets(network)
    if np.any(network.tau != network.tau[sets]) or np.any(held & (_sizes(sets) > 1)):
        return None
    if network.symmetric:
        return np.ones(network.n_neurons)
    scaling = find_scaling(network)
    if scaling.kind not in ("symmetric", "symmetrizable") or network.triples is not None:
        return None
    return scaling.scale


def _sizes(sets: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each neuron, how many share its Lagrangian."""
    counts: NDArray[np.int64] = np.bincount(sets, minlength=sets.size)[sets]
    return counts
