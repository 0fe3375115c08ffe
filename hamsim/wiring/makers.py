"""Makers of weights by the names of rules."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hamsim.spec.weights import rule_name
from hamsim.wiring import matrices, rules

__all__ = ["maker_of"]


def maker_of(weights: Any) -> Any:
    """The module that makes weights: that of the rule which they follow, or of plain values."""
    name = rule_name(weights)
    return import_module(f"{rules.__name__}.{name}") if name else matrices
