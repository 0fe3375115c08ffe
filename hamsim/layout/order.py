"""In which order neurons lie in memory: those that belong together close together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array, csr_matrix
from scipy.sparse.csgraph import reverse_cuthill_mckee

from hamsim.arrays import Ints
from hamsim.network import Group, Network

__all__ = ["CACHED", "closer_together", "order_of_lagrangians", "permuted", "reach_of"]

# Neurons whose activations and sums fit into the second cache, 16 bytes each.
CACHED = 65_536
# Neurons are looked at in a better order if rows reach over more than this part of all of them.
SCATTERED = 0.25


def order_of_lagrangians(groups: Sequence[Group]) -> Ints | None:
    """Order that brings neurons of one Lagrangian together; None if the file's order does."""
    order = np.arange(groups[-1].stop, dtype=np.int64)
    changed = False
    for group in groups:
        axes = [*(k for k in range(len(group.shape)) if k not in group.over), *group.over]
        if group.over and axes != sorted(axes):
            numbers = order[group.slice].reshape(group.shape)
            order[group.slice] = numbers.transpose(axes).reshape(-1)
            changed = True
    return order if changed else None


def permuted(W: csr_array, order: Ints) -> csr_array:
    """W with rows and columns in another order."""
    place = np.empty(order.size, dtype=W.indices.dtype)
    place[order] = np.arange(order.size, dtype=W.indices.dtype)
    moved = W[order]
    moved = csr_array((moved.data, place[moved.indices], moved.indptr), shape=W.shape)
    moved.sort_indices()
    return moved


def reach_of(W: csr_array) -> float:
    """Mean distance from the first of 4096 rows to the last column in their upper triangle."""
    n = W.shape[0]
    ends = np.arange(n)
    filled = np.flatnonzero(np.diff(W.indptr))
    ends[filled] = np.maximum(ends[filled], W.indices[W.indptr[filled + 1] - 1])
    firsts = np.arange(0, n, 4096)
    return float(np.mean(np.maximum.reduceat(ends, firsts) - firsts))


def _spreads_at_once(W: csr_array) -> bool:
    """Whether a few steps along synapses lead everywhere, so that no order can be local."""
    n = W.shape[0]
    reached = np.zeros(n, dtype=bool)
    frontier = np.array([n // 2])
    for _ in range(6):
        reached[frontier] = True
        starts, stops = W.indptr[frontier], W.indptr[frontier + 1]
        counts = stops - starts
        at = np.repeat(starts - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        found = np.unique(W.indices[at + np.arange(counts.sum())])
        frontier = found[~reached[found]]
        if frontier.size > 0.02 * n:
            return True
        if frontier.size == 0:
            return False
    return False


def closer_together(
    network: Network, W: csr_array, order: Ints | None
) -> tuple[Ints, csr_array, str] | None:
    """Another order of neurons within their groups, if that brings synapses close together."""
    n = W.shape[0]
    if n <= CACHED // 2 or W.nnz == 0:
        return None
    before = reach_of(W)
    if before <= SCATTERED * n or _spreads_at_once(W):
        return None
    rank = np.empty(n, dtype=np.int64)
    rank[reverse_cuthill_mckee(csr_matrix(W), symmetric_mode=True)] = np.arange(n)
    closer = np.arange(n, dtype=np.int64)
    for group in network.groups:
        if not group.over:
            closer[group.slice] = group.start + np.argsort(rank[group.slice], kind="stable")
    moved = permuted(W, closer)
    after = reach_of(moved)
    if after > 0.5 * before:
        return None
    why = f"rows reach {after:,.0f} neurons ahead on average, in the file's order {before:,.0f}"
    return (closer if order is None else order[closer]), moved, why
