"""Means of a kept number over runs that differ in their seeds, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from hamsim.arrays import Floats, Ints
from hamsim.errors import HamsimError, did_you_mean
from hamsim.scale.results.results import SweepResults

__all__ = ["Pooled", "numbers_kept", "pooled"]

LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Pooled:
    """A kept number, pooled over all axes but some.

    Parameters
    ----------
    dims : tuple of str
        The axes that are left.
    over : tuple of str
        Those that it is pooled over.
    mean : ndarray, shape (*dims,)
        Over runs that came to an end and did not diverge; NaN where there is none.
    half : ndarray, shape (*dims,)
        Half the length of the 95 % interval of the mean, by Student's t; NaN of a single run.
    each : ndarray, shape (*dims, runs)
        The numbers themselves; NaN of runs that do not count.
    count : ndarray of int, shape (*dims,)
        How many runs count.
    lost : dict of str to ndarray of int, shape (*dims,)
        How many runs diverged, failed, were set aside, are missing or have no such number.
    """

    dims: tuple[str, ...]
    over: tuple[str, ...]
    mean: Floats
    half: Floats
    each: Floats
    count: Ints
    lost: dict[str, Ints]


def numbers_kept(results: SweepResults) -> list[str]:
    """Names under which each run has one number."""
    return [
        name
        for name, values in results.columns.items()
        if values.shape == () and values.dtype.kind in "biuf"
    ]


def pooled(results: SweepResults, name: str, dims: Sequence[str]) -> Pooled:
    """Means and intervals of a kept number along some axes.

    Parameters
    ----------
    results : SweepResults
    name : str
    dims : sequence of str
        The axes that are left, in the order of the result.

    Raises
    ------
    HamsimError
        There is no such number.
    """
    kept = numbers_kept(results)
    if name not in kept:
        raise HamsimError(
            f"'{name}' is not one number a run; {did_you_mean(name, kept, 'there are')}"
        )
    places = [results.dims.index(dim) for dim in dims]
    rest = [k for k in range(len(results.dims)) if k not in places]
    order = (*places, *rest)
    shape = tuple(results.shape[k] for k in places)

    def put(values: NDArray[np.generic]) -> NDArray[np.generic]:
        return values.transpose(order).reshape(*shape, -1)

    values = put(results.of(name).astype(np.float64))
    outcome = put(results.of("outcome"))
    lost_outcomes = [word for word in LOST if (outcome == word).any()]
    good = ~np.isin(outcome, LOST) & np.isfinite(values)
    lost = {word: np.count_nonzero(outcome == word, axis=-1) for word in lost_outcomes}
    without = ~np.isin(outcome, LOST) & ~np.isfinite(values)
    if without.any():
        lost[f"no {name}"] = np.count_nonzero(without, axis=-1)
    count = np.count_nonzero(good, axis=-1)
    mean, half = _interval(np.where(good, values, 0.0), good, count)
    each = np.where(good, values, np.nan)
    over = tuple(results.dims[k] for k in rest)
    return Pooled(tuple(dims), over, mean, half, each, count, lost)


# Outcomes of runs whose numbers are none to average.
LOST = ("diverged", "interrupted", "failed", "set aside", "missing")


def _interval(values: Floats, good: NDArray[np.bool_], count: Ints) -> tuple[Floats, Floats]:
    """Mean of the good ones, and half of its interval."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        mean = values.sum(axis=-1) / count
        away = np.where(good, values - mean[..., None], 0.0)
        variance = (away**2).sum(axis=-1) / (count - 1)
        half = stdtrit(np.maximum(count - 1, 1), 0.5 + 0.5 * LEVEL) * np.sqrt(variance / count)
    return mean, np.where(count > 1, half, np.nan)
