"""Corrupted copies of a pattern, or of what is drawn, as many as there are trials."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.spec.cues import Corruption, flip_values
from hamsim.wiring.streams import Stream, draw, stream

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


def copies(
    copy: Copy,
    n: int,
    trials: int | None,
    seed: int,
    place: tuple[str, ...],
    numbers: Stream | None = None,
) -> Floats:
    """Copies, each row with draws of its own.

    Parameters
    ----------
    copy : Copy
    n : int
        Number of neurons.
    trials : int or None
        How many rows are made of one; None gives one without an axis.
    seed : int
    place : tuple of str
        Names the streams of random numbers.
    numbers : Stream, optional
        What a distribution is drawn from, if more is drawn from it.

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
        result = draw(copy.of, shape, (numbers or Stream(seed, *place)).rng)
    rows, how, place = np.atleast_2d(result), copy.how, (*place, "corrupt")
    if how.flips is not None:
        low, high = flip_values(copy.values)
        wrong = _chosen(how.flips, rows.shape, stream(seed, *place, "flips"))
        rows[wrong] = np.where(rows[wrong] == high, low, high)
    if how.erase is not None:
        gone = _chosen(how.erase, rows.shape, stream(seed, *place, "erase"))
        rows[gone] = 0.0 if how.value is None else how.value
    if how.noise is not None:
        with np.errstate(over="ignore"):
            rows += how.noise * stream(seed, *place, "noise").normal(size=rows.shape)
    return result


def _chosen(part: float, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """In each row the same number of neurons, drawn without putting any back."""
    chosen = np.zeros(shape, dtype=bool)
    for row in chosen:
        row[rng.permutation(row.size)[: round(part * row.size)]] = True
    return chosen
