"""Functions of the groups' Lagrangians at given states: activations, L, its transform, H v.

States are rows here: shape (trials, n), in file order.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from hamsim.arrays import Floats
from hamsim.kernels.activation import activate, duals, hessian_products, lagrangians
from hamsim.kernels.addresses import make_table
from hamsim.kernels.jit import first_call
from hamsim.layout.arrange import Layout, arrange_neurons
from hamsim.network import Network

__all__ = ["activations", "group_duals", "group_lagrangians", "hessian_times"]


# Layouts of networks that are still in use, for those who ask for many states one after another.
_LAYOUTS: WeakKeyDictionary[Network, dict[tuple[str, ...], Layout]] = WeakKeyDictionary()


def _arranged(network: Network, *wanted: str) -> Layout:
    kept = _LAYOUTS.setdefault(network, {})
    if wanted not in kept:
        kept[wanted] = arrange_neurons(network, wanted)
    return kept[wanted]


def _activate(layout: Layout, x: Floats) -> Floats:
    """Activations in the kernels' layout, (n, trials), of states that are in it."""
    g = np.full_like(x, np.nan)
    with first_call("activate"):
        activate(make_table(layout.plan), x, g, layout.make_scratch(x.shape[1]))
    return g


def _by_group(network: Network, layout: Layout, chunks: Floats) -> dict[str, Floats]:
    return {
        group.name: chunks[layout.chunk_group == number].sum(axis=0)
        for number, group in enumerate(network.groups)
    }


def activations(network: Network, rows: Floats) -> Floats:
    """Activations g, shape (trials, n)."""
    layout = _arranged(network, "activate")
    return layout.outside(_activate(layout, layout.inside(rows)))


def group_duals(
    network: Network, rows: Floats, scale: Floats | None = None
) -> tuple[Floats, dict[str, Floats]]:
    """Activations g, and x.g - L of each group times `scale`, shape (trials,)."""
    layout = arrange_neurons(network, ["activate", "add_dual"], scale)
    x = layout.inside(rows)
    g = _activate(layout, x)
    out = np.empty((layout.plan.chunk_start.size, rows.shape[0]))
    with first_call("duals"):
        duals(make_table(layout.plan), x, g, out, layout.make_scratch(rows.shape[0]))
    return layout.outside(g), _by_group(network, layout, out)


def group_lagrangians(network: Network, rows: Floats) -> dict[str, Floats]:
    """L of each group, shape (trials,)."""
    layout = _arranged(network, "add_lagrangian")
    out = np.empty((layout.plan.chunk_start.size, rows.shape[0]))
    with first_call("lagrangians"):
        scratch = layout.make_scratch(rows.shape[0])
        lagrangians(make_table(layout.plan), layout.inside(rows), out, scratch)
    return _by_group(network, layout, out)


def hessian_times(network: Network, rows: Floats, vectors: Floats) -> Floats:
    """H v with H = d2L/dx2 at each row of states, shape (trials, n)."""
    layout = _arranged(network, "activate", "hessian")
    x = layout.inside(rows)
    g, v = _activate(layout, x), layout.inside(vectors)
    out = np.full_like(x, np.nan)
    with first_call("hessian"):
        scratch = layout.make_scratch(rows.shape[0])
        hessian_products(make_table(layout.plan), x, g, v, out, scratch)
    return layout.outside(out)
