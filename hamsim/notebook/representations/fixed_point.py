"""A `FixedPoint` in a notebook."""

from __future__ import annotations

import numpy as np

from hamsim.counted import counted
from hamsim.equilibria.rest.point import FixedPoint
from hamsim.html.elements import facts, notes, table
from hamsim.html.markup import Html
from hamsim.notebook.representations.pages import page, strip

__all__ = ["show"]

MOST_ROWS = 20
_COLUMNS = ("residual", "energy", "error", "basin", "cost", "converged")


def show(shown: FixedPoint) -> Html:
    """Rest states, and what is known of how each belongs to its start."""
    rows = np.atleast_2d(shown.x)
    if shown.x.ndim == 1:
        told = [(name, _written(getattr(shown, name))) for name in _COLUMNS]
        size = counted(shown.x.size, "neuron")
        return page("FixedPoint", "", size, facts(told), strip(shown.x, "x"), notes(shown.notes))
    done = int(np.count_nonzero(shown.converged))
    columns = [getattr(shown, name) for name in _COLUMNS]
    cells = [
        (str(k), *(_written(column[k]) for column in columns))
        for k in range(min(len(rows), MOST_ROWS))
    ]
    more = [f"and {len(rows) - MOST_ROWS:,} more starts"] if len(rows) > MOST_ROWS else []
    note = f"{done:,} of {counted(len(rows), 'start')} came to rest"
    return page(
        "FixedPoint", "", note, table(("start", *_COLUMNS), cells), notes([*more, *shown.notes])
    )


def _written(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float | np.floating) else str(value)
