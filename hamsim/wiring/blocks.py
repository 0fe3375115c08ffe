"""A connection of the description as a block of the weight matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import coo_array, csr_array, issparse, triu

from hamsim.errors import CompileError, ExpressionError
from hamsim.expression import evaluate
from hamsim.network import Floats, Ints
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.schema import ConnectionSpec
from hamsim.spec.values import Distance, FileValue, is_random
from hamsim.wiring.sampling import choose_pairs, choose_symmetric_pairs
from hamsim.wiring.values import draw, read_file

__all__ = ["End", "make_block"]

MAX_ENTRIES = 2_000_000_000


class End:
    """The neurons at one end of a connection.

    Parameters
    ----------
    names : tuple of str
        Groups, in file order.
    neurons : ndarray of int, shape (n,)
        Their neurons' numbers in the network.
    shape : tuple of int
        The group's shape; (n,) where there are several groups.
    """

    def __init__(self, names: tuple[str, ...], neurons: Ints, shape: tuple[int, ...]) -> None:
        self.names, self.neurons, self.shape = names, neurons, shape

    @property
    def n(self) -> int:
        """Number of neurons."""
        return int(self.neurons.size)


def make_block(
    connection: ConnectionSpec,
    rows: End,
    columns: End,
    rng: np.random.Generator,
    files: DataFiles,
    path: str,
) -> csr_array:
    """W[rows, columns] of one connection: row i receives, column j sends.

    Parameters
    ----------
    rng : numpy Generator
        The connection's own.
    path : str
        Names the connection in messages.

    Returns
    -------
    csr_array, shape (rows.n, columns.n)
        Without explicit zeros; exactly symmetric for ``within``.
    """
    symmetric = connection.kind == "within"
    sampled = connection.density is not None or connection.probability is not None
    weights = _stated(connection.weights, files, path)
    _refuse_huge(connection, weights, rows, columns, path)
    if not sampled and not is_random(weights):
        block = _full_block(weights, rows, columns, connection.kind, path)
        if symmetric and _is_matrix(weights):
            block = 0.5 * (block + block.T.tocsr())  # exact where it is symmetric already
        if not connection.self_connections and not _is_matrix(weights):
            block = _without_self(block, rows, columns)
        if not np.all(np.isfinite(block.data)):
            raise CompileError(f"{path}: the weight of a synapse is not finite")
        return _tidy(block)
    if symmetric:
        i, j = _symmetric_pairs(connection, rows.n, sampled, rng)
    else:
        i, j = _pairs(connection, rows, columns, sampled, rng)
    values = _at_pairs(weights, i, j, rows, columns, connection.kind, rng, path)
    index = np.int32 if max(rows.n, columns.n) < 2**31 else np.int64
    half = coo_array((values, (i.astype(index), j.astype(index))), (rows.n, columns.n)).tocsr()
    if not symmetric:
        return _tidy(half)
    return _tidy(half + triu(half, 1).T.tocsr())


def _stated(weights: Any, files: DataFiles, path: str) -> Any:
    """Weights as a number, a distribution, a rule, or a matrix (ndarray or csr_array)."""
    if isinstance(weights, FileValue):
        weights = read_file(weights, files, path)
    elif isinstance(weights, tuple):
        weights = np.asarray(weights, dtype=np.float64)
    if isinstance(weights, np.ndarray) and weights.ndim == 0:
        return float(weights)
    return weights


def _is_matrix(weights: Any) -> bool:
    return isinstance(weights, np.ndarray) or issparse(weights)


def _refuse_huge(
    connection: ConnectionSpec, weights: Any, rows: End, columns: End, path: str
) -> None:
    """Say so at once where a full block, or a dense choice of one, is more than any memory."""
    part = connection.density or connection.probability or 1.0
    if _is_matrix(weights):
        return  # it is in memory already
    entries = rows.n * columns.n * part
    if entries > MAX_ENTRIES:
        raise CompileError(
            f"{path}: {entries:.2g} synapses between {rows.n:,} and {columns.n:,} neurons are too "
            "many; density: or probability: leaves some out"
        )


def _tidy(block: csr_array) -> csr_array:
    block.sum_duplicates()
    block.eliminate_zeros()
    return block


def _full_block(weights: Any, rows: End, columns: End, kind: str, path: str) -> csr_array:
    """Weights that are stated for every pair."""
    shape = (rows.n, columns.n)
    if isinstance(weights, Distance):
        # Where neurons meet themselves the rule need not be finite: those weights may be left out.
        i, j = np.indices(shape, sparse=True)
        return csr_array(_of_distance(weights, i, j, rows, kind, path, finite=False))
    if issparse(weights):
        return csr_array(weights, copy=True)
    if isinstance(weights, np.ndarray):
        return csr_array(weights.reshape(shape))
    return csr_array(np.full(shape, float(weights)))


def _without_self(block: csr_array, rows: End, columns: End) -> csr_array:
    """Drop synapses of neurons with themselves."""
    if np.intersect1d(rows.neurons, columns.neurons).size == 0:
        return block
    found = block.tocoo()
    keep = rows.neurons[found.row] != columns.neurons[found.col]
    return coo_array((found.data[keep], (found.row[keep], found.col[keep])), block.shape).tocsr()


def _symmetric_pairs(
    connection: ConnectionSpec, n: int, sampled: bool, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    with_self = connection.self_connections
    if sampled:
        return choose_symmetric_pairs(n, connection.density, connection.probability, with_self, rng)
    i, j = np.triu_indices(n, 0 if with_self else 1)
    return i, j


def _pairs(
    connection: ConnectionSpec, rows: End, columns: End, sampled: bool, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    if sampled:
        i, j = choose_pairs(rows.n, columns.n, connection.density, connection.probability, rng)
    else:
        i, j = (index.reshape(-1) for index in np.indices((rows.n, columns.n)))
    if not connection.self_connections:
        keep = rows.neurons[i] != columns.neurons[j]
        if not keep.all():
            i, j = i[keep], j[keep]
    return i, j


def _at_pairs(
    weights: Any,
    i: Ints,
    j: Ints,
    rows: End,
    columns: End,
    kind: str,
    rng: np.random.Generator,
    path: str,
) -> Floats:
    """Weights of chosen synapses."""
    if is_random(weights):
        values = draw(weights, i.size, rng)
        if not np.all(np.isfinite(values)):
            raise CompileError(f"{path}: a draw is not finite")
        return values
    if isinstance(weights, Distance):
        return _of_distance(weights, i, j, rows, kind, path)
    if not _is_matrix(weights):
        return np.full(i.size, float(weights))
    if not issparse(weights):
        weights = weights.reshape(rows.n, columns.n)
    if kind == "within":
        weights = 0.5 * (weights + weights.T)
    return np.asarray(weights[i, j], dtype=np.float64).reshape(-1)


def _of_distance(
    rule: Distance,
    i: Ints,
    j: Ints,
    rows: End,
    kind: str,
    path: str,
    finite: bool = True,
) -> Floats:
    """Weights as an expression in the distance d of receiving neuron i and sending neuron j."""
    closed = rule.space in ("ring", "torus")
    squared: Any = 0.0
    signed: Any = 0.0
    axes_i = np.unravel_index(i, rows.shape)
    axes_j = np.unravel_index(j, rows.shape)
    for n, a, b in zip(rows.shape, axes_i, axes_j, strict=True):
        steps = a.astype(np.int64) - b
        if closed:
            steps = (steps + n // 2) % n - n // 2
        spacing = 1.0 if rule.length is None else rule.length / n
        signed = steps * spacing
        squared = squared + signed**2
    # Only a one-way connection can tell ahead from behind.
    one_way = kind == "from" and len(rows.shape) == 1
    distance = signed if one_way else np.sqrt(squared)
    try:
        values = evaluate(rule.of_distance, {"d": distance}, finite)
    except ExpressionError as error:
        raise CompileError(f"{path}: {error}") from None
    shape = np.broadcast_shapes(np.shape(i), np.shape(j))
    return np.array(np.broadcast_to(values, shape), dtype=np.float64)
