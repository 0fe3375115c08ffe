"""Patterns as memories of networks: stored, recalled one by one, counted.

Names are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hamsim.fork import import_alone

__all__ = ["forget", "store"]

if TYPE_CHECKING:
    from hamsim.memory.storing import forget, store


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'hamsim.memory' has no attribute '{name}'")
    return getattr(import_alone("hamsim.memory.storing"), name)
