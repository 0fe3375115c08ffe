"""Compiled code that is kept between runs, in the place of numba's own cache.

numba's cache trusts its files: it unpickles and executes what it finds, and an error of the disk
ends the program. Here each piece of code is checked before it is used (`kernels.store`), and what
cannot be read or kept is compiled again.

The folder is named by a hash of all sources that are compiled together, because numba does not
notice an edit in another file. It lies in ``NUMBA_CACHE_DIR`` if that is set, else in the user's
cache folder; where there is none that can be written, nothing is kept.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

import llvmlite
import numba
from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from hamsim.kernels.store import Store

__all__ = ["STORE", "KeptCode"]

_PACKAGE = Path(__file__).resolve().parent.parent
_COMPILED_ROOMS = ("kernels", "lagrangians")
# Settings of numba that change the code but not the signature; 0.61 to 0.68 have them.
_SETTINGS = ("OPT", "BOUNDSCHECK", "DEBUGINFO_DEFAULT", "LOOP_VECTORIZE", "SLP_VECTORIZE")


def _sources_hash() -> str:
    versions = (numba.__version__, llvmlite.__version__, sys.implementation.cache_tag)
    digest = hashlib.sha256(repr(versions).encode())
    for room in _COMPILED_ROOMS:
        for file in sorted((_PACKAGE / room).glob("*.py")):
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _store() -> Store:
    asked = os.environ.get("NUMBA_CACHE_DIR")
    if asked:
        where = os.path.abspath(asked)  # of the working folder that there is now
    else:
        # Anything relative here would be in the working folder, where nobody looks for a cache.
        cache = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(cache):
            home = "" if os.environ.get("HOME") == "" else os.path.expanduser("~")
            if not os.path.isabs(home):
                return Store(None, "there is no home folder")
            cache = os.path.join(home, ".cache")
        where = os.path.join(cache, "hamsim")
    return Store(Path(where) / f"kernels-{_sources_hash()}")


STORE = _store()


class KeptCode(_Cache):
    """The kept code of one function; numba asks it before it compiles, and tells it afterwards.

    Parameters
    ----------
    function : callable
    flags : str
        What else the code depends on.
    """

    def __init__(self, function: Callable[..., Any], flags: str) -> None:
        code = function.__code__
        self._name = f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"
        self._name = self._name.replace("<", "").replace(">", "")
        self._what = (function.__module__, function.__qualname__, _fingerprint(code), flags)
        self._enabled = not function.__closure__  # whose contents may be anything

    @property
    def cache_path(self) -> str | None:
        """The folder."""
        return None if STORE.folder is None else str(STORE.folder)

    def enable(self) -> None:
        """Keep code from now on."""
        self._enabled = True

    def disable(self) -> None:
        """Neither load nor keep code from now on."""
        self._enabled = False

    def flush(self) -> None:
        """Nothing: what is kept is never wrong, and is replaced where it is compiled again."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Give back the code for a signature; None if it has to be compiled."""
        target_context.refresh()
        if not self._enabled:
            return None
        data = STORE.read(*self._name_and_label(sig, target_context.codegen()))
        if data is None:
            return None
        try:
            return CompileResult._rebuild(target_context, *pickle.loads(data))
        except Exception:  # unharmed, but of a world that is no more
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code for a signature, if that can be done."""
        if not self._enabled or data.lifted or data.library.has_dynamic_globals:
            return
        STORE.write(*self._name_and_label(sig, data.codegen), dumps(data._reduce()))

    def _name_and_label(self, sig: Any, codegen: Any) -> tuple[str, str]:
        settings = [(name, getattr(numba.config, name, None)) for name in _SETTINGS]
        label = repr((*self._what, str(sig), codegen.magic_tuple(), settings))
        digest = hashlib.blake2b(label.encode(), digest_size=10).hexdigest()
        return f"{self._name}-{digest}", label


def _fingerprint(code: CodeType) -> str:
    """Hash of what a function does, which is the same in every process."""
    constants = [_fingerprint(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    parts = (code.co_code, constants, code.co_names, code.co_varnames, code.co_firstlineno)
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()
