"""Locks in a process that forks while its threads work.

A thread does not come along into the child of a fork, but a lock that it holds does, with whatever
it had half done: the child would wait for ever. So the process forks when no thread holds one of
the locks that are named here.
"""

from __future__ import annotations

# These two have locks of their own that are held during a fork. Handlers run in the opposite order
# of their registration: a fork that waits for an import must not hold what that import needs.
import concurrent.futures.thread  # noqa: F401
import importlib
import logging  # noqa: F401
import os
import threading
from types import ModuleType
from typing import Protocol

__all__ = ["free_at_fork", "import_alone"]


class _Lock(Protocol):
    def acquire(self) -> object: ...

    def release(self) -> object: ...


# In the order in which they are taken. Those of `_taken` are held during a fork.
_locks: list[_Lock] = []
_taken: list[_Lock] = []


def free_at_fork(*locks: _Lock) -> None:
    """Let the process fork only while no other thread holds these locks.

    Parameters
    ----------
    locks : Lock or RLock
        Where one is taken while another is held, it stands behind that one.
    """
    _locks.extend(locks)


def _before() -> None:
    taken: list[_Lock] = []
    while len(taken) < len(_locks):  # while one is waited for, others may be named
        lock = _locks[len(taken)]
        lock.acquire()
        taken.append(lock)
    _taken[:] = taken


def _after() -> None:
    while _taken:
        _taken.pop().release()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_after)

_LOADING = threading.RLock()
free_at_fork(_LOADING)
_loaded: dict[str, ModuleType] = {}


def import_alone(name: str) -> ModuleType:
    """Import a module; a fork in another thread waits until that is done.

    Else the child would find it, and all that it imports, half imported for ever.
    """
    if name not in _loaded:
        with _LOADING:
            _loaded[name] = importlib.import_module(name)
    return _loaded[name]
