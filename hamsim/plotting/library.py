"""Matplotlib as hamsim loads it, whatever the environment or a matplotlibrc say."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

__all__ = ["load_library"]


def load_library() -> None:
    """Import matplotlib though MPLBACKEND or a matplotlibrc are rubbish.

    The backend of a notebook, which may not be installed here, is for windows; pictures in files
    need none. It is set after the import, for whoever uses matplotlib besides.
    """
    if "matplotlib" in sys.modules:
        return
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        try:
            import matplotlib
        except ImportError:
            raise
        except Exception:  # a matplotlibrc that cannot be read; nothing of it is needed
            for name in [name for name in sys.modules if name.startswith("matplotlib.")]:
                del sys.modules[name]
            with _no_settings():
                import matplotlib
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
    if backend:
        with suppress(ValueError):
            matplotlib.rcParams["backend"] = backend


@contextmanager
def _no_settings() -> Iterator[None]:
    """Let there be no matplotlibrc: neither in this folder nor where the environment says."""
    folder, setting = os.getcwd(), os.environ.get("MATPLOTLIBRC")
    os.environ["MATPLOTLIBRC"] = os.devnull
    try:
        with tempfile.TemporaryDirectory() as empty:
            os.chdir(empty)
            try:
                yield
            finally:
                os.chdir(folder)
    finally:
        del os.environ["MATPLOTLIBRC"]
        if setting is not None:
            os.environ["MATPLOTLIBRC"] = setting
