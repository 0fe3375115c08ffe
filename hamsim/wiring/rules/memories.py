"""Patterns as the weights of memory neurons."""

from __future__ import annotations

from hamsim.wiring.making import Making, Weights
from hamsim.wiring.patterns import patterns_of
from hamsim.wiring.plain import Matrix

__all__ = ["make"]


def make(making: Making) -> Weights:
    """One pattern a row, or a column where the memories send."""
    patterns, visible = patterns_of(making)
    return Matrix(patterns.T if visible is making.ends[0] else patterns, making)
