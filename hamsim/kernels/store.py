"""A folder of compiled code, in which anything may be damaged, and which may be full.

A piece of code is two files: the data, and an index that says what the data are and holds their
digest. Data are given back only if the index is exactly the one that belongs to them; all else, an
empty file, half a file, one flipped bit, another program's file, a folder in a file's place, counts
as not being there, and is replaced by what is compiled then. Code that cannot be written is not
kept, which costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["Store"]

# Folders of other versions of the sources, or of numba, that are kept beside the one in use.
OTHERS = 4
# A piece of compiled code has some 100 kB. A larger file is none, and is not read into memory.
MOST_BYTES = 2**26

_FOLDER = re.compile("kernels-[0-9a-f]{16}")


class Store:
    """Pieces of compiled code by name.

    Parameters
    ----------
    folder : Path or None
        Made when something is first written. None keeps nothing.
    why_not : str, optional
        Why there is no folder.

    Attributes
    ----------
    why_not : str
        Why something could not be kept; empty as long as all could.
    """

    def __init__(self, folder: Path | None, why_not: str = "") -> None:
        self.folder, self.why_not = folder, why_not

    def has(self, start: str) -> bool:
        """Whether there is anything of which the name starts so."""
        try:
            return self.folder is not None and any(
                name.startswith(start) for name in os.listdir(self.folder)
            )
        except OSError:
            return False

    def read(self, name: str, label: str) -> bytes | None:
        """What was written last under this name and label; None if that is not there unharmed."""
        if self.folder is None:
            return None
        data = _read(self.folder / f"{name}.nbc")
        if data is None or _read(self.folder / f"{name}.nbi") != _index(label, data):
            return None
        return data

    def write(self, name: str, label: str, data: bytes) -> None:
        """Keep data under a name if that can be done; `why_not` says later that it could not."""
        if self.folder is None:
            return
        try:
            self._make_folder()
            self._replace(f"{name}.nbc", data)
            self._replace(f"{name}.nbi", _index(label, data))
        except OSError as error:
            self.why_not = error.strerror or str(error)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Let one process at a time compile, so that the others find what it has compiled.

        Where a lock cannot be had, each compiles for itself.
        """
        with contextlib.ExitStack() as stack:
            lock = self._open_lock()
            if lock is not None:
                stack.callback(os.close, lock)
                with contextlib.suppress(OSError):  # some network file systems have no locks
                    fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _open_lock(self) -> int | None:
        if self.folder is None or fcntl is None:
            return None
        path = self.folder / "lock"
        for last in (False, True):
            try:
                self._make_folder()
                # Not blocking: it may be a pipe, which nobody reads.
                return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
            except OSError:
                if not last:
                    _discard(path)
        return None

    def _make_folder(self) -> None:
        assert self.folder is not None
        if self.folder.is_dir():
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):  # two at once
            if os.path.lexists(self.folder) and not self.folder.is_dir():
                self.folder.unlink()
            self.folder.mkdir()
        self._forget_others()

    def _replace(self, name: str, data: bytes) -> None:
        """Write a file, so that at any moment the old one is there, or the new one."""
        assert self.folder is not None
        path = self.folder / name
        part = self.folder / f"{name}.part-{os.getpid()}-{threading.get_ident()}"
        try:
            with open(part, "wb") as file:
                file.write(data)
            try:
                os.replace(part, path)
            except OSError:
                if not path.is_dir():
                    raise
                _discard(path)
                os.replace(part, path)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink()
            raise

    def _forget_others(self) -> None:
        """Remove folders of other versions but for the newest ones."""
        assert self.folder is not None
        with contextlib.suppress(OSError):
            others = [
                (entry.stat().st_mtime, entry.path)
                for entry in os.scandir(self.folder.parent)
                if _FOLDER.fullmatch(entry.name)
                and entry.name != self.folder.name
                and entry.is_dir(follow_symlinks=False)
            ]
            for _, path in sorted(others, reverse=True)[OTHERS:]:
                shutil.rmtree(path, ignore_errors=True)


def _index(label: str, data: bytes) -> bytes:
    digest = hashlib.blake2b(data, digest_size=32).hexdigest()
    return f"compiled code of hamsim\n{label}\n{len(data)} bytes, blake2b {digest}\n".encode()


def _read(path: Path) -> bytes | None:
    try:
        # Not blocking: a pipe in the place of a file would be waited for.
        flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        file = os.open(path, os.O_RDONLY | flags)
    except OSError:
        return None
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
            return None
        with open(file, "rb", closefd=False) as reader:
            return reader.read(MOST_BYTES)
    except OSError:
        return None
    finally:
        os.close(file)


def _discard(path: Path) -> None:
    """Remove what is in the place of a file, if that can be done."""
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
