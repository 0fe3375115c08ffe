"""The progress bar of training, on a terminal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hamsim.learning.training.history import Progress

__all__ = ["told", "training_bar"]


@contextmanager
def training_bar(loud: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A bar with epochs, loss, score, sweeps to rest and rows that are left out."""
    from rich.console import Console

    console = Console(stderr=True)
    if not loud or not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[facts]}"),
        console=console,
        transient=True,
    )
    task = bar.add_task("preparing", total=None, facts="")

    def show(progress: Progress) -> None:
        done = (progress.epoch - 1) * progress.batches + progress.batch
        bar.update(
            task,
            completed=done,
            total=progress.epochs * progress.batches,
            description=f"epoch {progress.epoch:,}/{progress.epochs:,}",
            facts=told(progress),
        )

    with bar:
        yield show


def told(progress: Progress) -> str:
    """Loss, score, sweeps and what is left out, as far as they are known."""
    words = []
    if math.isfinite(progress.loss):
        words.append(f"loss {progress.loss:.4g}")
    if math.isfinite(progress.score):
        words.append(f"score {progress.score:.4g}")
    if math.isfinite(progress.sweeps):
        words.append(f"{progress.sweeps:.1f} sweeps")
    if progress.unstable:
        words.append(f"{progress.unstable:,} left out")
    return "  ".join(words)
