"""A network arranged for many trials, for those of them that go on."""

from __future__ import annotations

from dataclasses import replace

from hamsim.kernels.plan import SCRATCH
from hamsim.layout.arrange import Layout

__all__ = ["narrowed"]


def narrowed(layout: Layout, trials: int, fewer: int) -> Layout:
    """Let a layout for many trials serve fewer of them, at least 2.

    Weights and pieces stay, so that it costs nothing and sums keep their order. Only rooms of
    tasks are measured in rows over all trials: fewer trials need more rows, which come last.
    """
    factor = -(-trials // fewer)
    tasks = layout.plan.tasks.copy()
    tasks[:, SCRATCH] = layout.rows_of_windows + factor * tasks[:, SCRATCH]
    return replace(
        layout,
        plan=layout.plan._replace(tasks=tasks),
        rows_of_windows=(1 + factor) * layout.rows_of_windows,
    )
