"""A network arranged by classes of neurons, so that each class's rows of W are read by themselves.

Neurons of a class are a stretch, and no piece of work reaches over its ends. Rows are stored one
by one: a sweep over all classes reads each of them once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import DTypeLike

from hamsim.arrays import Ints
from hamsim.kernels.plan import Plan
from hamsim.layout.arrange import Layout, block_borders, refuse_large, store_rows
from hamsim.layout.gates import arrange_gates
from hamsim.layout.neurons import cut_neurons
from hamsim.layout.order import order_of_lagrangians, permuted
from hamsim.layout.storage import Storage
from hamsim.network import Group, Network

__all__ = ["ByClass", "arrange_classes"]


@dataclass(frozen=True, eq=False)
class ByClass:
    """A layout whose neurons lie in classes.

    Parameters
    ----------
    layout : Layout
    blocks, chunks : ndarray of int, shape (classes + 1,)
        Where each class begins in blocks of rows, and in chunks of neurons.
    """

    layout: Layout
    blocks: Ints
    chunks: Ints


def arrange_classes(network: Network, classes: Ints, trials: int, dtype: DTypeLike) -> ByClass:
    """Arrange a network by classes.

    Parameters
    ----------
    network : Network
    classes : ndarray of int, shape (n,)
        Class of each neuron, from 0 on; alike for neurons that share a Lagrangian.
    trials : int
    dtype : {float64, float32}
        Of the weights.
    """
    refuse_large(network.W, dtype)
    n = network.n_neurons
    count = int(classes.max(initial=0)) + 1
    parts, numbers, order = _parts(network.groups, classes, count)
    fields, owner, scratch_rows = cut_neurons(parts, None, ("activate", "add_dual"), trials)
    W = permuted(network.W, order)
    rows = store_rows(W, trials, dtype)
    gates = arrange_gates(network.triples, n, order)
    is_cut = rows["indptr"].size > n + 1
    borders = np.concatenate([[0], np.cumsum(np.bincount(classes, minlength=count))])
    blocks = np.union1d(block_borders(W, gates["gate_indptr"], trials, is_cut), borders)
    storage = Storage(n, dtype)
    plan = Plan(**fields, **rows, **storage.arrays(blocks), **gates, block_start=blocks)
    return ByClass(
        Layout(plan, order, numbers[owner], scratch_rows),
        np.searchsorted(blocks, borders),
        np.searchsorted(plan.chunk_start, borders),
    )


def _parts(groups: Sequence[Group], classes: Ints, count: int) -> tuple[list[Group], Ints, Ints]:
    """Neurons of one group in one class, class after class; their groups' numbers; the order."""
    base = order_of_lagrangians(groups)
    within = np.arange(groups[-1].stop) if base is None else base
    parts: list[Group] = []
    numbers: list[int] = []
    order: list[Ints] = []
    start = 0
    for each in range(count):
        for number, group in enumerate(groups):
            own = within[group.slice]
            members = own[classes[own] == each]
            if members.size == 0:
                continue
            shared = group.shared
            parts.append(
                replace(
                    group,
                    start=start,
                    stop=start + members.size,
                    shape=(members.size // shared, shared),
                    over=(1,) if group.over else (),
                    parameters={k: v[members - group.start] for k, v in group.parameters.items()},
                    neuron_names=(),
                )
            )
            numbers.append(number)
            order.append(members)
            start += members.size
    return parts, np.array(numbers, dtype=np.int64), np.concatenate(order).astype(np.int64)
