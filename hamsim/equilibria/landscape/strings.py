"""Ways between minima: strings of states that settle to where the energy is lowest between them.

The string method  [E, Ren and Vanden-Eijnden 2007, J. Chem. Phys. 126:164103]: states along a line
follow the network for a while and are then spread evenly along what has become of the line. At
rest, what is highest on it is a saddle. Ends stay where they are.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse.linalg import eigsh

from hamsim.arrays import Floats
from hamsim.equilibria.landscape.later import later
from hamsim.network import Network
from hamsim.operator import operator_of

__all__ = ["highest"]

DENSE = 500  # neurons up to which eigenvalues are those of full matrices
IMAGES = 14  # states between the ends
# Time of a round in units of tau, and in units of the fastest growth: states that fly away from a
# saddle within a round tell nothing of where it is. Rounds are as many as the time asks for.
ROUND, GROWN = 0.5, 4.0
TIME, LEAST_ROUNDS, MOST_ROUNDS = 12.0, 24, 400
ROUGH = 1e-3  # relative error of their steps: Newton's method goes on from where they are highest
ZOOMS = 2  # times that the part around a maximum is looked at again
NUDGE = 0.02  # part of the length by which states are moved at first: lines may be symmetric
AT_ONCE = 500_000  # numbers in states that are followed together


def highest(
    network: Network, begin: Floats, end: Floats, seed: int, pause: Callable[[], None]
) -> Floats:
    """States where the ways between pairs of minima are highest.

    Parameters
    ----------
    network : Network
        With all tau = 1.
    begin, end : ndarray, shape (pairs, n)
    seed : int
        Of what breaks symmetries.
    pause : callable
        Called now and then; may raise.

    Returns
    -------
    ndarray, shape (some, n)
        Each local maximum of each way, close to a saddle.
    """
    rng, time = np.random.default_rng(seed), _time_of_a_round(network)
    several = max(1, AT_ONCE // (2 * (IMAGES + 2) * network.n_neurons))
    found = [np.zeros((0, network.n_neurons))]
    for first in range(0, len(begin), several):
        left, right = begin[first : first + several], end[first : first + several]
        way = _line(left, right, NUDGE, rng)
        for zoom in range(ZOOMS + 1):
            # What is inside is settled already across the way when it is looked at again.
            rounds = LEAST_ROUNDS if zoom else int(np.clip(TIME / time, LEAST_ROUNDS, MOST_ROUNDS))
            way = _settled(network, _line(left, right) if zoom else way, time, rounds, pause)
            which, place = _maxima(network, way)
            left, right = way[which, place - 1], way[which, place + 1]
        found.append(way[which, place])
    return np.concatenate(found)


def _line(
    begin: Floats, end: Floats, nudge: float = 0.0, rng: np.random.Generator | None = None
) -> Floats:
    """States on lines, of shape (pairs, images + 2, n).

    With a nudge there are two lines for each pair, bent a little to either side: what is in the
    middle by symmetry goes to one side, and as much may be found on the other.
    """
    parts = np.linspace(0.0, 1.0, IMAGES + 2)[None, :, None]
    way: Floats = (1.0 - parts) * begin[:, None] + parts * end[:, None]
    if rng is None:
        return way
    size = nudge * np.abs(end - begin).max(axis=1)[:, None, None]
    bend = size * rng.uniform(-1.0, 1.0, begin.shape)[:, None] * np.sin(np.pi * parts)
    return np.concatenate([way + bend, way - bend])


def _time_of_a_round(network: Network) -> float:
    """How long strings follow the network between being spread evenly, from its fastest growth."""
    W, slopes = network.W, [group.fact("slope", np.inf) for group in network.groups]
    if network.n_neurons <= DENSE:
        top = float(np.linalg.eigvalsh(W.toarray())[-1])
    else:
        top = float(eigsh(W, k=1, which="LA", return_eigenvectors=False, tol=0.01)[0])
    growth = float(np.concatenate(slopes).max()) * max(top, 0.0)
    return min(ROUND, GROWN / growth) if 0.0 < growth < np.inf else ROUND


def _settled(
    network: Network, way: Floats, time: float, rounds: int, pause: Callable[[], None]
) -> Floats:
    """Strings at rest, but for motion along themselves."""
    n = way.shape[2]
    for _ in range(rounds):
        pause()
        inner = way[:, 1:-1].reshape(-1, n)
        moved = later(network, inner, time, ROUGH)
        way = way.copy()
        way[:, 1:-1] = moved.reshape(len(way), -1, n)
        way = np.stack([_even(string) for string in way])
    return way


def _even(string: Floats) -> Floats:
    """The same line by states at even distances."""
    lengths = np.sqrt((np.diff(string, axis=0) ** 2).sum(axis=1))
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    if not along[-1] > 0.0:
        return string
    wanted = np.linspace(0.0, along[-1], len(string))
    k = np.clip(np.searchsorted(along, wanted, side="right") - 1, 0, len(string) - 2)
    part = (wanted - along[k]) / np.maximum(along[k + 1] - along[k], 1e-300)
    result: Floats = string[k] + part[:, None] * (string[k + 1] - string[k])
    result[0], result[-1] = string[0], string[-1]
    return result


def _maxima(network: Network, way: Floats) -> tuple[np.ndarray, np.ndarray]:
    """Strings and places at which their energies have a local maximum between the ends."""
    pairs, images, n = way.shape
    energy = operator_of(network).energy(way.reshape(-1, n)).total.reshape(pairs, images)
    inner = energy[:, 1:-1]
    top = (inner >= energy[:, :-2]) & (inner > energy[:, 2:])
    which, place = np.nonzero(top)
    return which, place + 1
