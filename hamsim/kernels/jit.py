"""The one place where numba is configured: flags, and the cache of compiled code.

Flags. `fastmath` stays off: with it ``isnan(nan)`` is False and a diverging run would not be
seen. `error_model="numpy"` lets a division by zero give inf instead of an exception. Everything
runs without the interpreter's lock, so that threads of Python can share the work
(`kernels.team`); numba's own threads are not used.

Cache. Compiled code is kept between runs in a folder named by a hash of all sources that are
compiled together, because numba does not notice an edit in another file. It lies in
``NUMBA_CACHE_DIR`` if that is set, else in the user's cache folder, else (nothing there can be
written) in a folder for this process alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numba

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

__all__ = [
    "CACHE_FOLDER",
    "CACHE_IS_KEPT",
    "first_call",
    "inlined",
    "internal",
    "jit",
    "kept_in_cache",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])

_config: Any = numba.config  # numba makes its attributes at run time

_PACKAGE = Path(__file__).resolve().parent.parent
_COMPILED_ROOMS = ("kernels", "lagrangians")


def _sources_hash() -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for room in _COMPILED_ROOMS:
        for file in sorted((_PACKAGE / room).glob("*.py")):
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _cache_folder() -> tuple[str, bool]:
    """Pick a folder that can be written; also say whether it outlives the process."""
    asked = os.environ.get("NUMBA_CACHE_DIR")
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    candidates = [asked] if asked else [os.path.join(base, "hamsim")]
    for candidate in candidates:
        folder = Path(candidate) / f"kernels-{_sources_hash()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return str(folder), True
        except OSError:
            continue
    return tempfile.mkdtemp(prefix="hamsim-kernels-"), False


CACHE_FOLDER, CACHE_IS_KEPT = _cache_folder()


# Kernels that this process has called, so that they are compiled or loaded.
_ready: set[str] = set()
# Whether this thread has the lock already: it must not wait for itself.
_holding = threading.local()


@contextlib.contextmanager
def first_call(kernel: str) -> Iterator[None]:
    """Let one process at a time make the first call of a kernel, which may compile it.

    Two processes that fill the cache at once can spoil it for both; this way the second one waits
    and finds the code of the first.
    """
    if kernel in _ready or fcntl is None or getattr(_holding, "lock", False):
        yield
        return
    with open(os.path.join(CACHE_FOLDER, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _holding.lock = True
        try:
            yield
        finally:
            _holding.lock = False
    _ready.add(kernel)


@contextlib.contextmanager
def kept_in_cache() -> Iterator[None]:
    """Let what is decorated inside be kept in hamsim's own folder of compiled code.

    numba reads the folder while it decorates; afterwards the user's own setting is put back, so
    that importing hamsim changes nothing for other compiled code in the process.
    """
    before = _config.CACHE_DIR
    _config.CACHE_DIR = CACHE_FOLDER
    try:
        yield
    finally:
        _config.CACHE_DIR = before


def _decorate(function: _Function, **flags: Any) -> _Function:
    with kept_in_cache():
        compiled: _Function = numba.njit(cache=True, error_model="numpy", **flags)(function)
    return compiled


def jit(function: _Function) -> _Function:
    """Compile a serial kernel; it runs without the interpreter's lock."""
    return _decorate(function, nogil=True, no_cfunc_wrapper=True)


def inlined(function: _Function) -> _Function:
    """Compile a small formula so that it becomes part of the loops that call it."""
    return _decorate(function, nogil=True, forceinline=True)


def internal(function: _Function) -> _Function:
    """Compile a part of a kernel, which only compiled code may call: Python would crash.

    To compile an entry from Python can take longer than to compile what is entered.
    """
    no_entry = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return _decorate(function, nogil=True, forceinline=True, **no_entry)
