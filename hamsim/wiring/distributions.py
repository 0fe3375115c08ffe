"""Draws from the distributions of a description."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.draws.numbers import doubles, exponential_of, normals
from hamsim.draws.stream import Stream, Tile
from hamsim.spec.distributions import Bernoulli, Lognormal, MeanStd, Normal, Signs

__all__ = ["draw"]


def draw(value: Any, stream: Stream, count: int, tile: Tile = ()) -> Floats:
    """Draw from a distribution.

    Parameters
    ----------
    value : Normal, Lognormal, Uniform, Bernoulli or Signs
    stream : Stream
    count : int
    tile : tuple of int

    Returns
    -------
    ndarray, shape (count,)
        Number k is made of number k of the tile, whatever the count; of normal numbers two
        neighbours are made of two. One that is too large for a number is infinite.
    """
    if isinstance(value, Normal):
        return _normal(value.normal, stream, count, tile)
    if isinstance(value, Lognormal):
        return exponential_of(_normal(value.lognormal, stream, count, tile))
    uniform = doubles(stream, count, tile)
    if isinstance(value, Bernoulli):
        low, high = value.bernoulli.low, value.bernoulli.high
        return np.where(uniform < value.bernoulli.p, high, low)
    if isinstance(value, Signs):
        return np.where(uniform < value.signs.p, 1.0, -1.0)
    uniform *= value.uniform.high - value.uniform.low
    uniform += value.uniform.low
    return uniform


def _normal(value: MeanStd, stream: Stream, count: int, tile: Tile) -> Floats:
    drawn = normals(stream, count, tile)
    with np.errstate(over="ignore"):
        drawn *= value.std
        drawn += value.mean
    return drawn
