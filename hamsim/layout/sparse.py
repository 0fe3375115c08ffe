"""How synapses that are in no dense block are stored: rows, the upper triangle, tiles of it.

Every synapse of a symmetric W exists in two directions. Stored once and used for both, it is read
from memory once a step; but then the sums of two neurons are written, not one. Which is faster
depends on how many synapses a row has and on whether the neurons of a stretch of rows lie close
together, so that their sums stay in the cache. The thresholds here were measured.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from hamsim.counted import counted
from hamsim.layout.order import CACHED, reach_of
from hamsim.network import Network

__all__ = ["FEW_SYNAPSES", "Sparse", "bytes_of", "edge_of", "side_of", "storage_of", "upper_reason"]

Sparse = Literal["rows", "half", "tiles"]

# Below, all weights lie in the first caches, and adding up windows costs more than is saved.
FEW_SYNAPSES = 30_000
# Synapses of a row of the upper triangle from which on a loop over them is worth its start.
LONG_ROW = 8
# Neurons of a side of a tile: a place in it is 16 bits.
LEAST_SIDE, MOST_SIDE = 4096, 65_536


def upper_reason(network: Network, trials: int) -> str:
    """Why the upper triangle alone cannot be used; empty if it can."""
    if not network.symmetric:
        return "W is not symmetric"
    if trials > 1:
        return f"the sums of {trials} trials would not stay in the cache"
    if np.any(network.tau == 0):
        return "neurons with tau = 0 have to be known before what they send"
    return ""


def storage_of(W: csr_array, layout: str, upper: str) -> tuple[Sparse, float, str]:
    """Storage, how far rows reach ahead, and the reason."""
    n = W.shape[0]
    reach = reach_of(W) if W.nnz and not upper else 0.0
    if layout in ("rows", "half", "tiles"):
        return layout, reach, "asked for"  # type: ignore[return-value]
    if W.nnz == 0:
        return "rows", reach, "there are none"
    if W.nnz < FEW_SYNAPSES:
        stay = "stays" if W.nnz == 1 else "stay"
        return "rows", reach, f"{counted(W.nnz, 'synapse')} {stay} in the cache"
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


def edge_of(n: int, reach: float) -> int:
    """Side of the squares of neurons that tasks work on: some tasks, and few empty squares."""
    if reach < n / 8:
        return int(min(n, max(16_384, reach)))
    return -(-n // 4)


def side_of(W: csr_array, reach: float, edge: int) -> int:
    """Side of tiles: small, so that they stay in the first cache, but with enough entries each."""
    wanted = 3.0 * W.shape[0] * reach / max(1, W.nnz // 2)
    side = min(MOST_SIDE, max(LEAST_SIDE, int(wanted)), edge)
    return -(-edge // -(-edge // side))


def bytes_of(W: csr_array, sparse: Sparse) -> int:
    """Memory of weights and indices in float64."""
    if sparse == "rows":
        return int(W.data.nbytes + W.indices.nbytes + 8 * W.indptr.size)
    pointers = 8 * W.indptr.size if sparse == "half" else 0
    return int(12 * (W.nnz // 2) + pointers)
