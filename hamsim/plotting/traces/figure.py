"""A picture of traces: their groups, their energy and what acted, on one axis of time."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from hamsim.errors import PlotError
from hamsim.methods import DISCRETE
from hamsim.plotting.style import LITERAL, Picture, Style, drawn, lines, styled
from hamsim.plotting.style.styles import Size, dots_of
from hamsim.plotting.style.words import width
from hamsim.plotting.traces.asked import Asked
from hamsim.plotting.traces.chosen import MAX_GROUPS, recorded_in_order
from hamsim.plotting.traces.driven import Driven
from hamsim.plotting.traces.gather import Gathered, View, gather
from hamsim.plotting.traces.paint import Room, paint, paint_side, scale_of
from hamsim.plotting.traces.source import opened
from hamsim.plotting.traces.stills import Ends, Images
from hamsim.plotting.traces.strip import mark_changes, paint_strip, rows_of, told
from hamsim.plotting.traces.titles import Title, fit, head_of, heads, title_of
from hamsim.plotting.traces.views import Lines, Map, Series
from hamsim.trace.trace import Header, Trace

__all__ = ["draw_trace", "draw_traces", "not_drawn"]

ALL = Asked()
MAX_TRACES = 6
TITLE_WIDTH = 110  # letters in a line of 8 inches
TITLE_LINES = 3
MAX_HEAD = 60
NARROW = 5.0  # inches; in so narrow a picture a layout of images is made once more to be right
SIDE = 0.018  # width of a bar of colours, where that of the panels is 1
RISE = lines(2)[1]
BESIDE_IMAGES = 0.8  # inches that images leave of a panel in which a bar of colours has room
MAX_DOTS = (2000, 1000)
LABELS = 1.75  # inches beside panels, for labels and bars
NARROWEST = 0.4  # part of the width that panels have at least
APART = 0.04, 0.07  # inches around a panel, and where others stand beside it
IMAGE_NAME = 10  # letters below an image
IMAGE, LARGE_IMAGE = 0.75, 1.3  # inches
HEADING = 0.25
BAR = 0.14
BESIDE = 0.35  # room for labels above and below
NAMED_ROW = 1.3  # inches for a name are so many times its letters
TALLEST = 6.0
MAX_NAMED = 10  # groups that are left out, or panels


def draw_trace(trace: Trace | str | os.PathLike[str], asked: Asked = ALL, **look: Any) -> Picture:
    """Draw one trace; see `draw_traces`."""
    return draw_traces([trace], asked, **look)


def draw_traces(
    traces: Sequence[Trace | str | os.PathLike[str]],
    asked: Asked = ALL,
    *,
    size: Size = None,
    dpi: float | None = None,
    style: str = "screen",
    title: str | None = None,
) -> Picture:
    """Draw traces side by side, with the same scales.

    Groups whose shape has two axes, or a third of one channel, are drawn as images: one column a
    trial (or a moment, for a single run) and one row a moment. Others are drawn as lines or as a
    map of neuron against time; with many trials, as a map of neuron against trial at the end.
    Above what is drawn against time stand bars for stimuli. A file is read piece by piece, and
    reduced to as many numbers as there are dots.

    Parameters
    ----------
    traces : sequence of Trace or path
    asked : Asked
    size : {"column", "page"}, (float, float), optional
        A width that journals have, or inches.
    dpi : float, optional
    style : {"screen", "paper"}
    title : str, optional
        Above the picture; in the style of a screen how the run ended, if nothing is said.

    Raises
    ------
    TraceError
        A trace holds no records, or not this group.
    PlotError
        What is asked for cannot be drawn.
    """
    if not 1 <= len(traces) <= MAX_TRACES:
        raise PlotError(f"{len(traces)} traces do not fit; 1 to {MAX_TRACES} stand side by side")
    with styled(style) as look, ExitStack() as stack:
        wide = look.size(size, 1.0)[0] * dots_of(dpi, look)
        tall = (look.size(size, 3.0)[1] if size is not None else 3.0) * dots_of(dpi, look)
        dots = tuple(
            int(np.clip(dots, 100, most))
            for dots, most in zip((wide / len(traces), tall), MAX_DOTS, strict=True)
        )
        panel = _panel(look, size, len(traces))
        images = int(panel / width("0" * IMAGE_NAME, look.tiny))
        found = [
            gather(stack.enter_context(opened(each)), asked, (dots[0], dots[1]), images)
            for each in traces
        ]
        names = [each.records.header.name for each in found]
        files = ["" if isinstance(each, Trace) else Path(os.fspath(each)).stem for each in traces]
        return _Composed(found, look, heads(names, files), size, dpi, title).picture


def not_drawn(header: Header) -> tuple[str, ...]:
    """Recorded groups that are not drawn if nobody names groups."""
    return recorded_in_order(header)[MAX_GROUPS:] if {"x", "g"} & set(header.what) else ()


class _Composed:
    """Panels in rows and traces in columns."""

    def __init__(
        self,
        found: list[Gathered],
        style: Style,
        heads: list[str],
        size: Size,
        dpi: float | None,
        title: str | None,
    ) -> None:
        self.found, self.style, self.heads = found, style, heads
        self.panel = _panel(style, size, len(found))
        self.start, self.stop = min(f.start for f in found), max(f.stop for f in found)
        keys = [[(type(view).__name__, view.title or view.name) for view in f.views] for f in found]
        every = sorted(dict.fromkeys(key for each in keys for key in each), key=_order(keys))
        self.rows: list[list[View | None]] = [
            [f.views[k.index(key)] if key in k else None for f, k in zip(found, keys, strict=True)]
            for key in every
        ]
        self.bars = [rows_of(f.records, self.start, self.stop) for f in found]
        self.names = list(dict.fromkeys(name for bars in self.bars for name in bars))
        self.timed = [k for k, row in enumerate(self.rows) if _first(row).timed]
        if not self.timed:
            self.names = []
        self.heading = len(found) > 1
        self._left: list[Any] = []  # panels of the first column
        self._titles: list[Title] = []
        self._by_hand = False  # whether the layout has axes that it does not place itself
        self._compose(size, dpi, title)

    def _compose(self, size: Size, dpi: float | None, title: str | None) -> None:
        heights = [_height(row, self.style, self.panel) for row in self.rows]
        extra = HEADING * self.heading + (BAR * len(self.names) + 0.1) * bool(self.names)
        total = sum(heights) + BESIDE * len(heights) + extra + 0.5
        self.picture = Picture(self.style, size, total, dpi=dpi, layout="constrained")
        layout: Any = self.picture.get_layout_engine()
        layout.set(
            w_pad=APART[self.heading] * self.style.scale, h_pad=0.03, wspace=0.01, hspace=0.01
        )
        tall = self.picture.get_size_inches()[1] / total
        ratios = list(heights)
        at = list(range(len(heights)))
        if self.names:  # above the first panel against time
            where = self.timed[0]
            ratios.insert(where, BAR * len(self.names))
            at = [k + (k >= where) for k in at]
        if self.heading:
            ratios.insert(0, 0.02)
            at = [k + 1 for k in at]
        n = len(self.found)
        grid = self.picture.add_gridspec(
            len(ratios), n + 1, height_ratios=ratios, width_ratios=[1.0] * n + [SIDE * n]
        )
        if self.heading:
            self._head(grid)
        if self.names:
            self._strip(grid, at[self.timed[0]] - 1)
        for row, place in enumerate(at):
            self._row(grid, place, row, heights[row] * tall)
        self.picture.align_ylabels(self._left)
        self._title(title)
        if self._by_hand and self.picture.get_size_inches()[0] < NARROW:
            layout.execute(self.picture)
        fit(self.picture, self._titles, self.panel)
        self._describe()

    def _head(self, grid: Any) -> None:
        """Names of traces above their columns."""
        for column, name in enumerate(self.heads):
            axes = self.picture.add_subplot(grid[0, column])
            axes.set_axis_off()
            head = axes.set_title(drawn(name, MAX_HEAD), pad=2, **LITERAL)
            self._titles.append((head, partial(head_of, name, column)))

    def _strip(self, grid: Any, place: int) -> None:
        side = self.picture.add_subplot(grid[place, len(self.found)])
        side.set_axis_off()
        for column, bars in enumerate(self.bars):
            axes = self.picture.add_subplot(grid[place, column])
            last = side if column == len(self.found) - 1 else None
            paint_strip(axes, last, bars, self.names, (self.start, self.stop), self.style)
            self._span(axes)

    def _row(self, grid: Any, place: int, row: int, tall: float) -> None:
        views, room = self.rows[row], Room(self.panel, tall)
        there = [view for view in views if view is not None]
        scale = scale_of(there)
        for column, view in enumerate(views):
            axes = self.picture.add_subplot(grid[place, column])
            if view is None:
                axes.set_axis_off()
                continue
            title = paint(axes, view, scale, self.style, room)
            self._titles.append((title, partial(title_of, view)))
            records = self.found[column].records
            if view.timed:
                self._span(axes)
                if isinstance(view, Lines | Series):
                    mark_changes(axes, records, self.style)
                if isinstance(view, Series) and view.what == "energy":
                    _mark_rise(axes, records, self.style)
                last = row == self.timed[-1]
                axes.tick_params(labelbottom=last)
                if last:
                    axes.set_xlabel(_unit(records.header))
            if not column:
                self._left.append(axes)
            elif not isinstance(view, Images):
                axes.tick_params(labelleft=False)
                axes.yaxis.get_offset_text().set_visible(False)
                axes.set_ylabel("")
        side = self.picture.add_subplot(grid[place, len(self.found)])
        rightmost = views[-1]
        if isinstance(rightmost, Images):
            left = self.panel - room.of(rightmost).width
            near = left > BESIDE_IMAGES * self.style.scale
            side.set_in_layout(not near)  # where it takes no room of the others
            self._by_hand |= not near
            side.set_axes_locator(_Beside(axes, near))
        paint_side(side, there[0], scale, self.style, room)

    def _span(self, axes: Any) -> None:
        """All panels show the same time."""
        if all(_unit(f.records.header) == "sweep" for f in self.found):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if self.stop > self.start:
            axes.set_xlim(self.start, self.stop)

    def _title(self, title: str | None) -> None:
        if title is None and self.style.titled:
            title = _common(self.found) if self.heading else _outcome(self.found[0])
        if title:
            width = int(TITLE_WIDTH * self.picture.get_size_inches()[0] / (8 * self.style.scale))
            text = textwrap.fill(drawn(title, TITLE_LINES * width), width)
            self.picture.suptitle(text, **LITERAL)

    def _describe(self) -> None:
        several = len(self.found) > 1
        sentences, left = [], []
        for number, (each, bars) in enumerate(zip(self.found, self.bars, strict=True)):
            name = each.records.header.name or "a network"
            said = [view.said() for view in each.views]
            if self.names:
                said += told(bars, each.start, each.stop)
            unit = "sweep" if _unit(each.records.header) == "sweep" else "t ="
            ends = list(dict.fromkeys(f"{end:.4g}" for end in (each.start, each.stop)))
            sentences.append(f"Trace of {name}, {unit} {' to '.join(ends)}: {'; '.join(said)}.")
            which = f"trace {number + 1}: " if several else ""
            notes = (*_groups(each), *each.notes, *_told_once(each.views))
            left += [which + note for note in notes]
        self.picture.describe(" ".join(sentences), left)


class _Beside:
    """Place of a bar of colours, as tall as images; `near` them where they leave much room."""

    def __init__(self, axes: Any, near: bool) -> None:
        self._axes, self._near = axes, near

    def __call__(self, side: Any, renderer: Any) -> Bbox:
        """In parts of the picture."""
        self._axes.apply_aspect()
        images, own = self._axes.get_position(), side.get_position(original=True)
        left = images.x1 + own.width if self._near else own.x0
        return Bbox.from_bounds(left, images.y0, own.width, images.height)


def _groups(found: Gathered) -> list[str]:
    """Which groups are not drawn, where nobody named any."""
    names = found.not_drawn
    if not names:
        return []
    count = found.records.header.recorded.some
    some = ", ".join(drawn(name, 30) for name in names[:MAX_NAMED])
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return [f"{count - len(names)} of {count} groups are drawn, {some}{more} left out"]


def _told_once(views: Sequence[View]) -> list[str]:
    """What panels do not show, each sentence once, after the names of all that it is of."""
    found: dict[str, list[str]] = {}
    for view in views:
        for note in view.left_out():
            names = found.setdefault(note, [])
            names += [view.name] if view.name not in names else []
    return [f"{_listed(names)}: {note}" for note, names in found.items()]


def _listed(names: Sequence[str]) -> str:
    """Names, the last after an 'and'."""
    shown = list(names[:MAX_NAMED])
    if len(names) > MAX_NAMED:
        shown.append(f"{len(names) - MAX_NAMED} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _order(keys: list[list[tuple[str, str]]]) -> Any:
    """Rows in the order of the first trace that has each; what is not against time first."""
    stills = (Images.__name__, Ends.__name__)
    place = {key: k for each in reversed(keys) for k, key in enumerate(each)}
    first = {Driven.__name__: 0, Series.__name__: 1}
    return lambda key: (key[0] not in stills, first.get(key[0], 2), place[key])


def _first(row: list[View | None]) -> View:
    return next(view for view in row if view is not None)


def _panel(style: Style, size: Size, columns: int) -> float:
    """About how wide a panel will be, in inches."""
    whole = style.size(size, 1.0)[0]
    return max(whole - LABELS * style.scale, NARROWEST * whole) / columns


def _height(row: list[View | None], style: Style, panel: float) -> float:
    """Of a panel so many inches wide in inches, at the scale of a screen."""
    view = _first(row)
    if isinstance(view, Driven):
        return 0.8
    if isinstance(view, Series):
        return 1.3
    if isinstance(view, Images):
        down, across = view.mosaic_shape
        tallest = LARGE_IMAGE if view.single else IMAGE * view.grid[0]
        return min(tallest, panel / style.scale * down / across)
    if isinstance(view, Lines):
        return max(1.4, 0.0 if view.many else 0.13 * view.chosen.size)
    if isinstance(view, Map | Ends) and view.chosen.group.neuron_names:
        needed = view.chosen.size * NAMED_ROW * style.tiny / 72 / style.scale
        return min(max(1.7, needed), TALLEST)
    return 1.7


def _unit(header: Header) -> str:
    """What is counted along the axis of time."""
    return "sweep" if header.made.method in DISCRETE else "time"


def _common(found: list[Gathered]) -> str:
    """The name of all traces, where they have the same."""
    names = {each.records.header.name for each in found}
    return names.pop() if len(names) == 1 else ""


def _outcome(found: Gathered) -> str:
    name, how = found.records.header.name, str(found.records.outcome)
    return f"{name}: {how}" if name else how


def _mark_rise(axes: Any, records: Any, style: Style) -> None:
    """Where the energy rose most, if it did."""
    watch = records.stats.energy
    if watch is not None and watch.rose and watch.time is not None:
        axes.axvline(watch.time, color=RISE, lw=style.thin)
        # Above the panel: inside there is hardly a place without a curve.
        low, high = axes.get_xlim()
        part = (watch.time - low) / (high - low) if high > low else 0.0
        sides = ("left" if part < 0.1 else "right" if part > 0.9 else "center", "bottom")
        place = {"xycoords": ("data", "axes fraction"), "ha": sides[0], "va": sides[1]}
        axes.annotate("largest rise", (watch.time, 1.01), fontsize=style.tiny, color=RISE, **place)
