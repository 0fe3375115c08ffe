"""An explicit lower bound of the energy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hamsim.arrays import Floats
from hamsim.certify.coercive.degrees import Degrees
from hamsim.certify.coercive.elimination import EPS
from hamsim.certify.rays import scaled_duals, scaled_triples
from hamsim.certify.scaled import ScaledNetwork
from hamsim.spectrum.row_blocks import sized_times

__all__ = ["lower_bound"]


def lower_bound(scaled: ScaledNetwork, degrees: Degrees) -> Mapping[str, float]:
    """Lower bound of E if unbounded neurons are not connected to each other; maybe none.

    -L*(g) + y.g is at most L(y), and |y_i| <= R_i = |I_i| + sum_j |W_ij| sup|g_j|.
    """
    if scaled.any_input:
        return {}
    W, network = scaled.W, scaled.network
    n = network.n_neurons
    c = np.where(degrees.unbounded, 0.0, scaled.largest)
    with np.errstate(all="ignore"):
        drive = sized_times(W, c)
        gated = scaled_triples(scaled)
        assert gated is not None
        members, weights = gated
        products = np.abs(weights) * np.prod(c[members], axis=0)
        reach = np.abs(network.input) + drive
        for k in range(3):
            others = np.abs(weights) * np.prod(c[np.delete(members, k, axis=0)], axis=0)
            np.add.at(reach, members[k], others)
        terms = [float(np.abs(network.input) @ c + 0.5 * c @ drive + products.sum())]
        terms += _costs(scaled, degrees, np.where(degrees.unbounded, reach, 0.0))
        most = int(np.max(np.diff(W.indptr))) if n else 0
        slack = 8.0 * EPS * (n + most + weights.size + 64) * sum(abs(term) for term in terms)
        bound = -sum(terms) - slack
    return {"lower_bound": bound} if np.isfinite(bound) else {}


def _costs(scaled: ScaledNetwork, degrees: Degrees, reach: Floats) -> list[float]:
    """Upper bounds of L over |x| <= reach, a group at a time; infinite if there is none at hand."""
    network, scale = scaled.network, scaled.scale
    rows = np.stack([np.zeros_like(reach), reach, -reach])
    g, duals = scaled_duals(scaled, rows)
    result = []
    for group in network.groups:
        at = group.slice
        driven = np.sum(scale[at] * rows[:, at] * g[:, at], axis=1)
        zero, above, under = driven - duals[group.name]
        sizes = np.abs(driven) + np.abs(duals[group.name])
        if not degrees.unbounded[at].any():
            result += [float(zero)]
        elif group.family.floor:
            floor = group.fact("floor")
            result += [float(np.sum(scale[at] * (0.5 * reach[at] ** 2 - floor)))]
        elif group.family.additive:
            # The larger of both is their sum less the smaller, which is above the tangent at 0.
            tangent = float(np.sum(scale[at] * reach[at] * np.abs(g[0, at])))
            result += [float(above), float(under), -float(zero), tangent]
        elif group.family.rising:
            result += [float(above)]
        else:
            # L(x) <= L(0) + g(0).x + slope |x|^2 / 2.
            tangent = float(np.sum(scale[at] * reach[at] * np.abs(g[0, at])))
            bend = float(np.sum(scaled.slope[at] * reach[at] ** 2))
            result += [float(zero), tangent, 0.5 * bend]
        result += [float(1e-12 * sizes.sum())]
    return result
