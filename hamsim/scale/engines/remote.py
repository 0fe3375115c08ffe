"""What is done in workers of Dask: some seconds of work on a folder, or some runs that go back."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hamsim.paths import replacing
from hamsim.scale.engines.site import Site
from hamsim.scale.engines.task import Task
from hamsim.scale.engines.working import Worker
from hamsim.scale.store.row import Row
from hamsim.scale.store.store import Store

__all__ = ["BlindError", "Shared", "carried", "looked", "make", "put_task", "session"]

# Tasks and stores that a thread has at hand.
_KEPT = threading.local()


class BlindError(Exception):
    """A worker does not see the folder of the sweep."""


@dataclass(frozen=True)
class Shared:
    """What sessions need, in the folder of the sweep's work.

    Parameters
    ----------
    out : str
        Folder of the sweep.
    file : str
        The task.
    stop : str
        A file that is there when sessions are to end.
    lease : float
    """

    out: str
    file: str
    stop: str
    lease: float


def looked(file: str) -> tuple[str, bool]:
    """Version of hamsim here, and whether a file is seen."""
    from hamsim import __version__

    return __version__, os.path.isfile(file)


def put_task(task: Task, path: Path) -> None:
    """Write a task for workers that see the folder."""
    import cloudpickle

    with replacing(path) as stream:
        stream.write(cloudpickle.dumps(task))


def session(shared: Shared, seconds: float) -> int:
    """Work on a folder for some time; how many runs were made.

    Raises
    ------
    BlindError
        The folder is not seen from here.
    """
    try:
        content = Path(shared.file).read_bytes()
    except OSError:
        if os.path.isdir(shared.out):  # the sweep is over
            return 0
        raise BlindError from None
    task, store = _at_hand(content, shared.out)
    counted = _Counted(task)
    site = Site(Path(shared.out), task.keys, task.shared, shared.lease)
    member = site.members.enter()
    member.keep_beating()
    end = time.monotonic() + seconds
    try:
        Worker(
            site,
            counted,
            store,
            member,
            lambda: time.monotonic() > end or member.lost or os.path.exists(shared.stop),
        ).work()
    finally:
        member.leave()
    return counted.made


def _at_hand(content: bytes, out: str) -> tuple[Task, Store]:
    """The task and the store, which are kept from one session to the next."""
    name = (hashlib.sha256(content).hexdigest(), out)
    if getattr(_KEPT, "name", None) != name:
        _KEPT.task, _KEPT.store = pickle.loads(content), Store(out)
        _KEPT.name = name
    else:
        _KEPT.store.refresh()
    return _KEPT.task, _KEPT.store


class _Counted:
    """A task that counts rows."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self.keys, self.shared = task.keys, task.shared
        self.jobs, self.warm = task.jobs, task.warm
        self.made = 0

    def rows(self, job: Sequence[int]) -> Iterator[Row]:
        for row in self._task.rows(job):
            self.made += 1
            yield row


def carried(task: Any) -> bytes:
    """A task with its data files, for workers that do not see the folder."""
    import cloudpickle

    plan = getattr(task, "plan", None)
    places = getattr(getattr(plan, "source", None), "places", {})
    files = {name: Path(path).read_bytes() for name, path in places.items()}
    content: bytes = cloudpickle.dumps((task, files))
    return content


def make(content: bytes, numbers: Sequence[int]) -> list[Row]:
    """Make some runs, which go back."""
    digest = hashlib.sha256(content).hexdigest()
    if getattr(_KEPT, "carried", None) != digest:
        _KEPT.brought = _unpacked(content)
        _KEPT.carried = digest
    task: Task = _KEPT.brought
    return [row for job in task.jobs(numbers) for row in task.rows(job)]


def _unpacked(content: bytes) -> Any:
    """A task, with its data files in a folder that goes when the task does."""
    task, files = pickle.loads(content)
    if not files:
        return task
    from distributed import get_worker

    # Where Dask itself clears up what workers that were killed have left.
    folder = tempfile.mkdtemp(prefix="hamsim-", dir=get_worker().local_directory)
    places = {}
    for name, data in files.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        places[name] = str(path)
    plan = task.plan
    found = type(task)(replace(plan, source=replace(plan.source, places=places)))
    weakref.finalize(found, shutil.rmtree, folder, ignore_errors=True)
    return found
