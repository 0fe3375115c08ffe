"""The progress bar of many runs, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hamsim.report.words import duration

if TYPE_CHECKING:
    from hamsim.scale.engines.progress import Progress

__all__ = ["runs_bar"]


@contextmanager
def runs_bar(loud: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A progress bar with runs, rate and time left; on a terminal only."""
    from rich.console import Console

    console = Console(stderr=True)
    if not loud or not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("running"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} runs"),
        TextColumn("{task.fields[facts]}"),
        console=console,
        transient=True,
        auto_refresh=False,  # by a thread, beside which no process can be forked
    )
    task = bar.add_task("running", total=1, facts="")

    def show(progress: Progress) -> None:
        left = "" if progress.left is None else f", {duration(progress.left)} left"
        facts = f"{progress.rate:.3g} a second{left}" if progress.rate else ""
        bar.update(task, completed=progress.done, total=progress.total, facts=facts, refresh=True)

    with bar:
        yield show
