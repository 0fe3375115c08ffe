"""Python's warnings, and what libraries log, while a command runs."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hamsim.cli.output import tell
from hamsim.errors import HamsimWarning, SimulationWarning

__all__ = ["restated_warnings"]


@contextmanager
def restated_warnings() -> Iterator[None]:
    """Show hamsim's own warnings as one line each, and none of the libraries' beneath it.

    Those speak of lines of code, which whoever calls the command has not written. Who asks Python
    for warnings (``-W``, ``PYTHONWARNINGS``) gets them as they are.
    """
    if sys.warnoptions:
        yield
        return
    silence = logging.NullHandler()  # without a handler Python prints what libraries log
    root = logging.getLogger()
    root.addHandler(silence)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show
            yield
    finally:
        root.removeHandler(silence)


def _show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
    if issubclass(category, HamsimWarning | SimulationWarning):
        tell(f"warning: {' '.join(str(message).split())}")
