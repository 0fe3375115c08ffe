"""Patterns as the weights of memory neurons."""

from __future__ import annotations

from collections.abc import Iterator

from hamsim.spec.patterns import DrawnPatterns
from hamsim.wiring.making import Making, Weights
from hamsim.wiring.need import Need, patterns_need
from hamsim.wiring.patterns import patterns_of
from hamsim.wiring.plain import Matrix

__all__ = ["make", "needs"]


def make(making: Making) -> Weights:
    """One pattern a row, or a column where the memories send."""
    patterns, visible = patterns_of(making)
    return Matrix(patterns.T if visible is making.ends[0] else patterns, making)


def needs(making: Making) -> Iterator[Need]:
    """Patterns that are drawn; of the larger end, unless that has as many neurons as there are."""
    patterns = making.connection.weights.memories
    sizes = sorted(end.n for end in making.ends[:2])
    few = isinstance(patterns, DrawnPatterns) and patterns.count == sizes[1]
    yield from patterns_need(patterns, sizes[0] if few else sizes[1], making.path)
