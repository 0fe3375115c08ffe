"""Whether the free neurons have an energy, whose rest states answer to a nudge as they act on it.

What a loss asks of currents is (1 - P H C^T)^-1 P H c, and what a nudge -c does to activations is
-(1 - P H C)^-1 P H c, with C = d(W g + gates)/dg and P for neurons that are free. Where D C is
symmetric among these, with one positive factor D for neurons that share a Lagrangian, the one
follows from the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.arrays import Floats
from hamsim.errors import HamsimError
from hamsim.field.sharing import shared_sets
from hamsim.field.symmetry import find_scaling
from hamsim.network import Network
from hamsim.network.once import once
from hamsim.network.replaced import copied

__all__ = ["balance"]


def balance(network: Network, held: NDArray[np.bool_], method: str) -> Floats:
    """Factors D with D W symmetric among neurons that are free to move.

    Parameters
    ----------
    network : Network
    held : ndarray of bool, shape (n,)
        Neurons whose states are clamped. What they receive, and what they send, may be one-way.
    method : str
        Who asks, for the error.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    HamsimError
        There are none, or only some of the neurons that share a Lagrangian are free.
    """
    return once(network, ("balance", method, held.tobytes()), lambda: _find(network, held, method))


def _find(network: Network, held: NDArray[np.bool_], method: str) -> Floats:
    sets = shared_sets(network)
    holds = np.bincount(sets, held, minlength=held.size)[sets]
    some = np.flatnonzero(~held & (holds > 0))
    if some.size:
        raise HamsimError(
            f"{method} needs an energy: neuron {network.label(int(some[0]))} is free and shares "
            "its Lagrangian with a clamped one, which then acts without being acted on; "
            "clamp all of them or none, or use implicit or through_time"
        )
    if network.symmetric:
        return np.ones(held.size)
    among = _among(network.W, ~held)
    if (among != among.T).nnz == 0:
        return np.ones(held.size)
    why = "with gated synapses it has to be symmetric as it is"
    if network.triples is None:
        free = copied(network, W=among, connections=(), symmetric=False)
        scaling = find_scaling(free)
        if scaling.kind in ("symmetric", "symmetrizable"):
            return scaling.scale
        why = scaling.condition.message
    raise HamsimError(
        f"{method} needs a W that is symmetric among free neurons, or that positive factors of its "
        f"rows make so: {why}; use implicit or through_time"
    )


def _among(W: csr_array, free: NDArray[np.bool_]) -> csr_array:
    """W with the synapses alone that join free neurons."""
    found = W.tocoo()
    keep = free[found.row] & free[found.col]
    entries = found.data[keep], (found.row[keep], found.col[keep])
    made = csr_array(entries, shape=W.shape)
    made.sort_indices()
    return made
