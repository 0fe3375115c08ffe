"""What each process does that works on a sweep: claim some runs, make them, store them, go on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence

from hamsim.counted import counted
from hamsim.scale.engines.claims import DONE
from hamsim.scale.engines.deaths import MOST
from hamsim.scale.engines.members import Member
from hamsim.scale.engines.site import Site
from hamsim.scale.engines.task import Task
from hamsim.scale.store.row import Row
from hamsim.scale.store.store import Store

__all__ = ["Worker", "work_as_child"]

FLUSH_SECONDS = 1.0  # what was made is stored after so long
FLUSH_BYTES = 2**24  # or when it is so much
# A job that took so long has shown how long others take; the first one also loads code.
TELLING = 0.5
PROBES = 64  # jobs at most of which some are made to see how long they take


def work_as_child(site: Site, task: Task, store: Store, token: str, parent: int) -> None:
    """Work as a member of this name until nothing can be claimed, or the parent is gone."""
    member = site.members.enter(token)
    member.keep_beating()
    try:
        Worker(site, task, store, member, lambda: os.getppid() != parent or member.lost).work()
    finally:
        member.leave()
    if os.getppid() != parent:
        _clear_up(site, task, store, token)


def _clear_up(site: Site, task: Task, store: Store, token: str) -> None:
    """What the parent would do, of whom nobody else may know that it is gone."""
    store.refresh()
    if all(store.has(key) for key in task.keys) and site.close(token):
        store.tidy(alone=not site.folder.parent.exists())


class Worker:
    """A process at work.

    Parameters
    ----------
    site : Site
    task : Task
    store : Store
    member : Member
        This process.
    stops : callable
        Asked between chunks whether to stop.
    progress : callable, optional
        Called after each row.
    """

    def __init__(
        self,
        site: Site,
        task: Task,
        store: Store,
        member: Member,
        stops: Callable[[], bool] = lambda: False,
        progress: Callable[[], None] | None = None,
    ) -> None:
        self._site, self._task, self._store = site, task, store
        self._member, self._stops, self._progress = member, stops, progress
        self._made: list[Row] = []
        self._bytes = 0
        self._since = time.monotonic()
        self._done = 0
        self._deaths = site.deaths.counts()
        self._over: set[int] = set()  # chunks that are known to be done
        self._held: list[int] = []  # chunks that are claimed, the last of them maybe half made

    def work(self) -> None:
        """Make runs until nothing can be claimed, or it has to stop.

        What was made is stored whatever ends it, if it is not a kill.
        """
        try:
            self._go()
            self.store()
        except BaseException:
            try:
                self._put()
            finally:
                for chunk in self._held:  # who claims it finds what is stored
                    self._site.claims.let_go(chunk, self._member.token)
            raise

    def _go(self) -> None:
        size = self._site.size() or self._probe()
        if size is None:
            return
        chunks = list(self._site.chunks(size))
        for numbers in self._claimed(chunks):
            self._refuse(numbers)
            for job in self._task.jobs(self._missing(numbers)):
                self._make(job)
            if time.monotonic() - self._since > FLUSH_SECONDS:
                self.store()
            if self._stops():
                return

    def _claimed(self, chunks: Sequence[tuple[int, range]]) -> Iterator[range]:
        """Chunks as this worker gets them: those that nobody has, then those of the dead."""
        for chunk, numbers in chunks:
            if chunk not in self._over and self._site.claims.take(chunk, self._member.token):
                self._held.append(chunk)
                yield numbers
        self.store()
        for chunk, numbers in chunks:
            if chunk not in self._over and self._inherit(chunk):
                self._held.append(chunk)
                yield numbers

    def _inherit(self, chunk: int) -> bool:
        """Claim a chunk of somebody who has died."""
        claims = self._site.claims
        holder = claims.holder(chunk)
        if holder == DONE:
            self._over.add(chunk)
            return False
        if not claims.free(chunk):
            return False
        self._site.bury_dead(self._task.keys)
        if holder:
            self._site.members.await_burial(holder)
        self._deaths = self._site.deaths.counts()
        self._store.refresh()
        return claims.take(chunk, self._member.token)

    def _probe(self) -> int | None:
        """Make some jobs to see how long they take; what was settled of chunks then."""
        missing = self._missing(range(len(self._task.keys)))
        jobs = list(self._task.jobs(missing[-PROBES * self._task.shared :]))
        for number, job in enumerate(reversed(jobs)):
            if (size := self._site.size()) is not None or self._stops():
                return size
            if self._site.probes.take(number, self._member.token):
                began, before = time.perf_counter(), self._done
                self._make(job)
                seconds, made = time.perf_counter() - began, self._done - before
                if made and (before or seconds > TELLING):
                    return self._site.agree(seconds / made)
        return self._site.agree(TELLING)

    def _missing(self, numbers: Sequence[int]) -> list[int]:
        keys, stored = self._task.keys, self._store.has
        made = {row.key for row in self._made}
        return [n for n in numbers if not stored(keys[n]) and keys[n] not in made]

    def _make(self, job: Sequence[int]) -> None:
        """Make the runs of a job; each alone if a process has died of one of them."""
        keys, deaths = self._task.keys, self._deaths
        if deaths and len(job) > 1 and any(keys[number] in deaths for number in job):
            for number in job:
                self._make([number])
            return
        job = [number for number in job if deaths.get(keys[number], 0) < MOST]
        if not job:
            return
        self._member.say(running=job)
        for row in self._task.rows(job):
            self._keep(row)
        self._member.say(running=())

    def _refuse(self, numbers: Sequence[int]) -> None:
        """Set runs aside that processes have died of again and again."""
        if not self._deaths:
            return
        keys = self._task.keys
        for number in self._missing(numbers):
            count = self._deaths.get(keys[number], 0)
            if count >= MOST:
                why = f"set aside: the process that made it died {counted(count, 'time')}"
                self._keep(Row(keys[number], "set aside", reason=why))

    def _keep(self, row: Row) -> None:
        self._made.append(row)
        self._bytes += row.nbytes
        self._done += 1
        self._member.say(done=self._done)
        if self._progress is not None:
            self._progress()
        if self._bytes > FLUSH_BYTES or time.monotonic() - self._since > FLUSH_SECONDS:
            self._put()

    def _put(self) -> None:
        """Store what has been made."""
        self._store.put(self._made)
        self._made, self._bytes = [], 0
        self._since = time.monotonic()

    def store(self) -> None:
        """Store what has been made, and say which chunks are done by that."""
        self._put()
        for chunk in self._held:
            self._site.claims.finish(chunk)
        self._over.update(self._held)
        self._held = []
