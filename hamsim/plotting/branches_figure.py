"""A bifurcation diagram: rest states over a parameter, stable ones solid, special points marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.equilibria.continuation.diagrams import Branch, Branches, SpecialPoint
from hamsim.errors import HamsimError
from hamsim.plotting.style import LITERAL, Picture, drawn, lines
from hamsim.plotting.style.making import headline, new_picture

__all__ = ["draw_branches"]

MAX_PANELS = 12
# Neurons that all have a panel if nobody chooses.
FEW = 2
# Special points that are labelled with the parameter.
MAX_LABELS = 16
# Where labels may stand around their points, the best first.
_AROUND = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
STABLE, UNSTABLE = lines(2)
# Marker and filling of each kind, in the order of the legend.
_MARKS = {
    "fold": ("o", "black"),
    "pitchfork": ("D", "white"),
    "transcritical": ("s", "white"),
    "branch": ("P", "white"),
    "hopf": ("^", "#e8b020"),
    "kink": ("v", "0.7"),
    "singular": ("X", "white"),
}
_NAMES = {"branch": "branch point", "hopf": "Hopf point"}


Size = tuple[float, float]
_Marked = Sequence[tuple[SpecialPoint, float]]


class Shown(NamedTuple):
    """What a panel shows: a number for each state, with energies that the branch knows."""

    label: str
    neurons: Any
    how: str

    def of(self, x: Floats, energy: Floats | None) -> Floats:
        """Its values at states, shape (points,)."""
        if self.how == "energy":
            assert energy is not None
            return energy
        if self.how == "norm":
            norms: Floats = np.linalg.norm(x, axis=1)
            return norms
        result: Floats = x[:, self.neurons]
        return result if result.ndim == 1 else np.asarray(result.mean(axis=1))


def draw_branches(
    branches: Branches,
    show: Iterable[str] | None = None,
    *,
    size: Any = None,
    dpi: float | None = None,
    style: str = "screen",
    title: str | None = None,
) -> Picture:
    """Draw rest states over the parameter.

    Stable rest states are solid lines, others dashed ones; special points are marked, and labelled
    with the parameter where they are few.

    Parameters
    ----------
    branches : Branches
    show : iterable of str, optional
        A panel for each: the name of a neuron, of a group (the mean of its states) or of a range
        of neurons, "norm" (the Euclidean norm of x) or "energy". Of one or two neurons each if
        nobody says, of more the one whose states differ most.
    size, dpi, style, title
        As of all pictures.

    Returns
    -------
    Picture

    Raises
    ------
    HamsimError
        There is no such neuron, the network has no energy, or more than twelve panels.
    """
    chosen = _chosen(branches, show)
    rows = len(chosen)
    height = 1.1 + (3.6 if rows == 1 else 2.6 * rows)
    with new_picture(height, 7.0, size, dpi, style) as picture:
        _draw(picture, branches, chosen)
        name = branches.network.name
        headline(picture, title, f"{name}: rest states" if name else "rest states")
        picture.describe(_description(branches, chosen), branches.notes)
    return picture


def _chosen(branches: Branches, show: Iterable[str] | None) -> list[Shown]:
    network = branches.network
    names = list(dict.fromkeys(show)) if show is not None else []
    if not names:
        if network.n_neurons <= FEW:
            return [Shown(f"x of {network.label(k)}", k, "x") for k in range(network.n_neurons)]
        ends = np.concatenate([branch.x for branch in branches])
        neuron = int(np.argmax(np.ptp(ends, axis=0)))
        return [Shown(f"x of {network.label(neuron)}", neuron, "x")]
    if len(names) > MAX_PANELS:
        raise HamsimError(f"{len(names)} panels do not fit; at most {MAX_PANELS} are drawn")
    return [_named(branches, name) for name in names]


def _named(branches: Branches, name: str) -> Shown:
    network = branches.network
    groups = {group.name for group in network.groups}
    if name == "energy" and name not in groups:
        if any(branch.energy is None for branch in branches):
            raise HamsimError("this network has no energy, so that none can be drawn")
        return Shown("energy E", None, "energy")
    if name == "norm" and name not in groups:
        return Shown("norm of x", None, "norm")
    where = network.index(name)
    several = not isinstance(where, int)
    return Shown(f"{'mean ' if several else ''}x of {name}", where, "x")


def _draw(picture: Picture, branches: Branches, chosen: Sequence[Shown]) -> None:
    rows = len(chosen)
    axes: Any = picture.subplots(rows, 1, sharex=True, squeeze=False)[:, 0]
    for k, (axis, shown) in enumerate(zip(axes, chosen, strict=True)):
        across, down = picture.get_size_inches()
        inside = (0.88 * across, 0.92 * (down - 0.9) / rows)
        _panel(picture, axis, branches, shown, inside if k == 0 else None)
        axis.set_ylabel(drawn(shown.label, 40), **LITERAL)
    axes[-1].set_xlabel(drawn(branches.over), **LITERAL)
    axes[-1].set_xlim(*sorted((branches.start, branches.stop)))
    _legend(picture, branches)


def _panel(
    picture: Picture, axis: Any, branches: Branches, shown: Shown, labels: Size | None
) -> None:
    """Draw one panel, with labels if its size in inches is given."""
    line = picture.style.line
    for branch in branches:
        values = shown.of(branch.x, branch.energy)
        for first, last, stable in _pieces(branch):
            style: dict[str, Any] = {"color": STABLE, "linewidth": 1.6 * line, "zorder": 3}
            if not stable:
                dashes = (0, (4.0, 2.2))
                style = {
                    "color": UNSTABLE,
                    "linewidth": 1.1 * line,
                    "linestyle": dashes,
                    "zorder": 2,
                }
            axis.plot(branch.parameter[first:last], values[first:last], **style)
    axis.margins(x=0.0, y=0.08)
    points = [(s, float(shown.of(s.x[None], _energy(s))[0])) for s in branches.special]
    for point, value in points:
        marker, filling = _MARKS[point.kind]
        axis.plot(
            [point.parameter],
            [value],
            **_mark(picture, marker, filling),
            zorder=5,
            clip_on=False,
        )
    if labels is not None:
        _label(picture, axis, branches, shown, points, labels)


def _mark(picture: Picture, marker: str, filling: str) -> dict[str, Any]:
    style = picture.style
    return {
        "marker": marker,
        "linestyle": "none",
        "markersize": 5.0 * style.line,
        "markerfacecolor": filling,
        "markeredgecolor": "black",
        "markeredgewidth": 1.2 * style.thin,
    }


def _energy(point: SpecialPoint) -> Floats | None:
    return None if point.energy is None else np.array([point.energy])


def _pieces(branch: Branch) -> Iterator[tuple[int, int, bool]]:
    """Parts of a branch that are stable or not as a whole: first point, last but one, stable.

    A special point belongs to both sides: whether a segment is stable its other end says.
    """
    n = len(branch)
    ordinary: NDArray[np.bool_] = branch.special < 0
    stable = branch.index == 0
    left, right = ordinary[:-1], ordinary[1:]
    of = np.where(left, stable[:-1], np.where(right, stable[1:], stable[:-1] & stable[1:]))
    first = 0
    for k in range(1, n):
        if k == n - 1 or of[k] != of[k - 1]:
            yield first, k + 1, bool(of[k - 1])
            first = k


def _label(
    picture: Picture,
    axis: Any,
    branches: Branches,
    shown: Shown,
    points: _Marked,
    inches: Size,
) -> None:
    """Write the parameter beside special points, each number once, where least is hidden."""
    bottom, top = axis.get_ylim()
    low, high = sorted((branches.start, branches.stop))

    def part(parameter: Any, value: Any) -> Floats:
        """Where something is, in inches from the lower left corner of the panel."""
        x, y = (parameter - low) / (high - low), (value - bottom) / (top - bottom)
        return np.stack([x * inches[0], y * inches[1]], axis=-1)

    lines = [part(branch.parameter, shown.of(branch.x, branch.energy)) for branch in branches]
    marks = np.array([part(point.parameter, value) for point, value in points]).reshape(-1, 2)
    busy = np.concatenate([*map(_dense, lines), np.repeat(marks, 20, axis=0)])
    taken: list[Floats] = []
    seen: set[tuple[str, str]] = set()
    for (point, value), mark in zip(points, marks, strict=True):
        text = f"{point.parameter:.4g}"
        if (point.kind, text) in seen or len(taken) >= MAX_LABELS:
            continue
        size = np.array([0.0095 * len(text), 0.0165]) * picture.style.small
        costs, boxes = [], []
        for k, (x, y) in enumerate(_AROUND):
            corner = mark + np.array([x, y]) * (0.09 + 0.5 * size) - 0.5 * size
            inside = np.all((busy > corner) & (busy < corner + size), axis=1)
            outside = np.any(corner < 0) or np.any(corner + size > np.array(inches))
            hit = any(np.all(np.abs(corner - other) < size) for other in taken)
            costs.append(np.count_nonzero(inside) + 1000 * (hit or outside) + 0.1 * k)
            boxes.append(corner)
        best = int(np.argmin(costs))
        if costs[best] >= 1000:
            continue
        seen.add((point.kind, text))
        taken.append(boxes[best])
        axis.annotate(
            text,
            (point.parameter, value),
            xytext=tuple(72.0 * (boxes[best] + 0.5 * size - mark)),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=picture.style.small,
            zorder=6,
            path_effects=[withStroke(linewidth=2.0, foreground="white")],
        )


def _dense(line: Floats) -> Floats:
    """Points along a line, each a hundredth of an inch from the next or nearer."""
    lengths = np.r_[0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
    along = np.linspace(0.0, lengths[-1], int(np.clip(lengths[-1] / 0.01, 2, 20_000)))
    return np.stack([np.interp(along, lengths, line[:, k]) for k in range(2)], axis=-1)


def _legend(picture: Picture, branches: Branches) -> None:
    """Below the panels, so that it hides nothing."""
    pieces = [piece for branch in branches for piece in _pieces(branch)]
    handles: list[Any] = []
    names: list[str] = []
    if any(stable for _, _, stable in pieces):
        handles.append(Line2D([], [], color=STABLE, linewidth=1.6 * picture.style.line))
        names.append("stable")
    if any(not stable for _, _, stable in pieces):
        handles.append(
            Line2D(
                [],
                [],
                color=UNSTABLE,
                linewidth=1.1 * picture.style.line,
                linestyle=(0, (4.0, 2.2)),
            )
        )
        names.append("unstable")
    present = {point.kind for point in branches.special}
    for kind, (marker, filling) in _MARKS.items():
        if kind in present:
            handles.append(Line2D([], [], **_mark(picture, marker, filling)))
            names.append(_NAMES.get(kind, kind))
    columns = max(1, int(picture.get_size_inches()[0] * 72 / (11.0 * picture.style.small)))
    picture.legend(handles, names, loc="outside lower center", ncols=min(columns, len(names)))


def _description(branches: Branches, chosen: Sequence[Shown]) -> str:
    name = f" of {branches.network.name}" if branches.network.name else ""
    low, high = sorted((branches.start, branches.stop))
    text = (
        f"Rest states{name} over {branches.over} from {low:.4g} to {high:.4g}: "
        f"{', '.join(shown.label for shown in chosen)}; {len(branches):,} "
        f"branch{'' if len(branches) == 1 else 'es'}."
    )
    for point in branches.special[:MAX_LABELS]:
        text += f" {_NAMES.get(point.kind, point.kind).capitalize()} at {point.parameter:.5g}."
    return text
