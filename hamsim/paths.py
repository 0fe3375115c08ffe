"""What a path leads to, and files that take the place of others when they are whole.

Only regular files are read and replaced: a pipe is waited for without end, and a device has none.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from hamsim.errors import HamsimError, printable

__all__ = [
    "is_given",
    "kind_of_file",
    "quoted",
    "read_whole",
    "replacing",
    "why_unreadable",
    "why_unwritable",
]

# Streams that the process was given, `/dev/stdin` and `<(...)` of a shell; and nothing at all.
_GIVEN = re.compile(r"/dev/(stdin|stdout|stderr|null|fd/\d+)\Z|/proc/(self|\d+)/fd/\d+\Z")
_NAMES = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def quoted(path: Path) -> str:
    """A file's name for messages."""
    return f"'{printable(str(path))}'"


def is_given(path: str | os.PathLike[str]) -> bool:
    """Whether a path is one of the process's own streams, or /dev/null."""
    return bool(_GIVEN.match(os.fspath(path))) and not os.path.isfile(path)


def kind_of_file(path: str | os.PathLike[str]) -> str:
    """What is at a path instead of a regular file, in words; empty if it is one.

    Raises
    ------
    OSError
        Nothing is there, or nobody may look.
    """
    mode = os.stat(path).st_mode
    return "" if stat.S_ISREG(mode) else _kind(mode)


def read_whole(path: Path, most: int) -> bytes | None:
    """Content of a file; None if it has more bytes than these.

    The size that the system states is not relied on: some files of the system state none.

    Raises
    ------
    OSError
    """
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > most:
            return None
        content = stream.read(size + 1)
        if len(content) > size:
            content += stream.read(most + 1 - len(content))
    return content if len(content) <= most else None


def why_unreadable(path: str | os.PathLike[str]) -> str:
    """Why a path does not lead to a file that can be read; empty if it does.

    Pipes and devices would be waited for, or read without end; only those that the process was
    given under a number, as standard input, are taken.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return "no such file"
    except (OSError, ValueError) as error:
        return _said(error)
    if stat.S_ISDIR(mode):
        return "it is a folder, not a file"
    if not stat.S_ISREG(mode) and not is_given(path):
        return f"it is {_kind(mode)}, not a file"
    return "" if os.access(path, os.R_OK) else os.strerror(13)


def why_unwritable(path: str | os.PathLike[str]) -> str:
    """Why a file cannot be made or replaced at a path; empty if nothing speaks against it."""
    try:
        os.stat(path)
    except FileNotFoundError:
        return _why_no_room(path)
    except (OSError, ValueError):
        pass
    return _why_irreplaceable(path)


def _why_irreplaceable(path: str | os.PathLike[str]) -> str:
    """Why what is at a path cannot be replaced; empty if it can, or if nothing is there."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        return _said(error)
    if stat.S_ISDIR(mode):
        return "it is a folder"
    if not stat.S_ISREG(mode) and not is_given(path):
        return f"it is {_kind(mode)}"
    return "" if os.access(path, os.W_OK) else os.strerror(13)


def _why_no_room(path: str | os.PathLike[str]) -> str:
    """Why a file that is not there cannot come to be there."""
    place = os.path.realpath(path)  # of a link that leads nowhere, where it leads
    folder = os.path.dirname(place)
    if not os.path.isdir(folder):
        return f"there is no folder '{os.path.basename(folder) or folder}'"
    return "" if os.access(folder, os.W_OK | os.X_OK) else "the folder cannot be written"


def _kind(mode: int) -> str:
    return _NAMES.get(stat.S_IFMT(mode), "something else")


def _said(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "its name holds a zero byte" if "null" in str(error) else str(error)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content takes the place of a file when all of it is written.

    Raises
    ------
    HamsimError
    """
    if why := _why_irreplaceable(path):
        raise HamsimError(f"cannot write {quoted(path)}: {why}")
    try:
        if is_given(path):
            with path.open("wb") as stream:
                yield stream
        else:
            with _beside(Path(os.path.realpath(path))) as stream:  # a link stays one
                yield stream
    except OSError as error:
        raise HamsimError(f"cannot write {quoted(path)}: {error.strerror or error}") from None


@contextmanager
def _beside(place: Path) -> Iterator[BinaryIO]:
    """A stream to a new file that takes a place when it is whole; else nothing is left of it."""
    temporary = place.with_name(f".{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if place.exists():
            temporary.chmod(stat.S_IMODE(place.stat().st_mode))
        temporary.replace(place)
    finally:
        with suppress(OSError):  # where it could not be made it cannot be removed either
            temporary.unlink(missing_ok=True)
