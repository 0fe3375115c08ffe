"""The progress bar of a run, on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hamsim.dynamics.run import Progress

__all__ = ["progress_bar"]


def progress_bar(steps: int | None, duration: float, loud: bool, what: str = "steps") -> Any:
    """A context that gives the callback for `simulate_into`; shown on a terminal only.

    Parameters
    ----------
    steps : int or None
        How many there will be; where nobody knows, time is shown instead.
    duration : float
    loud : bool
    what : {"steps", "sweeps"}
    """
    from rich.console import Console

    console = Console(stderr=True)
    if not loud or not console.is_terminal:
        return nullcontext(None)
    return _Bar(console, steps, duration, what)


class _Bar:
    """A progress bar with steps or time, residual and energy."""

    def __init__(self, console: Any, steps: int | None, duration: float, what: str) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn(
                "t = {task.completed:.4g} of {task.total:.4g}"
                if steps is None
                else f"{{task.completed:,.0f}}/{{task.total:,.0f}} {what}"
            ),
            TimeRemainingColumn(),
            TextColumn("{task.fields[facts]}"),
            console=console,
            transient=True,
        )
        self._measure = "want to change: {:,.0f}" if what == "sweeps" else "residual {:.2g}"
        self._steps, self._total = steps, duration if steps is None else steps

    def __enter__(self) -> Callable[[Progress], None]:
        self._bar.start()
        self._task = self._bar.add_task("preparing", total=self._total, facts="")
        return self._update

    def _update(self, progress: Progress) -> None:
        facts = self._measure.format(progress.residual)
        if progress.energy is not None:
            facts += f"  energy {progress.energy:.6g}"
        done = progress.time if self._steps is None else progress.step
        self._bar.update(self._task, completed=done, description="running", facts=facts)

    def __exit__(self, *reason: object) -> None:
        self._bar.stop()
