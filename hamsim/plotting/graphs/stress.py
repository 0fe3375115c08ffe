"""Places in a plane whose distances are, as nearly as can be, those along the edges of a graph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import shortest_path

from hamsim.arrays import Floats

__all__ = ["circle", "place_by_distance"]

MOST_STEPS, STILL = 300, 1e-4
BEYOND = 2.0  # edges more than the longest way, between parts that are not connected


def circle(n: int) -> Floats:
    """Places on a circle, clockwise from the top; two side by side, one in the middle."""
    angles = np.pi / 2 - 2 * np.pi * np.arange(n) / n + (np.pi / 2 if n == 2 else 0.0)
    found: Floats = np.stack([np.cos(angles), np.sin(angles)], axis=1) * (n > 1)
    return found


def place_by_distance(count: int, pairs: Sequence[tuple[int, int]]) -> Floats:
    """Give each node a place; those on an edge are about 1 apart.

    Parameters
    ----------
    count : int
    pairs : sequence of (int, int)
        Edges.

    Returns
    -------
    ndarray, shape (count, 2)
        Rounded, so that what only rounding tells apart is the same everywhere.

    Notes
    -----
    Stress majorization: each step goes to the minimum of a quadratic function that touches the
    stress, sum over pairs of (distance in the plane / distance in the graph - 1)^2, and is nowhere
    below it, so that no step raises the stress [Gansner, Koren and North 2005, Graph drawing by
    stress majorization]. It begins on a circle, in the order of the nodes.
    """
    if count < 3:
        return circle(count) * 0.5
    i, j = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    # Graph algorithms of scipy before 1.15 take indices of 32 bits only.
    ends = (i.astype(np.int32), j.astype(np.int32))
    graph = coo_array((np.ones(i.size), ends), (count, count)).tocsr()
    far = shortest_path(graph, directed=False, unweighted=True)
    reached = np.isfinite(far)
    far[~reached] = far[reached].max() + BEYOND
    np.fill_diagonal(far, 1.0)
    weights = far**-2.0
    np.fill_diagonal(weights, 0.0)
    laplacian = np.diag(weights.sum(axis=1)) - weights
    # Of places with mean 0 this is the inverse.
    inverse = np.linalg.inv(laplacian + 1.0 / count)
    places = circle(count) * max(1.0, count / (2 * np.pi))
    for _ in range(MOST_STEPS):
        apart = np.linalg.norm(places[:, None] - places[None], axis=2)
        pull = weights * far / np.maximum(apart, 1e-6)
        moved = inverse @ (pull.sum(axis=1)[:, None] * places - pull @ places)
        moved -= moved.mean(axis=0)
        still = np.abs(moved - places).max() < STILL
        places = moved
        if still:
            break
    found: Floats = np.round(places, 4) + 0.0
    return found
