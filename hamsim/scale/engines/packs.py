"""Runs for workers of Dask that do not see the folder: packs go out, rows come back."""

from __future__ import annotations

import time
from concurrent.futures import CancelledError
from contextlib import suppress
from itertools import islice
from typing import Any

from hamsim.scale.engines import remote
from hamsim.scale.engines.cluster import library
from hamsim.scale.engines.progress import Watch
from hamsim.scale.engines.task import Task
from hamsim.scale.store.row import Row
from hamsim.scale.store.store import Store

__all__ = ["Packs"]

SECONDS = 1.0  # that a pack should take
MOST = 512  # runs of a pack
AHEAD = 2  # packs for each thread, so that none waits for the next
LOOK = 0.1


class Packs:
    """Packs of runs.

    Parameters
    ----------
    client : distributed.Client
    task : Task
    store : Store
    watch : Watch
    """

    def __init__(self, client: Any, task: Task, store: Store, watch: Watch) -> None:
        self._client, self._task, self._store, self._watch = client, task, store, watch
        self._missing = [n for n, key in enumerate(task.keys) if not store.has(key)]
        self._waiting = iter(self._missing)
        self._again: list[list[int]] = []  # runs of a pack that workers died of, each alone
        self._flying: dict[Any, list[int]] = {}
        self._size = max(1, task.shared)
        self._made = 0
        self._content: Any = None

    def work(self) -> None:
        """Make all runs that are missing."""
        distributed = library()
        content = remote.carried(self._task)
        self._content = self._client.submit(_same, content, pure=False)
        try:
            while self._start() or self._flying:
                with suppress(distributed.TimeoutError, TimeoutError):
                    distributed.wait(list(self._flying), LOOK, "FIRST_COMPLETED")
                for future in [each for each in self._flying if each.done()]:
                    self._take(future, self._flying.pop(future))
        finally:
            with suppress(Exception):
                self._client.cancel([self._content, *self._flying])

    def _start(self) -> bool:
        """Have enough packs on their way; whether there is any."""
        wanted = AHEAD * max(1, sum(self._client.nthreads().values()))
        while len(self._flying) < wanted:
            numbers = self._again.pop() if self._again else list(islice(self._waiting, self._size))
            if not numbers:
                break
            future = self._client.submit(_timed, self._content, numbers, pure=False)
            self._flying[future] = numbers
        return bool(self._flying)

    def _take(self, future: Any, numbers: list[int]) -> None:
        from distributed import KilledWorker

        if future.status == "cancelled":
            raise CancelledError
        try:
            rows, seconds = future.result()
        except KilledWorker as error:
            if len(numbers) > 1:
                self._again += [[number] for number in numbers]
                return
            why = f"set aside: {' '.join(str(error).split())}"
            rows, seconds = [Row(self._task.keys[numbers[0]], "set aside", reason=why[:500])], 0.0
        self._store.put(rows)
        self._made += len(rows)
        self._watch.told(self._made)
        if seconds:
            shared = max(1, self._task.shared)
            fitting = int(SECONDS * len(numbers) / seconds)
            self._size = max(shared, min(MOST, 2 * self._size, fitting) // shared * shared)


def _same(content: bytes) -> bytes:
    return content


def _timed(content: bytes, numbers: list[int]) -> tuple[list[Row], float]:
    began = time.perf_counter()
    rows = remote.make(content, numbers)
    return rows, time.perf_counter() - began
