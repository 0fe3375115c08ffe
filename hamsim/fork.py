"""Locks in a process that forks while its threads work.

A thread does not come along into the child of a fork, but a lock that it holds does, with whatever
it had half done: the child would wait for ever. So the process forks when no thread holds one of
the locks that are named here.
"""

from __future__ import annotations

# concurrent.futures and logging have locks of their own that are held during a fork. Handlers run
# in the opposite order of their registration: a fork that waits for an import must not hold what
# that import needs.
import _imp
import concurrent.futures.thread  # noqa: F401
import contextlib
import importlib
import logging  # noqa: F401
import os
import threading
import time
from types import ModuleType
from typing import Protocol

__all__ = ["free_at_fork", "import_alone"]


class _Lock(Protocol):
    def acquire(self) -> object: ...

    def release(self) -> object: ...


# Seconds that a fork waits for imports of other threads.
PATIENCE = 30.0
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
    end = time.monotonic() + PATIENCE
    while True:
        while len(_taken) < len(_locks):  # while one is waited for, others may be named
            lock = _locks[len(_taken)]
            lock.acquire()
            _taken.append(lock)
        _imp.acquire_lock()  # no import begins from here on
        if not _importing() or time.monotonic() > end:
            return
        _after()  # what is imported may need these locks
        time.sleep(0.001)


def _importing() -> bool:
    """Whether another thread is in the middle of an import, as far as the interpreter tells."""
    held = getattr(importlib._bootstrap, "_module_locks", {})
    owners = [getattr(found(), "owner", None) for found in list(held.values())]
    return any(owner not in (None, threading.get_ident()) for owner in owners)


def _after() -> None:
    with contextlib.suppress(RuntimeError):  # the child of some interpreters does not have it
        _imp.release_lock()
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
