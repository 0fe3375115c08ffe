"""A run in memory that also writes what it has to a file, from which it can go on after a kill."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.errors import SimulationError, given
from hamsim.request import seconds_of
from hamsim.trace.file import FileSink
from hamsim.trace.outcome import Outcome
from hamsim.trace.state import State
from hamsim.trace.stats import Stats
from hamsim.trace.trace import Header, MemorySink

__all__ = ["CHECKPOINT_SECONDS", "WithFile", "checkpoint_of"]

CHECKPOINT_SECONDS = 60.0


class WithFile(MemorySink):
    """Keeps all records in memory, and in a file as they come.

    Parameters
    ----------
    path : str
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._file = FileSink(path)

    def open(self, header: Header) -> None:
        """Prepare both."""
        self._file.open(header)
        super().open(header)

    def append(self, t: Floats, blocks: Mapping[str, NDArray[Any]]) -> None:
        """Keep some records in both."""
        self._file.append(t, blocks)
        super().append(t, blocks)

    def keep(self, state: State) -> None:
        """Keep the state in both."""
        self._file.keep(state)
        super().keep(state)

    def close(self, outcome: Outcome, stats: Stats) -> None:
        """Complete both."""
        self._file.close(outcome, stats)
        super().close(outcome, stats)

    def abandon(self) -> None:
        """Leave the file as it is."""
        self._file.abandon()


def checkpoint_of(asked: Any) -> tuple[str, float] | None:
    """File and seconds between states; None where nobody asks for one.

    Raises
    ------
    SimulationError
    """
    if asked is None:
        return None
    every: Any = CHECKPOINT_SECONDS
    file = asked
    if isinstance(asked, Mapping):
        if not {"file"} <= set(asked) <= {"file", "every"}:
            raise SimulationError(
                f"checkpoint is {given(dict(asked))}; allowed are 'run.nc' and {{'file': 'run.nc', "
                "'every': '60s'}"
            )
        file, every = asked["file"], asked.get("every", every)
    if not isinstance(file, str | os.PathLike) or not os.fspath(file):
        raise SimulationError(f"checkpoint is {given(asked)}; it must name a file, as 'run.nc'")
    return os.fsdecode(file), seconds_of("checkpoint every", every)
