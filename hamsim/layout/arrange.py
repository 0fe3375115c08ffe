"""A network arranged for the kernels: order of neurons, storage of weights, pieces.

The kernels want neurons that share a Lagrangian side by side, and neurons that are connected close
together; users never see their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.errors import SimulationError
from hamsim.kernels.building import cut_columns
from hamsim.kernels.jit import first_call
from hamsim.kernels.plan import Plan
from hamsim.kernels.team import MOST_PIECES
from hamsim.lagrangians.functions import TILE
from hamsim.layout.choose import Choice, choose
from hamsim.layout.gates import arrange_gates
from hamsim.layout.neurons import cut_neurons
from hamsim.layout.order import order_of_lagrangians
from hamsim.layout.storage import Storage
from hamsim.network import Group, Network

__all__ = [
    "Layout",
    "arrange",
    "arrange_neurons",
    "block_borders",
    "refuse_large",
    "store",
    "store_rows",
]

# Synapses (plus neurons) in one block of rows: large enough that starting a piece costs nothing,
# small enough to share out evenly.
BLOCK_WORK = 8192
# Work on a row besides its synapses, in synapses.
ROW_WORK = 4
# Activations of the columns of a tile in many trials: they stay in the second cache.
TILE_BYTES = 1_250_000
LEAST_SEGMENT = 4  # synapses of a row in a tile
# Where there are tiles, rows are cut into so many blocks, or into one for so many synapses of a row
# if these are more.
LEAST_BLOCKS, BLOCK_DEGREE = 4, 25


@dataclass(frozen=True, eq=False)
class Layout:
    """A network arranged for the kernels.

    Parameters
    ----------
    plan : Plan
    order : ndarray of int, shape (n,), or None
        Neuron `order[k]` of the file is the kernels' neuron k; None where both are the same.
    chunk_group : ndarray of int, shape (chunks,)
        Which group of the network each chunk belongs to.
    scratch_rows : int
        Rows of scratch that the chunks' functions need.
    choice : Choice or None
        How the weights are stored, and why; None if they are not there.
    rows_of_windows : int
        Rows of all windows of the tasks.
    """

    plan: Plan
    order: Ints | None
    chunk_group: Ints
    scratch_rows: int
    choice: Choice | None = None
    rows_of_windows: int = 0

    @cached_property
    def prepared(self) -> dict[Any, Any]:
        """What those who use the layout make of it once, as programs of the kernels."""
        return {}

    @property
    def bytes(self) -> int:
        """Memory of the weights, indices and pointers."""
        return sum(
            getattr(self.plan, name).nbytes
            for name in (
                "indptr",
                "indices",
                "weights",
                "triangle_indptr",
                "tiles",
                "entries",
                "entry_weights",
                "block_weights",
                "convolutions",
                "kernels",
            )
        )

    def inside(self, values: Floats) -> Floats:
        """Values over neurons (last axis, file order) as the kernels have them: (n, trials)."""
        rows = np.atleast_2d(values)
        if self.order is not None:
            rows = rows[:, self.order]
        return np.array(rows.T, dtype=np.float64, order="C")

    def make_scratch(self, trials: int) -> Floats:
        """Allocate room for the functions of all chunks, and a row for each besides."""
        chunks = self.plan.chunk_start.size
        return np.zeros((chunks, self.scratch_rows + 1, max(TILE, trials)))

    def outside(self, values: Floats) -> Floats:
        """Take (n, trials) of the kernels back to (trials, n) in file order."""
        rows = np.ascontiguousarray(values.T)
        if self.order is None:
            return rows
        result = np.empty_like(rows)
        result[:, self.order] = rows
        return result

    def scaled(self, scale: Floats) -> Layout:
        """Give each neuron's part of the energy a factor, in file order.

        Neurons that share a Lagrangian have the same one.
        """
        factors = np.array(scale, dtype=np.float64)
        if self.order is not None:
            factors = factors[self.order]
        return replace(self, plan=self.plan._replace(scale=factors))

    def places(self, neurons: Ints) -> Ints:
        """Give the kernels' numbers of neurons that are numbered in file order."""
        if self.order is None:
            return neurons
        inverse = np.empty_like(self.order)
        inverse[self.order] = np.arange(self.order.size)
        return inverse[neurons]


def arrange(
    network: Network,
    wanted: Sequence[str] = ("activate", "add_dual"),
    trials: int = 1,
    layout: str = "auto",
    dtype: DTypeLike = np.float64,
) -> Layout:
    """Arrange a network for the kernels, in time and memory linear in neurons and synapses.

    Parameters
    ----------
    network : Network
    wanted : sequence of {"activate", "add_dual", "add_lagrangian", "hessian"}
        Functions of the Lagrangians that will be called; they are compiled here if this is the
        first time that they are used.
    trials : int
    layout : {"auto", "rows", "half", "tiles", "dense", "convolution"}
        How the weights are stored; see `hamsim.layout.choose`.
    dtype : {float64, float32}
        Of the weights.
    """
    refuse_large(network.W, dtype)
    n = network.n_neurons
    choice = choose(network, trials, layout)
    fields, owner, scratch_rows = cut_neurons(network.groups, choice.order, wanted, trials)
    storage, rows, rest = store(choice, network.tau, trials, dtype)
    gates = arrange_gates(network.triples, n, choice.order)
    is_cut = rows["indptr"].size > n + 1
    blocks = block_borders(rest, gates["gate_indptr"], trials, is_cut)
    plan = Plan(**fields, **rows, **storage.arrays(blocks), **gates, block_start=blocks)
    return Layout(
        plan, choice.order, owner, scratch_rows, choice.without_weights(), storage.rows_of_windows
    )


def refuse_large(W: csr_array, dtype: DTypeLike) -> None:
    """Raise SimulationError for weights that the type does not hold."""
    if np.dtype(dtype) == np.float32 and W.nnz:
        largest = max(W.data.max(), -W.data.min())
        if largest > np.finfo(np.float32).max:
            raise SimulationError(f"a weight of size {largest:.3g} is too large for float32")


def store(
    choice: Choice, tau: Floats, trials: int, dtype: DTypeLike
) -> tuple[Storage, dict[str, Any], csr_array]:
    """Store weights as was chosen.

    Returns
    -------
    storage : Storage
    rows : dict
        Fields of `Plan` about rows that are read one by one.
    rest : csr_array
        What they hold.
    """
    storage = Storage(choice.whole.shape[0], dtype)
    for shared in choice.shared:
        storage.add_convolution(shared, tau, trials)
    for block in choice.blocks:
        storage.add_block(choice.whole, block, tau, trials)
    rest = choice.rest
    if choice.sparse != "rows":
        if choice.sparse == "half":
            storage.add_triangle(rest)
        else:
            storage.add_tiles(rest, choice.edge, choice.side)
        rest = _diagonal(rest)
    return storage, store_rows(rest, trials, dtype), rest


def arrange_neurons(groups: Sequence[Group]) -> Layout:
    """Cut the neurons of groups into pieces, without synapses; no function is wanted yet."""
    n = groups[-1].stop
    order = order_of_lagrangians(groups)
    fields, owner, rows = cut_neurons(groups, order, ())
    blocks = np.array([0, n], dtype=np.int64)
    none = csr_array((np.zeros(0), np.zeros(0, np.int32), np.zeros(n + 1, np.int32)), (n, n))
    plan = Plan(
        **fields,
        **store_rows(none, 1, np.float64),
        **Storage(n, np.float64).arrays(blocks),
        **arrange_gates(None, n, None),
        block_start=blocks,
    )
    return Layout(plan, order, owner, rows)


def _diagonal(W: csr_array) -> csr_array:
    """Only what neurons send to themselves."""
    own = W.diagonal()
    filled = np.flatnonzero(own)
    indptr = np.searchsorted(filled, np.arange(own.size + 1))
    return csr_array((own[filled], filled, indptr), shape=W.shape)


def store_rows(W: csr_array, trials: int, dtype: DTypeLike) -> dict[str, Any]:
    """Rows that are read one by one; for trials in tiles of columns."""
    n = W.shape[0]
    wanted = -(-8 * n * trials // TILE_BYTES) if trials > 1 else 1
    tiles = min(wanted, int(W.nnz / n) // LEAST_SEGMENT)
    if tiles > 1:
        return _tiles_of_columns(W, tiles, dtype)
    indices = W.indices
    if indices.dtype == np.int64 and n <= 2**32:
        indices = indices.astype(np.uint32)
    unsigned = np.uint32 if indices.dtype.itemsize == 4 else np.uint64
    return {
        "indptr": W.indptr.astype(np.uint64),
        "indices": _read_only(indices.view(unsigned)),
        "weights": _read_only(W.data.astype(dtype, copy=False)),
    }


def _read_only(array: Any) -> Any:
    """A view that cannot be written, like the arrays of W itself."""
    view = array.view()
    view.flags.writeable = False
    return view


def _tiles_of_columns(W: csr_array, tiles: int, dtype: DTypeLike) -> dict[str, Any]:
    """Rows of some columns, then of the next ones: they lie together in the order they are read."""
    start = np.empty(tiles * W.shape[0] + 1, dtype=np.uint64)
    indices, weights = np.empty(W.nnz, dtype=np.uint32), np.empty(W.nnz, dtype=dtype)
    with first_call("columns"):
        cut_columns(W.indptr, W.indices, W.data, tiles, start, indices, weights)
    return {"indptr": start, "indices": indices, "weights": weights}


def block_borders(W: csr_array, gate_indptr: Any, trials: int, is_cut: bool) -> Ints:
    """Borders of blocks of rows of about equal work."""
    n = W.shape[0]
    work = W.indptr.astype(np.int64) + ROW_WORK * np.arange(n + 1)
    if gate_indptr.size:
        work += 2 * gate_indptr.astype(np.int64)
    count = max(1, round(int(work[-1]) * min(trials, 8) / BLOCK_WORK))
    if is_cut:  # activations of a tile are read anew by each block, so its synapses must be many
        count = min(count, max(LEAST_BLOCKS, W.nnz // (n * BLOCK_DEGREE)))
    count = min(count, MOST_PIECES)
    borders = np.searchsorted(work, np.linspace(0, work[-1], count + 1))
    borders[0], borders[-1] = 0, n
    return np.unique(borders).astype(np.int64)
