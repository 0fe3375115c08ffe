"""The progress bar of a run, on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hamsim.dynamics.run import Progress

__all__ = ["progress_bar"]


def progress_bar(steps: int, loud: bool) -> Any:
    """A context that gives the callback for `simulate_into`; shown on a terminal only."""
    from rich.console import Console

    console = Console(stderr=True)
    if not loud or not console.is_terminal:
        return nullcontext(None)
    return _Bar(console, steps)


class _Bar:
    """A progress bar with steps, residual and energy."""

    def __init__(self, console: Any, steps: int) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f}/{task.total:,.0f} steps"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[facts]}"),
            console=console,
            transient=True,
        )
        self._steps = steps

    def __enter__(self) -> Callable[[Progress], None]:
        self._bar.start()
        self._task = self._bar.add_task("preparing", total=self._steps, facts="")
        return self._update

    def _update(self, progress: Progress) -> None:
        facts = f"residual {progress.residual:.2g}"
        if progress.energy is not None:
            facts += f"  energy {progress.energy:.6g}"
        self._bar.update(self._task, completed=progress.step, description="running", facts=facts)

    def __exit__(self, *reason: object) -> None:
        self._bar.stop()
