"""`attractors`: all that many starts come to, how often, and what it is like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats
from hamsim.compiler import as_network
from hamsim.dynamics.interrupt import deferred_interrupt
from hamsim.dynamics.starts import begin, require_room
from hamsim.equilibria.landscape.classes import attractors_of, classes_of
from hamsim.equilibria.landscape.found import Attractors
from hamsim.equilibria.landscape.pool import Pool
from hamsim.equilibria.landscape.random_starts import random_starts, require_around
from hamsim.equilibria.landscape.saddles import SaddleSearch
from hamsim.equilibria.rest.autonomous import autonomous
from hamsim.equilibria.rest.fixed_point import fixed_point
from hamsim.errors import HamsimError
from hamsim.network import Network
from hamsim.request import count_of

__all__ = ["Search", "attractors", "search"]

NUMBERS_AT_ONCE = 500_000  # states of neurons that are followed together
FEWEST, MOST = 8, 250  # starts that are


class Search(NamedTuple):
    """How far a search has come.

    Parameters
    ----------
    what : str
    done, total : int
        Starts, or whatever is counted.
    found : int
        Different rest states so far.
    """

    what: str
    done: int
    total: int
    found: int


class Ended(Exception):
    """Ctrl-C came."""


def attractors(
    network: Network | Any,
    starts: int | ArrayLike = 1000,
    seed: int = 0,
    saddles: bool = False,
    *,
    exact: bool = False,
    around: str = "drive",
    spread: float = 1.0,
    trial: int = 0,
    progress: Callable[[Search], None] | None = None,
) -> Attractors:
    """Find where a network ends: its attractors, their basins' shares, and what they are like.

    Many starts are followed to rest by `fixed_point`, and equal rest states are merged, with a
    tolerance from their errors. Rest states along a slow way are one continuous attractor; starts
    that do not rest are looked at for limit cycles. States that symmetry makes equal, such as a
    pattern and its negative, are attractors of their own.

    Parameters
    ----------
    network : Network, Spec, path or dict
        It is taken as it is in the end: see the notes of the result.
    starts : int or array_like, shape (starts, n)
        So many random states, or these.
    seed : int
        Of random starts.
    saddles : bool
        Look for the saddles between minima too, and for the tree that they make of the minima.
        The network must have an energy.
    exact : bool
        Follow each start tightly; see `fixed_point`.
    around : {"drive", "initial"}
        Random starts have for each neuron a normal distribution. "drive": with mean and standard
        deviation of W g + I when all activations are at either end of their range with even
        chances. "initial": around the file's initial states, with that standard deviation.
    spread : float
        Multiplies the standard deviation.
    trial : int
        Of stimuli that trials have of their own, those of this trial act.
    progress : callable, optional
        Called with a `Search` now and then.

    Returns
    -------
    Attractors
        After Ctrl-C of what was found until then, with `interrupted`.

    Raises
    ------
    HamsimError
        There is no rest state to be asked for, because an input changes for ever; saddles of a
        network without an energy.

    Notes
    -----
    Shares are those of the starts' distribution. Rest states that starts come to are attractors in
    theory; a start that lies on the border of two basins comes to a saddle, which `kind` tells.
    """
    return search(
        as_network(network), starts, seed, saddles, exact, around, spread, trial, progress
    )


def search(
    network: Network,
    starts: Any,
    seed: int,
    saddles: bool,
    exact: bool,
    around: str,
    spread: float,
    trial: int,
    progress: Callable[[Search], None] | None,
) -> Attractors:
    """See `attractors`."""
    require_around(around, spread)
    taken, notes = autonomous(network, trial)
    if saddles:
        require_energy(taken)
    chunks, total = _starts(taken, starts, seed, around, spread)
    pool = Pool(taken.n_neurons)
    with deferred_interrupt() as pressed:

        def said(what: str, done: int, total: int) -> None:
            if progress is not None:
                progress(Search(what, done, total, len(pool.x)))

        def told(what: str, done: int, total: int) -> None:
            said(what, done, total)
            if pressed.is_set():
                raise Ended

        interrupted = False
        try:
            for rows in chunks:
                pool.add(fixed_point(taken, rows, exact=exact))
                told("starts", pool.labels.size, total)
        except Ended:
            interrupted, progress = True, None
        classes = classes_of(taken, pool, said)
        between = None
        if saddles and not interrupted:
            looking = SaddleSearch(taken, pool, classes, exact, seed)
            try:
                looking.go(told)
            except Ended:
                interrupted = True
            classes, between = looking.classes, looking.saddles()
        return attractors_of(taken, pool, classes, exact, notes, interrupted, between)


def require_energy(network: Network) -> None:
    """Refuse a network without an energy, to which saddles between minima mean nothing.

    Raises
    ------
    HamsimError
    """
    if not network.symmetric:
        raise HamsimError(
            "saddles join minima of an energy, which needs symmetric weights; leave saddles out"
        )


def _starts(
    network: Network, starts: Any, seed: int, around: str, spread: float
) -> tuple[Iterator[Floats], int]:
    """States from which to start, some at a time, and how many there are."""
    at_once = int(np.clip(NUMBERS_AT_ONCE // network.n_neurons, FEWEST, MOST))
    if isinstance(starts, int | np.integer | float) or np.ndim(starts) == 0:
        count = count_of("starts", starts, 1)
        seed = count_of("seed", seed, 0)
        require_room(count, network.n_neurons, 0)
        return random_starts(network, count, seed, around, spread, at_once), count
    _, rows, _ = begin(network, starts, None)
    rows = np.asarray(rows)
    return (rows[k : k + at_once] for k in range(0, len(rows), at_once)), len(rows)
