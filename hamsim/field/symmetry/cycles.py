"""A cycle along which the products of the weights differ both ways."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.arrays import Ints
from hamsim.field.symmetry.forest import Forest, fitting
from hamsim.field.symmetry.pairs import Pairs, Weights

__all__ = ["find_cycle"]


def find_cycle(pairs: Pairs, forest: Forest, edge: int) -> tuple[Ints, Ints, float, dict[str, Any]]:
    """The synapse and the way back through its tree.

    Returns
    -------
    receivers, senders : ndarray, shape (k,)
        Of each synapse; the next one is sent by the receiver, or by one that is scaled like it.
    ratio : float
        Product of all W[receiver, sender] divided by that of all W[sender, receiver].
    products : dict
        Both, or their logarithms to base 2 where they leave the range of numbers.
    """
    i, j = pairs.ends(edge)
    up, down = _ways(forest, int(forest.node[i]), int(forest.node[j]))
    rising, falling = forest.edge[up], forest.edge[down[::-1]]
    # A tree edge goes from the parent to the child: upwards it is taken the other way.
    there = np.concatenate([pairs.there[[edge]], pairs.back[rising], pairs.there[falling]])
    back = np.concatenate([pairs.back[[edge]], pairs.there[rising], pairs.back[falling]])
    edges = np.concatenate([rising, falling])
    rows = np.searchsorted(pairs.indptr, edges, side="right") - 1
    columns = pairs.indices[edges]
    upwards = np.arange(edges.size) < rising.size
    receivers = np.append(i, np.where(upwards, columns, rows)).astype(np.int64)
    senders = np.append(j, np.where(upwards, rows, columns)).astype(np.int64)
    (one, power), (other, other_power) = _product(there), _product(back)
    shift = fitting(np.array([power - other_power, power, other_power]))
    with np.errstate(over="ignore", under="ignore"):
        ratio, *both = np.ldexp([one / other, one, other], shift).tolist()
    if all(np.finfo(float).tiny <= abs(value) < np.inf for value in both):
        return receivers, senders, ratio, {"products": both}
    logarithms = [power + np.log2(abs(one)), other_power + np.log2(abs(other))]
    return receivers, senders, ratio, {"log2_products": [float(value) for value in logarithms]}


def _ways(forest: Forest, a: int, b: int) -> tuple[list[int], list[int]]:
    """Nodes from a, and from b, up to the first that both have above them, without that one."""
    from_a, from_b = [], []
    while a != b:
        if forest.depth[a] >= forest.depth[b]:
            from_a.append(a)
            a = int(forest.parent[a])
        else:
            from_b.append(b)
            b = int(forest.parent[b])
    return from_a, from_b


def _product(values: Weights) -> tuple[float, int]:
    """Product as mantissa and power of two; relative error below EPS / 2 for each factor."""
    mantissas, powers = np.frexp(values)
    power = int(powers.sum(dtype=np.int64))
    while mantissas.size > 1:  # in halves: no product of two mantissas underflows
        if mantissas.size % 2:
            mantissas = np.append(mantissas, 1.0)
        mantissas, powers = np.frexp(mantissas[0::2] * mantissas[1::2])
        power += int(powers.sum(dtype=np.int64))
    return float(mantissas[0]), power
