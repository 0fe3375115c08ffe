"""A picture of a sweep: curves with intervals over seeds, or a map over two axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from hamsim.arrays import Floats, Ints
from hamsim.plotting.attractors_figure import attractor_colours
from hamsim.plotting.making import headline, new_picture
from hamsim.plotting.style import LITERAL, Picture, drawn, legend, lines, unsigned
from hamsim.plotting.sweep_view import View, view_of
from hamsim.scale.results.labels import Coordinate
from hamsim.scale.results.pooled import Pooled, pooled
from hamsim.scale.results.results import SweepResults

__all__ = ["draw_sweep"]

MAX_SINGLE = 2000  # runs that are drawn by themselves
MAX_TICKS = 30  # labels of text along an axis
NOTHING = "0.88"
LOST = {
    "diverged": lines(2)[1],
    "failed": "0.15",
    "set aside": lines(4)[3],
    "interrupted": lines(5)[4],
    "missing": "0.75",
}
OTHER = lines(6)[5]  # runs that came to an end without the number that is drawn
_LABELS = {
    "energy": "energy E",
    "residual": "max |W g + I - x|",
    "time": "time reached",
    "seconds": "seconds a run",
}


def draw_sweep(
    results: SweepResults,
    show: str | None = None,
    against: str | Sequence[str] | None = None,
    *,
    size: Any = None,
    dpi: float | None = None,
    style: str = "screen",
    title: str | None = None,
) -> Picture:
    """Draw a kept number against one axis of a sweep, or two.

    Against one axis it is a curve, with a line for each value of a second axis that has few; bands
    are 95 % intervals of the mean over seeds, and over whatever other axes there are; points are
    the runs themselves, where these are few. Over two long axes it is a map. Runs that diverged,
    failed, were set aside or are missing do not count in means: their share is drawn below curves,
    and marked in maps.

    Parameters
    ----------
    results : SweepResults
    show : str, optional
        A kept number; else the energy, or the first number that was kept.
    against : str or sequence of str, optional
        One or two axes; else the longest ones, but for seeds and states.
    size, dpi, style, title
        As of all pictures.

    Returns
    -------
    Picture

    Raises
    ------
    HamsimError
        There is no such number, or no such axis.
    """
    view = view_of(results, show, against)
    found = pooled(results, view.show, view.dims)
    with new_picture(4.6, 7.4, size, dpi, style) as picture:
        if view.y is None:
            _curves(picture, view, found)
        elif view.y.dim == view.x.dim:
            _plane(picture, view, view.y, found)
        else:
            _map(picture, view, view.y, found)
        headline(picture, title, _title(results, view, found))
        picture.describe(_description(results, view, found), _lost_in_words(found))
    return picture


def _description(results: SweepResults, view: View, found: Pooled) -> str:
    text = f"{_title(results, view, found)}, against {_span_in_words(view.x)}"
    for each, word in ((view.y, " and"), (view.lines, ", with a line for each of")):
        if each is not None:
            text += f"{word} {_span_in_words(each)}"
    known = found.mean[np.isfinite(found.mean)]
    return text + (
        f". Means go from {known.min():.4g} to {known.max():.4g}." if known.size else "."
    )


def _span_in_words(coordinate: Coordinate) -> str:
    values = coordinate.values
    if coordinate.is_number and len(values):
        return f"{coordinate.name} from {values.min():.4g} to {values.max():.4g}"
    return f"{coordinate.name}, {len(values):,} values"


def _lost_in_words(found: Pooled) -> tuple[str, ...]:
    """Runs that do not count in means."""
    return tuple(
        f"{int(count.sum()):,} {word} runs do not count"
        for word, count in found.lost.items()
        if count.any()
    )


def _title(results: SweepResults, view: View, found: Pooled) -> str:
    text = f"{_label(view.show)}, {len(results):,} runs"
    if found.over and found.count.size and found.count.max() > 1:
        names = ", ".join(drawn(dim, 30) for dim in found.over)
        text += f"; mean{'' if view.y else ' and its 95 % interval'} over {names}"
    if results.name:
        text = f"{results.name}: {text}"
    return text


def _label(name: str) -> str:
    return _LABELS.get(name, name)


def _curves(figure: Picture, view: View, found: Pooled) -> None:
    lost = {word: count for word, count in found.lost.items() if count.any()}
    heights = [3.2, 0.9] if lost else [1.0]
    axes: Any = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)
    upper = axes[0, 0]
    places = _places(view.x)
    order = np.argsort(places, kind="stable")
    mean, half = (np.atleast_2d(values)[:, order] for values in (found.mean, found.half))
    colours = attractor_colours(len(mean)) if view.lines else lines(1)
    if view.lines is not None and view.lines.is_number:
        import matplotlib

        colours = list(matplotlib.colormaps["viridis"](np.linspace(0.0, 0.88, len(mean))))
    dot = "o" if mean.shape[1] <= 60 else ""
    made: list[Any] = []
    thick = 1.2 * figure.style.line
    for middle, around, colour in zip(mean, half, colours, strict=True):
        style = {"color": colour, "linewidth": thick, "marker": dot, "markersize": 2.6 * thick}
        if not _joined(view.x):
            style["linestyle"] = "none"
            upper.errorbar(places[order], middle, around, fmt="none", ecolor=colour, capsize=2)
        else:
            band = {"color": colour, "alpha": 0.2, "linewidth": 0}
            upper.fill_between(places[order], middle - around, middle + around, **band)
        made += upper.plot(places[order], middle, **style)
    _single(upper, places, found, colours, (2.6 * figure.style.line) ** 2)
    upper.grid(color="0.9", linewidth=0.6)
    upper.set_axisbelow(True)
    upper.set_ylabel(drawn(_label(view.show), 40), **LITERAL)
    if view.lines is not None:
        place = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)}
        legend(upper, made, _texts(view.lines), **place)
        upper.get_legend().set_title(drawn(view.lines.name, 24))
        upper.get_legend().get_title().set_parse_math(False)
    if lost:
        _lost_below(axes[1, 0], view, lost, found)
    _along(axes[-1, 0], view.x, "x")


def _single(axis: Any, places: Floats, found: Pooled, colours: Sequence[Any], size: float) -> None:
    """Runs by themselves, faintly, where they are few: a mean says little of two ends."""
    each = found.each.reshape(-1, *found.each.shape[-2:])
    if each.shape[-1] < 2 or each.size > MAX_SINGLE:
        return
    for values, colour in zip(each, colours, strict=False):
        style = {"s": size, "alpha": 0.35, "linewidths": 0, "zorder": 1.5}
        axis.scatter(np.repeat(places, values.shape[1]), values.reshape(-1), color=colour, **style)


def _lost_below(axis: Any, view: View, lost: dict[str, Ints], found: Pooled) -> None:
    """Shares of the runs that do not count, one bar at each place."""
    places, at = np.unique(_places(view.x), return_inverse=True)
    edges = _edges(places, _is_log(view.x))

    def along(count: Ints) -> Floats:
        weights = np.atleast_2d(count).sum(axis=0).astype(np.float64)
        found = np.zeros(places.size)
        np.add.at(found, at, weights)
        return found

    runs = along(sum(found.lost.values(), found.count))
    bottom = np.zeros(places.size)
    bars, names = [], []
    for word, count in lost.items():
        share = 100.0 * along(count) / runs
        style = {"color": LOST.get(word, OTHER), "edgecolor": "white", "linewidth": 0.8}
        bars.append(axis.bar(edges[:-1], share, np.diff(edges), bottom, align="edge", **style))
        names.append(f"{word} ({int(count.sum()):,})")
        bottom += share
    axis.set_ylim(0.0, max(1.05 * float(bottom.max()), 1.0))
    axis.set_ylabel("% of runs")
    place = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)}
    legend(axis, bars, names, handlelength=1.0, **place)


def _map(figure: Picture, view: View, y: Coordinate, found: Pooled) -> None:
    """Means as colours over two axes."""
    axis: Any = figure.subplots()
    x_places, y_places = _places(view.x), _places(y)
    x_order, y_order = np.argsort(x_places), np.argsort(y_places)
    values = found.mean[np.ix_(y_order, x_order)]
    axis.set_facecolor(NOTHING)
    image = axis.pcolormesh(
        _edges(x_places[x_order], _is_log(view.x)),
        _edges(y_places[y_order], _is_log(y)),
        np.ma.masked_invalid(values),
        cmap=unsigned(),
        rasterized=True,
    )
    _along(axis, view.x, "x")
    _along(axis, y, "y")
    _colours(figure, axis, image, view.show)
    row, column = np.nonzero(_some_lost(found))
    _mark_lost(figure, axis, x_places[column], y_places[row], found)


def _plane(figure: Picture, view: View, y: Coordinate, found: Pooled) -> None:
    """Means as colours of points, for samples of two numbers at once."""
    axis: Any = figure.subplots()
    x_places, y_places = _places(view.x), _places(y)
    there = np.isfinite(found.mean)
    image = axis.scatter(
        x_places[there], y_places[there], c=found.mean[there], s=26, cmap=unsigned(), zorder=2
    )
    axis.grid(color="0.9", linewidth=0.6)
    axis.set_axisbelow(True)
    _along(axis, view.x, "x")
    _along(axis, y, "y")
    if there.any():
        _colours(figure, axis, image, view.show)
    (lost,) = np.nonzero(_some_lost(found))
    _mark_lost(figure, axis, x_places[lost], y_places[lost], found)


def _colours(figure: Picture, axis: Any, image: Any, show: str) -> None:
    bar = figure.colorbar(image, ax=axis, fraction=0.05, pad=0.02)
    bar.set_label(drawn(_label(show), 40), **LITERAL)


def _some_lost(found: Pooled) -> Any:
    return sum(found.lost.values(), np.zeros(found.count.shape, dtype=np.int64)) > 0


def _mark_lost(figure: Picture, axis: Any, x: Floats, y: Floats, found: Pooled) -> None:
    """Say where runs do not count, and why: a cross where none is left, else a small point."""
    if not x.size:
        return
    none = (found.count == 0)[_some_lost(found)]
    style: dict[str, Any] = {"linestyle": "none", "color": lines(2)[1], "zorder": 4}
    axis.plot(x[none], y[none], marker="x", markersize=5, **style)
    axis.plot(x[~none], y[~none], marker=".", markersize=4, **style)
    words = ", ".join(f"{count.sum():,} {word}" for word, count in found.lost.items())
    handles: list[Any] = []
    names = []
    if none.any():
        handles.append(Line2D([], [], marker="x", markersize=5, **style))
        names.append("all runs lost")
    if not none.all():
        handles.append(Line2D([], [], marker=".", markersize=4, **style))
        names.append("some runs lost")
    handles.append(Patch(visible=False))
    names.append(f"({words})")
    figure.legend(handles, names, loc="outside lower center", ncols=len(names))


def _places(coordinate: Coordinate) -> Floats:
    """Where its values stand along an axis of a picture."""
    values = coordinate.values
    if coordinate.is_number:
        return values.astype(np.float64)
    return np.arange(len(values), dtype=np.float64)


def _joined(coordinate: Coordinate) -> bool:
    """Whether a line between its values says something."""
    return coordinate.is_number


def _texts(coordinate: Coordinate) -> list[str]:
    if coordinate.values.dtype.kind == "f":
        return [f"{value:.6g}" for value in coordinate.values]
    return [str(value) for value in coordinate.values]


def _is_log(coordinate: Coordinate) -> bool:
    """Whether its values are spaced by factors, and not evenly."""
    values = np.unique(_places(coordinate))
    if not coordinate.is_number or values.size < 3 or values[0] <= 0:
        return False
    steps, factors = np.diff(values), np.diff(np.log(values))
    return bool(np.ptp(factors) < 0.5 * factors.mean() and np.ptp(steps) > 0.5 * steps.mean())


def _edges(places: Floats, log: bool) -> Floats:
    """Borders of cells around places."""
    if places.size == 1:
        alone: Floats = places[0] + np.array([-0.5, 0.5])
        return alone
    along = np.log(places) if log else places
    middles = 0.5 * (along[1:] + along[:-1])
    edges = np.concatenate([[2 * along[0] - middles[0]], middles, [2 * along[-1] - middles[-1]]])
    found: Floats = np.exp(edges) if log else edges
    return found


def _along(axis: Any, coordinate: Coordinate, which: str) -> None:
    """Scale and labels of an axis of the picture."""
    getattr(axis, f"set_{which}label")(drawn(coordinate.name, 60), **LITERAL)
    if _is_log(coordinate):
        getattr(axis, f"set_{which}scale")("log")
    if coordinate.is_number:
        return
    every = -(-len(coordinate.values) // MAX_TICKS)
    places = np.arange(0, len(coordinate.values), every)
    texts = [drawn(text, 24) for text in _texts(coordinate)[::every]]
    turned = {"rotation": 30, "ha": "right"} if which == "x" and max(map(len, texts)) > 4 else {}
    getattr(axis, f"set_{which}ticks")(places, texts, **turned)
    for text in getattr(axis, f"get_{which}ticklabels")():
        text.set_parse_math(False)
