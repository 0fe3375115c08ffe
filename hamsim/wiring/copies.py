"""Corrupted copies of a pattern, or of what is drawn, as many as there are trials."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.draws.numbers import normals
from hamsim.draws.stream import Stream
from hamsim.spec.cues import Corruption, flip_values
from hamsim.wiring.distributions import draw

__all__ = ["Copy", "copies"]


class Copy(NamedTuple):
    """What is copied, and how the copies differ from it.

    Parameters
    ----------
    of : ndarray, shape (n,) or (rows, n), or a distribution
    how : Corruption
    values : ndarray
        Holds the two values that flips exchange.
    """

    of: Any
    how: Corruption
    values: Floats


def copies(copy: Copy, n: int, trials: int | None, numbers: Stream) -> Floats:
    """Copies, each row with draws of its own.

    Parameters
    ----------
    copy : Copy
    n : int
        Number of neurons.
    trials : int or None
        How many rows are made of one; None gives one without an axis.
    numbers : Stream
        Random numbers of the place.

    Returns
    -------
    ndarray, shape (n,) or (rows, n)
        Newly allocated; a noise may be so large that it is not finite.

    Notes
    -----
    Each thing is done by a stream of its own and row by row, so that a larger part of the neurons
    holds those of a smaller one, and the rows of fewer trials are the first of more.
    """
    shape = (n,) if trials is None else (trials, n)
    if isinstance(copy.of, np.ndarray):
        result = np.array(copy.of if copy.of.ndim == 2 else np.broadcast_to(copy.of, shape))
    else:
        result = draw(copy.of, numbers, math.prod(shape)).reshape(shape)
    rows, how, numbers = np.atleast_2d(result), copy.how, numbers.at("corrupt")
    if how.flips is not None:
        low, high = flip_values(copy.values)
        wrong = _chosen(how.flips, rows.shape, numbers.at("flips"))
        rows[wrong] = np.where(rows[wrong] == high, low, high)
    if how.erase is not None:
        gone = _chosen(how.erase, rows.shape, numbers.at("erase"))
        rows[gone] = 0.0 if how.value is None else how.value
    if how.noise is not None:
        with np.errstate(over="ignore"):
            rows += how.noise * normals(numbers.at("noise"), rows.size).reshape(rows.shape)
    return result


def _chosen(part: float, shape: tuple[int, int], numbers: Stream) -> np.ndarray:
    """In each row the same number of neurons: those whose random numbers are the smallest."""
    chosen = np.zeros(shape, dtype=bool)
    source = numbers.source()
    for row in chosen:
        order = np.argsort(source.random_raw(row.size), kind="stable")
        row[order[: round(part * row.size)]] = True
    return chosen
