"""Random states from which a network starts, at the scale of what its neurons receive."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hamsim.arrays import Floats
from hamsim.errors import HamsimError, given
from hamsim.network import Network
from hamsim.operator import neurons_of

__all__ = ["AROUND", "random_starts", "require_around", "typical_states"]

AROUND = ("drive", "initial")


def random_starts(
    network: Network,
    count: int,
    seed: int,
    around: str = "drive",
    spread: float = 1.0,
    at_once: int = 1000,
) -> Iterator[Floats]:
    """Draw states, each neuron's independently from a normal distribution.

    Parameters
    ----------
    network : Network
    count : int
    seed : int
    around : {"drive", "initial"}
        "drive": mean and standard deviation are those of W g + I when each activation is at either
        end of its range with even chances. A range without bounds is around the activation at 0,
        as wide as the activations at minus and plus the scale of its group, which is the root mean
        square of the file's initial states or of the inputs, whichever is larger, or 1. "initial":
        the mean is the file's initial state (of the trials in turn), the standard deviation as
        above.
    spread : float
        The standard deviation is multiplied by this.
    at_once : int

    Yields
    ------
    ndarray, shape (at_once or what is left, n)
        The same states however many there are at once, and the first of more.
    """
    mean, deviation = typical_states(network)
    own = np.atleast_2d(network.initial)
    rng = np.random.default_rng(seed)
    for first in range(0, count, at_once):
        places = np.arange(first, min(first + at_once, count))
        rows = rng.standard_normal((places.size, network.n_neurons))
        rows *= spread * deviation
        rows += own[places % len(own)] if around == "initial" else mean
        yield rows


def require_around(around: object, spread: float) -> None:
    """Refuse what does not say how starts are drawn.

    Raises
    ------
    HamsimError
    """
    if not isinstance(around, str) or around not in AROUND:
        raise HamsimError(f"around is {given(around)}; allowed are 'drive' and 'initial'")
    if not 0.0 < spread < np.inf:
        raise HamsimError(f"spread is {given(spread)}; it must be a number above 0")


def typical_states(network: Network) -> tuple[Floats, Floats]:
    """Mean and standard deviation of W g + I when activations take either end of their range."""
    scale = _scales(network)
    with np.errstate(over="ignore"):
        below, at_0, above = neurons_of(network).activate(np.stack([-scale, 0.0 * scale, scale]))
    low, high = (
        np.concatenate([group.fact(name, end) for group in network.groups])
        for name, end in (("low", -np.inf), ("high", np.inf))
    )
    bounded = np.isfinite(low) & np.isfinite(high)
    with np.errstate(invalid="ignore"):
        middle = np.where(bounded, 0.5 * low + 0.5 * high, at_0)
        half = np.where(bounded, 0.5 * high - 0.5 * low, 0.5 * np.abs(above - below))
    W = network.W
    squares = W.copy()
    squares.data = W.data**2
    mean = W @ middle + network.input
    deviation = np.sqrt(squares @ half**2)
    triples = network.triples
    if triples is not None:
        for to, a, b in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
            size = np.abs(triples.weights) * half[triples[a]] * half[triples[b]]
            deviation = np.sqrt(deviation**2 + np.bincount(triples[to], size**2, mean.size))
    return mean, np.where(deviation > 0.0, deviation, scale)


def _scales(network: Network) -> Floats:
    """Size of the states of each neuron's group, shape (n,)."""
    initial = np.atleast_2d(network.initial)
    scale = np.empty(network.n_neurons)
    for group in network.groups:
        sizes = [
            float(np.sqrt(np.mean(values**2)))
            for values in (initial[:, group.slice], network.input[group.slice])
        ]
        scale[group.slice] = max(sizes) or 1.0
    return scale
