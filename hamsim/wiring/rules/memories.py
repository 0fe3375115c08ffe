"""Patterns as the weights of memory neurons."""

from __future__ import annotations

from collections.abc import Iterator

from hamsim.wiring.making import Making, Weights
from hamsim.wiring.matrices import Matrix
from hamsim.wiring.need import Need
from hamsim.wiring.patterns import needs_of_patterns, patterns_of

__all__ = ["make", "needs"]


def make(making: Making) -> Weights:
    """One pattern a row, or a column where the memories send."""
    patterns, visible = patterns_of(making)
    return Matrix(patterns.T if visible is making.ends[0] else patterns, making)


def needs(making: Making) -> Iterator[Need]:
    """Patterns that are drawn."""
    yield from needs_of_patterns(making.connection.weights.memories, making)
