"""The engine of Dask: its workers make runs, and store them where they see the folder.

Who sees the folder works on it as any process does, some seconds at a time: what is claimed, done,
or has been died of is written there, so that nothing depends on what Dask knows, and processes may
work on the same folder besides. Where the folder is not seen, packs of runs go out and their rows
come back.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import Any

from hamsim.errors import HamsimError
from hamsim.scale.engines import remote
from hamsim.scale.engines.cluster import connected, library
from hamsim.scale.engines.engine import processors, reopen
from hamsim.scale.engines.members import new_token
from hamsim.scale.engines.packs import Packs
from hamsim.scale.engines.progress import Progress, Watch
from hamsim.scale.engines.site import LEASE, Site
from hamsim.scale.engines.task import Task
from hamsim.scale.store.store import Store

__all__ = ["run_on_dask"]

SESSION = 2.0  # seconds that a worker works before Dask hears of it
LOOK = 0.1  # seconds between two looks
PATIENCE = 60.0  # seconds without any worker
MOST_DEATHS = 30  # of sessions, while not one run is made


class SchedulerLostError(HamsimError):
    """The scheduler is gone while runs are missing."""


def run_on_dask(
    task: Task,
    store: Store,
    where: Any = None,
    workers: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    lease: float = LEASE,
) -> None:
    """Make all runs that are not stored.

    Parameters
    ----------
    task : Task
    store : Store
    where : None, str, path or distributed.Client
        "local" or None, the address of a scheduler, the file of a scheduler, or a client.
    workers : int, optional
        Processes of a local cluster; as many as there are processors if nobody says.
    progress : callable, optional
        Called with a `Progress` a few times a second.
    lease : float
        Seconds after which a process of another machine that says nothing is taken for dead.

    Raises
    ------
    HamsimError
        distributed is not installed, the scheduler does not answer or is gone, workers have
        another version of hamsim, or results cannot be stored.
    KeyboardInterrupt
        Ctrl-C; what was made is stored.
    """
    library()
    site = Site(store.folder, task.keys, task.shared, lease)
    site.open()
    member = site.members.enter()
    member.keep_beating()
    keys = list(dict.fromkeys(task.keys))
    missing = sum(not store.has(key) for key in keys)
    watch = Watch(site.members, len(keys) - missing, len(keys), progress)
    try:
        reopen(site, task, store)
        if missing:
            count = min(processors() if workers is None else workers, missing)
            _until_done(task, store, site, watch, where, count)
        watch.told(missing - sum(not store.has(key) for key in keys))
    finally:
        member.leave()
    if site.close(member.token):
        store.tidy()


def _until_done(task: Task, store: Store, site: Site, watch: Watch, where: Any, count: int) -> None:
    """Go on with a scheduler that has come back, if runs were made since it last went."""
    lost: SchedulerLostError | None = None
    before = -1
    while True:
        try:
            with (
                connected(where, count) as client,
                client.as_current(),
                _noticed(client, store, task.keys),
            ):
                _go(client, task, store, site, watch)
                return
        except SchedulerLostError as error:
            lost = error
        except HamsimError:
            if lost is None:
                raise
            raise lost from None
        stored = len(store.keys())
        if stored <= before or not isinstance(where, str | os.PathLike):
            raise lost
        before = stored


def _go(client: Any, task: Task, store: Store, site: Site, watch: Watch) -> None:
    """Make runs in sessions, or in packs if a worker does not see the folder."""
    token = new_token()
    file, stop = site.folder / f"task.{token}", site.folder / f"stop.{token}"
    remote.put_task(task, file)
    out, file, stop = (path.absolute() for path in (store.folder, file, stop))
    shared = remote.Shared(str(out), str(file), str(stop), site.members.lease)
    try:
        _await_workers(client)
        if all(_seen(client, shared.file)):
            try:
                _Sessions(client, task, store, shared, watch).work()
                return
            except remote.BlindError:  # one that came later
                pass
        Packs(client, task, store, watch).work()
    finally:
        for path in (file, stop):
            path.unlink(missing_ok=True)


def _await_workers(client: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not client.nthreads():
        if time.monotonic() > end:
            raise HamsimError(f"Dask has had no worker for {PATIENCE:g} s")
        time.sleep(LOOK)


def _seen(client: Any, file: str) -> list[bool]:
    """Whether each worker sees a file.

    Raises
    ------
    HamsimError
        One has another version of hamsim, or none.
    """
    from hamsim import __version__

    try:
        found = client.run(remote.looked, file)
    except ImportError as error:
        raise HamsimError(f"workers of Dask cannot import hamsim: {error}") from None
    for worker, (version, _) in found.items():
        if version != __version__:
            raise HamsimError(f"{worker} has hamsim {version}, not {__version__} as here")
    return [seen for _, seen in found.values()]


@contextmanager
def _noticed(client: Any, store: Store, keys: Sequence[str]) -> Iterator[None]:
    """Say it in one line where the scheduler goes, whatever Dask says then.

    Raises
    ------
    SchedulerLostError
    """
    answers = False
    try:
        yield
    except (HamsimError, remote.BlindError):
        raise
    except Exception:
        with suppress(Exception):
            client.nthreads()
            answers = True
        if answers:
            raise
    else:
        return
    store.refresh()
    wanted = set(keys)
    raise SchedulerLostError(
        f"the scheduler of Dask is gone; {sum(map(store.has, wanted)):,} of {len(wanted):,} "
        "runs are stored, and the same command makes those that are missing"
    )


class _Sessions:
    """Workers that work on the folder, some seconds at a time."""

    def __init__(
        self, client: Any, task: Task, store: Store, shared: remote.Shared, watch: Watch
    ) -> None:
        self._client, self._task, self._store = client, task, store
        self._shared, self._watch = shared, watch
        self._left = [key for key in dict.fromkeys(task.keys) if not store.has(key)]
        self._flying: set[Any] = set()
        self._deaths = 0

    def work(self) -> None:
        """Let workers work until no run is missing."""
        distributed = library()
        try:
            while self._left:
                self._start()
                self._watch.look()
                with suppress(distributed.TimeoutError, TimeoutError):
                    distributed.wait(list(self._flying), LOOK, "FIRST_COMPLETED")
                if not self._took() and not self._look():
                    time.sleep(LOOK)  # others make what is left
        finally:
            self._end()

    def _start(self) -> None:
        """Have a session for each thread of a worker."""
        threads = self._client.nthreads()
        if not threads:
            _await_workers(self._client)
        while len(self._flying) < min(sum(threads.values()), len(self._left)):
            self._flying.add(self._client.submit(remote.session, self._shared, SESSION, pure=False))

    def _took(self) -> int:
        """Hear of sessions that are over; how many runs they made."""
        from distributed import KilledWorker

        made = 0
        for future in [each for each in self._flying if each.done()]:
            self._flying.remove(future)
            if future.status == "cancelled":
                raise CancelledError
            try:
                made += future.result()
            except KilledWorker as error:
                self._deaths += 1
                if self._deaths >= MOST_DEATHS:
                    raise HamsimError(
                        f"workers of Dask die before they make a run: {error}"
                    ) from None
        if made:
            self._deaths = 0
        return made

    def _look(self) -> bool:
        """See what is stored; whether that is more than before."""
        before = len(self._left)
        self._store.refresh()
        self._left = [key for key in self._left if not self._store.has(key)]
        return len(self._left) < before

    def _end(self) -> None:
        """Let sessions store what they have made, and leave."""
        distributed = library()
        with suppress(Exception):
            open(self._shared.stop, "w").close()
            distributed.wait(list(self._flying), 2 * SESSION)
