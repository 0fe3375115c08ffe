"""Lines between neurons: one for each undirected synapse, and one with a head for each other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.network import Network
from hamsim.plotting.graphs.outline import owners
from hamsim.plotting.graphs.spots import Spots

__all__ = ["MOST_STRANDS", "Strands", "strands"]

MOST_STRANDS = 4000  # of more nobody sees any
MOST_TRIPLES = 300
POINTS = 15  # of a line that bends
BEND = 0.16  # of a line, over its length


class Strands(NamedTuple):
    """Lines, all of so many `synapses`, of which `plain` and `own` are drawn.

    Parameters
    ----------
    curves, loops : ndarray, shape (some, points, 2)
        Of synapses between neurons, and from a neuron to itself.
    plain, own : ndarray of int
        Which synapses those are.
    weights, strength : ndarray, shape (drawn,)
        Strength is from 0 to 1.
    one_way : ndarray of bool, shape (drawn,)
        Of those that have a head.
    triples : ndarray of int, shape (some, 3)
        Gated synapses.
    synapses : int
    left_out : tuple of str
    own_neurons : ndarray of int
        Those that have a synapse to themselves.
    """

    curves: Floats
    plain: Ints
    loops: Floats
    own: Ints
    weights: Floats
    strength: Floats
    one_way: Ints
    triples: Ints
    synapses: int
    left_out: tuple[str, ...]
    own_neurons: Ints

    def heads(self) -> tuple[Floats, Ints]:
        """Triangles at the ends of lines that go one way, and which synapses those are."""
        here = np.flatnonzero(self.one_way[self.plain])
        ends, before = self.curves[here, -1], self.curves[here, -2]
        way = ends - before
        way = way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
        side = np.stack([-way[:, 1], way[:, 0]], axis=1)
        long = (0.05 + 0.05 * self.strength[self.plain[here]])[:, None]
        corners = np.stack(
            [ends, ends - long * way + 0.45 * long * side, ends - long * way - 0.45 * long * side],
            axis=1,
        )
        return corners, self.plain[here]


def strands(network: Network, spots: Spots, radius: float) -> Strands:
    """Find the lines of a picture.

    Parameters
    ----------
    network : Network
    spots : Spots
    radius : float
        Of a neuron's disc; lines end there.

    Returns
    -------
    Strands
        Of more than 4,000 synapses those with the largest weights.
    """
    ends, weights, one_way = _synapses(network)
    left: list[str] = []
    count = len(ends)
    if count > MOST_STRANDS:
        kept = np.sort(np.argsort(-np.abs(weights), kind="stable")[:MOST_STRANDS])
        ends, weights, one_way = ends[kept], weights[kept], one_way[kept]
        left.append(f"of {count:,} synapses the {MOST_STRANDS:,} largest are drawn")
    largest = float(np.abs(weights).max()) if weights.size else 1.0
    own = np.flatnonzero(ends[:, 0] == ends[:, 1])
    plain = np.flatnonzero(ends[:, 0] != ends[:, 1])
    triples = np.zeros((0, 3), dtype=np.int64)
    if network.triples is not None:
        i, j, k, size = network.triples
        chosen = np.sort(np.argsort(-np.abs(size), kind="stable")[:MOST_TRIPLES])
        triples = np.stack([i, j, k], axis=1)[chosen]
        if size.size > MOST_TRIPLES:
            left.append(f"of {size.size:,} gated synapses the {MOST_TRIPLES} largest are drawn")
    curves = _curves(network, spots, ends[plain], one_way[plain], radius)
    loops = _loops(spots, ends[own, 0], radius)
    strength = np.abs(weights) / (largest or 1.0)
    return Strands(
        *(curves, plain, loops, own, weights, strength, one_way, triples, count, tuple(left)),
        ends[own, 0],
    )


def _synapses(network: Network) -> tuple[Ints, Floats, Ints]:
    """Sender and receiver of each, its weight, and whether it goes one way; none of weight 0."""
    W = network.W.tocoo()
    order = np.lexsort((W.col, W.row))
    receivers, senders, data = (part[order].astype(np.float64) for part in (W.row, W.col, W.data))
    n = network.n_neurons
    keys, turned = receivers * n + senders, senders * n + receivers
    at = np.minimum(np.searchsorted(keys, turned), max(keys.size - 1, 0))
    facing = (keys[at] == turned) & (data[at] == data) if keys.size else np.zeros(0, dtype=bool)
    kept = (data != 0) & (~facing | (receivers <= senders))
    ends = np.stack([senders, receivers], axis=1)[kept].astype(np.int64)
    return ends, data[kept], ~facing[kept]


def _curves(network: Network, spots: Spots, ends: Ints, one_way: Ints, radius: float) -> Floats:
    """Lines from sender to receiver, from the rim of one to that of the other."""
    start, stop = spots.places[ends[:, 0]], spots.places[ends[:, 1]]
    way = stop - start
    side = np.stack([-way[:, 1], way[:, 0]], axis=1)
    # Lines within a row or an image would lie on one another and on neurons.
    of = owners(network, ends)
    within = (of[:, 0] == of[:, 1]) & bool(spots.blocks)
    bend = np.where(within, 1.6 * BEND, np.where(one_way, BEND, 0.0))[:, None]
    middle = (start + stop) / 2 + bend * side
    length = np.maximum(np.linalg.norm(way, axis=1), 1e-9)
    gap = np.minimum(radius / length, 0.45)
    t = np.linspace(0.0, 1.0, POINTS)[None] * (1 - 2 * gap[:, None]) + gap[:, None]
    t = t[..., None]
    found: Floats = (
        (1 - t) ** 2 * start[:, None] + 2 * t * (1 - t) * middle[:, None] + t**2 * stop[:, None]
    )
    return found


def _loops(spots: Spots, neurons: Ints, radius: float) -> Floats:
    """Small circles, away from the middle of the picture."""
    places = spots.places[neurons]
    out = places - spots.places.mean(axis=0)
    far = np.linalg.norm(out, axis=1, keepdims=True)
    outward = bool(not spots.blocks)
    way = np.where(far > 1e-6, out / np.maximum(far, 1e-6), [0.0, 1.0]) if outward else [0.0, 1.0]
    middles = places + 1.35 * radius * np.asarray(way)
    angles = np.linspace(0, 2 * np.pi, 25)
    ring = 0.75 * radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found: Floats = middles[:, None] + ring[None]
    return found
