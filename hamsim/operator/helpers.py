"""Threads that help with single evaluations, called by whoever evaluates large networks.

They stay for a while, because to start a thread takes a good part of what an evaluation does. One
evaluation at a time has their help; others do without. A child of a fork has none of them, and
starts its own.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from hamsim.arrays import Ints
from hamsim.kernels.jit import first_call
from hamsim.kernels.team import follow, make_board, stop, work_alone
from hamsim.operator.team import Pace, thread_count

__all__ = ["HelpedTask", "Helpers", "helpers"]

# Seconds after which a thread that nobody has called goes home.
PATIENCE = 1.0
# Seconds and evaluations, or more evaluations, after which is asked again whether help pays.
LOOK_SECONDS, LOOK_LEAST, LOOK_TIMES = 0.002, 7, 64


class HelpedTask:
    """Something that is evaluated again and again, with whether help has been worth it.

    Parameters
    ----------
    table : ndarray
        Where its arrays are; see `kernels.addresses`.
    kept : object
        What these belong to.
    """

    def __init__(self, table: Ints, kept: object) -> None:
        # A board of its own: who comes late to it finds this table's work or none.
        self.board: Ints = make_board(alone=True)
        self.table, self.kept = table, kept
        self._pace = Pace(has_team=True)
        self._way, self._left = False, 0
        self._times: list[float] = []

    def choose(self) -> bool:
        """Whether the next evaluation is to have help."""
        if self._left == 0:
            self._way, self._left = self._pace.choose(LOOK_TIMES)
            self._times = []
        return self._way

    def tell(self, seconds: float) -> None:
        """Say how long it took."""
        self._times.append(seconds)
        self._left -= 1
        enough = len(self._times) >= LOOK_LEAST and sum(self._times) >= LOOK_SECONDS
        if self._left == 0 or enough:
            # The median: one may have lost the processor for longer than all others took.
            count, usual = len(self._times), sorted(self._times)[len(self._times) // 2]
            self._pace.tell(self._way, count, count * usual)
            self._left = 0


class Helpers:
    """The threads of a process that help."""

    def __init__(self) -> None:
        self._leads = threading.Lock()  # held by who has their help
        self._counts = threading.Lock()
        self._called = threading.Event()
        self._task: HelpedTask | None = None
        self._threads = 0

    def evaluate(self, task: HelpedTask, kernel: Callable[[], None]) -> None:
        """Call a kernel that performs programs on the board of a task, with help if that pays."""
        if not self._leads.acquire(blocking=False):  # others have it
            kernel()
            return
        try:
            with_help = task.choose()
            began = time.perf_counter()
            if with_help:
                self._call(task)
            kernel()
            task.tell(time.perf_counter() - began)
        finally:
            self._called.clear()
            work_alone(task.board, True)
            self._task = None
            self._leads.release()

    def _call(self, task: HelpedTask) -> None:
        """Have the threads follow whoever announces work on the task's board."""
        wanted = thread_count(None) - 1
        if self._threads < wanted:
            _compile_follow()
            self._start(wanted)
        work_alone(task.board, False)
        self._task = task
        self._called.set()

    def _start(self, wanted: int) -> None:
        with self._counts:
            while self._threads < wanted:
                self._threads += 1
                threading.Thread(target=self._help, name="hamsim helper", daemon=True).start()

    def _help(self) -> None:
        while True:
            if not self._called.wait(PATIENCE):
                with self._counts:
                    if not self._called.is_set():
                        self._threads -= 1
                        return
            task = self._task
            if task is not None:
                follow(task.board, task.table.ctypes.data)


def _compile_follow() -> None:
    board = make_board(alone=True)
    stop(board)
    with first_call("follow"):
        follow(board, board.ctypes.data)


_HELPERS = Helpers()


def helpers() -> Helpers:
    """Those of this process."""
    return _HELPERS


def _forget() -> None:
    global _HELPERS
    _HELPERS = Helpers()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_forget)
