"""A connection of the description as a block of the weight matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse, triu

from hamsim.arrays import Floats, Ints
from hamsim.errors import CompileError
from hamsim.spec.coding import decoded
from hamsim.spec.ends import End
from hamsim.spec.forms import block_form
from hamsim.spec.rules import Distance, Memories, Store
from hamsim.spec.schema import ConnectionSpec
from hamsim.spec.sparse import Sparse, sparse_matrix
from hamsim.spec.values import FileValue, is_random
from hamsim.wiring.arrays import Stream, draw, read_file
from hamsim.wiring.distance import of_distance
from hamsim.wiring.hebb import RULES
from hamsim.wiring.joining import index_type, mirrored, of_dense, tidied
from hamsim.wiring.listed import LISTED
from hamsim.wiring.making import Made, Making
from hamsim.wiring.patterns import patterns_of
from hamsim.wiring.sampling import Sparsity, choose, choose_regular, rows_of, thinned

__all__ = ["make_block"]


def make_block(making: Making) -> Made:
    """W[rows, columns] of one connection: row i receives, column j sends.

    Parameters
    ----------
    making : Making
        Not of a gating connection.

    Returns
    -------
    Made
        Its block has shape (rows.n, columns.n), no explicit zeros, and is exactly symmetric for
        ``within``.
    """
    connection, ends, numbers, _, path = making[:5]
    rows, columns = ends
    make = LISTED.get(type(connection.weights))
    if make is not None:
        made = make(making)
        entries = made.block.nnz
        block = _without_self(connection, made.block, rows, columns)
        block = _checked(_thin(connection, block, rows, numbers, path), path)
        return Made(block, made.convolution if block.nnz == entries else None)
    weights = _stated(making)
    sparsity = _sparsity(connection)
    if sparsity.full and not is_random(weights):
        block = _full_block(weights, rows, columns, connection.kind, path)
        if connection.kind == "within" and _is_matrix(weights):
            block = 0.5 * (block + block.T.tocsr())  # exact where it is symmetric already
        # Of a matrix the check has left on the diagonal what rounding makes of 0.
        block = _without_self(connection, block, rows, columns)
        return Made(_checked(block, path))
    symmetric, shape, rng = connection.kind == "within", (rows.n, columns.n), numbers.rng
    if sparsity.full and not symmetric and _apart(connection, rows, columns):
        return Made(of_dense(_drawn(weights, rows.n * columns.n, rng, path).reshape(shape)))
    pairs = _pairs_within if symmetric else _pairs
    indptr, j = pairs(connection, rows, columns, rng)
    values = _at_pairs(weights, indptr, j, rows, columns, connection.kind, rng, path)
    index = index_type(j.size, *shape)
    block = csr_array((values, j.astype(index, copy=False), indptr.astype(index)), shape=shape)
    del values, j
    block = _checked(block, path)
    return Made(mirrored(block) if symmetric else block)


def _sparsity(connection: ConnectionSpec) -> Sparsity:
    return Sparsity(connection.density, connection.degree, connection.probability)


def _checked(block: csr_array, path: str) -> csr_array:
    if not np.isfinite(block.data).all():
        raise CompileError(f"{path}: the weight of a synapse is not finite")
    return tidied(block)


def _apart(connection: ConnectionSpec, rows: End, columns: End) -> bool:
    """Whether no synapse has to be left out because it leads from a neuron to itself."""
    return connection.self_connections or set(rows.names).isdisjoint(columns.names)


def _without_self(
    connection: ConnectionSpec, block: csr_array, rows: End, columns: End
) -> csr_array:
    """Drop synapses of neurons with themselves, unless they are allowed."""
    if _apart(connection, rows, columns):
        return block
    keep = rows.neurons[rows_of(block.indptr)] != columns.neurons[block.indices]
    if keep.all():
        return block
    kept = np.zeros(keep.size + 1, dtype=block.indptr.dtype)
    np.cumsum(keep, out=kept[1:])
    arrays = (block.data[keep], block.indices[keep], kept[block.indptr])
    return csr_array(arrays, shape=block.shape)


def _thin(
    connection: ConnectionSpec, block: csr_array, rows: End, numbers: Stream, path: str
) -> csr_array:
    """Leave out some synapses of a rule; of symmetric ones both directions."""
    sparsity = _sparsity(connection)
    if sparsity.full:
        return block
    symmetric = connection.kind == "within"
    block = triu(block, format="csr") if symmetric else block
    block.sort_indices()
    lengths = np.diff(block.indptr)
    if sparsity.degree is not None and np.any(lengths < sparsity.degree):
        short = int(np.argmin(lengths))
        raise CompileError(
            f"{path}: the rule gives neuron {rows.label(short)} {int(lengths[short])} synapses, "
            f"fewer than degree: {sparsity.degree}"
        )
    chosen = choose(lengths, sparsity, numbers.rng)
    data, indices = thinned(block.data, block.indices, block.indptr, chosen)
    thin = csr_array((data, indices, chosen.indptr.astype(indices.dtype)), shape=block.shape)
    return mirrored(thin) if symmetric else thin


# --- rules and values that have a weight for every pair ------------------------------------------


def _stated(making: Making) -> Any:
    """Weights as a number, a distribution, a Distance, or a matrix (ndarray or csr_array)."""
    connection, ends, _, files, path = making[:5]
    weights: Any = connection.weights
    if isinstance(weights, Memories):
        patterns, visible = patterns_of(making)
        return patterns.T if visible is ends[0] else patterns
    if isinstance(weights, Store):
        patterns = decoded(patterns_of(making).values, weights.store.coding)
        return RULES[weights.store.rule](patterns, connection.self_connections)
    if isinstance(weights, FileValue):
        weights = read_file(weights, files, path, block_form(*ends))
    elif isinstance(weights, Sparse):
        weights = sparse_matrix(weights)
    elif isinstance(weights, tuple):
        weights = np.asarray(weights, dtype=np.float64)
    if isinstance(weights, np.ndarray) and weights.ndim == 0:
        return float(weights)
    return weights


def _is_matrix(weights: Any) -> bool:
    return isinstance(weights, np.ndarray) or issparse(weights)


def _full_block(weights: Any, rows: End, columns: End, kind: str, path: str) -> csr_array:
    """Weights that are stated for every pair."""
    shape = (rows.n, columns.n)
    if isinstance(weights, Distance):
        # Where neurons meet themselves the rule need not be finite: those weights may be left out.
        i, j = np.indices(shape, sparse=True)
        return csr_array(of_distance(weights, i, j, rows.shape, kind == "from", path, finite=False))
    if issparse(weights):
        return csr_array(weights, copy=True)
    if isinstance(weights, np.ndarray):
        return of_dense(weights.reshape(shape))
    return of_dense(np.full(shape, float(weights)))


def _pairs_within(
    connection: ConnectionSpec, rows: End, columns: End, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Undirected synapses as an upper triangle: indptr and columns."""
    n, first = rows.n, 0 if connection.self_connections else 1
    if connection.degree is not None:
        chosen = choose_regular(n, connection.degree, rng)
    else:
        chosen = choose(np.arange(n, 0, -1) - first, _sparsity(connection), rng)
    j = chosen.candidates
    j += rows_of(chosen.indptr)
    j += first
    return chosen.indptr, j


def _pairs(
    connection: ConnectionSpec, rows: End, columns: End, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Synapses of a block: indptr and columns."""
    lengths = np.full(rows.n, columns.n, dtype=np.int64)
    if _apart(connection, rows, columns):
        return choose(lengths, _sparsity(connection), rng)
    # A neuron that is at both ends has one candidate less; those behind it move up by one.
    order = np.argsort(columns.neurons)
    place = np.searchsorted(columns.neurons, rows.neurons, sorter=order).clip(max=columns.n - 1)
    own = np.where(columns.neurons[order[place]] == rows.neurons, order[place], columns.n)
    chosen = choose(lengths - (own < columns.n), _sparsity(connection), rng)
    j = chosen.candidates
    j += j >= np.repeat(own, np.diff(chosen.indptr))
    return chosen.indptr, j


def _drawn(weights: Any, size: int, rng: np.random.Generator, path: str) -> Floats:
    values = draw(weights, size, rng)
    if not np.isfinite(values).all():
        raise CompileError(f"{path}: a draw is not finite")
    return values


def _at_pairs(
    weights: Any,
    indptr: Ints,
    j: Ints,
    rows: End,
    columns: End,
    kind: str,
    rng: np.random.Generator,
    path: str,
) -> Floats:
    """Weights of chosen synapses."""
    if is_random(weights):
        return _drawn(weights, j.size, rng, path)
    if not isinstance(weights, Distance) and not _is_matrix(weights):
        return np.full(j.size, float(weights))
    i = rows_of(indptr)
    if isinstance(weights, Distance):
        return of_distance(weights, i, j, rows.shape, kind == "from", path)
    if not issparse(weights):
        weights = weights.reshape(rows.n, columns.n)
    if kind == "within":
        weights = 0.5 * (weights + weights.T)
    values = weights[i, j]
    return np.asarray(values.toarray() if issparse(values) else values, dtype=np.float64).ravel()
