"""Weights that no rule makes: a number, a matrix, or draws from a distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse

from hamsim.arrays import Floats
from hamsim.spec.forms import block_form
from hamsim.spec.values import FileValue, is_random
from hamsim.wiring.drawn import Drawn
from hamsim.wiring.joining import cut, of_dense
from hamsim.wiring.making import Making, OfPairs, Pairs, count_of_pairs
from hamsim.wiring.values import read_file

__all__ = ["Matrix", "count", "make"]


def make(making: Making) -> OfPairs:
    """What a value says of each pair of neurons."""
    weights: Any = making.connection.weights
    if is_random(weights):
        return Drawn(weights, making)
    if isinstance(weights, FileValue):
        weights = read_file(weights, making.files, making.path, block_form(*making.ends))
    elif isinstance(weights, tuple):
        weights = np.asarray(weights, dtype=np.float64)
    return Matrix(weights, making) if np.ndim(weights) else Number(float(weights))


def count(making: Making) -> float:
    """None of a file, which has been read and found to have room; else one for every pair."""
    connection = making.connection
    in_memory = isinstance(connection.weights, FileValue) and connection.kind != "gate"
    return 0.0 if in_memory else count_of_pairs(making)


class Number(OfPairs):
    """The same weight for all pairs."""

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def part(self, rows: range, columns: range) -> csr_array:
        """The number everywhere."""
        return of_dense(np.full((len(rows), len(columns)), self.weight))

    def at(self, pairs: Pairs) -> Floats:
        """The number for each pair."""
        return np.full(pairs.size, self.weight)


class Matrix(OfPairs):
    """Weights that are stated for all pairs.

    Parameters
    ----------
    matrix : ndarray or csr_array
        Its axes may be those of the ends' shapes.
    making : Making
        Of a connection within a group it is made exactly symmetric, which it is but for rounding.
    """

    def __init__(self, matrix: Any, making: Making) -> None:
        if not issparse(matrix):
            matrix = matrix.reshape(tuple(end.n for end in making.ends))
        if making.connection.kind == "within":
            matrix = 0.5 * (matrix + matrix.T)
        self.matrix = matrix

    def part(self, rows: range, columns: range) -> csr_array:
        """A part of the matrix."""
        if issparse(self.matrix):
            whole = csr_array(self.matrix)
            part = cut(whole, rows, columns)
            return part.copy() if part is whole else part
        return of_dense(self.matrix[rows.start : rows.stop, columns.start : columns.stop])

    def at(self, pairs: Pairs) -> Floats:
        """Entries of the matrix."""
        values = self.matrix[pairs.i, pairs.j]
        return np.asarray(values.toarray() if issparse(values) else values, dtype=float).ravel()
