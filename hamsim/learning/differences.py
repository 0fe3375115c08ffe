"""Finite differences of a loss by single weights: what any gradient is to agree with."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints, Mask
from hamsim.learning.methods.implicit import sharpened
from hamsim.learning.posed import Posed, Wanted
from hamsim.learning.rest.engine import Engine
from hamsim.learning.synapses import LearnedWeights
from hamsim.network import Network

__all__ = ["Differences", "differences", "loss_at_rest", "loss_of_run"]

# Steps, relative to 1 or the weight: the second where the first meets a kink.
STEPS = (1e-4, 1e-6)
CLOSE = 1e-7  # how well both steps' differences agree where the larger one will do
ROUNDING = 4 * np.finfo(np.float64).eps  # of a loss, relative to it
_NOTHING = Wanted(False, False, False, False, False)


class Differences(NamedTuple):
    """Derivatives by single weights, and how far each may be off.

    Parameters
    ----------
    values, uncertain : ndarray, shape (k,)
    """

    values: Floats
    uncertain: Floats


def differences(
    network: Network,
    places: Ints,
    loss: Callable[[Network], float],
    size: float,
    tell: Callable[[int], None] = lambda _: None,
) -> Differences:
    """Central differences with one step of Richardson's extrapolation.

    Parameters
    ----------
    network : Network
    places : ndarray of int, shape (k,)
        In the order of `LearnedWeights.flat`.
    loss : callable
        Of a network with other weights.
    size : float
        Of derivatives, of which a small part is no matter.
    tell : callable
        Called with how many are done.
    """
    weights = LearnedWeights(network)
    values, uncertain = np.zeros(places.size), np.full(places.size, np.inf)

    def central(place: int, step: float) -> tuple[float, float]:
        """A difference, and about its rounding."""
        ends, own = [], weights.flat[place]
        for sign in (1.0, -1.0):
            weights.flat[place] = own + sign * step
            weights.changed()
            ends.append(loss(weights.network))
        weights.flat[place] = own
        weights.changed()
        return (ends[0] - ends[1]) / (2.0 * step), ROUNDING * max(map(abs, ends)) / step

    for number, place in enumerate(places.tolist()):
        for relative in STEPS:
            step = relative * max(1.0, abs(float(weights.flat[place])))
            (wide, _), (narrow, rounding) = central(place, step), central(place, 0.5 * step)
            off = abs(narrow - wide) + rounding
            if not off >= uncertain[number]:
                values[number], uncertain[number] = (4.0 * narrow - wide) / 3.0, off
            if off <= CLOSE * size:
                break
        tell(number + 1)
    return Differences(values, uncertain)


def loss_at_rest(posed: Posed, x: Floats, counts: Mask) -> Callable[[Network], float]:
    """The mean loss of the rest states close to those of some trials, as a function of weights."""
    rows = np.flatnonzero(counts)
    current = None if posed.current is None else posed.current[rows]
    own = posed._replace(starts=x[rows], current=current, loss=posed.loss.rows(rows))
    engine = Engine(posed.network, posed.held, posed.tolerance, rows.size, follows=False)

    def loss(network: Network) -> float:
        engine.weights_changed(network)
        asked = own._replace(network=network)
        rested = engine.to_rest(own.starts, own.current, own.tolerance)
        rested = sharpened(asked, engine, rested)
        return float(own.loss.value(rested.g if own.loss.of == "g" else rested.x).mean())

    return loss


def loss_of_run(
    posed: Posed, module: ModuleType, options: Any, counts: Mask
) -> Callable[[Network], float]:
    """The mean loss of some trials of a run, as a function of weights."""

    def loss(network: Network) -> float:
        found = module.gradient_of(posed._replace(network=network), _NOTHING, options)
        return float(found.loss[counts].mean())

    return loss
