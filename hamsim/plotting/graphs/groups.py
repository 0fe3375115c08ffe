"""A picture of a network's groups: boxes, and the connections between them as arrows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from hamsim.arrays import Floats
from hamsim.certify.certificate import Certificate
from hamsim.condition import Status
from hamsim.network import Network
from hamsim.plotting.graphs.answers import Told, told
from hamsim.plotting.graphs.labels import Labels
from hamsim.plotting.graphs.layers import in_rows
from hamsim.plotting.graphs.outline import Arrow, Box, Outline, outline
from hamsim.plotting.graphs.routes import Boxes, along, loop, route, to_point
from hamsim.plotting.graphs.sheet import Key, Sheet, mark, sheet
from hamsim.plotting.style import STATUS, Picture, Style, drawn, lines, signed, styled
from hamsim.plotting.style.words import width

__all__ = ["MOST_ARROWS", "draw_groups"]

# Of more arrows only the strongest are drawn: so many, or more where there are many boxes.
MOST_ARROWS, MOST_A_BOX, MOST_OF_ALL = 40, 2.5, 250
MOST_LABELS = 24  # arrows whose weights are written beside them
MOST_DETAILED = 24  # boxes that say more than a name and a size
MAX_NAME = 24
# The same colours as in maps of weights.
SIGNS: Mapping[int, tuple[str, str]] = {
    1: (to_hex(signed()(0.84)), "weights ≥ 0"),
    -1: (to_hex(signed()(0.16)), "weights ≤ 0"),
    0: ("#5A5A5A", "weights of both signs"),
}
GATED = "#CC79A7"
THINNEST, THICKEST = 0.7, 3.2  # points
MARK = 0.075  # radius in inches
GATE = 0.06  # radius around a gate's dot that is kept free
RING = np.stack([np.cos(np.arange(8) * np.pi / 4), np.sin(np.arange(8) * np.pi / 4)], axis=1)
CURVE = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]


def draw_groups(
    network: Network,
    certificate: Certificate | None = None,
    *,
    size: Any = None,
    dpi: float | None = None,
    style: str = "screen",
    title: str | None = None,
) -> Picture:
    """Draw groups as boxes with their Lagrangian, size and tau, and connections as arrows.

    Synapses that go both ways have a head at either end. Colours tell the signs of weights, widths
    the Frobenius norm; gated synapses are a dot on an arrow, to which the gate sends. Boxes of
    groups whose neurons follow at once, with tau = 0, are dashed.

    Parameters
    ----------
    network : Network
    certificate : Certificate, optional
        Marks boxes and arrows of which something was proved, refuted or left open.
    size, dpi, style, title
        As of all pictures.

    Returns
    -------
    Picture
        Of more than 40 arrows, or 2.5 for each box, the strongest; `left_out` says so.
    """
    with styled(style) as look:
        shape = outline(network)
        kept, left = _strongest(shape)
        name = title if title is not None else network.name if look.titled else ""
        drawing = _Drawing(network, Outline(shape.boxes, kept), certificate, look)
        picture = drawing.draw(size, dpi, name)
        if len(kept) > MOST_LABELS:
            left.append(f"weights of {len(kept)} arrows are not written beside them")
        picture.describe(_words(network, shape, certificate), left)
        return picture


def _strongest(shape: Outline) -> tuple[tuple[Arrow, ...], list[str]]:
    arrows = shape.arrows
    most = max(MOST_ARROWS, min(int(MOST_A_BOX * len(shape.boxes)), MOST_OF_ALL))
    if len(arrows) <= most:
        return arrows, []
    order = sorted(range(len(arrows)), key=lambda k: (-arrows[k].norm, k))[:most]
    said = f"of {len(arrows):,} arrows the {most} with the largest norm of weights are drawn"
    return tuple(arrows[k] for k in sorted(order)), [said]


def _words(network: Network, shape: Outline, certificate: Certificate | None) -> str:
    """What the picture shows, for those who cannot see it."""
    groups = ", ".join(
        f"{drawn(box.name, 40)} ({box.lagrangian}, {box.size}, {box.tau})"
        for box in shape.boxes[:12]
    )
    more = f" and {len(shape.boxes) - 12} more" if len(shape.boxes) > 12 else ""
    ends = []
    for arrow in shape.arrows[:12]:
        first, second = (drawn(shape.boxes[k].name, 40) for k in (arrow.sender, arrow.receiver))
        join = "to" if arrow.kind == "one way" else "and"
        pair = f"within {first}" if first == second else f"{first} {join} {second}"
        gate = "" if arrow.gate is None else f" gated by {drawn(shape.boxes[arrow.gate].name, 40)}"
        ends.append(f"{pair}{gate}")
    more_ends = f" and {len(shape.arrows) - 12} more" if len(shape.arrows) > 12 else ""
    text = f"Groups of {drawn(network.name) or 'a network'}: {groups}{more}."
    text += f" Connections: {', '.join(ends)}{more_ends}." if ends else " No connections."
    if certificate is not None:
        text += f" That every solution comes to rest is {certificate.converges}."
    return text


class _Way(NamedTuple):
    """An arrow, its curve, its gate's curve, and where its words stand, if they do."""

    arrow: Arrow
    curve: Floats
    gate: Floats | None
    words: Floats | None
    half: Floats


class _Drawing:
    """One picture: the places of boxes, arrows and words, then the drawing of them."""

    def __init__(
        self, network: Network, shape: Outline, certificate: Certificate | None, style: Style
    ) -> None:
        self.network, self.shape, self.style = network, shape, style
        self.told: Told | None = (
            None if certificate is None else told(network, certificate, shape.arrows)
        )
        detailed = len(shape.boxes) <= MOST_DETAILED
        self.texts = [_texts(box, detailed) for box in shape.boxes]
        self.line = 1.35 * style.small / 72
        self.labelled = len(shape.arrows) <= MOST_LABELS
        self.taken: list[Floats] = []
        self.boxes = self._boxes()
        self.ways = self._ways()

    def draw(self, size: Any, dpi: float | None, title: str) -> Picture:
        low, high = self._bounds()
        key = Key(self._key(), self.style, float(high[0] - low[0]))
        whole = float(high[1] - low[1]) + key.height
        paper = sheet(self.style, key.across, whole, size, dpi, title or None)
        shift = np.array([(key.across - high[0] - low[0]) / 2, key.height - low[1]])
        self._draw_arrows(paper, shift)
        self._draw_boxes(paper, shift)
        key.draw(paper)
        return paper.picture

    # --- places ---

    def _boxes(self) -> Boxes:
        boxes, size = self.shape.boxes, self.style.small
        wide = max(
            max(width(texts[0], 1.08 * size, bold=True), *(width(t, size) for t in texts[1:]))
            for texts in self.texts
        )
        box_width = max(wide + 1.6 * size / 72, 7 * size / 72)
        box_height = (max(map(len, self.texts)) + 0.7) * self.line
        rows = in_rows(len(boxes), _pairs(self.shape.arrows))
        above = (6.0 if self.labelled else 4.5) * size / 72
        beside = (6.5 if self.labelled else 4.0) * size / 72
        middles = np.zeros((len(boxes), 2))
        for r, row in enumerate(rows):
            for k, box in enumerate(row):
                x = (k - (len(row) - 1) / 2) * (box_width + beside)
                middles[box] = x, r * (box_height + above)
        return Boxes(middles, box_width, box_height)

    def _ways(self) -> list[_Way]:
        """Short arrows first, so that long ones go around them."""
        beside: dict[tuple[int, int], int] = {}
        crowded = len(self.shape.arrows) > 2 * MOST_LABELS
        curves: list[tuple[Arrow, Floats]] = []
        for arrow in sorted(self.shape.arrows, key=lambda a: abs(a.receiver - a.sender)):
            pair = (min(arrow.sender, arrow.receiver), max(arrow.sender, arrow.receiver))
            before = beside.get(pair, 0)
            beside[pair] = before + 1
            taken = () if crowded else self.taken
            if arrow.sender == arrow.receiver:
                curve = loop(self.boxes, arrow.sender, before, taken)
            else:
                curve = route(self.boxes, arrow.sender, arrow.receiver, before, taken)
            self.taken.append(along(curve, np.linspace(0, 1, 17)))
            curves.append((arrow, curve))
        gates = [
            None
            if arrow.gate is None
            else to_point(self.boxes, arrow.gate, along(curve, 0.5)[0], self.taken)
            for arrow, curve in curves
        ]
        there = [*(curve for _, curve in curves), *(gate for gate in gates if gate is not None)]
        dots = [gate[-1] + GATE * RING for gate in gates if gate is not None]
        close = np.linspace(0, 1, 49)  # closer than the sides of a label
        labels = Labels(self.boxes, [*(along(curve, close) for curve in there), *dots])
        found = []
        for (arrow, curve), gate in zip(curves, gates, strict=True):
            half = self._half(arrow)
            words = np.array(labels.place(curve, half)) if self.labelled else None
            found.append(_Way(arrow, curve, gate, words, half))
        return found

    def _half(self, arrow: Arrow) -> Floats:
        """Half the sides of an arrow's words, with a mark before them."""
        size = self.style.tiny
        wide = width(arrow.words, size) + 0.04
        wide += 2 * MARK + 0.03 if self._status(arrow) else 0.0
        return np.array([wide / 2, max(0.65 * size / 72, MARK if self._status(arrow) else 0.0)])

    def _status(self, arrow: Arrow) -> Status | None:
        return None if self.told is None else self.told.arrow(arrow)

    def _bounds(self) -> tuple[Floats, Floats]:
        """Corners of what holds everything."""
        middles, half = self.boxes.middles, self.boxes.half
        corners = [middles - half - MARK, middles + half + MARK]
        corners += [along(way.curve, np.linspace(0, 1, 33)) for way in self.ways]
        corners += [
            along(way.gate, np.linspace(0, 1, 33)) for way in self.ways if way.gate is not None
        ]
        for way in self.ways:
            if way.words is not None:
                corners += [np.array([way.words - way.half, way.words + way.half])]
        points = np.concatenate(corners)
        return points.min(axis=0) - 0.06, points.max(axis=0) + 0.06

    # --- arrows ---

    def _draw_arrows(self, paper: Sheet, shift: Floats) -> None:
        largest = max((way.arrow.norm for way in self.ways), default=0.0) or 1.0
        for way in self.ways:
            thick = THINNEST + (THICKEST - THINNEST) * (way.arrow.norm / largest) ** 0.5
            self._draw_arrow(paper, way, shift, thick)
        for way in self.ways:
            if way.words is None:
                continue
            (x, y), arrow, status = way.words + shift, way.arrow, self._status(way.arrow)
            ground = {"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.85}
            options = {"bbox": ground, "zorder": 3, "color": SIGNS[arrow.sign][0]}
            room = MARK + 0.015 if status else 0.0
            paper.text(x + room, y, arrow.words, self.style.tiny, **options)
            if status:
                mark(paper, x - way.half[0] + MARK, y, status, MARK)

    def _draw_arrow(self, paper: Sheet, way: _Way, shift: Floats, thick: float) -> None:
        arrow, style = way.arrow, self.style
        thick *= style.line / 1.1 * paper.scale
        head = (3.2 * style.line + 2.4 * thick / paper.scale) * paper.scale
        heads = "-|>" if arrow.kind == "one way" else "<|-|>"
        settings: dict[str, Any] = {"linewidth": thick, "zorder": 2, "mutation_scale": head}
        settings |= {"joinstyle": "miter", "capstyle": "butt"}
        for curve, kind, colour in (
            (way.curve, heads, SIGNS[arrow.sign][0]),
            (way.gate, "-", GATED),
        ):
            if curve is not None:
                path = Path(curve + shift, CURVE)
                paper.axes.add_patch(
                    FancyArrowPatch(path=path, arrowstyle=kind, color=colour, **settings)
                )
        if way.gate is not None:
            dot = 4.5 * paper.scale
            paper.axes.plot(*(way.gate[-1] + shift), "o", color=GATED, markersize=dot, zorder=2.5)

    # --- boxes ---

    def _draw_boxes(self, paper: Sheet, shift: Floats) -> None:
        kinds = list(dict.fromkeys(group.lagrangian for group in self.network.groups))
        tints = [_tint(colour) for colour in lines(len(kinds))]
        for k, (group, texts) in enumerate(zip(self.network.groups, self.texts, strict=True)):
            status = None if self.told is None else self.told.groups.get(k)
            at_once = not self.network.tau[group.slice].any()
            (x, y), (w, h) = self.boxes.middles[k] + shift, self.boxes.half
            paper.axes.add_patch(
                FancyBboxPatch(
                    (x - w, y - h),
                    2 * w,
                    2 * h,
                    boxstyle=f"round,pad=0,rounding_size={0.06}",
                    facecolor=tints[kinds.index(group.lagrangian)],
                    edgecolor=STATUS[status] if status else "0.25",
                    linewidth=(2.2 if status else 1.0) * self.style.line / 1.1 * paper.scale,
                    linestyle=(0, (3, 1.6)) if at_once else "-",
                    zorder=4,
                )
            )
            top = y + (len(texts) - 1) / 2 * self.line
            for n, text in enumerate(texts):
                big, bold = (1.08, "bold") if n == 0 else (1.0, "normal")
                size = big * self.style.small
                paper.text(x, top - n * self.line, text, size, weight=bold, zorder=5)
            if status:
                mark(paper, x - w, y + h, status, MARK)

    # --- the key ---

    def _key(self) -> list[tuple[Any, str]]:
        arrows = self.shape.arrows
        found: list[tuple[Any, str]] = []
        for sign, (colour, words) in SIGNS.items():
            if any(arrow.sign == sign for arrow in arrows):
                found.append((Line2D([], [], color=colour, linewidth=2.0), words))
        if any(arrow.gate is not None for arrow in arrows):
            dot = Line2D([], [], color=GATED, marker="o", markersize=4.5, linewidth=1.0)
            found.append((dot, "gate"))
        if not all(self.network.tau[group.slice].any() for group in self.network.groups):
            edge = Line2D([], [], color="0.25", linewidth=1.0, linestyle=(0, (3, 1.6)))
            found.append((edge, "τ = 0: follows at once"))
        if self.told is not None:
            for words, status in self.told.answers:
                colour = STATUS[status]
                own = Line2D([], [], color=colour, marker="o", markersize=6, linewidth=0)
                found.append((own, f"{words}: {status}"))
        return found


def _texts(box: Box, detailed: bool) -> list[str]:
    name = drawn(box.name, MAX_NAME)
    if not detailed:
        return [name, f"{box.neurons:,}"]
    size = f"{box.size} neuron{'' if box.neurons == 1 else 's'}"
    return [name, drawn(box.lagrangian, 34), f"{size}, {box.tau}"]


def _pairs(arrows: Sequence[Arrow]) -> list[tuple[int, int]]:
    """Boxes that are connected; a gate stands beside the later of those that it connects."""
    pairs = [(arrow.sender, arrow.receiver) for arrow in arrows]
    pairs += [
        (min(arrow.sender, arrow.receiver), arrow.gate)
        for arrow in arrows
        if arrow.gate is not None
    ]
    return pairs


def _tint(colour: str) -> tuple[float, float, float]:
    """A colour on which black text can be read."""
    parts = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    red, green, blue = (1 - 0.16 * (1 - part) for part in parts)
    return red, green, blue
