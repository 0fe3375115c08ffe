"""What data files hold, in a digest: a key does not depend on where they are."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache

__all__ = ["content_of"]


def content_of(path: str) -> bytes:
    """SHA-256 of the bytes of a file; one that cannot be read has those of its name.

    A run that wants such a file fails, and says why.
    """
    try:
        stat = os.stat(path)
        return _content(path, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    except OSError:
        return b"missing " + os.fsencode(os.path.basename(path))


@lru_cache(maxsize=1024)
def _content(path: str, *_: int) -> bytes:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
