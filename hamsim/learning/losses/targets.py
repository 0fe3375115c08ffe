"""What neurons should be: arrays of many forms, as rows over the neurons that a loss reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.errors import HamsimError, shown
from hamsim.learning.losses.shares import Shares

__all__ = ["rows_of_classes", "rows_of_targets", "trials_of_classes", "trials_of_targets"]

# How far the shares of one whole may be from 1 in sum.
_ROUNDING = 1e-6


def _numbers(target: Any, where: str) -> Floats:
    try:
        values = np.asarray(target, dtype=np.float64)
    except (TypeError, ValueError):
        raise HamsimError(f"the target of {where} must be numbers, not {shown(target)}") from None
    if not np.isfinite(values).all():
        raise HamsimError(f"the target of {where} holds numbers that are not finite")
    return values


def rows_of_targets(target: Any, shape: tuple[int, ...], trials: int, where: str) -> Floats:
    """Targets as rows, (1, k) where all trials have the same, else (trials, k).

    Parameters
    ----------
    target : array_like
        One number; of shape (k,) or `shape`; or of either with an axis for trials in front.
    shape : tuple of int
        Of the neurons; k is how many they are.
    trials : int
    where : str
        What the neurons are called in messages.

    Raises
    ------
    HamsimError
    """
    values = _numbers(target, where)
    k = int(np.prod(shape))
    if values.ndim == 0:
        return np.full((1, k), float(values))
    if values.shape in ((k,), shape):
        return values.reshape(1, k)
    if values.shape[1:] in ((k,), shape) and values.shape[0] in (1, trials):
        return np.ascontiguousarray(values.reshape(values.shape[0], k))
    raise HamsimError(
        f"the target of {where} has shape {values.shape}; it must be {_either(k, shape)}, with an "
        f"axis of {trials} in front where trials differ"
    )


def trials_of_targets(target: Any, shape: tuple[int, ...], where: str) -> int | None:
    """For how many trials targets are; None where one is for all."""
    values = _numbers(target, where)
    if values.ndim == 0 or values.shape in ((int(np.prod(shape)),), shape):
        return None
    return values.shape[0] if values.shape[0] > 1 else None


def trials_of_classes(target: Any, shares: Shares, where: str) -> int | None:
    """The same of classes, or of shares that should be."""
    values, rest = _numbers(target, where), shares.rest
    if values.shape in (rest, ()):
        return None
    all_alike = (
        values.shape == shares.shape
        and set(np.unique(values)) <= {0.0, 1.0}
        and values.sum() == 1.0
    )
    if values.shape[1:] == rest and (values == np.floor(values)).all() and not all_alike:
        return values.shape[0] if values.shape[0] > 1 else None
    return trials_of_targets(values, shares.shape, where)


def _either(k: int, shape: tuple[int, ...]) -> str:
    return f"({k},)" if shape == (k,) else f"({k},) or {shape}"


def rows_of_classes(target: Any, shares: Shares, trials: int, where: str) -> Floats:
    """Shares that should be, as rows, from classes or from the shares themselves.

    Parameters
    ----------
    target : array_like
        Numbers of classes from 0, one a whole and trial; or shares as `rows_of_targets` takes
        them, at least 0 with sum 1. One number for each trial is taken for its class.
    shares : Shares
        The group's; its neurons have the classes' order.
    trials : int
    where : str

    Raises
    ------
    HamsimError
    """
    values = _numbers(target, where)
    rest, k = shares.rest, int(np.prod(shares.shape))
    one_a_whole = values.shape in ((), rest, (1, *rest), (trials, *rest))
    if one_a_whole and not (values.shape == (k,) and (values != np.floor(values)).any()):
        return _from_labels(values.reshape(-1, *rest), shares, where)
    if values.ndim == 1 + len(rest) and values.shape not in ((k,), shares.shape, (trials, k)):
        raise HamsimError(
            f"the target of {where} has {counted(values.shape[0], 'class')} for "
            f"{counted(trials, 'trial')}"
        )
    rows = rows_of_targets(values, shares.shape, trials, where)
    sums = shares.sums(rows)
    if (rows < 0).any() or (np.abs(sums - 1.0) > _ROUNDING).any():
        raise HamsimError(
            f"the target of {where} must be numbers of classes, or shares that are not negative "
            "and add up to 1"
        )
    return rows


def _from_labels(labels: Floats, shares: Shares, where: str) -> Floats:
    right = (labels == np.floor(labels)) & (labels >= 0) & (labels < shares.whole)
    if not right.all():
        raise HamsimError(
            f"the target of {where} has the class {labels[~right][0]:.10g}; classes are whole "
            f"numbers from 0 to {shares.whole - 1}"
        )
    return shares.one_hot(labels)
