"""Where single neurons stand in a picture, in inches."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import networkx
import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import PlotError, did_you_mean, given
from hamsim.network import Group, Network
from hamsim.plotting.graphs.layers import in_rows
from hamsim.plotting.graphs.outline import owners
from hamsim.plotting.graphs.stress import circle, place_by_distance

__all__ = ["LAYOUTS", "Spots", "place_neurons"]

# Rows of groups, in distances between neighbours; wide ones are further apart.
BETWEEN, FURTHEST, PART = 2.2, 5.0, 0.22
BESIDE = 1.2  # groups in a row, besides their names
IN_A_ROW = 20  # neurons; more of a group stand in several rows
FEW = 8  # neurons that stand in a circle however they are connected
DENSE = 3.0  # edges a neuron
MOST_AROUND = 120  # neurons in a circle; more are never read in one


class Spots(NamedTuple):
    """Places of neurons.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
    blocks : dict of int to (x, y)
        Where the name of each group ends, left of its neurons, where groups stand apart.
    around : bool
        Whether neurons stand in a circle, so that names go outwards.
    """

    places: Floats
    blocks: dict[int, tuple[float, float]]
    around: bool = False


def place_neurons(
    network: Network,
    edges: Ints,
    layout: str | None,
    apart: float,
    wide: Sequence[float],
    names: Sequence[float],
) -> Spots:
    """Give each neuron a place.

    Parameters
    ----------
    network : Network
    edges : ndarray of int, shape (m, 2)
        Pairs of neurons that are connected.
    layout : str or None
        One of `LAYOUTS`. None puts groups in layers; neurons of a single group stand as its shape
        says, in a circle, or where few synapses are, close to those that they are connected with.
    apart : float
        Inches between neighbours.
    wide : sequence of float
        For each group, how wide a neuron with its name is.
    names : sequence of float
        How wide the names of groups are.
    """
    if layout is None:
        layout = _usual(network, edges)
    if layout == "layers":
        return _layers(network, edges, apart, wide, names)
    if layout not in LAYOUTS:
        word = layout if isinstance(layout, str) else ""
        raise PlotError(f"layout is {given(layout)}; {did_you_mean(word, LAYOUTS)}")
    n = network.n_neurons
    if layout == "circle":
        size = max(apart, apart * n / (2 * math.pi))
        return Spots(size * circle(n), {}, around=True)
    graph = networkx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(sorted({(min(e), max(e)) for e in edges.tolist() if e[0] != e[1]}))
    parts = sorted(networkx.connected_components(graph), key=lambda part: (-len(part), min(part)))
    places = np.zeros((n, 2))
    x = 0.0
    for k, part in enumerate(parts):
        members = sorted(part)
        found = _placed(graph, members, layout, apart)
        if k:  # smaller parts in a row below the largest one
            below = places[sorted(parts[0])]
            x = float(below[:, 0].min()) if k == 1 else x
            found += [x - found[:, 0].min(), below[:, 1].min() - 2 * apart - found[:, 1].max()]
            x = float(found[:, 0].max()) + 1.5 * apart
        places[members] = found
    return Spots(places, {})


def _placed(graph: Any, members: list[int], layout: str, apart: float) -> Floats:
    """Places of neurons that are connected with one another, around (0, 0)."""
    n = len(members)
    if n == 1:
        return np.zeros((1, 2))
    part = networkx.Graph()
    part.add_nodes_from(range(n))
    number = {member: k for k, member in enumerate(members)}
    ends = (sorted((number[u], number[v])) for u, v in graph.subgraph(members).edges)
    part.add_edges_from(sorted(map(tuple, ends)))
    found = _LIBRARY[layout](part) if n > 2 else {0: (-1.0, 0.0), 1: (1.0, 0.0)}
    places = np.array([found[k] for k in range(n)], dtype=np.float64)
    # Rounded, so that what only rounding tells apart looks the same everywhere.
    places = np.round(places / max(1e-9, float(np.abs(places).max())), 6)
    return _spread(places * max(0.5 * apart, 0.85 * apart * math.sqrt(n - 1.6)), apart)


def _usual(network: Network, edges: Ints) -> str:
    group = network.groups[0]
    if len(network.groups) > 1 or len(group.shape) > 1 or not len(edges):
        return "layers"
    n = network.n_neurons
    around = n <= FEW or (len(edges) > DENSE * n and n <= MOST_AROUND)
    return "circle" if around else "stress"


def _begin(graph: Any) -> Any:
    return dict(enumerate(circle(len(graph))))


_LIBRARY: Mapping[str, Callable[[Any], Any]] = {
    "stress": lambda graph: dict(enumerate(place_by_distance(len(graph), list(graph.edges)))),
    "kamada_kawai": lambda graph: networkx.kamada_kawai_layout(graph, pos=_begin(graph)),
    "spring": lambda graph: networkx.spring_layout(graph, pos=_begin(graph), seed=0),
    "spectral": networkx.spectral_layout,
}
LAYOUTS = ("layers", "circle", *_LIBRARY)


def _spread(places: Floats, least: float) -> Floats:
    """Neurons that are too close to one another a little further apart."""
    for _ in range(60):
        apart = places[:, None] - places[None]
        away = np.linalg.norm(apart, axis=2)
        np.fill_diagonal(away, np.inf)
        lack = np.maximum(0.7 * least - away, 0.0)
        if not lack.any():
            break
        # Those in one place part along an angle of their own.
        angle = np.arange(len(places)) * 2.4
        own = np.stack([np.cos(angle), np.sin(angle)], axis=1)[:, None]
        way = np.where((away > 1e-6)[..., None], apart / np.maximum(away, 1e-6)[..., None], own)
        places = np.round(places + 0.3 * (lack[..., None] * way).sum(axis=1), 6)
    return places


def _layers(
    network: Network, edges: Ints, apart: float, wide: Sequence[float], names: Sequence[float]
) -> Spots:
    pairs = np.unique(np.sort(owners(network, edges), axis=1), axis=0) if len(edges) else edges
    rows = in_rows(len(network.groups), [(int(a), int(b)) for a, b in pairs])
    places = np.zeros((network.n_neurons, 2))
    blocks: dict[int, tuple[float, float]] = {}
    alone = len(network.groups) == 1
    y = 0.0
    longest = max(min(group.shape[-1], IN_A_ROW) for group in network.groups)
    gap = min(max(BETWEEN, PART * longest), FURTHEST) * apart
    for row in rows:
        own = [_block(network.groups[k], max(apart, wide[k]), apart, alone) for k in row]
        gaps = [names[k] + BESIDE * apart for k in row]
        across = sum(float(block[:, 0].max()) for block in own) + sum(gaps[1:])
        x, tallest = -across / 2, max(float(block[:, 1].max()) for block in own)
        for n, (k, block) in enumerate(zip(row, own, strict=True)):
            x += gaps[n] if n else 0.0
            middle = (tallest - float(block[:, 1].max())) / 2
            places[network.groups[k].slice] = block + np.array([x, y + middle])
            blocks[k] = (x - 0.55 * max(apart, wide[k]), y + tallest / 2)
            x += float(block[:, 0].max())
        y += tallest + gap
    return Spots(places, blocks)


def _block(group: Group, across: float, down: float, alone: bool) -> Floats:
    """Places of a group's neurons from (0, 0) on: an image as one, others in rows."""
    n = group.size
    image = len(group.shape) > 1 and (n > IN_A_ROW or alone)
    columns = min(n, int(np.prod(group.shape[1:])) if image else IN_A_ROW)
    if columns > 2 * IN_A_ROW:
        columns = IN_A_ROW
    at = np.arange(n)
    rows = (n - 1) // columns
    shift = np.where(at // columns == rows, (columns - (n - rows * columns)) / 2, 0.0)
    x, y = at % columns + (0.0 if image else shift), rows - at // columns
    close = 0.8 if image else 1.0
    found: Floats = np.stack([x * across, y * down], axis=1) * close
    return found
