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
from hamsim.certify.problem import Problem
from hamsim.operator import neurons_of

__all__ = ["Box", "slopes_inside", "trapping_box"]

EPS = float(np.finfo(np.float64).eps)
# Families whose slope grows with |x|, or with x, so that it is largest at an end of an interval.
STEEPER = ("power", "rectified_polynomial", "exponential", "rectified_exponential")


class Box(NamedTuple):
    """Bounds of the states, each of shape (n,); infinite where there are none."""

    low: Floats
    high: Floats


def trapping_box(problem: Problem) -> Box:
    """Bounds that every solution comes as close to as one likes; a little wider than that.

    Parameters
    ----------
    problem : Problem
        Without gated synapses; else nothing is bounded.
    """
    network = problem.network
    n = network.n_neurons
    if network.triples is not None:
        return Box(np.full(n, -np.inf), np.full(n, np.inf))
    W = network.W
    with np.errstate(all="ignore"):
        low, high = problem.low / problem.scale, problem.high / problem.scale
        positive, negative = W.copy(), W.copy()
        positive.data = np.maximum(W.data, 0.0)
        negative.data = np.minimum(W.data, 0.0)
        positive.eliminate_zeros()
        negative.eliminate_zeros()
        least = positive @ low + negative @ high + network.input
        most = positive @ high + negative @ low + network.input
        sizes = abs(W) @ np.maximum(np.abs(low), np.abs(high)) + np.abs(network.input)
        width = (np.diff(W.indptr) + 8.0) * 4.0 * EPS * sizes + 1e-6 * (1.0 + sizes)
    least, most = least - width, most + width
    return Box(np.where(np.isnan(least), -np.inf, least), np.where(np.isnan(most), np.inf, most))


def slopes_inside(problem: Problem, box: Box) -> Floats:
    """Largest slopes of g' in a box; as in all states where nothing better is known."""
    network, slope = problem.network, problem.slope.copy()
    for group in network.groups:
        part, family = group.slice, group.family
        bounded = np.isfinite(box.low[part]) & np.isfinite(box.high[part])
        if family.formula or family.name not in STEEPER or not bounded.any():
            continue
        if family.name == "power" and np.any(group.parameters["degree"] < 2.0):
            continue
        ends = np.zeros((2, network.n_neurons))
        ends[:, part] = np.where(bounded, np.stack([box.low[part], box.high[part]]), 0.0)
        with np.errstate(all="ignore"):
            h = neurons_of(network).hessian(ends, np.ones_like(ends))[:, part].max(axis=0)
        local = problem.scale[part] * h * (1.0 + 1e-12)
        slope[part] = np.where(
            bounded & np.isfinite(local), np.minimum(slope[part], local), slope[part]
        )
    return slope
