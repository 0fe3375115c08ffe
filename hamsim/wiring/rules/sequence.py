"""Patterns of one group, each of which recalls the next."""

from __future__ import annotations

from collections.abc import Iterator

from hamsim.spec.coding import decoded
from hamsim.wiring.hetero import RULES, following
from hamsim.wiring.making import Making, Weights
from hamsim.wiring.matrices import Matrix
from hamsim.wiring.need import Need
from hamsim.wiring.patterns import needs_of_patterns, patterns_of

__all__ = ["make", "needs"]


def make(making: Making) -> Weights:
    """Weights of all pairs of neurons, made at once."""
    sequence = making.connection.weights.sequence
    patterns = decoded(patterns_of(making).values, sequence.coding)
    weights = Matrix(RULES[sequence.rule](*following(patterns, sequence.cyclic)), making)
    weights.counted_from = 0.0 if sequence.coding == "binary" else None
    return weights


def needs(making: Making) -> Iterator[Need]:
    """The weights as a matrix, and drawn patterns."""
    n = making.ends[0].n
    what = f"{making.path}: a sequence of {n:,} neurons is stored in {n**2:.2g} weights, which"
    yield Need(0.0, 8.0 * n * n, what)
    yield from needs_of_patterns(making.connection.weights.sequence.patterns, making)
