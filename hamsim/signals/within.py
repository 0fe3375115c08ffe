"""A function of time between two times at which it may jump."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.signals.signal import MERGED, NO_BREAKS, Breaks, Signal

__all__ = ["Within"]

# So close to a jump, as a part of the time, the value is the one further inside.
CLOSE = 4 * MERGED


class Within:
    """A function of time while it does not jump; see `Signal`.

    Its values at both ends are the limits from inside: stages of a step that ends at a jump
    belong to what was before it.

    Parameters
    ----------
    signal : Signal
    begin, end : float
    jumps : (bool, bool)
        Whether it may jump at either end; elsewhere it is taken as it is.
    """

    def __init__(
        self, signal: Signal, begin: float, end: float, jumps: tuple[bool, bool] = (True, True)
    ) -> None:
        self.signal, self.begin, self.end, self.jumps = signal, begin, end, jumps
        # Neither depends on the other end: a run that goes on from between sees the same values.
        most = 0.25 * (end - begin)
        self._first = begin + min(CLOSE * abs(begin), most) if jumps[0] else begin
        self._last = end - min(CLOSE * abs(end), most) if jumps[1] else end

    @property
    def width(self) -> int:
        """For how many neurons it has values."""
        return self.signal.width

    @property
    def trials(self) -> int | None:
        """For how many trials it has values."""
        return self.signal.trials

    def at(self, times: Floats) -> Floats:
        """Values at times, which lie inside but for rounding."""
        return self.signal.at(np.clip(times, self._first, self._last))

    def slope(self, times: Floats) -> Floats:
        """Derivative at times, that from inside at both ends."""
        inside = 0.25 * (self.end - self.begin)
        first = self.begin + min(CLOSE * abs(self.begin), inside)
        last = self.end - min(CLOSE * abs(self.end), inside)
        return self.signal.slope(np.clip(times, first, last))

    def breaks(self, begin: float, end: float) -> Breaks:
        """No breaks."""
        return NO_BREAKS

    def moves(self, begin: float, end: float) -> bool:
        """Whether it changes."""
        return self.signal.moves(begin, end)

    def rate(self, begin: float, end: float) -> float:
        """Rate of its fastest change."""
        return self.signal.rate(begin, end)

    def require(self, begin: float, end: float) -> None:
        """Refuse a span of which not all is known."""
        self.signal.require(begin, end)

    def take(self, places: Ints) -> Within:
        """The same for some of its neurons."""
        return Within(self.signal.take(places), self.begin, self.end, self.jumps)

    def plain(self) -> Any:
        """What a file says of the whole function."""
        return self.signal.plain()
