"""A sparse matrix, by its entries."""

from __future__ import annotations

from hamsim.spec.rules.sparse import sparse_matrix
from hamsim.wiring.making import Making, Weights
from hamsim.wiring.matrices import Matrix

__all__ = ["count", "make"]


def make(making: Making) -> Weights:
    """What is not listed is 0."""
    return Matrix(sparse_matrix(making.connection.weights), making)


def count(making: Making) -> float:
    """None beside those that have been read, and found to have room."""
    return 0.0
