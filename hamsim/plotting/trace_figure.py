"""A picture of a trace: energy against time, and the activations of groups."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hamsim.arrays import Floats
from hamsim.errors import TraceError
from hamsim.methods import DISCRETE
from hamsim.network import Group
from hamsim.plotting.panels import Part, is_image, panels, recorded_in_order
from hamsim.plotting.style import plain_style
from hamsim.plotting.style.texts import LITERAL, drawn, legend
from hamsim.trace.trace import Trace

__all__ = ["draw_trace", "left_out"]

MAX_IMAGES = 10  # trials or times side by side
MAX_LINES = 12  # neurons that are drawn as single lines
MAX_GROUPS = 6
MAX_CHOSEN = 100  # groups that are drawn where somebody names them
MAX_NAMES = 20
MAX_TRIAL_LINES = 50
MAX_CHANGES = 200  # of what acts
# Moments of a run that images are shown at: this part of the energy's fall is behind them.
FALLEN = (0.0, 0.5, 0.9, 1.0)
LARGEST = 1e100
TITLE_WIDTH = 110  # letters in a line
TITLE_LENGTH = 3 * TITLE_WIDTH
MAX_ROW = 30  # letters of a name beside a map
_SERIES = {"energy": "energy E", "residual": "max |W g + I - x|"}


def draw_trace(trace: Trace, groups: Iterable[str] | None = None, neurons: Any = None) -> Figure:
    """Draw the energy against time and a panel for each group.

    Groups whose shape has two axes, or a third of one channel, are drawn as images: one column a
    trial (or a moment, for a single run) and one row a moment. Others are drawn as lines or as a
    map of neuron against time; with many trials, as a map of neuron against trial at the end.
    Dotted lines stand where stimuli begin, end or jump; while inputs move, panels are shaded.

    Parameters
    ----------
    trace : Trace
    groups : iterable of str, optional
        All recorded groups with images first if nothing is said, at most six; `left_out` names
        the others. Of groups that were recorded in part, that part is drawn.
    neurons : str, int or iterable of these, optional
        Single neurons and ranges to draw, in a panel for each of their groups.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TraceError
        The trace holds no records, or not this group; or there are more than a hundred.
    """
    if trace.t.size == 0:
        raise TraceError("the trace holds no records, so there is nothing to draw")
    with plain_style():
        return _draw(trace, groups, neurons)


def _draw(trace: Trace, groups: Iterable[str] | None, neurons: Any) -> Figure:
    if groups is not None:
        groups = tuple(dict.fromkeys(groups))
        if len(groups) > MAX_CHOSEN:
            raise TraceError(f"{len(groups)} groups do not fit; at most {MAX_CHOSEN} are drawn")
    found = [
        (group, _drawable(values))
        for group, values in panels(trace, groups, neurons, most=MAX_GROUPS)
    ]
    if len(found) > MAX_CHOSEN:
        raise TraceError(f"neurons of {len(found)} groups do not fit; at most {MAX_CHOSEN} do")
    moments = _moments(trace)
    series = [what for what in _SERIES if what in trace.arrays]
    heights = [2.0] * len(series)
    heights += [_height(group, values, moments) for group, values in found]
    figure = Figure(figsize=(8.0, sum(heights) + 0.6), layout="constrained")
    parts: Any = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    for part, what in zip(parts, series, strict=False):
        _against_time(part.subplots(), trace, what)
    for part, (group, values) in zip(parts[len(series) :], found, strict=True):
        if is_image(group):
            _images(part, group, values, trace, moments)
        elif trace.trials is not None and trace.trials > 1:
            _by_trial(part, group, values, trace)
        else:
            _by_time(part, group, values[0], trace)
    title = trace.header.name
    words = f"{title}: {trace.outcome}" if title else str(trace.outcome)
    text = textwrap.fill(drawn(words, TITLE_LENGTH), TITLE_WIDTH)
    figure.suptitle(text, fontsize=9, **LITERAL)
    return figure


def left_out(trace: Trace) -> tuple[str, ...]:
    """Recorded groups that `draw_trace` does not draw if nobody names groups."""
    drawn = {"x", "g"} & set(trace.arrays)
    return recorded_in_order(trace)[MAX_GROUPS:] if drawn else ()


def _drawable(values: Floats) -> Floats:
    """Values without those that a plot has no room for: a run that diverged ends in such ones."""
    return np.where(np.abs(values) < LARGEST, values, np.nan)


def _going_on(values: Floats) -> Floats:
    """Values of the trials that do not diverge, or of all if none is left."""
    finite = np.isfinite(values).all(axis=0)
    return values[:, finite] if finite.any() else values


def _moments(trace: Trace) -> list[int]:
    """Records to show: where the energy has fallen by parts of its whole fall."""
    last = trace.t.size - 1
    if "energy" in trace.arrays:
        mean = _going_on(_drawable(trace.arrays["energy"])).mean(axis=1)
        fall = mean[0] - mean[-1]
        if np.isfinite(fall) and fall > 0:
            behind = (mean[0] - mean) / fall
            found = [int(np.argmax(behind >= part - 1e-9)) for part in FALLEN[:-1]]
            return sorted({*found, last})
    return sorted({round(last * part) for part in (0.0, 1 / 3, 2 / 3, 1.0)})


def _shown(group: Group) -> str:
    """What a panel shows of a group."""
    return group.shows if isinstance(group, Part) else "activation"


def _height(group: Group, values: Floats, moments: list[int]) -> float:
    if not is_image(group):
        return 2.0
    if values.shape[0] == 1:
        return 1.9
    return 0.3 + 0.85 * len(moments)


def _against_time(axes: Any, trace: Trace, what: str) -> None:
    """Draw a quantity of each trial, and the mean over trials."""
    values = _drawable(trace.arrays[what])
    shown = values[:, :MAX_TRIAL_LINES]
    faint = 0.3 if shown.shape[1] > 1 else 1
    dot = _dot(trace.t)
    axes.plot(trace.t, shown, color="tab:blue", linewidth=0.8, alpha=faint, marker=dot)
    if shown.shape[1] > 1:
        # A run ends when the worst trial is at rest, so that is the one to look at.
        summary, name = (np.max, "largest") if what == "residual" else (np.mean, "mean")
        those = _going_on(values)
        which = "trials" if those.shape == values.shape else "trials that do not diverge"
        line, label = summary(those, axis=1), f"{name} of {which}"
        if values.shape[1] > MAX_TRIAL_LINES:
            label = f"{name} of all {values.shape[1]} {which}"
            label += f"; lines are the first {MAX_TRIAL_LINES}"
        axes.plot(trace.t, line, color="black", linewidth=1.5, label=label)
        axes.legend(frameon=False, fontsize=8)
    if what == "residual" and np.any(values > 0):
        axes.set_yscale("log")
    watch = trace.stats.energy
    if what == "energy" and watch is not None and watch.rose and watch.time is not None:
        axes.axvline(watch.time, color="tab:red", linewidth=0.8)
        axes.annotate(
            "largest rise", (watch.time, 1), xycoords=("data", "axes fraction"), fontsize=7
        )
    _span(axes, trace)
    _mark_changes(axes, trace)
    axes.set_ylabel(_SERIES[what])


def _dot(t: Floats) -> str:
    """Marker of records: a single one has no line."""
    return "o" if t.size == 1 else ""


def _counts_sweeps(trace: Trace) -> bool:
    """Whether its times are numbers of sweeps."""
    return trace.made.method in DISCRETE


def _moment(trace: Trace, record: int) -> str:
    """When a record was made."""
    t = trace.t[record]
    return f"sweep {t:,.0f}" if _counts_sweeps(trace) else f"t = {t:.3g}"


def _span(axes: Any, trace: Trace) -> None:
    """Let all panels show the same time."""
    axes.set_xlabel("sweep" if _counts_sweeps(trace) else "time")
    if _counts_sweeps(trace):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if trace.t[-1] > trace.t[0]:
        axes.set_xlim(trace.t[0], trace.t[-1])


def _mark_changes(axes: Any, trace: Trace) -> None:
    """Draw a line where what acts changes, and a shade while it moves.

    A trace knows of that where its energy was recorded.
    """
    watch = trace.stats.energy
    told = () if watch is None else watch.stretches[:MAX_CHANGES]
    for stretch in told:
        if stretch.begin > trace.t[0]:
            axes.axvline(stretch.begin, color="0.6", linewidth=0.6, linestyle=":", zorder=0.5)
        if stretch.moving:
            axes.axvspan(stretch.begin, stretch.end, color="0.92", linewidth=0, zorder=0)


def _images(part: Any, group: Group, values: Floats, trace: Trace, moments: list[int]) -> None:
    """One column a trial and one row a moment; one row of moments for a single run."""
    single = values.shape[0] == 1
    if single:
        last = trace.t.size - 1
        moments = sorted({*moments, *(round(last * k / 3) for k in range(4))})[-MAX_IMAGES:]
        pictures = values[:, moments]
    else:
        pictures = values[:MAX_IMAGES, moments].swapaxes(0, 1)
    grid = part.subplots(*pictures.shape[:2], squeeze=False)
    finite = pictures[np.isfinite(pictures)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    for row in range(pictures.shape[0]):
        for column in range(pictures.shape[1]):
            axes = grid[row, column]
            axes.imshow(
                pictures[row, column].reshape(group.shape[:2]), cmap="gray_r", vmin=low, vmax=high
            )
            axes.set_xticks([])
            axes.set_yticks([])
            if single:
                axes.set_title(_moment(trace, moments[column]), fontsize=7)
        if not single:
            grid[row, 0].set_ylabel(_moment(trace, moments[row]), fontsize=7)
    trials = "" if single else f", trials 0 to {pictures.shape[1] - 1}"
    part.suptitle(f"{_shown(group)} of {drawn(group.name)}{trials}", fontsize=8, **LITERAL)


def _by_trial(part: Any, group: Group, values: Floats, trace: Trace) -> None:
    axes = part.subplots()
    final = values[:, -1].reshape(values.shape[0], -1).T
    picture = axes.imshow(final, aspect="auto", cmap="viridis", interpolation="nearest")
    part.colorbar(picture, ax=axes)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("trial")
    _name_rows(axes, group, 0.0)
    title = f"{_shown(group)} of {drawn(group.name)} at {_moment(trace, -1)}"
    axes.set_title(title, fontsize=8, **LITERAL)


def _name_rows(axes: Any, group: Group, first: float) -> None:
    """Label the rows of a map by the neurons' names, where these are there and few."""
    if group.neuron_names and group.size <= MAX_NAMES:
        names = [drawn(name, MAX_ROW) for name in group.neuron_names]
        axes.set_yticks(first + np.arange(group.size), names, fontsize=6, **LITERAL)
    else:
        axes.set_ylabel("neuron")


def _by_time(part: Any, group: Group, values: Floats, trace: Trace) -> None:
    axes, t = part.subplots(), trace.t
    lines = values.reshape(values.shape[0], -1)
    _span(axes, trace)
    if lines.shape[1] <= MAX_LINES:
        _mark_changes(axes, trace)
        labels = [group.label(k) for k in range(group.size)]
        drawn_lines = axes.plot(t, lines, linewidth=1.0, marker=_dot(t))
        place = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)}
        legend(axes, drawn_lines, labels, fontsize=6, **place)
        axes.set_ylabel(f"{_shown(group)} {'x' if _shown(group) == 'state' else 'g'}")
    else:
        # Records need not be evenly spaced: the last one comes when the run ends.
        middles = (t[1:] + t[:-1]) / 2
        edges = np.concatenate([t[:1], middles, t[-1:] if t.size > 1 else t + 1.0])
        picture = axes.pcolormesh(edges, np.arange(lines.shape[1] + 1), lines.T, rasterized=True)
        part.colorbar(picture, ax=axes)
        _name_rows(axes, group, 0.5)
    axes.set_title(f"{_shown(group)} of {drawn(group.name)}", fontsize=8, **LITERAL)
