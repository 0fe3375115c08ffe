"""What may be opened as a file: regular files, not devices or pipes that need never end."""

from __future__ import annotations

import os
import stat
from pathlib import Path

__all__ = ["kind_of_file", "read_whole"]

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def kind_of_file(path: str | os.PathLike[str]) -> str:
    """What is at a path instead of a regular file, in words; empty if it is one.

    Raises
    ------
    OSError
        Nothing is there, or nobody may look.
    """
    mode = os.stat(path).st_mode
    if stat.S_ISREG(mode):
        return ""
    return next((name for is_one, name in _KINDS if is_one(mode)), "no regular file")


def read_whole(path: Path, most: int) -> bytes | None:
    """Content of a file; None if it has more bytes than these.

    The size that the system states is not relied on: some files of the system state none.

    Raises
    ------
    OSError
    """
    with path.open("rb") as stream:
        if os.fstat(stream.fileno()).st_size > most:
            return None
        content = stream.read(most + 1)
    return content if len(content) <= most else None
