"""Patterns that a connection states, for whoever else in a description asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hamsim.spec.connections import ConnectionSpec
from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End
from hamsim.spec.misfit import Misfit
from hamsim.spec.weights import rule_of

__all__ = ["has_patterns", "stated_patterns_of"]


def has_patterns(connection: ConnectionSpec) -> bool:
    """Whether the weights of a connection are made of patterns."""
    rule = rule_of(connection.weights)
    return rule is not None and rule.patterns is not None


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
    rule = rule_of(connection.weights)
    if rule is None or rule.patterns is None:
        return None
    try:
        return rule.patterns(connection.weights, connection, ends, files)
    except Misfit:
        return None
