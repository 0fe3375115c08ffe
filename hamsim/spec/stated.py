"""Patterns that a connection states, for whoever else in a description asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End
from hamsim.spec.fit import as_patterns, in_reading_order, second_has_memories
from hamsim.spec.forms import memories_form, patterns_form
from hamsim.spec.misfit import Misfit
from hamsim.spec.patterns import DrawnPatterns
from hamsim.spec.rules import Memories, Store
from hamsim.spec.schema import ConnectionSpec

__all__ = ["stated_patterns_of"]


def stated_patterns_of(
    connection: ConnectionSpec, ends: Sequence[End], files: DataFiles
) -> tuple[Any, End] | None:
    """Patterns of a connection and the end whose neurons they are.

    Returns
    -------
    patterns : ndarray, shape (patterns, neurons), or DrawnPatterns
    end : End
        Or None for both, where they do not fit, and where the connection has no patterns.
    """
    try:
        return _found(connection, ends, files)
    except Misfit:
        return None


def _found(
    connection: ConnectionSpec, ends: Sequence[End], files: DataFiles
) -> tuple[Any, End] | None:
    weights = connection.weights
    if isinstance(weights, Store):
        visible = ends[0]
        stated: Any = weights.store.patterns
        if isinstance(stated, DrawnPatterns):
            return stated, visible
        stated = as_patterns(stated, files, patterns_form(visible))
        fits = stated.shape[1:] in ((visible.n,), visible.shape)
        return (stated.reshape(len(stated), -1), visible) if fits else None
    if not isinstance(weights, Memories):
        return None
    pair = in_reading_order(connection, ends)
    stated = weights.memories
    if isinstance(stated, DrawnPatterns):
        of_second = stated.is_of_second(*pair)
        return None if of_second is None else (stated, pair[not of_second])
    stated = as_patterns(stated, files, memories_form(*pair))
    return stated.reshape(len(stated), -1), pair[not second_has_memories(stated, *pair)]
