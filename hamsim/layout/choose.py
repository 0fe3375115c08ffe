"""How the weights of a network are stored while it runs, and why.

Every synapse of a symmetric W exists in two directions. Stored once and used for both, it is read
from memory once a step; but then the sums of two neurons are written, not one. Which is faster
depends on how many synapses a row has and on whether the neurons of a stretch of rows lie close
together, so that their sums stay in the cache. The thresholds here were measured.

Only NumPy and SciPy are needed here, so that a choice can be shown without compiling anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_array, csr_matrix
from scipy.sparse.csgraph import reverse_cuthill_mckee

from hamsim.errors import SimulationError
from hamsim.memory import exceeds_memory
from hamsim.network import Connection, Convolution, Group, Ints, Network

__all__ = ["LAYOUTS", "Block", "Choice", "Part", "Shared", "choose", "order_of_lagrangians"]

Sparse = Literal["rows", "half", "tiles"]
LAYOUTS = ("auto", "rows", "half", "tiles", "dense", "convolution")

# A dense entry of a block that is read for both directions costs 0.1 ns a direction, a synapse of
# a sparse row 0.4 ns and more, and takes 8 bytes instead of 24.
DENSE = 0.3
DENSE_ONE_WAY = 0.5
DENSE_SIDE = 32  # neurons of the smaller side
MOST_GROUPS = 200  # whose pairs are looked at
# Numbers in a vector of the loops over kernels. A vector costs as much as a synapse of a sparse row
# or as 5 entries of a dense block; what a window sends to a line of the image costs 4 besides.
LANES = 8
DENSE_SPEED = 0.2
LINE_WORK = 4
# A sum of fewer products is not worth its start in many trials.
SHORT_SUM = 5
# Numbers in the windows of means, which have so few synapses that adding up windows counts.
MEAN_WINDOWS = 131_072
# Below, all weights lie in the first caches, and adding up windows costs more than is saved.
FEW_SYNAPSES = 30_000
# Synapses of a row of the upper triangle from which on a loop over them is worth its start.
LONG_ROW = 8
# Neurons whose activations and sums fit into the second cache, 16 bytes each.
CACHED = 65_536
# Neurons are looked at in a better order if rows reach over more than this part of all of them.
SCATTERED = 0.25
# Neurons of a side of a tile: a place in it is 16 bits.
LEAST_SIDE, MOST_SIDE = 4096, 65_536
# Entries counted at once.
SLAB = 4_000_000


@dataclass(frozen=True)
class Block:
    """A dense block of W: neurons `rows` receive from `columns`, and the other way if `both`."""

    rows: Group
    columns: Group
    both: bool


@dataclass(frozen=True, eq=False)
class Shared:
    """A block of W that is one kernel, moved over an image.

    Parameters
    ----------
    convolution : Convolution
    image, found : Group
        What the window sees, and the features that it finds. They may be one group.
    to_found, to_image : bool
        Whether the features receive, and whether the image does.
    """

    convolution: Convolution
    image: Group
    found: Group
    to_found: bool
    to_image: bool

    @property
    def pairs(self) -> tuple[tuple[Group, Group], ...]:
        """Groups that receive, with those that send."""
        there, back = (self.found, self.image), (self.image, self.found)
        return (there,) * self.to_found + (back,) * self.to_image


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
    order = order_of_lagrangians(network)
    W = network.W if order is None else _permuted(network.W, order)
    kernels = list(_kernels(network, W, order, trials, layout))
    if layout == "convolution" and not kernels:
        raise SimulationError(
            "layout 'convolution' is not possible: no connection consists of a shared kernel alone"
        )
    shared = tuple(kernel for kernel, _ in kernels)
    rest = _without(W, [pair for kernel in shared for pair in kernel.pairs])
    found = list(_dense_blocks(network, rest, layout)) if layout in ("auto", "dense") else []
    blocks = tuple(block for block, _ in found)
    _refuse_huge(blocks)
    rest = _without(rest, [pair for block in blocks for pair in _pairs(block)])
    upper = _upper_reason(network, trials)
    if layout in ("half", "tiles") and upper:
        raise SimulationError(f"layout '{layout}' is not possible: {upper}")
    reordered = ""
    if layout in ("auto", "half", "tiles") and not upper and not blocks and not shared:
        better = _closer_together(network, rest, order)
        if better is not None:
            order, rest, reordered = better
            W = rest
    sparse, reach, why = _sparse(rest, layout, upper)
    edge = _edge(rest.shape[0], reach)
    side = _side(rest, reach, edge)
    parts = [
        Part(_name(kernel), "convolution", why_kept, count, _bytes_of_kernel(kernel))
        for (kernel, count), why_kept in zip(kernels, _kernel_reasons(kernels, layout), strict=True)
    ]
    parts += [
        Part(_name(block), "dense", why_dense, count, _bytes_of_block(block))
        for (block, count), why_dense in zip(found, _dense_reasons(found, layout), strict=True)
    ]
    if rest.nnz or not parts:
        parts.append(Part("synapses", sparse, why, int(rest.nnz), _bytes(rest, sparse)))
    return Choice(order, reordered, shared, blocks, W, rest, sparse, edge, side, tuple(parts))


# --- order of neurons --------------------------------------------------------------------------


def order_of_lagrangians(network: Network) -> Ints | None:
    """Order that brings neurons of one Lagrangian together; None if the file's order does."""
    order = np.arange(network.n_neurons, dtype=np.int64)
    changed = False
    for group in network.groups:
        axes = [*(k for k in range(len(group.shape)) if k not in group.over), *group.over]
        if group.over and axes != sorted(axes):
            numbers = order[group.slice].reshape(group.shape)
            order[group.slice] = numbers.transpose(axes).reshape(-1)
            changed = True
    return order if changed else None


def _permuted(W: csr_array, order: Ints) -> csr_array:
    """W with rows and columns in another order."""
    place = np.empty(order.size, dtype=W.indices.dtype)
    place[order] = np.arange(order.size, dtype=W.indices.dtype)
    moved = W[order]
    moved = csr_array((moved.data, place[moved.indices], moved.indptr), shape=W.shape)
    moved.sort_indices()
    return moved


def _reach(W: csr_array) -> float:
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


def _closer_together(
    network: Network, W: csr_array, order: Ints | None
) -> tuple[Ints, csr_array, str] | None:
    """Another order of neurons within their groups, if that brings synapses close together."""
    n = W.shape[0]
    if n <= CACHED // 2 or W.nnz == 0:
        return None
    before = _reach(W)
    if before <= SCATTERED * n or _spreads_at_once(W):
        return None
    rank = np.empty(n, dtype=np.int64)
    rank[reverse_cuthill_mckee(csr_matrix(W), symmetric_mode=True)] = np.arange(n)
    closer = np.arange(n, dtype=np.int64)
    for group in network.groups:
        if not group.over:
            closer[group.slice] = group.start + np.argsort(rank[group.slice], kind="stable")
    moved = _permuted(W, closer)
    after = _reach(moved)
    if after > 0.5 * before:
        return None
    why = f"rows reach {after:,.0f} neurons ahead on average, in the file's order {before:,.0f}"
    return (closer if order is None else order[closer]), moved, why


# --- kernels -----------------------------------------------------------------------------------


def _kernels(
    network: Network, W: csr_array, order: Ints | None, trials: int, layout: str
) -> Iterator[tuple[Shared, int]]:
    """Connections that are stored as the kernel that they consist of, and their synapses."""
    if layout not in ("auto", "convolution"):
        return
    for connection in network.connections:
        own = connection.convolution
        if own is None or own.W is not network.W or connection.block is not None:
            continue
        kernel = _shared(network, connection, own)
        if not all(_is_in_order(group, order) for group in (kernel.image, kernel.found)):
            continue
        if any(_at_once(network, group) is None for group in (kernel.image, kernel.found)):
            continue
        count = sum(_entries(W, receivers, senders) for receivers, senders in kernel.pairs)
        if count and (layout == "convolution" or _pays(kernel, count, trials)):
            yield kernel, count


def _shared(network: Network, connection: Connection, own: Convolution) -> Shared:
    rows, columns = network.group(connection.rows[0]), network.group(connection.columns[0])
    image, found = (rows, columns) if own.image_receives else (columns, rows)
    # A kernel within a group is symmetric: each pixel receives as a feature what it has to.
    within, both = image is found, connection.kind == "between"
    return Shared(
        convolution=own,
        image=image,
        found=found,
        to_found=within or both or not own.image_receives,
        to_image=not within and (both or own.image_receives),
    )


def _is_in_order(group: Group, order: Ints | None) -> bool:
    return order is None or bool(np.all(np.diff(order[group.slice]) == 1))


def _entries(W: csr_array, receivers: Group, senders: Group) -> int:
    """Synapses by which one group receives from another."""
    columns = W.indices[W.indptr[receivers.start] : W.indptr[receivers.stop]]
    return int(np.count_nonzero((columns >= senders.start) & (columns < senders.stop)))


def _pays(kernel: Shared, count: int, trials: int) -> bool:
    """Whether a kernel of so many synapses is at least as fast as other storage in one trial."""
    own = kernel.convolution
    down, across = own.window
    channels, features = own.image[2], own.found[2]
    if own.kernel is None:  # vectors lie along channels and trials
        neurons = kernel.image.size + kernel.found.size
        return channels * trials >= LANES and neurons * trials <= MEAN_WINDOWS
    if trials >= LANES:  # vectors lie along trials, and short sums are not worth their start
        long = across * channels >= SHORT_SUM and features >= SHORT_SUM
        return long and count >= 0.5 * len(kernel.pairs) * _products(own)
    vectors = 0
    if kernel.to_found:
        vectors += down * across * channels * -(-features // LANES)
    if kernel.to_image:
        vectors += down * (features * -(-across * channels // LANES) + LINE_WORK)
    work = vectors * own.found[0] * own.found[1]
    cells = len(kernel.pairs) * kernel.image.size * kernel.found.size
    if count >= DENSE * cells:  # a dense block would be the other choice
        return work <= DENSE_SPEED * cells
    return work <= count


def _products(own: Convolution) -> int:
    """Weights of a kernel at all places of its window."""
    assert own.kernel is not None
    return own.found[0] * own.found[1] * int(own.kernel.size)


def _bytes_of_kernel(kernel: Shared) -> int:
    """Memory of a kernel, which is there in two orders."""
    own = kernel.convolution
    return 0 if own.kernel is None else 16 * own.kernel.size


def _kernel_reasons(found: list[tuple[Shared, int]], layout: str) -> list[str]:
    if layout == "convolution":
        return ["asked for"] * len(found)
    reasons = []
    for kernel, count in found:
        own = kernel.convolution
        places = own.found[0] * own.found[1]
        what = "mean" if own.kernel is None else f"kernel of {own.kernel.size:,} weights"
        reasons.append(f"one {what} for {places:,} places of a window, {count:,} synapses")
    return reasons


# --- dense blocks ------------------------------------------------------------------------------


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


def _at_once(network: Network, group: Group) -> bool | None:
    """Whether a group's neurons follow at once; None if some do and some do not."""
    instant = network.tau[group.slice] == 0
    return None if instant.any() != instant.all() else bool(instant.all())


def _dense_blocks(network: Network, W: csr_array, layout: str) -> Iterator[tuple[Block, int]]:
    """Blocks between groups, or within one, that are stored densely, and their synapses."""
    forced = layout == "dense"
    side = 1 if forced else DENSE_SIDE
    groups = [
        group
        for group in network.groups
        if group.size >= side and _at_once(network, group) is not None
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


def _refuse_huge(blocks: tuple[Block, ...]) -> None:
    wanted = float(sum(_bytes_of_block(block) for block in blocks))
    if exceeds_memory(wanted):
        raise SimulationError(
            f"layout 'dense' is not possible: it needs {wanted / 2**30:.1f} GiB of memory"
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


def _pairs(block: Block) -> list[tuple[Group, Group]]:
    """Groups that receive by a block, with those that send."""
    ways = [(block.rows, block.columns)]
    if block.both and block.rows is not block.columns:
        ways.append((block.columns, block.rows))
    return ways


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


def _name(part: Block | Shared) -> str:
    if isinstance(part, Block):
        rows, columns, both = part.rows, part.columns, part.both
    else:
        rows, columns = part.pairs[0]
        both = len(part.pairs) == 2
    if rows is columns:
        return f"within {rows.name}"
    return f"{rows.name} {'and' if both else 'from'} {columns.name}"


def _bytes_of_block(block: Block) -> int:
    cells = block.rows.size * block.columns.size
    return 8 * (cells // 2 if block.both and block.rows is block.columns else cells)


def _dense_reasons(found: list[tuple[Block, int]], layout: str) -> list[str]:
    if layout == "dense":
        return ["asked for"] * len(found)
    reasons = []
    for block, count in found:
        ways = 2 if block.both and block.rows is not block.columns else 1
        density = count / (ways * block.rows.size * block.columns.size)
        both = ", read once for both directions" if block.both else ""
        reasons.append(f"{density:.0%} of its entries are there{both}")
    return reasons


# --- what is sparse ----------------------------------------------------------------------------


def _upper_reason(network: Network, trials: int) -> str:
    """Why the upper triangle alone cannot be used; empty if it can."""
    if not network.symmetric:
        return "W is not symmetric"
    if trials > 1:
        return f"the sums of {trials} trials would not stay in the cache"
    if np.any(network.tau == 0):
        return "neurons with tau = 0 have to be known before what they send"
    return ""


def _sparse(W: csr_array, layout: str, upper: str) -> tuple[Sparse, float, str]:
    """Storage, how far rows reach ahead, and the reason."""
    n = W.shape[0]
    reach = _reach(W) if W.nnz and not upper else 0.0
    if layout in ("rows", "half", "tiles"):
        return layout, reach, "asked for"  # type: ignore[return-value]
    if W.nnz == 0:
        return "rows", reach, "there are none"
    if W.nnz < FEW_SYNAPSES:
        return "rows", reach, f"{W.nnz:,} synapses stay in the cache"
    if upper:
        return "rows", reach, upper
    length = 0.5 * W.nnz / n
    near = n <= CACHED or reach <= CACHED / 2
    if length >= LONG_ROW and near:
        where = "few neurons" if n <= CACHED else f"rows reach {reach:,.0f} neurons ahead"
        return "half", reach, f"each weight is read once for both directions; {where}"
    where = f"rows of {length:.3g} synapses ahead"
    if not near:
        where += f" that reach over {reach:,.0f} neurons"
    return "tiles", reach, f"each weight is read once for both directions; {where}"


def _edge(n: int, reach: float) -> int:
    """Side of the squares of neurons that tasks work on: some tasks, and few empty squares."""
    if reach < n / 8:
        return int(min(n, max(16_384, reach)))
    return -(-n // 4)


def _side(W: csr_array, reach: float, edge: int) -> int:
    """Side of tiles: small, so that they stay in the first cache, but with enough entries each."""
    wanted = 3.0 * W.shape[0] * reach / max(1, W.nnz // 2)
    side = min(MOST_SIDE, max(LEAST_SIDE, int(wanted)), edge)
    return -(-edge // -(-edge // side))


def _bytes(W: csr_array, sparse: Sparse) -> int:
    if sparse == "rows":
        return int(W.data.nbytes + W.indices.nbytes + 8 * W.indptr.size)
    pointers = 8 * W.indptr.size if sparse == "half" else 0
    return int(12 * (W.nnz // 2) + pointers)
