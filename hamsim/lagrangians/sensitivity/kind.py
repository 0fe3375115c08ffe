"""What is asked of a family's parameter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from hamsim.arrays import Floats

__all__ = ["Parameters", "Sensitivity"]

Parameters = Mapping[str, Floats]


class Sensitivity(NamedTuple):
    """The derivatives of a family by one of its parameters, of whole arrays of states.

    States of additive families have shape (rows, neurons), and parameters (neurons,). States of
    collective ones have shape (rows, sets, neurons of a set), and parameters (sets, neurons of a
    set). Results have the shape of the states where each neuron has its own value, and one last
    place where a set has one.

    Parameters
    ----------
    slope : callable
        (states, parameters) -> dL/dtheta.
    back : callable
        (states, y, parameters) -> the sum of y dg/dtheta over the neurons that theta moves.
    """

    slope: Callable[[Floats, Parameters], Floats]
    back: Callable[[Floats, Floats, Parameters], Floats]
