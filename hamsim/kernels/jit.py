"""The one place where numba is configured: flags, and who may compile.

`fastmath` stays off: with it ``isnan(nan)`` is False and a diverging run would not be seen.
`error_model="numpy"` lets a division by zero give inf instead of an exception. Everything runs
without the interpreter's lock, so that threads of Python can share the work (`kernels.team`);
numba's own threads are not used. What is compiled is kept (`kernels.kept`).
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numba
from numba.core.ccallback import CFunc
from numba.core.compiler_lock import global_compiler_lock

from hamsim.fork import free_at_fork
from hamsim.kernels.kept import STORE, KeptCode

__all__ = [
    "COMPILING",
    "apart",
    "callback",
    "first_call",
    "inlined",
    "internal",
    "jit",
    "was_called",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])

_ERRORS = {"error_model": "numpy"}

# Held by the thread that makes the first call of a kernel.
COMPILING = threading.RLock()
free_at_fork(COMPILING, global_compiler_lock)
# Kernels that this process has called, so that they are compiled or loaded.
_ready: set[str] = set()
_PASS = contextlib.nullcontext()  # has no state: any number of threads may be in it
# Whether the thread that compiles has the lock of the folder already.
_is_alone = False


def was_called(kernel: str) -> bool:
    """Whether a kernel has been called in this process, so that no call waits for its code."""
    return kernel in _ready


def first_call(kernel: str) -> contextlib.AbstractContextManager[None]:
    """Let one thread of one process at a time make the first call of a kernel.

    It may compile it; those who wait find the code then. Later calls pass at no cost.
    """
    return _PASS if kernel in _ready else _alone(kernel)


@contextlib.contextmanager
def _alone(kernel: str) -> Iterator[None]:
    global _is_alone
    with COMPILING:
        if _is_alone:
            yield
        else:
            with STORE.alone():
                _is_alone = True
                try:
                    yield
                finally:
                    _is_alone = False
    _ready.add(kernel)


def _decorate(function: _Function, **flags: Any) -> _Function:
    flags.update(_ERRORS)
    compiled: Any = numba.njit(**flags)(function)
    compiled._cache = KeptCode(function, repr(sorted(flags.items())))
    return compiled  # type: ignore[no-any-return]


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


def apart(function: _Function) -> _Function:
    """Compile a part of a kernel by itself, which only compiled code may call.

    Where it is called from several places it is compiled once; a call takes some nanoseconds.
    """
    no_entry = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return _decorate(function, nogil=True, **no_entry)


def callback(signature: Any, function: Callable[..., None]) -> Any:
    """Compile a function to be called by its address, or load it.

    Parameters
    ----------
    signature : numba signature
    function : callable

    Returns
    -------
    object with the attribute `address`
        The code is there as long as this is.
    """
    types = (signature.args, signature.return_type)
    compiled: Any = CFunc(function, types, locals={}, options=_ERRORS)
    compiled._cache = KeptCode(function, "callback")
    compiled.compile()
    return compiled
