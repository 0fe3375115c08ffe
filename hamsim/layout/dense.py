"""Which blocks of W between groups, or within one, are stored densely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Ints
from hamsim.errors import SimulationError
from hamsim.layout.sparse import FEW_SYNAPSES
from hamsim.network import Group, Network
from hamsim.ram import require_memory

__all__ = ["DENSE", "Block", "at_once", "dense_blocks", "refuse_huge"]

# A dense entry of a block that is read for both directions costs 0.1 ns a direction, a synapse of
# a sparse row 0.4 ns and more, and takes 8 bytes instead of 24.
DENSE = 0.3
DENSE_ONE_WAY = 0.5
DENSE_SIDE = 32  # neurons of the smaller side
MOST_GROUPS = 200  # whose pairs are looked at
# Entries counted at once.
SLAB = 4_000_000


@dataclass(frozen=True)
class Block:
    """A dense block of W: neurons `rows` receive from `columns`, and the other way if `both`."""

    rows: Group
    columns: Group
    both: bool

    @property
    def pairs(self) -> tuple[tuple[Group, Group], ...]:
        """Groups that receive, with those that send."""
        there, back = (self.rows, self.columns), (self.columns, self.rows)
        return (there, back) if self.both and self.rows is not self.columns else (there,)

    @property
    def bytes(self) -> int:
        """Memory of its weights in float64."""
        cells = self.rows.size * self.columns.size
        return 8 * (cells // 2 if self.both and self.rows is self.columns else cells)

    def why(self, count: int) -> str:
        """Why a block with so many synapses is dense."""
        density = count / (len(self.pairs) * self.rows.size * self.columns.size)
        both = ", stored once for both directions" if self.both else ""
        return f"{density:.0%} of its entries are there{both}"


def _counts(W: csr_array, groups: list[Group]) -> Ints:
    """Synapses from each group to each, shape (groups, groups)."""
    n = W.shape[0]
    owner = np.full(n, len(groups), dtype=np.int64)
    for k, group in enumerate(groups):
        owner[group.slice] = k
    size = len(groups) + 1
    counts = np.zeros(size * size, dtype=np.int64)
    row = 0
    while row < n:
        last = int(np.searchsorted(W.indptr, W.indptr[row] + SLAB, side="right")) - 1
        last = min(n, max(row + 1, last))
        some = np.repeat(owner[row:last] * size, np.diff(W.indptr[row : last + 1]))
        some += owner[W.indices[W.indptr[row] : W.indptr[last]]]
        counts += np.bincount(some, minlength=size * size)
        row = last
    return counts.reshape(size, size)[:-1, :-1]


def at_once(network: Network, group: Group) -> bool | None:
    """Whether a group's neurons follow at once; None if some do and some do not."""
    instant = network.tau[group.slice] == 0
    return None if instant.any() != instant.all() else bool(instant.all())


def dense_blocks(network: Network, W: csr_array, layout: str) -> Iterator[tuple[Block, int]]:
    """Blocks between groups, or within one, that are stored densely, and their synapses."""
    forced = layout == "dense"
    side = 1 if forced else DENSE_SIDE
    groups = [
        group
        for group in network.groups
        if group.size >= side and at_once(network, group) is not None
    ]
    if not groups or (W.nnz < FEW_SYNAPSES and not forced):
        return
    if len(groups) > MOST_GROUPS:
        if forced:
            raise SimulationError(
                f"layout 'dense' is not possible: {len(groups):,} groups, more than {MOST_GROUPS}"
            )
        return
    counts = _counts(W, groups)
    limit, one_way = (0.0, 0.0) if forced else (DENSE, DENSE_ONE_WAY)
    for a, rows in enumerate(groups):
        for b in range(a, len(groups)):
            columns, there, back = groups[b], int(counts[a, b]), int(counts[b, a])
            cells = rows.size * columns.size
            if there + back == 0:
                continue
            both = there == back and there >= limit * cells
            if both and _is_symmetric(network, W, rows, columns):
                yield _oriented(rows, columns), there if a == b else there + back
                continue
            if there and there >= one_way * cells:
                yield Block(rows, columns, False), there
            if a != b and back and back >= one_way * cells:
                yield Block(columns, rows, False), back


def refuse_huge(blocks: tuple[Block, ...]) -> None:
    """Raise SimulationError for blocks that memory cannot hold."""
    require_memory(
        float(sum(block.bytes for block in blocks)),
        lambda said: SimulationError(f"layout 'dense' is not possible: it needs {said} of memory"),
    )


def _oriented(rows: Group, columns: Group) -> Block:
    """A block with its longer side as rows, of which several may be worked on at once."""
    if columns.size > rows.size:
        rows, columns = columns, rows
    return Block(rows, columns, True)


def _is_symmetric(network: Network, W: csr_array, rows: Group, columns: Group) -> bool:
    if network.symmetric:
        return True
    there = W[rows.slice][:, columns.slice]
    back = W[columns.slice][:, rows.slice]
    return bool((there != back.T.tocsr()).nnz == 0)
