"""Synapses that are listed one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array

from hamsim.arrays import Floats, Ints
from hamsim.errors import CompileError
from hamsim.spec.edgearrays import EdgeArrays, edge_arrays
from hamsim.spec.ends import End, in_reading_order
from hamsim.wiring.joining import index_type, mirrored
from hamsim.wiring.making import Making, Weights, Whole

__all__ = ["count", "make", "triples"]


def make(making: Making) -> Weights:
    """All edges, of undirected ones both directions."""
    connection, ends = making.connection, making.ends
    symmetric = connection.kind == "within"
    places, weights = _arrays(
        making, in_reading_order(connection, ends), symmetric, connection.self_connections
    )
    a, b = places
    i, j = (b, a) if connection.kind == "from" else (a, b)
    if symmetric:
        i, j = np.minimum(a, b), np.maximum(a, b)
    shape = (ends[0].n, ends[1].n)
    index = index_type(*shape)
    block = coo_array((weights, (i.astype(index), j.astype(index))), shape).tocsr()
    block.sort_indices()
    return Whole(mirrored(block) if symmetric else block)


def triples(making: Making) -> tuple[Sequence[Ints], Floats]:
    """All edges of a gating connection."""
    arrays = _arrays(making, making.ends, False, True)
    return arrays.places, arrays.weights


def _arrays(
    making: Making, ends: Sequence[End], undirected: bool, self_connections: bool
) -> EdgeArrays:
    connection = making.connection
    arrays, problems = edge_arrays(
        connection.weights, ends, undirected, self_connections, making.files, connection.sign
    )
    if problems:
        raise CompileError(f"{making.path}: {problems[0][1]}")
    return arrays


def count(making: Making) -> float:
    """None beside those that have been read, and found to have room."""
    return 0.0
