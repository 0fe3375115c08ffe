"""How the weights of a network are stored while it runs, and why.

Kernels of convolutions are kept as kernels where that is faster (`layout.convolutions`), blocks
between groups that are nearly full are stored densely (`layout.blocks`), and the rest row by row or
once for both directions (`layout.sparse`), perhaps in another order of neurons (`layout.order`).

Only NumPy and SciPy are needed here, so that a choice can be shown without compiling anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Ints
from hamsim.errors import SimulationError
from hamsim.layout.convolutions import Shared, shared_kernels
from hamsim.layout.dense import Block, dense_blocks, refuse_huge
from hamsim.layout.names import LAYOUTS
from hamsim.layout.order import closer_together, order_of_lagrangians, permuted
from hamsim.layout.sparse import Sparse, bytes_of, edge_of, side_of, storage_of, upper_reason
from hamsim.network import Group, Network

__all__ = ["Choice", "Part", "choose"]

# Neurons up to which short rows, whose lengths a processor remembers, are read faster than tiles.
FEW_NEURONS = 10_000


@dataclass(frozen=True)
class Part:
    """How one part of W is stored.

    Parameters
    ----------
    where : str
        The groups, or "synapses" for what is not in a dense block.
    layout : {"rows", "half", "tiles", "dense", "convolution"}
    why : str
    synapses : int
        Entries of W in it.
    bytes : int
        Memory that its weights and indices take in float64.
    """

    where: str
    layout: str
    why: str
    synapses: int
    bytes: int


@dataclass(frozen=True, eq=False)
class Choice:
    """Storage of all weights of a network.

    Parameters
    ----------
    order : ndarray of int, shape (n,), or None
        Neuron `order[k]` of the file comes k-th; None where the order stays.
    reordered : str
        Why, if neurons were brought closer together; else empty.
    shared : tuple of Shared
        Kernels that are kept as kernels.
    blocks : tuple of Block
    whole : csr_array, shape (n, n)
        W in the new order.
    rest : csr_array, shape (n, n)
        The same without what is in kernels and blocks.
    sparse : {"rows", "half", "tiles"}
        Storage of `rest`.
    edge, side : int
        Neurons of a side of the squares that tasks work on, and of the tiles of a square.
    parts : tuple of Part
        The same for people.
    """

    order: Ints | None
    reordered: str
    shared: tuple[Shared, ...]
    blocks: tuple[Block, ...]
    whole: csr_array
    rest: csr_array
    sparse: Sparse
    edge: int
    side: int
    parts: tuple[Part, ...]

    @property
    def rows_are_faster(self) -> bool:
        """Whether rows would be read faster than the tiles that were chosen, by few neurons.

        For who need not have the bits of tiles, which runs with fixed steps are to keep.
        """
        alone = self.sparse == "tiles" and not self.shared and not self.blocks
        chosen = alone and all(part.why != "asked for" for part in self.parts)
        return chosen and self.whole.shape[0] <= FEW_NEURONS

    def with_weights(self, W: csr_array) -> Choice:
        """The same choice for a matrix of the same pattern."""
        whole = W if self.order is None else permuted(W, self.order)
        pairs = [pair for kernel in self.shared for pair in kernel.pairs]
        pairs += [pair for block in self.blocks for pair in block.pairs]
        return replace(self, whole=whole, rest=_without(whole, pairs))

    def without_weights(self) -> Choice:
        """The same choice for those who only ask for it, and are not to hold on to matrices."""
        n = self.whole.shape[0]
        none = csr_array((np.zeros(0), np.zeros(0, np.int32), np.zeros(n + 1, np.int32)), (n, n))
        return replace(self, whole=none, rest=none)


def choose(network: Network, trials: int = 1, layout: str = "auto") -> Choice:
    """Decide how the weights are stored.

    Parameters
    ----------
    network : Network
    trials : int
    layout : {"auto", "rows", "half", "tiles", "dense", "convolution"}
        Anything but "auto" forces a storage: "dense" for each block between groups, "convolution"
        for each kernel that is shared by all places of a window, the others for all synapses.

    Raises
    ------
    SimulationError
        The storage that was forced is not possible.
    """
    if layout not in LAYOUTS:
        raise SimulationError(f"layout is {layout!r}; allowed are {', '.join(LAYOUTS)}")
    order = order_of_lagrangians(network.groups)
    W = network.W if order is None else permuted(network.W, order)
    kernels = list(shared_kernels(network, W, order, trials, layout))
    if layout == "convolution" and not kernels:
        raise SimulationError(
            "layout 'convolution' is not possible: no connection consists of a shared kernel alone"
        )
    shared = tuple(kernel for kernel, _ in kernels)
    rest = _without(W, [pair for kernel in shared for pair in kernel.pairs])
    found = list(dense_blocks(network, rest, layout)) if layout in ("auto", "dense") else []
    blocks = tuple(block for block, _ in found)
    refuse_huge(blocks)
    rest = _without(rest, [pair for block in blocks for pair in block.pairs])
    upper = upper_reason(network, trials)
    if layout in ("half", "tiles") and upper:
        raise SimulationError(f"layout '{layout}' is not possible: {upper}")
    reordered = ""
    if layout in ("auto", "half", "tiles") and not upper and not blocks and not shared:
        better = closer_together(network, rest, order)
        if better is not None:
            order, rest, reordered = better
            W = rest
    sparse, reach, why = storage_of(rest, layout, upper)
    edge = edge_of(rest.shape[0], reach)
    side = side_of(rest, reach, edge)
    parts = [_part(kernel, count, "convolution", layout) for kernel, count in kernels]
    parts += [_part(block, count, "dense", layout) for block, count in found]
    if rest.nnz or not parts:
        parts.append(Part("synapses", sparse, why, int(rest.nnz), bytes_of(rest, sparse)))
    return Choice(order, reordered, shared, blocks, W, rest, sparse, edge, side, tuple(parts))


def _without(W: csr_array, pairs: list[tuple[Group, Group]]) -> csr_array:
    """W without what some groups receive from others."""
    if not pairs:
        return W
    keep = np.ones(W.nnz, dtype=bool)
    for receivers, senders in pairs:
        part = slice(W.indptr[receivers.start], W.indptr[receivers.stop])
        columns = W.indices[part]
        keep[part] &= (columns < senders.start) | (columns >= senders.stop)
    kept = np.zeros(W.nnz + 1, dtype=W.indptr.dtype)
    np.cumsum(keep, out=kept[1:])
    return csr_array((W.data[keep], W.indices[keep], kept[W.indptr]), shape=W.shape)


def _part(piece: Block | Shared, count: int, stored: str, layout: str) -> Part:
    """Say how a piece of W with so many synapses is stored."""
    receivers, senders = piece.pairs[0]
    where = f"{receivers.name} {'and' if len(piece.pairs) == 2 else 'from'} {senders.name}"
    if receivers is senders:
        where = f"within {receivers.name}"
    why = "asked for" if layout == stored else piece.why(count)
    return Part(where, stored, why, count, piece.bytes)
