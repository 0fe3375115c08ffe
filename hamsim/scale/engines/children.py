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
from typing import NoReturn

__all__ = ["TOLD_TO_STOP", "Child", "Stop", "fork", "may_fork", "spawn", "stop_when_told"]

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


def fork(token: str, work: Callable[[], None], report: Callable[[str], None]) -> Child:
    """Let a copy of this process do some work.

    Parameters
    ----------
    token : str
    work : callable
        May raise `Stop` from anywhere.
    report : callable
        Given one line in the child if anything else is raised.
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
        _be_child(work, report)
    gc.unfreeze()
    return Child(token, pid, None)


def _be_child(work: Callable[[], None], report: Callable[[str], None]) -> NoReturn:
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it too, and tells
        stop_when_told()
        work()
        status = 0
    except Stop:
        status = TOLD_TO_STOP
    except BaseException as error:
        report(" ".join(f"{type(error).__name__}: {error}".split()))
    finally:
        os._exit(status)


def stop_when_told() -> None:
    """Raise `Stop` when this process is asked to end."""

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stop

    signal.signal(signal.SIGTERM, stop)


def spawn(token: str, arguments: Sequence[str]) -> Child:
    """Start Python anew with these arguments and a member's name."""
    started = subprocess.Popen(
        [sys.executable, *arguments, token],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is the parent's
    )
    return Child(token, started.pid, started)
