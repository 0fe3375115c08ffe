"""How often a process has died while it made a run."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

__all__ = ["MOST", "Deaths"]

MOST = 3  # times; then a run is set aside


class Deaths:
    """Deaths by the keys of runs.

    Parameters
    ----------
    folder : Path
        Of a file for each run that any process died of: a byte a death.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def note(self, keys: Iterable[str]) -> None:
        """Note one more death of each of some runs."""
        for key in keys:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._folder / key, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            os.write(handle, b"+")
            os.close(handle)

    def counts(self) -> dict[str, int]:
        """How many deaths, of runs that have any."""
        try:
            return {entry.name: entry.stat().st_size for entry in os.scandir(self._folder)}
        except FileNotFoundError:
            return {}
