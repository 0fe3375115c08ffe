"""Panels are painted: against time, and at moments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize, to_rgba
from matplotlib.ticker import FuncFormatter, MaxNLocator

from hamsim.arrays import Floats, Ints
from hamsim.network import Group
from hamsim.plotting.style import LITERAL, Style, dashes, drawn, legend, lines, signed, unsigned
from hamsim.plotting.style.colours import MISSING, of_images, of_rounding, span
from hamsim.plotting.style.words import number, width
from hamsim.plotting.traces.driven import Driven
from hamsim.plotting.traces.gather import View
from hamsim.plotting.traces.stills import Ends, Images
from hamsim.plotting.traces.titles import moment, title_of
from hamsim.plotting.traces.views import Coloured, Lines, Map, Raster, Series

__all__ = ["Room", "Scale", "paint", "paint_side", "scale_of"]

MAX_ROW, MAX_NAME = 24, 28  # letters of a name beside a map, and of a line
FEW_TRIALS = 4  # that are told apart by dashes
DRIVES = "0.25"  # colour of what acts on all neurons of a group alike
BORDER = "0.82"  # between images
STEPS = [1, 2, 5, 10]  # between whole numbers
FEW_TICKS = 20  # trials that each have one
ORDERS = -4, 5  # of numbers that are written out, as along axes


class Room(NamedTuple):
    """About how wide and tall a panel will be, in inches."""

    width: float
    height: float

    def of(self, view: Images) -> Room:
        """The same of the images in it, whose dots are square."""
        down, across = view.mosaic_shape
        dot = min(self.height / down, self.width / across)
        return Room(dot * across, dot * down)


class Scale:
    """Range of an axis or of colours, the same for all traces that stand side by side.

    Parameters
    ----------
    view : View
        Any of those of a row.
    values : ndarray
        The numbers of all of them.
    """

    def __init__(self, view: View, values: Floats) -> None:
        self.low, self.high, has_sign = span(values)
        self.cmap: Colormap = signed() if has_sign else unsigned()
        if isinstance(view, Images):
            shows, family = view.chosen.shows, view.chosen.group.family
            self.cmap = of_images(has_sign, shows == "activation" and family.two_valued)
        self.norm = Normalize(self.low, self.high)
        finite = values[np.isfinite(values)]
        self.positive = view.name == "residual" and bool(np.any(finite > 0))
        self.range: tuple[float, float] | None = None
        if finite.size and finite.max() > finite.min():
            low, high = float(finite.min()), float(finite.max())
            # What differs by rounding alone is a level line.
            wide = max(abs(low), abs(high)) if of_rounding(low, high) else high - low
            self.range = (low - 0.05 * wide, high + 0.05 * wide)


def scale_of(views: list[View]) -> Scale:
    """The scale that some panels share."""
    return Scale(views[0], np.concatenate([view.limits().reshape(-1) for view in views]))


def paint(axes: Any, view: View, scale: Scale, style: Style, room: Room) -> Any:
    """Paint a panel; its title is returned."""
    look = {"loc": "left", "pad": 3, "fontsize": style.small, **LITERAL}
    title = axes.set_title(title_of(view), **look)
    if isinstance(view, Driven):
        _paint_driven(axes, view, scale, style)
    elif isinstance(view, Series):
        _paint_series(axes, view, scale, style)
    elif isinstance(view, Lines):
        _paint_lines(axes, view, scale, style)
    elif isinstance(view, Coloured):
        _paint_colours(axes, view, scale, style, room.height)
    elif isinstance(view, Images):
        _paint_images(axes, view, scale, style, room)
    elif isinstance(view, Ends):
        _paint_ends(axes, view, scale, style, room)
    return title


def paint_side(side: Any, view: View, scale: Scale, style: Style, room: Room) -> None:
    """Paint what stands to the right of a row: a bar of colours, or the names of lines."""
    if isinstance(view, Coloured | Images | Ends):
        tall = room.of(view).height if isinstance(view, Images) else room.height
        _paint_bar(side, view.quantity, scale, style, tall)
        return
    side.set_axis_off()
    place = {"loc": "center left", "bbox_to_anchor": (0.0, 0.5), "borderaxespad": 0.0}
    look = {"fontsize": style.tiny, "handlelength": 1.4, **place}
    if isinstance(view, Driven) and len(view.names) > 1:
        looks = _looks(view)
        marks = [side.plot([], [], color=c, linestyle=d)[0] for c, d in looks.values()]
        _name(side, marks, list(looks), look)
    elif isinstance(view, Series) and view.mean is not None:
        marks = [side.plot([], [], color="black")[0]]
        legend(side, marks, [view.label], **look)
    elif isinstance(view, Lines) and view.chosen.size > 1 and not view.many:
        pairs = zip(lines(view.n_lines), dashes(view.n_lines), strict=True)
        marks = [side.plot([], [], color=c, linestyle=d)[0] for c, d in pairs]
        names = list(view.labels)
        if _by_dashes(view):
            marks += [
                side.plot([], [], color="0.4", linestyle=dash)[0]
                for dash in _TRIAL_DASHES[: view.shown.size]
            ]
            names += [f"trial {k}" for k in view.shown.tolist()]
        _name(side, marks, names, look)


def _paint_bar(side: Any, quantity: str, scale: Scale, style: Style, tall: float) -> None:
    """Paint a bar of colours, so many inches tall."""
    # A power of ten is a part of its name: above the bar it would lie beside the panel's title.
    unit, name = 1.0, quantity
    largest = max(abs(scale.low), abs(scale.high))
    if largest > 0:
        order = int(np.floor(np.log10(largest)))
        if not ORDERS[0] < order < ORDERS[1]:
            unit = 10.0**order
            name = f"{quantity} / {number(unit)}"
    if width(name, style.small) > tall + style.small / 72:
        name = name.removeprefix(f"{quantity.split()[0]} ")  # the symbol says the same
    norm = Normalize(scale.low / unit, scale.high / unit)
    bar = side.figure.colorbar(ScalarMappable(norm, scale.cmap), cax=side)
    bar.set_label(name, fontsize=style.small)
    most = int(np.clip(72 * tall / (2.2 * style.small), 1, 4))
    bar.ax.yaxis.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))
    bar.outline.set_linewidth(style.thin)


_TRIAL_DASHES = ("-", "--", ":", "-.")


def _name(side: Any, marks: list[Any], names: list[str], look: dict[str, Any]) -> None:
    legend(side, marks, [drawn(name, MAX_NAME) for name in names], **look)


def _by_dashes(view: Lines) -> bool:
    """Whether trials differ by dashes: of few lines, none of which is dashed already."""
    return view.single and 1 < view.shown.size <= FEW_TRIALS and view.n_lines <= 7


def _dot(view: Any) -> str:
    """Marker of records: a single one has no line."""
    return "o" if view.bins.ids.size == 1 else ""


def _paint_series(axes: Any, view: Series, scale: Scale, style: Style) -> None:
    each, mean = view.each, view.mean
    faint = 1.0 if mean is None else 0.3
    blue = lines(1)[0]
    axes.plot(each.t, each.values, color=blue, lw=0.8 * style.line, alpha=faint, marker=_dot(view))
    if mean is not None:
        axes.plot(mean.t, mean.values, color="black", lw=1.3 * style.line, label=view.label)
    if scale.positive:
        axes.set_yscale("log")
    elif scale.range is not None:
        axes.set_ylim(*scale.range)
    axes.set_ylabel(view.quantity)


def _looks(view: Driven) -> dict[str, tuple[str, str]]:
    """Colour and dashes of lines that have a name."""
    pairs = zip(lines(len(view.names)), dashes(len(view.names)), strict=True)
    return dict(zip(view.names, pairs, strict=True))


def _paint_driven(axes: Any, view: Driven, scale: Scale, style: Style) -> None:
    looks = _looks(view)
    for line in view.lines:
        colour, dash = looks.get(line.name, (DRIVES, "-"))
        if line.low is not None:
            axes.fill_between(line.t, line.low, line.high, color=colour, alpha=0.3, linewidth=0)
        axes.plot(line.t, line.values, color=colour, linestyle=dash, lw=style.line)
    if scale.range is not None:
        axes.set_ylim(*scale.range)
    axes.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 2.5, 5, 10]))
    axes.set_ylabel(view.quantity)


def _paint_lines(axes: Any, view: Lines, scale: Scale, style: Style) -> None:
    colours, strokes = lines(view.n_lines), dashes(view.n_lines)
    band = view.band
    if band is not None:
        for k, colour in enumerate(colours):
            low, high = (side.values[:, k] for side in band)
            axes.fill_between(band[0].t, low, high, color=colour, alpha=0.25, linewidth=0)
    many = view.single and view.shown.size > 1
    for trial, path in enumerate(view.paths):
        for k, colour in enumerate(colours):
            dash = _TRIAL_DASHES[trial] if _by_dashes(view) else strokes[k]
            axes.plot(
                path.t,
                path.values[:, k],
                color=colour,
                linestyle=dash,
                lw=(0.7 if many else 1.0) * style.line,
                alpha=0.45 if many and not _by_dashes(view) else 1.0,
                marker=_dot(view),
            )
    if scale.range is not None:
        axes.set_ylim(*scale.range)
    axes.set_ylabel(view.quantity)


def _paint_colours(axes: Any, view: Coloured, scale: Scale, style: Style, room: float) -> None:
    values = view.values
    edges = view.bins.edges()
    # Records need not be evenly spaced, dots are.
    wide = max(int(np.ceil(axes.figure.get_size_inches()[0] * axes.figure.get_dpi())), 2)
    dots = values[:, view.bins.dots(min(wide, 2000))]
    axes.imshow(
        np.ma.masked_invalid(dots),
        cmap=scale.cmap.with_extremes(bad=MISSING),
        norm=scale.norm,
        aspect="auto",
        origin="lower",
        interpolation="nearest",
        extent=(edges[0], edges[-1], -0.5, view.n_rows - 0.5),
    )
    if isinstance(view, Raster):
        _number(axes.yaxis, view.trials, 5)
        axes.set_ylabel("trial")
    elif isinstance(view, Map):
        _name_rows(axes, view.chosen.group, style, room)


def _number(axis: Any, trials: Ints, most: int | Literal["auto"]) -> None:
    """Ticks at whole places, which say the numbers of the trials there."""
    least = min(2, trials.size)
    axis.set_major_locator(MaxNLocator(most, steps=STEPS, integer=True, min_n_ticks=least))
    if not np.array_equal(trials, np.arange(trials.size)):
        axis.set_major_formatter(
            FuncFormatter(lambda at, _: str(trials[round(at)]) if 0 <= at < trials.size else "")
        )


def _name_rows(axes: Any, group: Group, style: Style, room: float) -> None:
    """Label rows by the neurons' names, as many as there is room for, or else by numbers."""
    if not group.neuron_names:
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=STEPS, integer=True, min_n_ticks=1))
        axes.set_ylabel("neuron")
        return
    fit = max(2, int(room * 72 / (1.1 * style.tiny)))
    step = -(-group.size // fit)
    rows = range(0, group.size, step)
    names = [drawn(group.neuron_names[k], MAX_ROW) for k in rows]
    axes.set_yticks(list(rows), names, fontsize=style.tiny, **LITERAL)
    if step > 1:
        axes.set_ylabel("neuron")


def _paint_images(axes: Any, view: Images, scale: Scale, style: Style, room: Room) -> None:
    values, tops, lefts = view.mosaic()
    rows, columns = values.shape[0] - tops[-1], values.shape[1] - lefts[-1]
    colours = scale.cmap(scale.norm(np.ma.masked_invalid(values)))
    colours[~np.isfinite(values)] = to_rgba(MISSING)
    between = np.ones(values.shape, dtype=bool)
    for top in tops.tolist():
        for left in lefts.tolist():
            between[top : top + rows, left : left + columns] = False
    colours[between, 3] = 0.0
    axes.imshow(colours, interpolation="nearest", aspect="equal")
    for top in tops.tolist():
        for left in lefts.tolist():
            axes.add_patch(_frame((left - 0.5, top - 0.5), float(columns), float(rows), style.thin))
    axes.set_anchor("W")
    for edge in axes.spines.values():
        edge.set_visible(False)
    across = lefts + (columns - 1) / 2
    down = tops + (rows - 1) / 2
    times = [moment(view, k) for k in range(len(view.numbers))]
    below = times if view.single else [str(k) for k in view.trials.tolist()]
    step = _one_of(below, room.of(view).width, style.tiny)
    axes.set_xticks(across[::step], below[::step], fontsize=style.tiny)
    if view.single:
        axes.set_yticks([])
    else:
        axes.set_yticks(down, times, fontsize=style.tiny)
        axes.set_xlabel("trial", fontsize=style.small)
    axes.tick_params(length=0)


def _frame(corner: tuple[float, float], width: float, height: float, line: float) -> Any:
    from matplotlib.patches import Rectangle

    look: dict[str, Any] = {"fill": False, "edgecolor": BORDER, "linewidth": line, "clip_on": False}
    return Rectangle(corner, width, height, **look)


def _one_of(names: Sequence[str], room: float, size: float) -> int:
    """One of how many names, evenly spaced in so many inches, can be written."""
    widest = max(width(name, size) for name in names) + size / 72
    return max(1, int(np.ceil(widest * len(names) / room)))


def _paint_ends(axes: Any, view: Ends, scale: Scale, style: Style, room: Room) -> None:
    values = view.map()
    trials = view.trials.size
    axes.imshow(
        np.ma.masked_invalid(values),
        cmap=scale.cmap.with_extremes(bad=MISSING),
        norm=scale.norm,
        aspect="auto",
        origin="lower",
        interpolation="nearest",
        extent=(-0.5, trials - 0.5, -0.5, view.chosen.size - 0.5),
    )
    names = [str(k) for k in view.trials[:FEW_TICKS].tolist()]
    if trials <= FEW_TICKS and _one_of(names, room.width, style.small) == 1:
        axes.set_xticks(range(trials), names)
    else:
        _number(axes.xaxis, view.trials, "auto")
    axes.set_xlabel("trial")
    _name_rows(axes, view.chosen.group, style, room.height)
