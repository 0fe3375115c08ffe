"""Values of a description as arrays: numbers, lists, files, and draws from distributions."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.bounds import Bounds
from hamsim.errors import CompileError
from hamsim.spec.datafiles import DataFileError, DataFiles
from hamsim.spec.distributions import Bernoulli, Lognormal, Normal, Signs
from hamsim.spec.forms import ANYTHING, Form
from hamsim.spec.values import FileValue, is_random, read_value

__all__ = ["Stream", "draw", "one_a_neuron", "read_file", "stream"]


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


def read_file(value: FileValue, files: DataFiles, path: str, form: Form = ANYTHING) -> Any:
    """Array of a file; mistakes are named by their place in the description."""
    try:
        return read_value(value, files, form)
    except DataFileError as error:
        raise CompileError(f"{path}: {error}") from None


def one_a_neuron(
    value: Any,
    shape: tuple[int, ...],
    numbers: Stream,
    files: DataFiles,
    path: str,
    trials: int | None = None,
    bounds: Bounds | None = None,
    form: Callable[[], Form] = lambda: ANYTHING,
) -> Floats:
    """A value as one number a neuron.

    Parameters
    ----------
    shape : tuple of int
        The group's.
    numbers : Stream
        What a random value is drawn from.
    trials : int or None
        How many rows a random value gets; None gives one without an axis.
    bounds : Bounds or None
        What draws are held to; everything else has been checked already.
    form : callable without arguments
        Gives the forms in which the numbers of a file may stand.

    Returns
    -------
    ndarray, shape (n,) or (trials, n)
        Newly allocated.
    """
    n = math.prod(shape)
    if is_random(value):
        drawn = draw(value, n if trials is None else (trials, n), numbers.rng)
        if bounds is not None and (bad := bounds.broken(drawn)).any():
            first = float(drawn[np.unravel_index(int(np.argmax(bad)), drawn.shape)])
            hint = "; lognormal keeps to that" if bounds.rule in ("above 0", "at least 0") else ""
            raise CompileError(f"{path}: a draw is {first:g}, but must be {bounds.rule}{hint}")
        if not np.isfinite(drawn).all():
            raise CompileError(f"{path}: a draw is not finite")
        return drawn
    is_file = isinstance(value, FileValue)
    array = read_file(value, files, path, form()) if is_file else np.asarray(value)
    array = np.asarray(array, dtype=np.float64)
    if array.ndim == 0:
        return np.full(n, float(array))
    alone = array.shape in (shape, (n,))
    return np.array(array.reshape(n) if alone else array.reshape(-1, n))
