"""What an engine needs to know of a sweep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from hamsim.scale.store.row import Row

__all__ = ["Task"]


class Task(Protocol):
    """Runs by number.

    Parameters
    ----------
    keys : sequence of str
        The key of each run.
    shared : int
        So many runs from each multiple of this number on are best made together.
    """

    keys: Sequence[str]
    shared: int

    def jobs(self, numbers: Iterable[int]) -> Iterable[Sequence[int]]:
        """Some runs, put together as they are best made."""

    def rows(self, job: Sequence[int]) -> Iterator[Row]:
        """Make the runs of a job: a row each, a run that fails is one too."""

    def warm(self) -> None:
        """Load what runs need, without making one; never an error."""
