"""Activations that have no slope through which a loss could be differentiated."""

from __future__ import annotations

from hamsim.arrays import Mask
from hamsim.errors import HamsimError
from hamsim.network import Network

__all__ = ["require_slopes"]


def require_slopes(network: Network, held: Mask) -> None:
    """Refuse activations that jump: their slope, which says nothing, is 0 elsewhere.

    Parameters
    ----------
    network : Network
    held : ndarray of bool, shape (n,)
        Neurons whose states are held; a group that is held as a whole may jump.

    Raises
    ------
    HamsimError
    """
    for group in network.groups:
        if (group.fact("jumps", 0.0) != 0).any() and not held[group.slice].all():
            raise HamsimError(
                f"the activation of group {group.name} ({group.lagrangian}) jumps, so that a loss "
                "has no gradient through it"
            )
