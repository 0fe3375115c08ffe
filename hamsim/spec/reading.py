"""The text of a network file; what is no text of YAML is told by what it is instead."""

from __future__ import annotations

from pathlib import Path

from hamsim.errors import Problem, SpecError
from hamsim.paths import is_given, read_whole, why_unreadable
from hamsim.spec.otherformats import other_format
from hamsim.spec.text import MAX_CHARACTERS, TOO_LARGE, position_after

__all__ = ["read_text"]

# What a file of another format is told by is within so many bytes.
_BEGIN = 100


def read_text(path: Path) -> str:
    """Text of a file.

    Raises
    ------
    SpecError
        It cannot be read, is too large, or something else than text.
    """
    file = str(path)

    def wrong(message: str, line: int = 0, column: int = 0) -> SpecError:
        return SpecError([Problem(message, "", file, line, column)])

    if why := why_unreadable(path):
        raise wrong(why if why == "no such file" else f"cannot be read: {why}")
    try:
        content = read_whole(path, MAX_CHARACTERS)
        if not is_given(path):  # a stream that can be read once is no file of another format
            begin = _begin(path) if content is None else content[:_BEGIN]
            if message := other_format(path, begin):
                raise wrong(message)
        if content is None:
            raise wrong(TOO_LARGE, 1, 1)
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8-sig", "ignore")
        message = f"is not UTF-8 text (byte {error.start})"
        raise wrong(message, *position_after(before)) from None
    except OSError as error:
        raise wrong(f"cannot be read: {error.strerror or error}") from None


def _begin(path: Path) -> bytes:
    """The first bytes of a file that is too large to be read whole."""
    with path.open("rb") as stream:
        return stream.read(_BEGIN)
