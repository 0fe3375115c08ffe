"""`attractors`: all that many starts come to, how often, and what it is like."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats
from hamsim.compiler import as_network
from hamsim.dynamics.interrupt import deferred_interrupt
from hamsim.dynamics.starts import begin, require_room
from hamsim.equilibria.landscape.classes import attractors_of, classes_of, rest_states_of
from hamsim.equilibria.landscape.found import Attractors
from hamsim.equilibria.landscape.pool import Pool
from hamsim.equilibria.landscape.random_starts import random_starts, require_around
from hamsim.equilibria.landscape.saddles import SaddleSearch
from hamsim.equilibria.rest.autonomous import autonomous
from hamsim.equilibria.rest.fixed_point import rest_from
from hamsim.errors import HamsimError, SimulationInterrupted, given
from hamsim.network import Network
from hamsim.request import count_of, number_of
from hamsim.telling import telling

__all__ = ["Search", "attractors", "search"]

# States of neurons that are followed together, and reads of synapses by a product of all of them:
# between such portions Ctrl-C and the clock are looked at. Where no energy falls a start takes so
# many times as many products.
NUMBERS_AT_ONCE, READS_AT_ONCE, FOLLOWED = 500_000, 3_000_000, 50
FEWEST, MOST = 4, 250  # starts that are


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
    """Ctrl-C came, or the time is over."""


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
    seconds: float = math.inf,
    progress: Callable[[Search], None] | bool | None = None,
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
    seconds : float
        About how long starts are followed, and saddles looked for after them; what comes of those
        that were is told all the same.
    progress : True or callable, optional
        Called with a `Search` now and then; True shows a bar.

    Returns
    -------
    Attractors
        After Ctrl-C of what was found until then, with `interrupted`: continuous attractors and
        limit cycles are not looked for any more. When the time was over a note
        says so, and `starts` is how many were followed of those that were `asked` for.

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
    taken = as_network(network)
    with telling(progress, "attractors") as tell:
        return search(taken, starts, seed, saddles, exact, around, spread, trial, seconds, tell)


def search(
    network: Network,
    starts: Any,
    seed: int,
    saddles: bool,
    exact: bool,
    around: str,
    spread: float,
    trial: int,
    seconds: float,
    progress: Callable[[Search], None] | None,
) -> Attractors:
    """See `attractors`."""
    require_around(around, spread)
    end = time.monotonic() + _time(seconds)
    taken, notes = autonomous(network, trial)
    if saddles:
        require_energy(taken)
    chunks, total = _starts(taken, starts, seed, around, spread)
    pool = Pool(taken.n_neurons)
    with deferred_interrupt() as pressed:

        def listen() -> None:
            if pressed.is_set():
                raise Ended

        def heard(what: str, done: int, total: int) -> None:
            if progress is not None:
                progress(Search(what, done, total, len(pool.x)))
            listen()

        def told(what: str, done: int, total: int) -> None:
            heard(what, done, total)
            if time.monotonic() > end:
                raise Ended

        ended = False
        try:
            for rows in chunks:
                pool.add(rest_from(taken, rows, exact=exact, tell=listen))
                told("starts", pool.labels.size, total)
        except SimulationInterrupted:  # it was noted where a trajectory was followed
            pressed.set()
            ended = True
        except Ended:
            ended = pool.labels.size < total
        try:
            listen()
            classes = classes_of(taken, pool, heard)
        except (Ended, SimulationInterrupted):
            pressed.set()
            ended = True
            classes = rest_states_of(taken, pool)
        between = None
        if saddles and not ended:
            looking = SaddleSearch(taken, pool, classes, exact, seed)
            try:
                looking.go(told)
            except SimulationInterrupted:
                pressed.set()
                ended = True
            except Ended:
                ended = True
            classes, between = looking.classes, looking.saddles()
        interrupted = ended and pressed.is_set()
        if ended and not interrupted:
            notes = (*notes, f"{seconds:g} s were over: {_left(pool.labels.size < total, saddles)}")
        found = attractors_of(taken, pool, classes, exact, notes, interrupted, between, total)
        return replace(found, network=network)


def _left(starts: bool, saddles: bool) -> str:
    """What was not done, as part of a sentence."""
    if not starts:
        return "there may be more saddles"
    more = ", and no saddles were looked for" if saddles else ""
    return f"this is of what was followed until then{more}"


def _time(seconds: Any) -> float:
    allowed = number_of(seconds)
    if not allowed > 0.0:
        raise HamsimError(f"seconds is {given(seconds)}; it must be a number above 0")
    return allowed


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
    reads = max(1, int(network.W.nnz)) * (1 if network.symmetric else FOLLOWED)
    most = min(NUMBERS_AT_ONCE // network.n_neurons, READS_AT_ONCE // reads)
    at_once = int(np.clip(most, FEWEST, MOST))
    if isinstance(starts, int | np.integer | float) or np.ndim(starts) == 0:
        count = count_of("starts", starts, 1)
        seed = count_of("seed", seed, 0)
        require_room(count, network.n_neurons, 0)
        return random_starts(network, count, seed, around, spread, at_once), count
    _, rows, _ = begin(network, starts, None)
    rows = np.asarray(rows)
    return (rows[k : k + at_once] for k in range(0, len(rows), at_once)), len(rows)
