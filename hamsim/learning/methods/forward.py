"""Rest states and their losses, where nothing more is wanted."""

from __future__ import annotations

import numpy as np

from hamsim.learning.found import Found
from hamsim.learning.posed import Posed
from hamsim.learning.rest.engine import Rested

__all__ = ["rest_alone"]


def rest_alone(posed: Posed, rest: Rested) -> Found:
    """Make what a method gives back of rest states and losses alone."""
    nothing = np.zeros(len(rest.x))
    loss = posed.loss.value(rest.g if posed.loss.of == "g" else rest.x)
    stable = np.ones_like(rest.rests)
    return Found(loss, rest.rests, stable, rest.residual, rest.products, nothing, rest.x)
