"""Upper bounds by factorisations of the components that a matrix falls apart into."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from hamsim.arrays import Floats, Ints
from hamsim.deadline import left
from hamsim.spectrum.cholesky import Proof, by_cholesky
from hamsim.spectrum.lanczos import top_vector
from hamsim.spectrum.matrix import Symmetric
from hamsim.spectrum.sparse_factors import by_sparse_factors, little_fill

__all__ = ["DENSE", "factorised"]

# Largest matrices that are factorised as dense ones.
DENSE = 3000
# Small components are factorised together, in blocks of about this size.
PACK = 256
# An effort of 1 takes some seconds.
EFFORT_PER_SECOND = 0.2
# Operations of dense factorisations for an effort of 1, some seconds.
DENSE_WORK = 1e11


def factorised(matrix: Symmetric, rows: Floats, target: float, effort: float) -> Proof:
    """Try to prove that the largest eigenvalue is below `target`.

    The matrix falls apart into its connected components. Those whose rows all have bounds below
    `target` already need nothing.
    """
    order, sizes, rest = _components(matrix, rows, target)
    if order.size == 0:
        return Proof(rest, "Collatz-Wielandt")
    effort = min(effort, EFFORT_PER_SECOND * max(left(), 0.0))
    X, blocks = matrix.X, list(_blocks(sizes))
    work = sum(float(stop - start) ** 3 / 3.0 for start, stop, dense in blocks if dense)
    if work > effort * DENSE_WORK or (sizes[-1] > DENSE and not little_fill(X, effort)):
        return Proof(math.inf, "")
    if order.size < matrix.n or len(sizes) > 1:
        X = csr_array(X[order][:, order])
    bound, method = rest, "Cholesky"
    for start, stop, dense in blocks:
        block = csr_array(X[start:stop, start:stop]) if len(blocks) > 1 else X
        if dense:
            proof = by_cholesky(block, target)
            if proof.bound == math.inf:
                proof = Proof(math.inf, "", top_vector(block)[1])
        else:
            proof = by_sparse_factors(block, target)
            method = "sparse factorisation"
        if proof.bound == math.inf:
            vector = None
            if proof.vector is not None:
                vector = np.zeros(matrix.n)
                vector[order[start:stop]] = proof.vector
            return Proof(math.inf, "", vector)
        bound = max(bound, proof.bound)
    return Proof(bound, method)


def _components(matrix: Symmetric, rows: Floats, target: float) -> tuple[Ints, Ints, float]:
    """Neurons of components that are left, smallest first; their sizes; bound of the others."""
    n = matrix.n
    if n <= PACK:
        return np.arange(n), np.array([n]), -math.inf
    count, labels = _parts(matrix.X)
    worst = np.full(count, -np.inf)
    np.maximum.at(worst, labels, rows)
    sizes = np.bincount(labels, minlength=count)
    left = worst >= target
    rest = float(np.max(worst[~left], initial=-math.inf))
    kept = np.flatnonzero(left[labels])
    order = kept[np.lexsort((labels[kept], sizes[labels[kept]]))]
    return order, np.sort(sizes[left]), rest


def _parts(X: csr_array) -> tuple[int, Ints]:
    """Number of components, and that of each row, in the order of their first rows."""
    # Places of entries are symmetric, so strong components are the components; for weak ones the
    # matrix would be copied.
    count, labels = connected_components(X, directed=True, connection="strong")
    first = np.empty(count, dtype=np.int64)
    first[labels[::-1]] = np.arange(labels.size - 1, -1, -1)
    number = np.empty(count, dtype=np.int64)
    number[np.argsort(first)] = np.arange(count)
    return count, number[labels]


def _blocks(sizes: Ints) -> Iterator[tuple[int, int, bool]]:
    """Neighbouring components put together: start, stop, and whether to be treated as dense."""
    start = stop = 0
    for size in sizes.tolist():
        if stop > start and stop + size - start > PACK:
            yield start, stop, True
            start = stop
        stop += size
        if size > DENSE:
            yield start, stop, False
            start = stop
    if stop > start:
        yield start, stop, True
