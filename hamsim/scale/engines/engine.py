"""`run`: make what a store lacks, in this process or in several, and whoever joins."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Sequence

from hamsim.errors import HamsimWarning
from hamsim.scale.engines.claims import DONE
from hamsim.scale.engines.members import Member
from hamsim.scale.engines.processes import Crew
from hamsim.scale.engines.progress import Progress, Watch
from hamsim.scale.engines.site import LEASE, Site
from hamsim.scale.engines.task import Task
from hamsim.scale.engines.working import Worker
from hamsim.scale.store.store import Store

__all__ = ["processors", "reopen", "run", "work_alone"]

# Seconds between two looks at what others do, at first and at most.
WAITING, MOST_WAITING = 0.1, 5.0


def run(
    task: Task,
    store: Store,
    workers: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    command: Sequence[str] | None = None,
    lease: float = LEASE,
) -> None:
    """Make all runs that are not stored.

    Parameters
    ----------
    task : Task
    store : Store
    workers : int, optional
        So many processes; as many as there are processors if nobody says. With one, runs are made
        in this process.
    progress : callable, optional
        Called with a `Progress` a few times a second.
    command : sequence of str, optional
        Arguments of Python for a process that works on this sweep, where this process cannot be
        forked; the name of the member that it is to be, and the number of this process, are added.
        None where only a copy of this process can make the runs.
    lease : float
        Seconds after which a process of another machine that says nothing is taken for dead.

    Raises
    ------
    HamsimError
        Results cannot be stored, or processes end for another reason than a run.
    KeyboardInterrupt
        Ctrl-C; what was made is stored.
    """
    for why in store.verify().values():
        warnings.warn(f"{why}; its runs are made again", HamsimWarning, stacklevel=2)
    site = Site(store.folder, task.keys, task.shared, lease)
    site.open()
    member = site.members.enter()
    keys = set(task.keys)
    stored = sum(map(store.has, keys))
    watch = Watch(site.members, stored, len(keys), progress)
    try:
        reopen(site, task, store)
        count = min(processors() if workers is None else workers, len(keys) - stored)
        if count > 1 and (command is not None or hasattr(os, "fork")):
            Crew(site, task, store, member, count, command).work(watch)
        elif count:
            work_alone(site, task, store, member, watch=watch)
        watch.told(sum(map(store.has, keys)) - stored)
    finally:
        member.leave()
    if site.close(member.token):
        store.tidy(alone=not site.folder.parent.exists())


def work_alone(
    site: Site,
    task: Task,
    store: Store,
    member: Member,
    stops: Callable[[], bool] = lambda: False,
    watch: Watch | None = None,
) -> None:
    """Make runs in this process until none is missing, those that others have included."""
    member.keep_beating()
    look = None if watch is None else watch.look
    worker = Worker(site, task, store, member, stops, look)
    pause = WAITING
    while site.is_open:
        worker.work()
        store.refresh()
        if stops() or all(map(store.has, task.keys)):
            return
        time.sleep(pause)
        pause = min(1.5 * pause, MOST_WAITING)


def reopen(site: Site, task: Task, store: Store) -> None:
    """Let chunks be claimed again that were done, and whose runs are not whole any more."""
    site.bury_dead(task.keys)
    size = site.size()
    for chunk, numbers in site.chunks(size) if size else ():
        whole = all(store.has(task.keys[number]) for number in numbers)
        if not whole and site.claims.holder(chunk) == DONE:
            site.claims.let_go(chunk, DONE)


def processors() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
