"""Values with their times, as they are given in Python: for files, and for networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats
from hamsim.counted import there_are
from hamsim.errors import HamsimError, did_you_mean, given, shown
from hamsim.signals.sampled import BETWEEN, BEYOND

__all__ = ["ValuesOverTime", "over_time"]


@dataclass(frozen=True, eq=False)
class ValuesOverTime:
    """Values with their times; `over_time` makes and checks them.

    Parameters
    ----------
    times : ndarray, shape (rows,)
    values : ndarray, shape (rows, ...)
    between : {"linear", "step"}
    beyond : {"error", "hold", "repeat"}
    """

    times: Floats
    values: Floats
    between: Literal["linear", "step"]
    beyond: Literal["error", "hold", "repeat"]

    def plain(self) -> dict[str, Any]:
        """What a file says for them."""
        ends = {"between": self.between, "beyond": self.beyond}
        return {"times": self.times, "values": self.values, **ends}


def over_time(
    times: ArrayLike,
    values: ArrayLike,
    between: Literal["linear", "step"] = "linear",
    beyond: Literal["error", "hold", "repeat"] = "error",
) -> ValuesOverTime:
    """Values that change over time, for `input` and for the `value` of a stimulus.

    Parameters
    ----------
    times : array_like, shape (rows,)
        Times of the run, rising.
    values : array_like, shape (rows,), (rows, n) or (rows, trials, n)
        One number for all neurons, or one a neuron, which may be arranged in the group's shape.
        Stimuli may have an axis for trials.
    between : {"linear", "step"}
        A straight line from each value to the next, or each value until the next.
    beyond : {"error", "hold", "repeat"}
        Before the first time and after the last one nothing is known, the value there stays, or
        all begins anew; the last value is then that of a time which the first belongs to as well.

    Returns
    -------
    ValuesOverTime
        To stand in a dict for `compile`, or in `Network.replace`.

    Raises
    ------
    HamsimError
        What is given is no numbers, has another shape, or times that do not rise.

    Examples
    --------
    >>> import hamsim
    >>> hamsim.over_time([0, 1, 2], [0.0, 1.0, 0.5], between="step", beyond="hold").between
    'step'
    """
    for name, word, allowed in (("between", between, BETWEEN), ("beyond", beyond, BEYOND)):
        if word not in allowed:
            hint = did_you_mean(word if isinstance(word, str) else "", allowed)
            raise HamsimError(f"{name} is {given(word)}; {hint}")
    rows, numbers = _numbers("times", times), _numbers("values", values)
    if rows.ndim != 1 or not rows.size:
        raise HamsimError(f"times have shape {rows.shape}; one number a row of values is needed")
    if numbers.ndim == 0 or numbers.shape[0] != rows.size or not numbers.size:
        raise HamsimError(f"values have shape {numbers.shape}, but {there_are(rows.size, 'time')}")
    for k in np.flatnonzero(np.diff(rows) <= 0)[:1].tolist():
        raise HamsimError(f"times rise, but {rows[k + 1]:g} comes after {rows[k]:g}")
    if beyond == "repeat" and rows.size < 2:
        raise HamsimError("one time alone cannot be repeated")
    return ValuesOverTime(rows, numbers, between, beyond)


def _numbers(what: str, value: ArrayLike) -> Floats:
    try:
        if np.iscomplexobj(value):
            raise TypeError
        found: Floats = np.array(value, dtype=np.float64, order="C")
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise HamsimError(f"{what} must be numbers, not {shown(value)}") from None
    if not np.isfinite(found).all():
        raise HamsimError(f"{what} hold numbers that are not finite")
    found.flags.writeable = False
    return found
