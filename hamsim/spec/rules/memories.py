"""Patterns, each of which is what one memory neuron is connected by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hamsim.counted import counted
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End, in_reading_order
from hamsim.spec.forms import memories_form
from hamsim.spec.interaction import DenseSpec
from hamsim.spec.misfit import WEIGHTS, Misfit
from hamsim.spec.numbers import Part
from hamsim.spec.patterns import DrawnPatterns, Patterns, as_patterns
from hamsim.spec.rule import Example, Rule

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["RULE", "Memories"]


class Memories(Part):
    """Patterns, one a row: each is what one memory neuron is connected by.

    With `dense` the memory neurons have F for their Lagrangian, and follow at once.

    Parameters
    ----------
    memories : patterns
        A row a memory neuron: listed, in a file, or drawn.
    dense : DenseSpec, optional
        F of a dense associative memory.
    """

    memories: Patterns
    dense: DenseSpec | None = None


def _fit(rule: Memories, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles) -> None:
    if connection.kind == "within":
        raise Misfit(WEIGHTS, "memories is for between: [visible, memory]; within: takes store")
    if common := [name for name in ends[0].names if name in ends[1].names]:
        raise Misfit(WEIGHTS, f"memories is for two groups, but [{', '.join(common)}] is at both")
    if rule.dense is not None and connection.kind != "between":
        raise Misfit((*WEIGHTS, "dense"), "is for between: [visible, memory], used both ways")
    pair = in_reading_order(connection, ends)
    if isinstance(rule.memories, DrawnPatterns):
        if rule.memories.is_of_second(*pair) is None:
            sizes = f"{pair[0].n} and {pair[1].n}"
            message = f"must be the number of memory neurons: the groups have {sizes}"
            raise Misfit((*WEIGHTS, "memories", "count"), message)
        return
    patterns = as_patterns(rule.memories, files, memories_form(*pair), "memories")
    _second_has_memories(patterns, *pair)


def _second_has_memories(patterns: Any, first: End, second: End) -> bool:
    """Whether the second end has a neuron for each pattern, or the first."""
    for visible, memory, is_second in ((first, second, True), (second, first, False)):
        fits = patterns.shape[1:] in ((visible.n,), visible.shape)
        if patterns.shape[0] == memory.n and fits:
            return is_second
    raise Misfit(
        (*WEIGHTS, "memories"),
        f"shape {list(patterns.shape)} does not fit: {counted(patterns.shape[0], 'pattern')} of "
        f"{counted(math.prod(patterns.shape[1:]), 'neuron')}; the groups have {first.n} and "
        f"{second.n}",
    )


def _patterns(
    rule: Memories, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles
) -> tuple[Any, End] | None:
    pair, stated = in_reading_order(connection, ends), rule.memories
    if isinstance(stated, DrawnPatterns):
        of_second = stated.is_of_second(*pair)
        return None if of_second is None else (stated, pair[not of_second])
    patterns = as_patterns(stated, files, memories_form(*pair))
    return patterns.reshape(len(patterns), -1), pair[not _second_has_memories(patterns, *pair)]


RULE = Rule(
    Memories,
    _fit,
    Example(
        {"seen": [3], "memory": [2]},
        {"from": "seen", "to": "memory", "weights": {"memories": [[1, 2, 3], [4, 5, 6]]}},
        [[0] * 5, [0] * 5, [0] * 5, [1, 2, 3, 0, 0], [4, 5, 6, 0, 0]],
    ),
    patterns=_patterns,
    tags={"<drawn>": DrawnPatterns},
    place=5,
)
