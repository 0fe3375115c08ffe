"""Patterns that a rule of Hopfield networks stores."""

from __future__ import annotations

from hamsim.errors import CompileError
from hamsim.memory import exceeds_memory, in_words
from hamsim.spec.coding import decoded
from hamsim.wiring.hopfield import RULES
from hamsim.wiring.making import Making, Weights
from hamsim.wiring.patterns import patterns_of
from hamsim.wiring.plain import Matrix

__all__ = ["make"]


def make(making: Making) -> Weights:
    """Weights of all pairs, made at once: what a rule makes of a pattern depends on all neurons."""
    connection = making.connection
    store = connection.weights.store
    _refuse_huge(making.ends[0].n, making.path)
    patterns = decoded(patterns_of(making).values, store.coding)
    weights = Matrix(RULES[store.rule](patterns, connection.self_connections), making)
    weights.from_middle = store.coding == "binary"
    return weights


def _refuse_huge(n: int, path: str) -> None:
    """Rules of storage make a weight for each pair, and hold another matrix beside it."""
    wanted = 2.0 * 8.0 * n * n
    if exceeds_memory(wanted):
        raise CompileError(
            f"{path}: patterns of {n:,} neurons are stored in {n**2:.2g} weights, which need "
            f"{in_words(wanted)} of memory"
        )
