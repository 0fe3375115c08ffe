"""A function of time that is known at some times: a table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.errors import SimulationError
from hamsim.signals.signal import MERGED, NO_BREAKS, Breaks, merged

__all__ = ["BETWEEN", "BEYOND", "Sampled"]

# What it is between two of the times, and beyond them all.
BETWEEN = ("linear", "step")
BEYOND = ("error", "hold", "repeat")
MOST = 10_000_000  # times of all periods of one run


@dataclass(frozen=True, eq=False)
class Sampled:
    """Values at times; see `Signal`.

    Parameters
    ----------
    times : ndarray, shape (rows,)
        Rising.
    values : ndarray, shape (rows, width, trials or 1)
        Not written any more.
    between : {"linear", "step"}
        A straight line from each value to the next, or each value until the next.
    beyond : {"error", "hold", "repeat"}
        Before the first time and after the last one nothing is known, the value there stays, or
        all begins anew.
    trials : int or None
    """

    times: Floats
    values: Floats
    between: Literal["linear", "step"] = "linear"
    beyond: Literal["error", "hold", "repeat"] = "error"
    trials: int | None = None

    @property
    def width(self) -> int:
        """For how many neurons it has values; 1 is one value for all of them."""
        return int(self.values.shape[1])

    @property
    def period(self) -> float:
        """From the first time to the last."""
        return float(self.times[-1] - self.times[0])

    def _asked(self, times: Floats) -> Floats:
        """Times of the table at which it is looked up at times."""
        asked = np.asarray(times, dtype=np.float64)
        first = self.times[0]
        if self.beyond == "repeat":
            turns = np.floor((asked - first) / self.period)
            asked = np.where(turns == 0, asked, asked - turns * self.period)
        elif self.beyond == "error":
            self.require(float(asked.min(initial=math.inf)), float(asked.max(initial=-math.inf)))
        return asked

    def at(self, times: Floats) -> Floats:
        """Values at times, shape (rows, width, trials or 1)."""
        asked = np.clip(self._asked(times), self.times[0], self.times[-1])
        k = np.searchsorted(self.times, asked, side="right") - 1
        if self.between == "step":
            return self.values[k]
        k = np.minimum(k, self.times.size - 2)
        if self.times.size == 1:
            return self.values[np.zeros(asked.size, dtype=np.int64)]
        before, after = self.values[k], self.values[k + 1]
        part = ((asked - self.times[k]) / (self.times[k + 1] - self.times[k]))[:, None, None]
        with np.errstate(over="ignore"):
            line = before + part * (after - before)
        return np.where(part == 1.0, after, line)

    def slope(self, times: Floats) -> Floats:
        """Slopes of the straight lines at times, shape (rows, width, trials or 1)."""
        asked, shape = self._asked(times), (np.size(times), *self.values.shape[1:])
        if self.between == "step" or self.times.size == 1:
            return np.zeros(shape)
        k = np.searchsorted(self.times, asked, side="right") - 1
        inside = (k >= 0) & (asked < self.times[-1])
        k = np.clip(k, 0, self.times.size - 2)
        slopes = (self.values[k + 1] - self.values[k]) / np.diff(self.times)[k][:, None, None]
        return np.where(inside[:, None, None], slopes, 0.0)

    @cached_property
    def _differs(self) -> NDArray[np.bool_]:
        """Whether each value differs from the one before, shape (rows - 1,)."""
        result: NDArray[np.bool_] = np.any(np.diff(self.values, axis=0) != 0.0, axis=(1, 2))
        return result

    @cached_property
    def _knots(self) -> Breaks:
        """Its times, as far as something changes there, of one period or all."""
        differs, step = self._differs, self.between == "step"
        again = self.beyond == "repeat"
        seam = bool(np.any(self.values[0] != self.values[-1]))
        if again and step:  # the last value lasts no time
            seam = bool(np.any(self.values[0] != self.values[-2]))
            differs = np.concatenate([[seam], differs[:-1]])
            return Breaks.alike(self.times[:-1][differs], True)
        if again:
            before = np.concatenate([differs[-1:], differs[:-1]])
            jumps = np.concatenate([[seam], np.full(differs.size - 1, False)])
            return Breaks(self.times[:-1], jumps, ~(before & differs))
        if step:
            return Breaks.alike(self.times[1:][differs], True)
        still = np.concatenate([[False], differs]) & np.concatenate([differs, [False]])
        return Breaks(self.times, np.full(self.times.size, False), ~still)

    def breaks(self, begin: float, end: float) -> Breaks:
        """Its times, as far as something changes there."""
        if self.times.size == 1 or not end > begin:
            return NO_BREAKS
        knots = self._knots
        if self.beyond != "repeat":
            some = slice(*np.searchsorted(knots.times, (begin, end), side="left"))
            inside = Breaks(knots.times[some], knots.jumps[some], knots.rests[some])
            return merged([inside], begin, end)
        first, period = self.times[0], self.period
        turns = np.arange(math.floor((begin - first) / period), (end - first) / period + 1)
        if turns.size * self.times.size > MOST:
            raise SimulationError(
                f"a table that lasts {period:g} is repeated too often until t = {end:g}: it has "
                f"more than {MOST:,} times then"
            )
        times = (first + turns[:, None] * period + (knots.times - first)).reshape(-1)
        jumps, rests = (np.tile(each, turns.size) for each in (knots.jumps, knots.rests))
        return merged([Breaks(times, jumps, rests)], begin, end)

    def moves(self, begin: float, end: float) -> bool:
        """Whether it changes between two times, between which it does not jump."""
        if self.between == "step" or self.times.size == 1:
            return False
        inside = self.breaks(begin, end).times
        edge = min(4 * MERGED * max(abs(begin), abs(end)), 0.25 * (end - begin))
        asked = np.concatenate([[begin + edge], inside, [end - edge]])
        values = self.at(asked)
        return bool(np.any(values != values[:1]))

    def rate(self, begin: float, end: float) -> float:
        """0: steps end where its straight lines do."""
        return 0.0

    def require(self, begin: float, end: float) -> None:
        """Refuse a span of which not all is known."""
        if self.beyond != "error" or end < begin:
            return
        first, last = float(self.times[0]), float(self.times[-1])
        if begin < first - MERGED * abs(first) or end > last + MERGED * abs(last):
            raise SimulationError(
                f"the table lasts from t = {first:g} to {last:g}, and values from t = {begin:g} to "
                f"{end:g} are needed; say beyond: hold or beyond: repeat"
            )

    def take(self, places: Ints) -> Sampled:
        """The same for some of its neurons."""
        if self.width == 1:
            return self
        values = np.ascontiguousarray(self.values[:, places])
        return Sampled(self.times, values, self.between, self.beyond, self.trials)

    def plain(self) -> dict[str, Any]:
        """What a file says for it."""
        values: Any = self.values if self.trials is None else self.values.transpose(0, 2, 1)
        if self.trials is None:
            values = values[:, :, 0]
        values = values[..., 0] if self.width == 1 and self.trials is None else values
        ends = {"between": self.between, "beyond": self.beyond}
        return {"times": self.times.tolist(), "values": values.tolist(), **ends}
