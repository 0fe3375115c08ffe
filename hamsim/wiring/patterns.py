"""Patterns of a connection as an array, whether they are listed, in a file or drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.errors import CompileError
from hamsim.spec.ends import End
from hamsim.spec.patterns import DrawnPatterns
from hamsim.spec.stated import stated_patterns_of
from hamsim.wiring.distributions import draw
from hamsim.wiring.making import Making
from hamsim.wiring.need import Need

__all__ = ["Stated", "needs_of_patterns", "patterns_of"]


class Stated(NamedTuple):
    """Patterns as a connection states them.

    Parameters
    ----------
    values : ndarray, shape (patterns, neurons)
    visible : End
        Whose neurons these are.
    """

    values: Floats
    visible: End


def patterns_of(making: Making) -> Stated:
    """Patterns of a connection that stores them, or that has them for memories.

    Parameters
    ----------
    making : Making
        Its weights are `Store` or `Memories`.

    Notes
    -----
    What is drawn comes from a stream of its own, pattern by pattern: synapses that are left out,
    and further patterns, change nothing of it.
    """
    found = stated_patterns_of(making.connection, making.ends, making.files)
    assert found is not None  # it has been checked
    stated, visible = found
    if not isinstance(stated, DrawnPatterns):
        return Stated(stated, visible)
    numbers = making.numbers.at("patterns")
    values = draw(stated.distribution, numbers, stated.count * visible.n)
    if not np.all(np.isfinite(values)):
        raise CompileError(f"{making.path}: a draw is not finite")
    return Stated(values.reshape(stated.count, visible.n), visible)


def needs_of_patterns(patterns: Any, making: Making) -> Iterator[Need]:
    """Memory for patterns that are drawn; all others have been read, and found to have room."""
    if isinstance(patterns, DrawnPatterns):
        found = stated_patterns_of(making.connection, making.ends, making.files)
        assert found is not None  # it has been checked
        stated, visible = found
        what = f"{making.path}: {stated.count:,} patterns of {visible.n:,} neurons"
        yield Need(0.0, 8.0 * stated.count * visible.n, what)
