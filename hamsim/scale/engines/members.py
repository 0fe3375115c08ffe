"""Processes that work on one folder, and which of them are alive.

Each has a file, which says where it runs and what it does, and whose time of modification it renews
again and again. One whose file is older than the lease is taken for dead; on its own machine, or in
its own container, one whose process is gone is so at once. Times are compared with the time that
the same file system gives to another file, so that clocks of machines may differ.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

__all__ = ["Member", "Members", "here", "new_token"]

# Bytes of a member's file before what it has done, and before what it is doing.
_DONE, _RUNNING = 256, 288
PATIENCE = 1.0  # seconds that others have to note what a dead member was doing
BEATS = 5  # times a lease that a member renews its file


class Member:
    """A process that works on a folder: the one that makes this object.

    Parameters
    ----------
    members : Members
    token : str
        Its name.
    """

    def __init__(self, members: Members, token: str) -> None:
        self.token = token
        self.path = members.folder / token
        self._lease = members.lease
        self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        head = json.dumps({**here(), "pid": os.getpid(), "began": _began(os.getpid())})
        os.pwrite(self._handle, head.encode().ljust(_DONE), 0)
        self.say(done=0, running=())
        self._over = threading.Event()

    def beat(self) -> None:
        """Renew the file."""
        with suppress(OSError):  # others have taken this process for dead
            os.utime(self.path)

    def keep_beating(self) -> None:
        """Let a thread renew the file until this member leaves."""
        threading.Thread(target=self._beat_on, name="hamsim heartbeat", daemon=True).start()

    def _beat_on(self) -> None:
        while not self._over.wait(self._lease / BEATS):
            self.beat()

    def say(self, done: int | None = None, running: Sequence[int] | None = None) -> None:
        """Note how many runs are done, and which are being made."""
        if done is not None:
            os.pwrite(self._handle, b"%-31d\n" % done, _DONE)
        if running is not None:
            os.pwrite(self._handle, (",".join(map(str, running)) + ";").encode(), _RUNNING)

    @property
    def lost(self) -> bool:
        """Whether others have taken this process for dead."""
        return not self.path.exists()

    def leave(self) -> None:
        """Be one no more."""
        self._over.set()
        os.close(self._handle)
        self.path.unlink(missing_ok=True)


class Members:
    """All processes that work on a folder.

    Parameters
    ----------
    folder : Path
        Of their files.
    lease : float
        Seconds after which one that does not renew its file is taken for dead.
    """

    def __init__(self, folder: Path, lease: float) -> None:
        self.folder = folder
        self.lease = lease

    def enter(self, token: str | None = None) -> Member:
        """Make this process one of them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return Member(self, token or new_token())

    def tokens(self) -> list[str]:
        """Names of those that are alive, or not known to be dead."""
        return [name for name in _names(self.folder) if "." not in name]

    def is_alive(self, token: str) -> bool:
        """Whether a member is not known to be dead."""
        path = self.folder / token
        try:
            age = self.now() - path.stat().st_mtime
            head = path.read_bytes()[:_DONE]
        except FileNotFoundError:
            return False
        try:
            stated = json.loads(head)
        except ValueError:  # it is just being made
            return age <= self.lease
        if all(stated.get(key) == value for key, value in here().items()):
            if not _runs(stated["pid"], stated["began"]):
                return False
        return age <= self.lease

    def now(self) -> float:
        """Time of the file system."""
        path = self.folder / f"{new_token()}.clock"
        path.touch()
        try:
            return path.stat().st_mtime
        finally:
            path.unlink(missing_ok=True)

    def done(self) -> dict[str, int]:
        """How many runs each member has done."""
        found = {}
        for token in self.tokens():
            with suppress(OSError, ValueError):
                with open(self.folder / token, "rb") as stream:
                    stream.seek(_DONE)
                    found[token] = int(stream.read(_RUNNING - _DONE))
        return found

    def bury(self, token: str, note: Callable[[list[int]], None]) -> list[int] | None:
        """Remove a dead member.

        Parameters
        ----------
        token : str
        note : callable
            Is told what it was doing, before others can see that it is gone for good.

        Returns
        -------
        list of int or None
            What it was doing; None if others were quicker.
        """
        path = self.folder / f"{token}.{new_token()}"
        try:
            os.rename(self.folder / token, path)
        except FileNotFoundError:
            return None
        try:
            told, end, _ = path.read_bytes()[_RUNNING:].decode().partition(";")
            running = [int(number) for number in told.split(",") if number] if end else []
        except ValueError:
            running = []
        note(running)
        path.unlink(missing_ok=True)
        return running

    def await_burial(self, token: str) -> None:
        """Wait until others have noted what a dead member was doing, if they are about to."""
        end = time.monotonic() + PATIENCE
        while any(self.folder.glob(f"{token}.*")) and time.monotonic() < end:
            time.sleep(0.01)


def new_token() -> str:
    """A name that nobody has."""
    return secrets.token_hex(8)


def here() -> dict[str, str]:
    """Where this process runs: those with the same answer see one another's processes."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        space = os.readlink("/proc/self/ns/pid")
    except OSError:  # not Linux
        boot, space = "", ""
    return {"host": socket.gethostname(), "boot": boot, "space": space}


def _runs(pid: int, began: str) -> bool:
    """Whether a process of this machine that began then still runs."""
    if not began:
        return True
    return _began(pid) == began


def _began(pid: int) -> str:
    """When a process began, as the system counts; empty if it is gone, or nobody can tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
