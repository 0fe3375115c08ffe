"""`SweepResults` in a notebook."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.html.charts import curves, heat_map
from hamsim.html.elements import facts, notes, table
from hamsim.html.markup import Html, joined
from hamsim.notebook.representations.pages import folded, page
from hamsim.report.sweep import SweepReport
from hamsim.report.words import named
from hamsim.scale.results.results import KNOWN, SweepResults

__all__ = ["show"]

MOST_ROWS = 30
MOST_RUNS = 100_000  # of which pictures are drawn
MOST_PICTURES = 4
MOST_REASONS = 10


def show(results: SweepResults) -> Html:
    """Axes, how many runs there are, what was kept, and a picture of single numbers."""
    report = SweepReport(results, "")
    counts = {word: count for word, count in report.counts().items() if count}
    told = ", ".join(f"{count:,} {word}" for word, count in counts.items())
    parts: list[object] = [facts([("runs", told or "none")]), _axes(results), _kept(results)]
    reasons = list(report.reasons().items())[:MOST_REASONS]
    if reasons:
        rows = [(f"{count:,}", why) for why, count in reasons]
        parts.append(folded("Failed", "why", table(("runs", "reason"), rows)))
    parts += [_pictures(results), notes(results.notes.get("damaged", ()), "Damaged")]
    return page("SweepResults", results.name, counted(len(results), "run"), *parts)


def _axes(results: SweepResults) -> Html:
    sizes = dict(zip(results.dims, results.shape, strict=True))
    rows = []
    for each in results.coordinates[:MOST_ROWS]:
        values = each.values
        some = ", ".join(_written(value) for value in values[:4].tolist())
        if values.size > 4:
            some += f", ... {_written(values[-1])}"
        rows.append((named(each.dim), f"{sizes[each.dim]:,}", named(each.name), named(some)))
    return table(("axis", "places", "what changes", "values"), rows) if rows else joined(())


def _kept(results: SweepResults) -> Html:
    rows = [
        (named(name), " x ".join(map(str, values.shape)) or "one number", str(values.dtype))
        for name, values in results.columns.items()
        if name not in KNOWN
    ]
    columns = ("kept of each run", "shape", "type")
    return folded("Kept", f"{len(rows):,}", table(columns, rows[:MOST_ROWS]), unfolded=True)


def _pictures(results: SweepResults) -> Html:
    """Single numbers over the axis whose values are numbers, or over two of them; else nothing."""
    if not 1 < len(results) <= MOST_RUNS:
        return joined(())
    numbers = [
        name
        for name, values in results.columns.items()
        if name not in KNOWN and values.shape == () and values.dtype.kind in "fiu"
    ]
    found = [_picture(results, name) for name in numbers[:MOST_PICTURES]]
    drawn = [each for each in found if each is not None]
    return folded("Pictures", ", ".join(numbers[:MOST_PICTURES]), *drawn) if drawn else joined(())


def _picture(results: SweepResults, name: str) -> Html | None:
    axes = {}
    for each in results.coordinates:
        rising = each.is_number and each.values.size > 1 and np.all(np.diff(each.values) > 0)
        if rising and each.dim not in axes:
            axes[each.dim] = each
    if not axes:
        return None
    last = list(axes.values())[-2:]
    keep = [results.dims.index(each.dim) for each in last]
    others = tuple(k for k in range(len(results.dims)) if k not in keep)
    moved = np.moveaxis(results.of(name).astype(float), others, range(len(others)))
    values = _means(moved, len(keep))
    title = f"{name}, mean of other axes" if others else name
    span = (float(last[-1].values[0]), float(last[-1].values[-1]))
    if values.ndim == 1:
        return curves(
            np.asarray(last[0].values, float), {name: values}, title, span, axis=named(last[0].name)
        )
    rows = [(1.0, f"{last[0].values[0]:.4g}"), (0.0, f"{last[0].values[-1]:.4g}")]
    title = f"{title}; down: {named(last[0].name)}"
    return heat_map(values[::-1], title, span, rows, axis=named(last[1].name))


def _means(values: Floats, axes: int) -> Floats:
    """Means over the first axes, of what is finite, so that so many are left."""
    while values.ndim > axes:
        values = _mean(values)
    return values


def _mean(values: Floats) -> Floats:
    known = np.isfinite(values)
    with np.errstate(all="ignore"):
        found: Floats = np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0)
    return found


def _written(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
