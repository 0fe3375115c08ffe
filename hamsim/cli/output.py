"""What the command writes to its two streams, and whether all of it came out."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from hamsim.errors import printable
from hamsim.report.words import trimmed

if TYPE_CHECKING:
    from hamsim.report.sections import Section

__all__ = [
    "Stream",
    "Styled",
    "echo_json",
    "put",
    "say",
    "say_facts",
    "standard_streams",
    "tell",
]

# Letters without a blank between them that a line has at most: a name may have a million.
MAX_WORD = 1000


class Stream(io.TextIOBase):
    """A standard stream that notes what it could not write instead of raising.

    A run goes on and saves its trace when nobody can be told of it; `lost` says afterwards why
    something is missing. A reader that has seen enough, such as head, is no loss.

    Parameters
    ----------
    inner : text stream or None
        None is a stream that was closed before the command began.
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._silent = False
        self.lost = ""

    @property
    def encoding(self) -> Any:  # type: ignore[override]
        """Of the stream inside."""
        return getattr(self._inner, "encoding", None) or "utf-8"

    @property
    def errors(self) -> Any:  # type: ignore[override]
        """Of the stream inside."""
        return getattr(self._inner, "errors", None)

    @property
    def buffer(self) -> _Bytes:
        """For those who write bytes."""
        return _Bytes(self)

    def isatty(self) -> bool:
        """Whether somebody looks at a terminal."""
        try:
            return bool(self._inner is not None and self._inner.isatty())
        except ValueError:  # it has been closed
            return False

    def fileno(self) -> int:
        """Of the stream inside."""
        if self._inner is None:
            raise io.UnsupportedOperation("fileno")
        return int(self._inner.fileno())

    def writable(self) -> bool:
        """Yes, also where what is written gets lost."""
        return True

    def write(self, text: str) -> int:
        """Write, with letters that the stream's encoding does not have written out."""
        if not isinstance(text, str):  # click tries bytes to find out what this is
            raise TypeError("bytes go to the buffer")
        if self._silent or not text:
            return len(text)
        try:
            if self._inner is None:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            try:
                self._inner.write(text)
            except UnicodeEncodeError:
                coded = text.encode(self.encoding, "backslashreplace")
                self._inner.write(coded.decode(self.encoding))
        except (OSError, ValueError) as error:
            self._lose(error)
        return len(text)

    def flush(self) -> None:
        """Write what waits in buffers."""
        if self._silent or self._inner is None:
            return
        try:
            self._inner.flush()
        except (OSError, ValueError) as error:
            self._lose(error)

    def __del__(self) -> None:
        """Nothing: who put the stream in its place flushes it, while there still are modules."""

    def _lose(self, error: Exception) -> None:
        self._silent = True
        number = getattr(error, "errno", None)
        if number != errno.EPIPE:
            self.lost = os.strerror(number) if number else str(error)
        # What waits in the buffer would be tried again, and told of, when Python ends.
        if self._inner is not None and self._inner in (sys.__stdout__, sys.__stderr__):
            try:
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, self._inner.fileno())
                os.close(null)
            except (OSError, ValueError):
                pass


class _Bytes(io.RawIOBase):
    """A stream of bytes that come out as text, so that losses are noted for them too."""

    def __init__(self, text: Stream) -> None:
        self._text = text

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._text.write(bytes(data).decode("utf-8", "surrogateescape"))
        return len(data)

    def flush(self) -> None:
        self._text.flush()


@contextmanager
def standard_streams() -> Iterator[tuple[Stream, Stream]]:
    """Put streams that note losses in the place of stdout and stderr.

    Standard files that are closed are opened on nothing, so that no file of the command gets their
    numbers, and with them what a library prints.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    before = sys.stdout, sys.stderr
    out, err = Stream(sys.stdout), Stream(sys.stderr)
    sys.stdout, sys.stderr = out, err
    try:
        yield out, err
    finally:
        out.flush()
        err.flush()
        sys.stdout, sys.stderr = before


class Styled(NamedTuple):
    """A piece of a line that looks different on a terminal: in bold, if it has no colour."""

    text: str
    colour: str = ""


def say(*parts: str | Styled, whole: bool = False) -> None:
    """Print a line of text; what it holds of a user's names cannot steer a terminal.

    Parameters
    ----------
    *parts : str or Styled
    whole : bool
        Whether words of any length are printed whole: formulas, which are copied.
    """
    put("".join(_styled(part, whole) for part in parts) + "\n")


def say_facts(sections: Iterable[Section], names: str = "{:8}") -> None:
    """Print facts, a line each, after their names.

    Parameters
    ----------
    sections : iterable of Section
    names : str
        How a name is put before the words.
    """
    for section in sections:
        for fact in section.facts:
            say(f"{names.format(fact.name)}{fact.words}" if fact.name else fact.words)


def tell(text: str) -> None:
    """Print a line on stderr."""
    click.echo(_safe(text, False), err=True)


def put(text: str) -> None:
    """Print text as it is."""
    click.echo(text, nl=False)


def _styled(part: str | Styled, whole: bool) -> str:
    if isinstance(part, Styled):
        text = _safe(part.text, whole)
        return click.style(text, fg=part.colour) if part.colour else click.style(text, bold=True)
    return _safe(part, whole)


def _safe(text: str, whole: bool) -> str:
    """Text without control characters but the ends of its lines, and without endless words."""
    text = text if whole else trimmed(text, MAX_WORD)
    return "\n".join(map(printable, text.split("\n")))


def echo_json(facts: Any) -> None:
    """Print facts as JSON, with what made them; numbers that JSON does not have become null."""
    from hamsim.cli.made import made

    if isinstance(facts, dict):
        facts = {**facts, "made": {**made(), **facts.get("made", {})}}
    else:  # a list stays one: each of its entries says it
        facts = [{**entry, "made": made()} for entry in facts]
    text = json.dumps(_finite(facts), indent=2, ensure_ascii=False, allow_nan=False)
    put("\n".join(map(_in_json, text.split("\n"))) + "\n")


def _in_json(line: str) -> str:
    """A line of JSON whose letters that are not printable, all inside of texts, are written out."""
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value
