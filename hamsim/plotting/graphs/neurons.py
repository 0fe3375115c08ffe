"""A picture of single neurons and the synapses between them."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.collections import EllipseCollection, LineCollection, PolyCollection
from matplotlib.lines import Line2D

from hamsim.arrays import Floats, Ints
from hamsim.certify.certificate import Certificate
from hamsim.errors import HamsimError, PlotError
from hamsim.network import Network
from hamsim.plotting.graphs.groups import GATED, SIGNS
from hamsim.plotting.graphs.outline import outline, owners
from hamsim.plotting.graphs.sheet import Key, Sheet, mark, sheet
from hamsim.plotting.graphs.spots import Spots, place_neurons
from hamsim.plotting.graphs.strands import Strands, strands
from hamsim.plotting.style import STATUS, Picture, Style, drawn, lines, styled
from hamsim.plotting.style.words import width

__all__ = ["MOST_NEURONS", "draw_neurons"]

MOST_NEURONS = 1000
MOST_NUMBERED, MOST_NAMED = 60, 300
MOST_TOLD = 20  # groups that the description names
MAX_NAME = 12
SMALLEST, LARGEST = 0.115, 0.19  # radius of a neuron's disc, in inches
APART = 3.1  # neighbours, in radii
MARK = 0.07
BETWEEN = 0.1  # inches between names below neurons


def draw_neurons(
    network: Network,
    certificate: Certificate | None = None,
    *,
    layout: str | None = None,
    size: Any = None,
    dpi: float | None = None,
    style: str = "screen",
    title: str | None = None,
) -> Picture:
    """Draw each neuron as a disc in the colour of its group, and each synapse as a line.

    Colours of lines tell the signs of weights, widths how large they are; a head is where a synapse
    goes one way; gated synapses meet in a dot.

    Parameters
    ----------
    network : Network
        Of at most 1,000 neurons.
    certificate : Certificate, optional
        Rings are around neurons that it names, and a mark on an edge.
    layout : {"layers", "circle", "stress", "kamada_kawai", "spring", "spectral"}, optional
    size, dpi, style, title
        As of all pictures.

    Returns
    -------
    Picture

    Raises
    ------
    PlotError
        There are too many neurons, or no such layout.
    """
    if network.n_neurons > MOST_NEURONS:
        raise PlotError(
            f"{network.n_neurons:,} neurons are too many for a picture of each; at most "
            f"{MOST_NEURONS:,} are drawn, and kind 'groups' or 'weights' takes any number"
        )
    with styled(style) as look:
        name = title if title is not None else network.name if look.titled else ""
        drawing = _Drawing(network, certificate, look, layout)
        picture = drawing.draw(size, dpi, name)
        picture.describe(_words(network, drawing.strands), drawing.left_out)
        return picture


def _words(network: Network, found: Strands) -> str:
    shown = network.groups[:MOST_TOLD]
    groups = ", ".join(f"{group.size} of {drawn(group.name, 40)}" for group in shown)
    if len(network.groups) > MOST_TOLD:
        groups += f" and those of {len(network.groups) - MOST_TOLD:,} more groups"
    equal, unequal, one_way = _ways(network)
    if unequal:
        ends = (
            f"{equal:,} synapses both ways with equal weights, {unequal:,} with unequal ones, and "
            f"{one_way:,} one way"
        )
    else:
        ends = f"{equal:,} synapses both ways and {one_way:,} one way"
    gated = f", {len(found.triples):,} gated ones" if len(found.triples) else ""
    name = drawn(network.name) or "a network"
    return f"Neurons of {name}: {groups}. Between them {ends}{gated}."


def _ways(network: Network) -> tuple[int, int, int]:
    """How many synapses go both ways with one weight, both ways with two, and one way."""
    W = network.W.copy()
    W.eliminate_zeros()
    own = int(np.count_nonzero(W.diagonal()))
    sizes = abs(W)
    facing = 2 * sizes.nnz - (sizes + sizes.T).nnz - own
    differ = (W - W.T).tocoo()
    unlike = int(np.count_nonzero(differ.data))
    one_way = sizes.nnz - own - facing
    unequal = (unlike - 2 * one_way) // 2
    return own + facing // 2 - unequal, unequal, one_way


class _Drawing:
    """One picture: neurons at their places, strands between them, names and a key."""

    def __init__(
        self, network: Network, certificate: Certificate | None, style: Style, layout: str | None
    ) -> None:
        self.network, self.style, self.certificate = network, style, certificate
        self.left_out: list[str] = []
        self.names = self._names()
        self.widths = [width(name, style.tiny) for name in self.names]
        needed = [self._widest(k) / 1.5 for k in range(len(network.groups))]
        # Whether names stand in the discs, for each group.
        self.inside = [radius <= LARGEST for radius in needed]
        self.radius = max([SMALLEST, *(radius for radius in needed if radius <= LARGEST)])
        self.boxes = outline(network).boxes
        self.spots = self._spots(layout)
        self.strands = strands(network, self.spots, self.radius)
        self.left_out += self.strands.left_out
        self.colours = lines(len(network.groups))

    def draw(self, size: Any, dpi: float | None, title: str) -> Picture:
        places = self.spots.places
        low, high = places.min(axis=0) - 1.6 * self.radius, places.max(axis=0) + 1.6 * self.radius
        curves = [c for c in (self.strands.curves, self.strands.loops) if len(c)]
        for curve in curves:
            points = curve.reshape(-1, 2)
            low = np.minimum(low, points.min(axis=0) - 0.03)
            high = np.maximum(high, points.max(axis=0) + 0.03)
        room = self._room()
        low, high = low - room[0], high + room[1]
        key = Key(self._key(), self.style, float(high[0] - low[0]))
        whole = float(high[1] - low[1]) + key.height
        paper = sheet(self.style, key.across, whole, size, dpi, title or None)
        shift = np.array([(key.across - high[0] - low[0]) / 2, key.height - low[1]])
        self._draw_strands(paper, shift)
        self._draw_neurons(paper, places + shift)
        self._draw_names(paper, places + shift, shift)
        self._draw_marks(paper, places + shift)
        key.draw(paper)
        return paper.picture

    # --- neurons ---

    def _names(self) -> list[str]:
        """What stands in or beside each neuron; nothing where there are too many."""
        network = self.network
        named = any(group.neuron_names for group in network.groups)
        if network.n_neurons > (MOST_NAMED if named else MOST_NUMBERED):
            self.left_out.append(f"names of {network.n_neurons} neurons are not written")
            return []
        return [
            drawn(group.neuron_names[k], MAX_NAME) if group.neuron_names else str(k)
            for group in network.groups
            for k in range(group.size)
        ]

    def _widest(self, k: int) -> float:
        """How wide the widest name of a group's neurons is."""
        return max(self.widths[self.network.groups[k].slice], default=0.0)

    def _spots(self, layout: str | None) -> Spots:
        """Places with room for names beside neurons, and of groups beside their neurons."""
        wide = [0.0] * len(self.boxes)
        for k, inside in enumerate(self.inside):
            wide[k] = 0.0 if inside else self._widest(k) + BETWEEN
        names = [self._said_width(k) for k in range(len(wide))]
        ends = _all_ends(self.network)
        return place_neurons(self.network, ends, layout, APART * self.radius, wide, names)

    def _said(self, k: int) -> tuple[str, str]:
        """What is said of a group."""
        box = self.boxes[k]
        return drawn(box.name, 24) + " ", f"{drawn(box.lagrangian, 30)}, {box.tau}"

    def _said_width(self, k: int) -> float:
        """How wide that is."""
        name, facts = self._said(k)
        return max(width(name, self.style.small, bold=True), width(facts, self.style.small))

    def _room(self) -> tuple[Floats, Floats]:
        """For names beside neurons, and of groups."""
        low, high = np.zeros(2), np.zeros(2)
        outside = [self._widest(k) for k, inside in enumerate(self.inside) if not inside]
        if outside:
            widest = max(outside)
            if self.spots.around:
                low, high = (np.array([widest + 0.05, 0.12 + 1.5 * self.radius]) for _ in range(2))
            else:
                half = max(0.0, widest / 2 - self.radius)
                low, high = np.array([half, 0.12]), np.array([half, 0.0])
        if self.spots.blocks:
            left = float(self.spots.places[:, 0].min()) - 1.6 * self.radius - low[0]
            for k, (x, _) in self.spots.blocks.items():
                widest = self._said_width(k)
                low[0] = max(low[0], low[0] + left - (x - widest))
                left = float(self.spots.places[:, 0].min()) - 1.6 * self.radius - low[0]
        return low, high

    def _draw_neurons(self, paper: Sheet, places: Floats) -> None:
        of = owners(self.network, np.arange(self.network.n_neurons))
        discs = EllipseCollection(
            *([2 * self.radius], [2 * self.radius], [0.0]),
            units="xy",
            offsets=places,
            offset_transform=paper.axes.transData,
            facecolors=[self.colours[k] for k in of],
            edgecolors=["0.25" if tau == 0 else "white" for tau in self.network.tau],
            linewidths=0.6 * paper.scale,
            zorder=4,
        )
        paper.axes.add_collection(discs, autolim=False)

    def _draw_names(self, paper: Sheet, places: Floats, shift: Floats) -> None:
        size, middle = self.style.tiny, places.mean(axis=0)
        own = set(self.strands.own_neurons.tolist())
        of = owners(self.network, np.arange(self.network.n_neurons))
        ground = {"boxstyle": "square,pad=0.05", "fc": "white", "ec": "none", "alpha": 0.75}
        for k, (name, place) in enumerate(zip(self.names, places, strict=False)):
            if self.inside[of[k]]:
                paper.text(place[0], place[1], name, size, color="white", zorder=5)
            elif self.spots.around:
                out = place - middle
                out = out / max(float(np.linalg.norm(out)), 1e-9)
                side = "left" if out[0] > 0.2 else "right" if out[0] < -0.2 else "center"
                far = (2.2 if k in own else 1.0) * self.radius + 0.04
                x, y = place + far * out + [0, 0.04 * out[1]]
                paper.text(x, y, name, size, ha=side, zorder=5)
            else:
                x, y = place - [0.0, self.radius + 0.01]
                paper.text(x, y, name, size, va="top", zorder=5, bbox=ground)
        for k, at in self.spots.blocks.items():
            (x, y), size = np.array(at) + shift, self.style.small
            name, facts = self._said(k)
            line = 0.7 * size / 72
            options = {"ha": "right", "zorder": 6, "bbox": ground}
            paper.text(x, y + line, name.strip(), size, weight="bold", **options)
            paper.text(x, y - line, facts, size, color="0.25", **options)

    def _draw_marks(self, paper: Sheet, places: Floats) -> None:
        """Rings around neurons of which conditions speak, and marks on edges."""
        if self.certificate is None:
            return
        for condition in self.certificate.conditions:
            edge, some = (
                _numbers(self.network, condition.where.get(w)) for w in ("edge", "neurons")
            )
            if edge.size == 2:
                x, y = places[edge].mean(axis=0)
                mark(paper, x, y, condition.status, MARK)
            elif condition.status != "proved" and some.size:
                paper.axes.plot(
                    *places[some].T,
                    linestyle="none",
                    marker="o",
                    markersize=2.7 * self.radius * 72 * paper.scale,
                    markerfacecolor="none",
                    markeredgecolor=STATUS[condition.status],
                    markeredgewidth=1.4 * paper.scale,
                    zorder=3.9,
                )

    # --- strands ---

    def _draw_strands(self, paper: Sheet, shift: Floats) -> None:
        found, scale = self.strands, paper.scale * self.style.line / 1.1
        colours = np.array([SIGNS[int(sign)][0] for sign in np.sign(found.weights)])
        thin = float(np.clip((60 / max(found.synapses, 1)) ** 0.3, 0.4, 1.0))
        widths = (0.4 + 1.7 * found.strength) * scale * thin
        order = np.argsort(found.strength, kind="stable")  # the strongest on top
        alpha = float(np.clip(250 / max(found.synapses, 1), 0.25, 0.85))
        for curves, these in ((found.curves, found.plain), (found.loops, found.own)):
            if not len(these):
                continue
            rank = np.argsort(np.argsort(order)[these], kind="stable")
            paper.axes.add_collection(
                LineCollection(
                    list(curves[rank] + shift),
                    colors=colours[these[rank]].tolist(),
                    linewidths=widths[these[rank]],
                    alpha=alpha,
                    zorder=2,
                ),
                autolim=False,
            )
        heads = found.heads()
        if len(heads[0]):
            paper.axes.add_collection(
                PolyCollection(
                    list(heads[0] + shift),
                    facecolors=colours[heads[1]].tolist(),
                    linewidths=0,
                    alpha=max(alpha, 0.6),
                    zorder=2.5,
                ),
                autolim=False,
            )
        self._draw_triples(paper, shift)

    def _draw_triples(self, paper: Sheet, shift: Floats) -> None:
        triples = self.strands.triples
        if not len(triples):
            return
        places = self.spots.places + shift
        middles = places[triples].mean(axis=1)
        ends = np.stack(np.broadcast_arrays(middles[:, None], places[triples]), axis=2)
        style = {"linewidths": 0.6 * paper.scale, "alpha": 0.6, "zorder": 2}
        rays = LineCollection(list(ends[:, :2].reshape(-1, 2, 2)), colors="0.35", **style)
        gates = LineCollection(list(ends[:, 2]), colors=GATED, **style)
        for part in (rays, gates):
            paper.axes.add_collection(part, autolim=False)
        dot = {"color": GATED, "markersize": 2.5 * paper.scale, "zorder": 3}
        paper.axes.plot(*middles.T, "o", **dot)

    def _key(self) -> list[tuple[Any, str]]:
        found: list[tuple[Any, str]] = []
        if not self.spots.blocks:
            for k, colour in enumerate(self.colours[:20]):
                disc = Line2D([], [], color=colour, marker="o", markersize=6, linewidth=0)
                found.append((disc, ": ".join(text.strip() for text in self._said(k))))
        for sign, words in ((1, "weight > 0"), (-1, "weight < 0")):
            if np.any(np.sign(self.strands.weights) == sign):
                found.append((Line2D([], [], color=SIGNS[sign][0], linewidth=2.0), words))
        if len(self.strands.triples):
            gate = Line2D([], [], color=GATED, marker="o", markersize=4, linewidth=1.0)
            found.append((gate, "gated"))
        return found or [(Line2D([], [], linewidth=0), "no synapses")]


def _numbers(network: Network, labels: Any) -> Ints:
    """Numbers of named neurons; none where a network has other neurons than the certificate's."""
    try:
        return network.neurons(list(labels or ()))
    except HamsimError:
        return np.zeros(0, dtype=np.int64)


def _all_ends(network: Network) -> Ints:
    """Pairs of neurons that synapses connect, gated ones included."""
    pairs = [np.asarray(network.edges)]
    if network.triples is not None:
        i, j, k, _ = network.triples
        pairs += [np.stack([i, j], axis=1), np.stack([j, k], axis=1)]
    found: Ints = np.concatenate(pairs)
    return found
