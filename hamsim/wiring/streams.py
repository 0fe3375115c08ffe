"""Streams of random numbers, one for each place in a description, and draws from distributions."""

from __future__ import annotations

import zlib
from functools import cached_property
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.spec.distributions import Bernoulli, Lognormal, Normal, Signs

__all__ = ["Stream", "draw", "stream"]


def stream(seed: int, *names: str) -> np.random.Generator:
    """Random numbers of one place in the file.

    Each place has its own stream, so that adding a group or a connection elsewhere changes no draw
    here.
    """
    keys: Any = [seed, *(zlib.crc32(name.encode()) for name in names)]
    if seed < 2**32:  # numpy takes an array as it is, and a list number by number
        keys = np.array(keys, dtype=np.uint32)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(keys)))


class Stream:
    """The same, made when the first number is drawn: most places draw none.

    Parameters
    ----------
    seed : int
    *names : str
    """

    def __init__(self, seed: int, *names: str) -> None:
        self.seed, self.names = seed, names

    @cached_property
    def rng(self) -> np.random.Generator:
        """The numbers, those that were drawn already left out."""
        return stream(self.seed, *self.names)


def draw(value: Any, shape: int | tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Draw from a distribution of the description."""
    if isinstance(value, Normal):
        return rng.normal(value.normal.mean, value.normal.std, shape)
    if isinstance(value, Lognormal):
        return rng.lognormal(value.lognormal.mean, value.lognormal.std, shape)
    if isinstance(value, Bernoulli):
        low, high = value.bernoulli.low, value.bernoulli.high
        return np.where(rng.random(shape) < value.bernoulli.p, high, low)
    if isinstance(value, Signs):
        return np.where(rng.random(shape) < value.signs.p, 1.0, -1.0)
    return rng.uniform(value.uniform.low, value.uniform.high, shape)
