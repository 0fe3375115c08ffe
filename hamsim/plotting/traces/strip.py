"""Stimuli as bars above the panels: on whom, how and when."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.plotting.style import LITERAL, Style, drawn
from hamsim.plotting.traces.source import Records
from hamsim.trace.acting import Acting

__all__ = ["MODES", "mark_changes", "paint_strip", "rows_of", "told"]

# What is done, its colour, and what moves is hatched.
MODES = {
    "input": ("input", "#E69F00"),
    "clamp": ("x held", "#56789A"),
    "clamp_g": ("g held", "#7A5C99"),
}
MAX_ROWS = 8
MAX_NAME = 26
MAX_CHANGES = 200
OTHERS = "others"


def rows_of(records: Records, start: float, stop: float) -> dict[str, list[Acting]]:
    """Stimuli that act between two times, by what stands beside their bars."""
    found: dict[str, list[Acting]] = {}
    for each in records.header.stimuli:
        # What begins at the last moment, or ended at the first, is not seen.
        if not each.own and each.start < stop and each.stop > start:
            words = MODES.get(each.mode, (each.mode, ""))[0]
            found.setdefault(f"{drawn(each.who, MAX_NAME)}: {words}", []).append(each)
    if len(found) <= MAX_ROWS:
        return found
    names = list(found)
    kept = {name: found[name] for name in names[: MAX_ROWS - 1]}
    rest = [each for name in names[MAX_ROWS - 1 :] for each in found[name]]
    return {**kept, f"{len(names) - MAX_ROWS + 1} {OTHERS}": rest}


def told(rows: dict[str, list[Acting]], start: float, stop: float) -> list[str]:
    """The same in words."""
    found = []
    for name, bars in rows.items():
        spans = [f"{max(b.start, start):.4g} to {min(b.stop, stop):.4g}" for b in bars[:3]]
        more = f" and {len(bars) - 3} more times" if len(bars) > 3 else ""
        found.append(f"{name} from {', '.join(spans)}{more}")
    return found


def paint_strip(
    axes: Any,
    side: Any,
    rows: dict[str, list[Acting]],
    names: list[str],
    ends: tuple[float, float],
    style: Style,
) -> None:
    """Paint the bars of one trace, in the rows of all that stand side by side.

    Parameters
    ----------
    axes, side : matplotlib.axes.Axes
        `side` gets the names; None where another has them.
    rows : dict of str to list of Acting
    names : list of str
        From above.
    ends : (float, float)
        From when to when.
    style : Style
    """
    start, stop = ends
    for row, name in enumerate(names):
        for moving in (False, True):
            bars = [bar for bar in rows.get(name, []) if bar.moving == moving]
            spans = [(max(b.start, start), min(b.stop, stop)) for b in bars]
            if not spans:
                continue
            colour = MODES.get(bars[0].mode, ("", "0.5"))[1]
            axes.broken_barh(
                [(a, max(b - a, 0.0)) for a, b in spans],
                (row - 0.36, 0.72),
                facecolors="white" if moving else colour,
                edgecolors=colour,
                hatch="/////" if moving else None,
                linewidth=style.thin,
            )
        if side is not None:
            place = ((0.0, row), ("axes fraction", "data"))
            side.annotate(
                name,
                place[0],
                xycoords=place[1],
                va="center",
                fontsize=style.tiny,
                annotation_clip=False,
                **LITERAL,
            )
    for each in (axes, side):
        if each is not None:
            each.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks([])
    for edge in axes.spines.values():
        edge.set_visible(False)
    axes.tick_params(bottom=False, labelbottom=False)


def _moving(each: Acting, stop: float) -> list[tuple[float, float]]:
    """From when to when something moves; all the time where nobody knows."""
    if each.course is None:
        return [(each.start, min(each.stop, stop))] if each.moving else []
    return [(a, min(b, stop)) for a, b in each.course.moving if a < stop]


def mark_changes(axes: Any, records: Records, style: Style) -> None:
    """Draw a line where what acts changes, and a shade while it moves."""
    watch = records.stats.energy
    stretches = () if watch is None else watch.stretches
    light = {"linewidth": 0, "color": "0.93", "zorder": 0}
    t0 = records.t[0]
    if stretches:
        changes = [each.begin for each in stretches if each.begin > t0]
        moving = [(each.begin, each.end) for each in stretches if each.moving]
    else:
        stimuli = records.header.stimuli
        jumps = [each.course.jumps for each in stimuli if each.course is not None]
        ends = [time for each in stimuli for time in (each.start, each.stop)]
        times = np.unique(np.concatenate([ends, *jumps]))
        changes = times[(times > t0) & (times <= records.t[-1])].tolist()
        moving = [span for each in stimuli for span in _moving(each, float(records.t[-1]))]
    for time in changes[:MAX_CHANGES]:
        axes.axvline(time, color="0.6", lw=0.8 * style.thin, linestyle=":", zorder=0.5)
    for begin, end in moving[:MAX_CHANGES]:
        axes.axvspan(begin, end, **light)
