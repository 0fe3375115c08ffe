"""What a sweep will take, by one run that is timed."""

from __future__ import annotations

import time as clock
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from hamsim.scale.engines.engine import processors
from hamsim.scale.plan.plan import FILE, Plan
from hamsim.scale.store.row import Row
from hamsim.scale.store.store import Store
from hamsim.scale.work import Work

__all__ = ["Estimate", "estimate", "stored_of"]

# A run that takes longer than these seconds is not timed again once its code is compiled.
LONG = 10.0
# Bytes of a run beside what is kept of it.
BESIDE = 400


@dataclass(frozen=True)
class Estimate:
    """What a sweep will take.

    Parameters
    ----------
    runs, stored : int
        How many there are, and how many of them need not be made.
    each : float
        Seconds of one run.
    size : int
        Bytes of its results.
    workers : int
    """

    runs: int
    stored: int
    each: float
    size: int
    workers: int

    @property
    def missing(self) -> int:
        """Runs that are to be made."""
        return self.runs - self.stored

    @property
    def seconds(self) -> float:
        """Until all are made."""
        return self.each * self.missing / self.workers

    @property
    def bytes(self) -> int:
        """Of the results of all that are missing."""
        return self.size * self.missing

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, for JSON."""
        return {
            "runs": self.runs,
            "stored": self.stored,
            "missing": self.missing,
            "seconds_a_run": self.each,
            "bytes_a_run": self.size,
            "workers": self.workers,
            "seconds": self.seconds,
            "bytes": self.bytes,
        }


def estimate(plan: Plan, folder: Path, workers: int | None = None) -> Estimate:
    """Count the runs of a plan, and time one that is missing; nothing is stored.

    Parameters
    ----------
    plan : Plan
    folder : Path
        Where results would be.
    workers : int, optional
    """
    keys = plan.keys()
    missing = _missing(plan, folder)
    count = max(min(processors() if workers is None else workers, len(missing)), 1)
    if not missing:
        return Estimate(len(keys), len(keys), 0.0, 0, count)
    work = Work(plan)
    job = list(next(iter(work.jobs(islice(missing, max(plan.together, 1))))))
    seconds, rows = _timed(work, job)
    if seconds < LONG:  # the first one compiles code that the others find
        seconds, rows = _timed(work, job)
    size = sum(map(_size, rows)) // len(job)
    return Estimate(len(keys), len(keys) - len(missing), seconds / len(job), size, count)


def stored_of(plan: Plan, folder: Path, retry: bool = False) -> int:
    """How many runs of a plan a folder has that are not to be made anew."""
    return len(plan) - len(_missing(plan, folder, retry))


def _missing(plan: Plan, folder: Path, retry: bool = False) -> list[int]:
    if not (folder / FILE).is_file():
        return list(range(len(plan)))
    store, keys = Store(folder), plan.keys()
    again = store.failed(keys) if retry else set()
    return [n for n, key in enumerate(keys) if key in again or not store.has(key)]


def _timed(work: Work, job: list[int]) -> tuple[float, list[Row]]:
    began = clock.perf_counter()
    rows = list(work.rows(job))
    return clock.perf_counter() - began, rows


def _size(row: Row) -> int:
    return BESIDE + sum(np.asarray(value).nbytes for value in row.values.values())
