"""Workspaces that are used again: each by one thread at a time, without a lock.

What a thread works on it takes out of the pool. So two threads never have the same workspace, and
none waits for another; a process that forks while a thread works leaves that workspace to the
thread, and the child finds only those that nobody was using.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Pool"]

Workspace = TypeVar("Workspace")

# Workspaces that are kept: as many threads may work at a time without making new ones.
MOST = 8


class Pool(Generic[Workspace]):
    """Workspaces of one kind.

    Parameters
    ----------
    make : callable
        Makes a workspace.
    keep : bool
        False lets them go after use, where they would take too much memory.
    """

    def __init__(self, make: Callable[[], Workspace], keep: bool = True) -> None:
        self._make = make
        self._most = MOST if keep else 0
        self._free: list[Workspace] = []  # a list's pop and append are atomic

    def take(self) -> Workspace:
        """A workspace that nobody else has."""
        try:
            return self._free.pop()
        except IndexError:
            return self._make()

    def give_back(self, workspace: Workspace) -> None:
        """Let others have it."""
        if len(self._free) < self._most:
            self._free.append(workspace)
