"""Processes that a process starts to work for it, and which stop when it is gone."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType

from hamsim.scale.engines.site import Site

__all__ = ["TOLD_TO_STOP", "Child", "Stop", "child_status", "fork", "may_fork", "spawn"]

TOLD_TO_STOP = 75  # exit status of a child that stored what it had and left
# Libraries with threads of their own, of which a fork makes a copy that waits for ever.
THREADED = ("jax", "tensorflow", "torch")


class Stop(BaseException):
    """The parent says that this process is to stop."""


class Child:
    """A process that works for this one.

    Parameters
    ----------
    token : str
        The member that it is.
    pid : int
    started : Popen, optional
        Of one that was not forked.
    """

    def __init__(self, token: str, pid: int, started: subprocess.Popen[bytes] | None) -> None:
        self.token, self.pid = token, pid
        self._started = started

    def poll(self) -> int | None:
        """Exit status, -N of one that was killed by signal N; None while it runs."""
        if self._started is not None:
            return self._started.poll()
        try:
            found, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:  # somebody else has waited for it
            return 0
        return os.waitstatus_to_exitcode(status) if found else None

    def tell(self, number: int) -> None:
        """Send it a signal."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)


def may_fork() -> bool:
    """Whether a copy of this process can go on working.

    That is where nothing else runs in it: a lock that another thread holds is never given back in
    the copy.
    """
    others = [t for t in threading.enumerate() if not t.name.startswith("hamsim")]
    alone = len(others) == 1 and threading.current_thread() is threading.main_thread()
    return sys.platform == "linux" and alone and not any(map(sys.modules.__contains__, THREADED))


def fork(work: Callable[[], None], site: Site, token: str) -> Child:
    """Let a copy of this process do some work.

    Parameters
    ----------
    work : callable
    site : Site
        Is told what it fails of.
    token : str
        The member that it is.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    gc.freeze()  # else the child copies all memory when it looks for garbage
    with warnings.catch_warnings():
        # Of threads that libraries keep for linear algebra, and take care of at a fork.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if not pid:
        status = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it too, and tells
            status = child_status(work, site)
        finally:
            os._exit(status)
    gc.unfreeze()
    return Child(token, pid, None)


def child_status(work: Callable[[], None], site: Site) -> int:
    """Work as a child, which may be told to stop at any time; its exit status."""
    try:
        _stop_when_told()
        work()
    except Stop:
        return TOLD_TO_STOP
    except BaseException as error:
        site.report(" ".join(f"{type(error).__name__}: {error}".split()))
        return 1
    return 0


def _stop_when_told() -> None:
    """Raise `Stop` when this process is asked to end."""

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stop

    signal.signal(signal.SIGTERM, stop)


def spawn(arguments: Sequence[str], token: str) -> Child:
    """Start Python anew with these arguments, as a member of this name."""
    started = subprocess.Popen(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is the parent's
    )
    return Child(token, started.pid, started)
