"""What somebody wants to see of a trace, checked: trials, moments, a stretch of time."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import PlotError, did_you_mean, given
from hamsim.names import as_list

__all__ = ["KINDS", "Asked", "asked_of"]

# Kinds that are drawn of the records alone, and what each is.
KINDS = {
    "lines": "a line a neuron against time; the mean and its spread where there are many",
    "map": "neuron against time as colours",
    "image": "a group of rows and columns at one moment, an image a trial",
    "images": "the same at several moments",
    "raster": "trial against time as colours",
    "energy": "energy and residual against time",
}
_RANGE = re.compile(r"\s*([^:]*?)\s*:\s*([^:]*?)\s*\Z")


@dataclass(frozen=True)
class Asked:
    """What is drawn.

    Parameters
    ----------
    groups : tuple of str or None
    neurons : as `hamsim.load_trace` takes them, or None
    kind : str or None
    trials : as users give them, or None
    moments : tuple of float or None
        At which images are shown.
    window : (float, float)
        From when to when.
    """

    groups: tuple[str, ...] | None = None
    neurons: Any = None
    kind: str | None = None
    trials: Any = None
    moments: tuple[float, ...] | None = None
    window: tuple[float, float] = (-math.inf, math.inf)

    def trials_of(self, count: int, single: bool) -> Ints | None:
        """Numbers of the trials that are drawn, of so many; None where nobody says.

        Raises
        ------
        PlotError
        """
        if self.trials is None:
            return None
        if single:
            raise PlotError("the trace is of a single run, which has no trials to choose from")
        found: list[int] = []
        for item in _items(self.trials):
            found += _trials(item, count)
        if not found:
            raise PlotError(f"trials is {given(self.trials)}, which names none of {count:,}")
        return np.array(list(dict.fromkeys(found)), dtype=np.int64)

    def records_of(self, t: Floats) -> tuple[int, int]:
        """The first of the records to draw, and the one behind the last.

        Raises
        ------
        PlotError
        """
        begin, end = self.window
        first = int(np.searchsorted(t, begin, side="left"))
        stop = int(np.searchsorted(t, end, side="right"))
        if stop <= first:
            raise PlotError(
                f"no record lies between t = {begin:g} and {end:g}; they go from {t[0]:g} to "
                f"{t[-1]:g}"
            )
        return first, stop


def asked_of(
    groups: Any = None,
    neurons: Any = None,
    kind: str | None = None,
    trials: Any = None,
    times: Any = None,
    kinds: Iterable[str] = KINDS,
) -> Asked:
    """What a user asks for.

    Parameters
    ----------
    groups : str, iterable of str, optional
    neurons : str, int, iterable of these, optional
    kind : str, optional
    trials : int, slice, str such as ``"0:5"`` or ``"3,7"``, iterable of these, optional
    times : number, slice, (start, stop), str such as ``"2:5"``, iterable of numbers, optional
        A range is a stretch of time. Numbers are moments of images, and two numbers a stretch for
        what is drawn against time.

    Raises
    ------
    PlotError
    """
    if kind is not None and kind not in kinds:
        raise PlotError(f"kind is {given(kind)}; {did_you_mean(str(kind), kinds)}")
    names: tuple[str, ...] | None = None
    if groups is not None:
        try:
            names = (groups,) if isinstance(groups, str) else tuple(dict.fromkeys(groups))
        except TypeError:
            raise PlotError(f"groups is {given(groups)}; it must be names of groups") from None
        names = tuple(str(name) for name in names)
        if not names:
            raise PlotError("groups names no group; leave it out to draw all")
    neurons = list(neurons) if isinstance(neurons, Iterator) else neurons
    if neurons is not None and not as_list(neurons):
        raise PlotError("neurons names no neuron; leave it out to draw all")
    moments, window = _times(times, kind)
    return Asked(names, neurons, kind, trials, moments, window)


def _items(value: Any) -> list[Any]:
    if isinstance(value, slice):
        return [value]
    if isinstance(value, str):
        return [part for part in value.split(",") if part.strip()]
    return as_list(value)


def _trials(item: Any, count: int) -> list[int]:
    """Trials that one number or range names."""
    if isinstance(item, slice):
        return list(range(count))[item]
    text = item.strip() if isinstance(item, str) else item
    try:
        if isinstance(text, str) and (found := _RANGE.match(text)):
            begin, end = (int(side) if side else None for side in found.groups())
            return list(range(count))[slice(begin, end)]
        number = int(text) if isinstance(text, str) else operator.index(text)
    except (TypeError, ValueError):
        raise PlotError(
            f"trials holds {given(item)}; it must be a number, or a range 0:5"
        ) from None
    if not -count <= number < count:
        raise PlotError(f"trial {number} is not there; trials go from 0 to {count - 1}")
    return [number % count]


def _times(times: Any, kind: str | None) -> tuple[tuple[float, ...] | None, tuple[float, float]]:
    everything = (-math.inf, math.inf)
    if times is None:
        return None, everything
    if isinstance(times, slice):
        return None, _window(times.start, times.stop)
    if isinstance(times, str) and (found := _RANGE.match(times)):
        return None, _window(*(side or None for side in found.groups()))
    numbers = tuple(_number(each) for each in _items(times))
    if not numbers:
        raise PlotError("times names no moment; leave it out to draw all")
    if len(numbers) == 2 and kind not in ("image", "images"):
        return numbers, _window(*numbers)
    return tuple(sorted(numbers)), everything


def _window(start: Any, stop: Any) -> tuple[float, float]:
    begin = -math.inf if start is None else _number(start)
    end = math.inf if stop is None else _number(stop)
    if end < begin:
        raise PlotError(f"times ends at {end:g}, before it starts at {begin:g}")
    return begin, end


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if math.isnan(number):
        raise PlotError(f"times holds {given(value)}; it must be a number, or a range 2:5")
    return number
