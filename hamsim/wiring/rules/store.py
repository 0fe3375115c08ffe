"""Patterns that a rule of Hopfield networks stores."""

from __future__ import annotations

from collections.abc import Iterator

from hamsim.spec.coding import decoded
from hamsim.wiring.hopfield import RULES
from hamsim.wiring.making import Making, Weights
from hamsim.wiring.matrices import Matrix
from hamsim.wiring.need import Need
from hamsim.wiring.patterns import needs_of_patterns, patterns_of

__all__ = ["make", "needs"]


def make(making: Making) -> Weights:
    """Weights of all pairs, made at once: what a rule makes of a pattern depends on all neurons."""
    connection = making.connection
    store = connection.weights.store
    patterns = decoded(patterns_of(making).values, store.coding)
    weights = Matrix(RULES[store.rule](patterns, connection.self_connections), making)
    weights.from_middle = store.coding == "binary"
    return weights


def needs(making: Making) -> Iterator[Need]:
    """The weights as a matrix, and another beside it while the rule works; and drawn patterns."""
    n, path = making.ends[0].n, making.path
    what = f"{path}: patterns of {n:,} neurons are stored in {n**2:.2g} weights, which"
    yield Need(0.0, 16.0 * n * n, what)
    yield from needs_of_patterns(making.connection.weights.store.patterns, making)
