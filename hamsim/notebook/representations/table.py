"""A `Table`, such as a curve or the history of training, in a notebook."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.counted import counted
from hamsim.html.elements import notes, table
from hamsim.html.markup import Html
from hamsim.notebook.representations.pages import page
from hamsim.tables import Table

__all__ = ["rows_of", "show"]

MOST_ROWS = 20
MOST_COLUMNS = 24


def show(shown: Table) -> Html:
    """Its first rows, and the last."""
    name = str(getattr(shown, "name", ""))
    note = f"{counted(shown.rows, 'row')}, {counted(len(shown), 'column')}"
    more = list(map(str, getattr(shown, "notes", ())))
    if len(shown) > MOST_COLUMNS:
        more.append(f"{len(shown) - MOST_COLUMNS:,} more columns are not shown")
    return page(type(shown).__name__, name, note, rows_of(shown), notes(more))


def rows_of(shown: Table) -> Html:
    """The rows themselves; of many those at either end."""
    count, half = shown.rows, MOST_ROWS // 2
    names = list(shown)[:MOST_COLUMNS]
    places = list(range(count))
    if count > MOST_ROWS:
        places = [*range(half), *range(count - half, count)]
    rows: list[tuple[str, ...]] = [
        (str(k), *(_written(shown[name][k]) for name in names)) for k in places
    ]
    if count > MOST_ROWS:
        rows.insert(half, ("...", *("" for _ in names)))
    return table(("", *names), rows)


def _written(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.5g}" if np.isfinite(value) else ""
    return f"{value:,}" if isinstance(value, int | np.integer) else str(value)
