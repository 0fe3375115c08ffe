"""Where the records of a command's run go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hamsim.cli.resume import Resumed
    from hamsim.dynamics.run import Run
    from hamsim.dynamics.sweep_run import SweepRun

__all__ = ["sink_for"]


def sink_for(run: Run | SweepRun, target: Path | None, resumed: Resumed | None) -> Any:
    """Where the records go.

    Parameters
    ----------
    run : Run or SweepRun
    target : Path or None
        File of the records; None keeps nothing.
    resumed : Resumed or None
        What the run goes on with, whose records come first.
    """
    from hamsim.dynamics.room import require_disk
    from hamsim.trace.file import FileSink

    if target is None:
        return _Nothing()
    sink = FileSink(target, None if resumed is None else resumed.before)
    require_disk(run, target, None if resumed is None else resumed.path)
    return sink


class _Nothing:
    """A sink for runs of which nothing is kept."""

    def open(self, header: Any) -> None:
        """Do nothing."""

    def append(self, t: Any, blocks: Any) -> None:
        """Do nothing."""

    def keep(self, state: Any) -> None:
        """Do nothing."""

    def close(self, outcome: Any, stats: Any) -> None:
        """Do nothing."""

    def abandon(self) -> None:
        """Do nothing."""
