"""Ways between minima: strings of states that settle to where the energy is lowest between them.

The string method  [E, Ren and Vanden-Eijnden 2007, J. Chem. Phys. 126:164103]: states along a line
follow the network for a while and are then spread evenly along what has become of the line. At
rest, what is highest on it is a saddle. Ends stay where they are.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hamsim.arrays import Floats
from hamsim.equilibria.later import later
from hamsim.network import Network
from hamsim.operator import operator_of

__all__ = ["highest"]

IMAGES = 14  # states between the ends
PATIENCE = 24  # rounds of a string, and time of each in units of tau
TIME = 0.5
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
    rng = np.random.default_rng(seed)
    several = max(1, AT_ONCE // ((IMAGES + 2) * network.n_neurons))
    found = [np.zeros((0, network.n_neurons))]
    for first in range(0, len(begin), several):
        left, right = begin[first : first + several], end[first : first + several]
        nudge = NUDGE
        for _ in range(ZOOMS + 1):
            way = _settled(network, _line(left, right, nudge, rng), pause)
            which, place = _maxima(network, way)
            left, right, nudge = way[which, place - 1], way[which, place + 1], 0.0
        found.append(way[which, place])
    return np.concatenate(found)


def _line(begin: Floats, end: Floats, nudge: float, rng: np.random.Generator) -> Floats:
    """States on straight lines, shape (pairs, images + 2, n), moved a little between the ends."""
    parts = np.linspace(0.0, 1.0, IMAGES + 2)[None, :, None]
    way: Floats = (1.0 - parts) * begin[:, None] + parts * end[:, None]
    if nudge:
        size = nudge * np.abs(end - begin).max(axis=1)[:, None, None]
        # The same smooth bend for all states of a line, which keeps it a line.
        bend = rng.uniform(-1.0, 1.0, begin.shape)[:, None] * np.sin(np.pi * parts)
        way = way + size * bend
    return way


def _settled(network: Network, way: Floats, pause: Callable[[], None]) -> Floats:
    """Strings at rest, but for motion along themselves."""
    n = way.shape[2]
    for _ in range(PATIENCE):
        pause()
        inner = way[:, 1:-1].reshape(-1, n)
        moved = later(network, inner, TIME)
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
