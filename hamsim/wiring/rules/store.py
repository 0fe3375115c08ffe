"""Patterns that a rule of Hopfield networks stores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hamsim.arrays import Floats
from hamsim.spec.coding import decoded
from hamsim.spec.forms import patterns_form
from hamsim.spec.patterns import as_patterns
from hamsim.wiring.hopfield import FACTORS, RULES, THRESHOLDS, hebbian, mean
from hamsim.wiring.making import Making, Weights
from hamsim.wiring.matrices import Matrix
from hamsim.wiring.need import Need
from hamsim.wiring.patterns import needs_of_patterns, patterns_of

__all__ = ["make", "needs"]


def make(making: Making) -> Weights:
    """Weights of all pairs, made at once: what a rule makes of a pattern depends on all neurons."""
    store, stated = making.connection.weights.store, patterns_of(making)
    patterns = decoded(stated.values, store.coding)
    if making.connection.kind == "between":
        factors = FACTORS[store.rule](patterns)
        weights = Matrix(factors.T if stated.visible is making.ends[0] else factors, making)
    else:
        weights = Matrix(_among(store, patterns, making), making)
    weights.counted_from = 0.0 if store.coding == "binary" else None
    if store.rule in THRESHOLDS and store.coding != "real":
        weights.threshold = THRESHOLDS[store.rule](patterns)
        weights.counted_from = mean(patterns)
    return weights


def _among(store: Any, patterns: Floats, making: Making) -> Floats:
    """Weights among the neurons of a group."""
    selves, visible = making.connection.self_connections, making.ends[0]
    weights = RULES[store.rule](patterns, selves)
    for unlearned in store.unlearned:
        states = as_patterns(unlearned.patterns, making.files, patterns_form(visible))
        states = decoded(states.reshape(len(states), visible.n), store.coding)
        weights -= unlearned.strength * hebbian(states, selves)
    return weights


def needs(making: Making) -> Iterator[Need]:
    """The weights as a matrix, and another beside it while the rule works; and drawn patterns."""
    (rows, columns), path = making.ends, making.path
    store = making.connection.weights.store
    if making.connection.kind == "between":
        what = f"{path}: factors of {rows.n:,} x {columns.n:,} weights, which"
        yield Need(0.0, 24.0 * rows.n * columns.n, what)
    else:
        n = rows.n
        what = f"{path}: patterns of {n:,} neurons are stored in {n**2:.2g} weights, which"
        yield Need(
            0.0, 16.0 * n * n, what, "; as factors, between: [GROUP, MEMORIES], they need less"
        )
    yield from needs_of_patterns(store.patterns, making)
