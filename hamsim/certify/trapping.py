"""The box in which solutions end.

What drives a neuron is bounded where the activations of its senders are. Then |x_i(t) - I_i| comes
as close as one likes to at most r_i = sum_j |W_ij| sup|g_j|, and explicit Euler steps of up to tau,
which are means of x and the drive, do not leave the box again. In it slopes that grow with the
state are bounded.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.certify.scaled import ScaledNetwork
from hamsim.field.drive import Drive

__all__ = ["Box", "slopes_inside", "trapping_box"]

EPS = float(np.finfo(np.float64).eps)


class Box(NamedTuple):
    """Bounds of the states, each of shape (n,); infinite where there are none."""

    low: Floats
    high: Floats


def trapping_box(scaled: ScaledNetwork) -> Box:
    """Bounds that every solution comes as close to as one likes; a little wider than that.

    Parameters
    ----------
    scaled : ScaledNetwork
        Without gated synapses; else nothing is bounded.
    """
    network = scaled.network
    n = network.n_neurons
    if network.triples is not None:
        return Box(np.full(n, -np.inf), np.full(n, np.inf))
    with np.errstate(all="ignore"):
        low, high = scaled.low / scaled.scale, scaled.high / scaled.scale
        drive = Drive(network)  # which keeps the signs of W apart for as long as it lives
        least, most = drive.between(low, high)
        sizes = drive.sizes().at(np.maximum(np.abs(low), np.abs(high)))
        width = (np.diff(network.W.indptr) + 8.0) * 4.0 * EPS * sizes + 1e-6 * (1.0 + sizes)
    least, most = least - width, most + width
    return Box(np.where(np.isnan(least), -np.inf, least), np.where(np.isnan(most), np.inf, most))


def slopes_inside(scaled: ScaledNetwork, box: Box) -> Floats:
    """Largest slopes of g' in a box; as in all states where nothing better is known."""
    network, slope = scaled.network, scaled.slope.copy()
    for group in network.groups:
        part = group.slice
        bounded = np.isfinite(box.low[part]) & np.isfinite(box.high[part])
        if not scaled.steeper[part].all() or not bounded.any():
            continue
        ends = np.zeros((2, network.n_neurons))
        ends[:, part] = np.where(bounded, np.stack([box.low[part], box.high[part]]), 0.0)
        with np.errstate(all="ignore"):
            h = scaled.field.neurons.hessian(ends, np.ones_like(ends))[:, part].max(axis=0)
        local = scaled.scale[part] * h * (1.0 + 1e-12)
        slope[part] = np.where(
            bounded & np.isfinite(local), np.minimum(slope[part], local), slope[part]
        )
    return slope
