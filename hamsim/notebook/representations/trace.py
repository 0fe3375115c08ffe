"""A `Trace` in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.html.charts import images
from hamsim.html.elements import facts, notes, paragraph, table
from hamsim.html.markup import Html, joined
from hamsim.html.pictures import sparkline
from hamsim.methods import DISCRETE
from hamsim.network import Group
from hamsim.notebook.representations.pages import folded, page, strip
from hamsim.report.words import duration, named, size_of
from hamsim.trace.trace import Trace

__all__ = ["show"]

MOST_GROUPS = 12
MOST_POINTS = 120  # records of a small curve
MOST_NEURONS = 200  # of which a group's curve is the mean
MOST_IMAGES = 6
MOST_PIXELS = 4096


def show(trace: Trace) -> Html:
    """What was recorded, how it ended, and what the states were."""
    trials = "" if trace.trials is None else f", {counted(trace.trials, 'trial')}"
    note = f"{counted(trace.t.size, 'record')} of {', '.join(trace.arrays)}{trials}"
    parts = [paragraph(str(trace.outcome)), facts(_facts(trace)), _groups(trace)]
    if trace.t.size:
        parts += list(_last(trace))
    parts.append(_made(trace))
    return page("Trace", trace.header.name, note, *parts)


def _facts(trace: Trace) -> Iterator[tuple[str, object]]:
    if trace.t.size:
        unit = "sweeps" if trace.made.method in DISCRETE else "t"
        yield unit, f"{trace.t[0]:.6g} to {trace.t[-1]:.6g}"
    for what, name in (("energy", "energy"), ("residual", "residual")):
        if what in trace.arrays and trace.t.size:
            values = _mean(trace.arrays[what][_some(trace.t.size)])
            mean = ", mean of trials" if trace.trials is not None else ""
            yield name, joined([f"{_ends(values)}{mean} ", sparkline(values, f"{name} over time")])
    stats = trace.stats
    method = f"{stats.method}, dt = {stats.dt:.4g}" if stats.dt else stats.method
    if method:
        took = f"{counted(stats.sweeps or stats.steps, 'sweep' if stats.sweeps else 'step')}"
        yield "method", f"{method}; {took} in {duration(stats.seconds)}"
    memory = sum(each.nbytes for each in trace.arrays.values())
    yield "memory", size_of(memory)


def _ends(values: Floats) -> str:
    """The first and the last of some numbers that are finite."""
    finite = values[np.isfinite(values)]
    return f"{finite[0]:.6g} to {finite[-1]:.6g}" if finite.size else "never finite"


def _some(count: int) -> Any:
    """Records that a small curve is made of."""
    return np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(int))


def _mean(values: Floats) -> Floats:
    """Means over trials, of those that are finite."""
    known = np.isfinite(values)
    with np.errstate(all="ignore"):
        total = np.where(known, values, 0.0).sum(axis=1)
        found: Floats = total / known.sum(axis=1)
    return found


def _groups(trace: Trace) -> Html:
    """A row a group: how many of its neurons were recorded, and their mean over time."""
    header = trace.header
    if not {"x", "g"} & set(trace.arrays):
        return joined(())
    what = "g" if "g" in trace.arrays else "x"
    rows = []
    kept = [k for k in range(len(header.groups)) if header.recorded.count(k)]
    for k in kept[:MOST_GROUPS]:
        group, count = header.groups[k], header.recorded.count(k)
        size = f"{count:,}" if count == group.size else f"{count:,} of {group.size:,}"
        rows.append((named(group.name), size, group.lagrangian, _curve(trace, what, k)))
    more = len(kept) - MOST_GROUPS
    return joined(
        [
            table(("group", "neurons recorded", "Lagrangian", f"mean of {what}"), rows),
            paragraph(f"and {more:,} more groups", "quiet") if more > 0 else "",
        ]
    )


def _curve(trace: Trace, what: str, k: int) -> Html:
    """The mean over neurons of a group, and over trials, over time; of an even part of many."""
    if not trace.t.size:
        return joined(())
    where = trace.header.recorded.of_group(k)
    every = -(-(where.stop - where.start) // MOST_NEURONS)
    columns = slice(where.start, where.stop, every)
    records = _some(trace.t.size)
    trials = slice(0, MOST_IMAGES)
    values = np.stack([trace.arrays[what][r, trials, columns].ravel() for r in records.tolist()])
    mean = _mean(values)
    last = f" {mean[-1]:.3g}" if np.isfinite(mean[-1]) else " not finite at the end"
    return joined([sparkline(mean, f"mean of {what} over time"), last])


def _last(trace: Trace) -> Iterator[Html]:
    """The last states: images of groups on a grid, rows of colours of others."""
    what = "g" if "g" in trace.arrays else "x"
    if what not in trace.arrays:
        return
    last, header = trace.arrays[what][-1], trace.header
    parts = []
    whole = header.recorded.whole[:MOST_GROUPS]
    for k in whole:
        group = header.groups[k]
        values = last[:, header.recorded.of_group(k)]
        title = f"{what} of {named(group.name)}"
        if _is_image(group):
            rows = values[:MOST_IMAGES].reshape(-1, *group.shape[:2])
            names = ["now"] if trace.trials is None else [f"trial {j}" for j in range(len(rows))]
            parts.append(images(dict(zip(names, rows, strict=True)), title, height=64))
        else:
            parts.append(strip(values[0], title + ("" if trace.trials is None else ", trial 0")))
    if parts:
        yield folded("Last states", f"at {trace.t[-1]:.6g}", *parts)


def _is_image(group: Group) -> bool:
    flat = len(group.shape) == 2 or (len(group.shape) == 3 and group.shape[2] == 1)
    return flat and min(group.shape[:2]) > 1 and group.size <= MOST_PIXELS


def _made(trace: Trace) -> Html:
    """What made it."""
    made = trace.made.to_dict()
    told = [
        (name, str(value))
        for name, value in made.items()
        if value not in ("", None, {}) or not name
    ]
    return folded(
        "Made by", f"hamsim {trace.made.hamsim}".strip(), facts(told), notes(trace.stats.notes)
    )
