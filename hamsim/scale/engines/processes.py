"""Several processes of one machine at work on a sweep, and the one that started them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from functools import partial

from hamsim.errors import HamsimError
from hamsim.scale.engines.children import TOLD_TO_STOP, Child, fork, may_fork, spawn
from hamsim.scale.engines.members import Member, new_token
from hamsim.scale.engines.progress import Watch
from hamsim.scale.engines.site import Site
from hamsim.scale.engines.task import Task
from hamsim.scale.engines.working import work_as_child
from hamsim.scale.store.store import Store

__all__ = ["Crew"]

LOOK = 0.02  # seconds between two looks at the children
# Seconds between two rounds where others make what is left, at first and at most.
WAITING, MOST_WAITING = 0.5, 5.0
PATIENCE = 10.0  # seconds that a child has to store what it made when it is told to stop
MOST_STILLBORN = 3  # children that die before they have begun a run


class Crew:
    """A process that lets others work, and these.

    Parameters
    ----------
    site : Site
    task : Task
    store : Store
    member : Member
        This process.
    count : int
        Of children.
    command : sequence of str, optional
        Arguments of Python for a child, where this process cannot be forked.
    """

    def __init__(
        self,
        site: Site,
        task: Task,
        store: Store,
        member: Member,
        count: int,
        command: Sequence[str] | None = None,
    ) -> None:
        self._site, self._task, self._store, self._member = site, task, store, member
        self._count = count
        self._command = None if command is None or may_fork() else command
        self._children: list[Child] = []
        self._stillborn = 0

    def work(self, watch: Watch) -> None:
        """Let children make runs until none is missing, those that others have included.

        Raises
        ------
        HamsimError
            Children end for another reason than a run.
        """
        try:
            if self._command is None:
                self._task.warm()
            before, pause = 0, WAITING
            while (missing := self._missing()) and self._site.is_open:
                if missing == before:  # others make what is left, or have just died of it
                    time.sleep(pause)
                pause = WAITING if missing != before else min(2 * pause, MOST_WAITING)
                before = missing
                self._start(missing)
                while self._children:
                    time.sleep(LOOK)
                    self._member.beat()
                    watch.look()
                    self._see()
                self._store.refresh()
        finally:
            self._stop()

    def _missing(self) -> int:
        return sum(not self._store.has(key) for key in set(self._task.keys))

    def _start(self, missing: int) -> None:
        """Have as many children as there is work for."""
        while len(self._children) < min(self._count, missing):
            token = new_token()
            parent = os.getpid()
            if self._command is not None:
                self._children.append(spawn([*self._command, token, str(parent)], token))
            else:
                parts = (self._site, self._task, self._store, token, parent)
                self._children.append(fork(partial(work_as_child, *parts), self._site, token))

    def _see(self) -> None:
        """Look which children have ended, and have others in the place of those that died."""
        for child in list(self._children):
            status = child.poll()
            if status is None:
                continue
            self._children.remove(child)
            if status < 0:
                running = self._site.bury(child.token, self._task.keys)
                self._stillborn = self._stillborn + 1 if running == [] else 0
                if self._stillborn >= MOST_STILLBORN:
                    what = f"killed by signal {-status}"
                    raise HamsimError(f"processes end before they begin a run: {what}")
                self._start(self._count)
            elif status not in (0, TOLD_TO_STOP):
                why = self._site.reported(child.pid) or f"status {status}"
                raise HamsimError(f"a process that made runs has ended: {why}")

    def _stop(self) -> None:
        """End the children, who store what they have made."""
        for child in self._children:
            child.tell(signal.SIGTERM)
        end = time.monotonic() + PATIENCE
        while self._children:
            self._children = [child for child in self._children if child.poll() is None]
            if self._children and time.monotonic() > end:
                for child in self._children:
                    child.tell(signal.SIGKILL)
            time.sleep(LOOK if self._children else 0)
