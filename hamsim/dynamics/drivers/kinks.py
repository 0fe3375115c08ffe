"""Where slopes of activations jump, for those who step over such kinks."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.layout.arrange import Layout
from hamsim.network import Network

__all__ = ["breaks_of", "reach_of"]


def breaks_of(network: Network, layout: Layout) -> tuple[Floats, Floats]:
    """Breaks of each neuron's activation, and the jumps of its slope there.

    Returns
    -------
    breaks, jumps : ndarray, shape (most, n)
        In the kernels' order; a jump of 0 stands for no break. `most` is 0 where no slope jumps,
        and where gated synapses multiply activations, so that what one adds is not known.
    """
    n = network.n_neurons
    found = [group for group in network.groups if group.family.breaks]
    if not found:
        return np.zeros((0, n)), np.zeros((0, n))
    most = max((len(group.family.breaks) for group in found), default=0)
    if network.triples is not None:
        most = 0
    breaks, jumps = np.zeros((most, n)), np.zeros((most, n))
    for group in found if most else ():
        at, slopes = group.facts("breaks"), group.facts("slopes")
        count = len(group.family.breaks)
        jump = np.diff(slopes, axis=0) if len(slopes) == count + 1 else np.zeros_like(at)
        breaks[:count, group.slice] = at
        jumps[:count, group.slice] = np.where(np.isfinite(jump), jump, 0.0)
    if not jumps.any():
        return np.zeros((0, n)), np.zeros((0, n))
    order = slice(None) if layout.order is None else layout.order
    return np.ascontiguousarray(breaks[:, order]), np.ascontiguousarray(jumps[:, order])


def reach_of(network: Network) -> float:
    """The most that a neuron receives per unit of activation and of its tau."""
    moving = network.tau > 0
    received = abs(network.W).sum(axis=1)
    return float((received[moving] / network.tau[moving]).max(initial=0.0))
