"""Pairs of patterns, each of which recalls its partner."""

from __future__ import annotations

from collections.abc import Iterator

from hamsim.spec.coding import decoded
from hamsim.wiring.hetero import RULES, correlation
from hamsim.wiring.making import Making, Weights
from hamsim.wiring.matrices import Matrix
from hamsim.wiring.need import Need
from hamsim.wiring.patterns import needs_of_patterns, patterns_of

__all__ = ["make", "needs"]


def make(making: Making) -> Weights:
    """Weights of all pairs of neurons, made at once."""
    connection, (rows, columns) = making.connection, making.ends
    associate = connection.weights.associate
    stated = patterns_of(making)
    patterns = decoded(stated.values, associate.coding)
    received, sent = (patterns[:, end.places_in(stated.visible)] for end in (rows, columns))
    if connection.kind == "between":
        matrix = correlation(received, sent, both_ways=True)
    else:
        matrix = RULES[associate.rule](received, sent)
    weights = Matrix(matrix, making)
    weights.counted_from = 0.0 if associate.coding == "binary" else None
    return weights


def needs(making: Making) -> Iterator[Need]:
    """The weights as a matrix, and drawn patterns."""
    rows, columns = making.ends
    what = (
        f"{making.path}: pairs of patterns of {rows.n:,} and {columns.n:,} neurons are stored in "
        f"{rows.n * columns.n:.2g} weights, which"
    )
    yield Need(0.0, 8.0 * rows.n * columns.n, what)
    associate = making.connection.weights.associate
    yield from needs_of_patterns(associate.patterns, making)
