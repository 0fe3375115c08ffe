"""Where something is shown that changes: an output of a notebook, a line of a terminal, a log."""

from __future__ import annotations

import sys
import time
from typing import Any, Protocol

__all__ = ["Line", "Log", "Notebook", "Outlet", "outlet"]

WIDTH = 79  # letters of a line
SECONDS = 30.0  # between two lines of a log


class Outlet(Protocol):
    """What shows something in place of what it showed before."""

    rich: bool  # whether it shows HTML

    def show(self, text: str, html: str = "") -> None:
        """Show this instead."""

    def close(self) -> None:
        """Show nothing more; the last that was shown stays."""


class Notebook:
    """An output of a notebook's cell."""

    rich = True

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, text: str, html: str = "") -> None:
        """Show it, or put it in place of what is shown."""
        from IPython.display import DisplayHandle

        data = {"text/plain": text, **({"text/html": html} if html else {})}
        if self._handle is None:
            create: Any = DisplayHandle  # whose parameters have no types
            self._handle = create()
            self._handle.display(data, raw=True)
        else:
            self._handle.update(data, raw=True)

    def close(self) -> None:
        """Nothing is to be done."""


class Line:
    """The last line of a terminal, written over and over."""

    rich = False

    def __init__(self, stream: Any) -> None:
        self._stream, self._length = stream, 0

    def show(self, text: str, html: str = "") -> None:
        """Write over the line."""
        line = text.replace("\n", " ")[:WIDTH]
        self._stream.write("\r" + line + " " * (self._length - len(line)))
        self._stream.flush()
        self._length = len(line)

    def close(self) -> None:
        """Leave the line as it is."""
        if self._length:
            self._stream.write("\n")
            self._stream.flush()


class Log:
    """A file that lines are added to, a few a minute, and the last one at the end."""

    rich = False

    def __init__(self, stream: Any) -> None:
        self._stream, self._told = stream, time.monotonic()
        self._last, self._written = "", ""

    def show(self, text: str, html: str = "") -> None:
        """Write it if the last line is old."""
        self._last = text
        if time.monotonic() - self._told >= SECONDS:
            self._write()

    def _write(self) -> None:
        self._told, self._written = time.monotonic(), self._last
        self._stream.write(self._last + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Write what was shown last."""
        if self._last != self._written:
            self._write()


def outlet() -> Outlet:
    """Where this process shows things."""
    if _in_notebook():
        return Notebook()
    stream = sys.stderr
    return Line(stream) if stream.isatty() else Log(stream)


def _in_notebook() -> bool:
    """Whether a kernel of Jupyter runs this; without importing IPython where nobody has."""
    library: Any = sys.modules.get("IPython")
    shell = None if library is None else library.get_ipython()
    return getattr(shell, "kernel", None) is not None
