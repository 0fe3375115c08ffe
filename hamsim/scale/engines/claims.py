"""Who makes which runs: each chunk of them is claimed by a file that only one process can make."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from hamsim.scale.engines.members import Members, new_token

__all__ = ["DONE", "Claims"]

_WIDTH = 32  # bytes of what a claim says
DONE = "done"


class Claims:
    """Claims of chunks, by their numbers.

    Parameters
    ----------
    folder : Path
        Of their files. Each holds the name of the member whose it is, or that all is done.
    members : Members
    """

    def __init__(self, folder: Path, members: Members) -> None:
        self._folder = folder
        self._members = members

    def take(self, chunk: int, token: str) -> bool:
        """Claim a chunk; False if somebody has it, or had it and has done it."""
        try:
            handle = os.open(self._folder / str(chunk), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            return False
        os.write(handle, _said(token))
        os.close(handle)
        return True

    def finish(self, chunk: int) -> None:
        """Say that all runs of a chunk are stored."""
        handle = os.open(self._folder / str(chunk), os.O_WRONLY | os.O_CREAT, 0o666)
        os.pwrite(handle, _said(DONE), 0)
        os.close(handle)

    def holder(self, chunk: int) -> str | None:
        """Whose it is, or "done"; None if it is free; empty if nobody has written that yet."""
        try:
            return (self._folder / str(chunk)).read_text().strip()
        except FileNotFoundError:
            return None

    def let_go(self, chunk: int, token: str) -> None:
        """Give up a claim, if it is this member's."""
        # Between a look and a removal it may have become another's: it is taken aside first, which
        # only one can do, and put back if it is not the one that was meant.
        aside = self._folder / f"{chunk}.{new_token()}"
        path = self._folder / str(chunk)
        if self.holder(chunk) != token:
            return
        with suppress(FileNotFoundError):
            os.rename(path, aside)
            if aside.read_text().strip() != token:
                with suppress(OSError):
                    os.link(aside, path)
            aside.unlink()

    def free(self, chunk: int) -> bool:
        """Take a chunk from a dead member; whether it can be claimed now."""
        token = self.holder(chunk)
        if token is None or token == DONE:
            return token is None
        if token:
            if self._members.is_alive(token):
                return False
        elif not self._is_old(chunk):  # somebody is making the file, or died while doing so
            return False
        self.let_go(chunk, token)
        return self.holder(chunk) is None

    def _is_old(self, chunk: int) -> bool:
        try:
            age = self._members.now() - (self._folder / str(chunk)).stat().st_mtime
        except FileNotFoundError:
            return True
        return age > self._members.lease


def _said(word: str) -> bytes:
    return word.encode().ljust(_WIDTH - 1) + b"\n"
