"""Continuous attractors: rest states that belong together because a slow way joins them.

A ring or plane of rest states is exact in theory only. In a network of finitely many neurons it is
pinned to some of its states, between which the network creeps: a slow manifold  [Seung 1996, PNAS
93:13339]. So rest states are one attractor of dimension d where

1. each has d soft directions: the next eigenvalue is at least `GAP` times as large as theirs;
2. a way leads from one to the next along which nothing moves fast. States on the line between two
   neighbours are left to the network until the other directions have come to rest; then they
   neither are at one of its ends nor move faster than `CREEP` diameters of the whole attractor in
   the time in which the other directions come to rest;
3. there are at least `FEW_PINNED` of them, or three that lie in a true continuum. Two states with a
   flat barrier between them are two attractors.

Where W is symmetric all tau are set to 1 for this: rest states and their stability do not depend on
tau [HAM, section 3], and a neuron that is slow by its tau is not a soft direction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import cKDTree

from hamsim.arrays import Floats, Ints
from hamsim.equilibria.landscape.later import later
from hamsim.network import Network

__all__ = ["Continuum", "continua", "in_own_time", "soft_directions"]

GAP = 5.0
MOST_SOFT = 4  # directions along an attractor
CREEP = 3e-3
LEAST_STATES, FEW_PINNED = 3, 6
EXACT = 1e-7  # relative error of a step, so that what rests is seen to rest
AT_REST = 1e-6  # creep below which a way is made of rest states
BETWEEN = (0.25, 0.5, 0.75)  # places on the line between two states
APART = 0.1  # of their distance: closer to one of them is where it is
RELAX = 10.0  # times of the other directions
NUDGE = 1e-3  # of the distance, so that nothing stays on a ridge
NEIGHBOURS = 6
AXES = 16  # principal axes along which neighbours are looked for
ROUNDS = 6  # other ways that are tried between parts
AT_ONCE = 300  # states that are followed together


class Continuum(NamedTuple):
    """Rest states that are one attractor.

    Parameters
    ----------
    states : ndarray of int
        Which they are.
    dimension : int
    drift : float
        Fastest motion seen between neighbours, in diameters per time of the other directions.
    reach : float
        Widest gap between neighbours: a state this close to one of them belongs to it.
    """

    states: Ints
    dimension: int
    drift: float
    reach: float


def in_own_time(network: Network) -> Network:
    """The network in which softness is asked: with equal tau where that changes no rest state."""
    return network.replace(tau=1.0) if network.symmetric else network


def soft_directions(eigenvalues: Floats) -> tuple[int, float]:
    """How many directions lead along a slow manifold, and the rate of the next one.

    Parameters
    ----------
    eigenvalues : ndarray
        Those of largest real part, largest first.

    Returns
    -------
    count : int
        0 if none is soft.
    rate : float
        How fast the others come to rest; 0 if none is soft.
    """
    size = np.abs(np.asarray(eigenvalues))
    found, ratio, rate = 0, GAP, 0.0
    for d in range(1, min(MOST_SOFT + 1, size.size)):
        slow = float(size[:d].max())
        falls = np.asarray(eigenvalues)[d:].real < 0.0
        if not falls.all() or size[d] <= 0.0:
            continue
        if size[d] >= ratio * slow:
            found, rate = d, float(-np.asarray(eigenvalues)[d].real)
            ratio = max(GAP, float(size[d]) / max(slow, 1e-300))
    return found, rate


def continua(
    network: Network,
    x: Floats,
    soft: Sequence[tuple[int, float]],
    pause: Callable[[], None] = lambda: None,
) -> list[Continuum]:
    """Find the rest states that are parts of continuous attractors.

    Parameters
    ----------
    network : Network
        As `in_own_time` gives it, with the stimuli that last.
    x : ndarray, shape (states, n)
        Different rest states.
    soft : sequence of (int, float)
        Of each state, in the same network; see `soft_directions`.
    pause : callable
        Called now and then; may raise.

    Returns
    -------
    list of Continuum
    """
    counts = np.array([count for count, _ in soft], dtype=np.int64)
    rates = np.array([rate for _, rate in soft])
    found = []
    for d in np.unique(counts[counts > 0]).tolist():
        some = np.flatnonzero(counts == d)
        if some.size >= LEAST_STATES:
            found += _of_dimension(network, x, rates, some, d, pause)
    return found


def _of_dimension(
    network: Network,
    x: Floats,
    rates: Floats,
    some: Ints,
    dimension: int,
    pause: Callable[[], None],
) -> list[Continuum]:
    """Continuous attractors of one dimension among some states."""
    pairs, length = _neighbours(x[some])
    speed = np.full(len(pairs), np.nan)  # relative to the rate; infinite where no way leads
    part = np.arange(some.size)
    for _ in range(ROUNDS):
        tried = _joining(pairs, length, speed, part)
        if tried.size == 0:
            break
        for first in range(0, tried.size, AT_ONCE // len(BETWEEN)):
            now = tried[first : first + AT_ONCE // len(BETWEEN)]
            pause()
            a, b = some[pairs[now, 0]], some[pairs[now, 1]]
            speed[now] = _speeds(network, x[a], x[b], np.minimum(rates[a], rates[b]))
        part = _parts(some.size, pairs[np.isfinite(speed)])
    result = []
    for number in range(int(part.max()) + 1):
        inside = np.flatnonzero(part == number)
        result += _whole(x[some], some, inside, pairs, length, speed, dimension)
    return result


def _neighbours(x: Floats) -> tuple[Ints, Floats]:
    """Pairs of close states, and their distances in the largest entry."""
    centred = x - x.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:AXES]
    projected = centred @ axes.T
    _, near = cKDTree(projected).query(projected, k=min(NEIGHBOURS + 1, len(x)))
    first = np.repeat(np.arange(len(x)), near.shape[1])
    pairs = np.sort(np.stack([first, near.reshape(-1)], axis=1), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    return pairs, np.abs(x[pairs[:, 0]] - x[pairs[:, 1]]).max(axis=1)


def _joining(pairs: Ints, length: Floats, speed: Floats, part: Ints) -> Ints:
    """The shortest pairs, not tried yet, that would join parts."""
    ends = part[pairs]
    open_ = np.flatnonzero(np.isnan(speed) & (ends[:, 0] != ends[:, 1]))
    if open_.size == 0:
        return open_
    order = open_[np.argsort(-length[open_], kind="stable")]
    least = np.full((part.max() + 1,) * 2, -1, dtype=np.int64) if part.max() < 3000 else None
    if least is None:
        return open_
    rows, columns = np.sort(ends[order], axis=1).T
    least[rows, columns] = order  # the shortest one is written last
    rows, columns = np.nonzero(least >= 0)
    places = rows.astype(np.int32), columns.astype(np.int32)  # older SciPy takes no others
    weights = coo_array((length[least[rows, columns]], places), shape=least.shape)
    tree = minimum_spanning_tree(weights.tocsr()).tocoo()
    joining: Ints = least[tree.row, tree.col]
    return joining


def _parts(count: int, joined: Ints) -> Ints:
    """Number of the part of each state, when pairs are joined."""
    ones = np.ones(len(joined))
    graph = coo_array((ones, (joined[:, 0], joined[:, 1])), shape=(count, count))
    labels: Ints = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels


def _speeds(network: Network, a: Floats, b: Floats, rate: Floats) -> Floats:
    """Fastest motion between pairs of states, relative to the rate; infinite if it leads away."""
    shape = (len(BETWEEN), *a.shape)
    away = np.abs(b - a).max(axis=1)
    places = np.array(BETWEEN)[:, None, None]
    nudges = np.random.default_rng(0).uniform(-1.0, 1.0, shape) * (NUDGE * away)[:, None]
    rows = ((1.0 - places) * a + places * b + nudges).reshape(-1, a.shape[1])
    time = 1.0 / float(rate.min())
    relaxed = later(network, rows, RELAX * time, EXACT)
    after = later(network, relaxed, time, EXACT).reshape(shape)
    relaxed = relaxed.reshape(shape)
    speed: Floats = np.abs(after - relaxed).max(axis=(0, 2)) / time / rate
    for end in (a, b):
        distance = np.abs(relaxed - end).max(axis=2)
        speed[(distance < APART * away).any(axis=0)] = np.inf
    return np.where(np.isfinite(speed), speed, np.inf)


def _whole(
    x: Floats,
    some: Ints,
    inside: Ints,
    pairs: Ints,
    length: Floats,
    speed: Floats,
    dimension: int,
) -> list[Continuum]:
    """The states of one part as a continuous attractor, if they are one."""
    if inside.size < LEAST_STATES:
        return []
    states = x[inside]
    diameter = float(np.ptp(states, axis=0).max())
    is_inside = np.isin(pairs, inside).all(axis=1) & np.isfinite(speed)
    drift, gap = float(speed[is_inside].max()) / diameter, float(length[is_inside].max())
    pinned = drift > AT_REST
    if drift > CREEP or (pinned and inside.size < FEW_PINNED):
        return []
    return [Continuum(some[inside], dimension, drift, gap)]
