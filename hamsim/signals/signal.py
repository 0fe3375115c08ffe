"""What a function of time can say of itself."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints

__all__ = ["MERGED", "NO_BREAKS", "Breaks", "Signal", "merged"]

# Times that differ by no more than this part of themselves are one: that much is rounding, and so
# much a step may be moved to lie on a grid.
MERGED = 1e-12


class Breaks(NamedTuple):
    """Times at which a function, or its derivative, jumps.

    Parameters
    ----------
    times : ndarray, shape (breaks,)
        Rising.
    jumps : ndarray of bool, shape (breaks,)
        Whether the function itself jumps, not its derivative only.
    """

    times: Floats
    jumps: NDArray[np.bool_]


NO_BREAKS = Breaks(np.zeros(0), np.zeros(0, dtype=bool))


def merged(parts: list[Breaks], begin: float, end: float) -> Breaks:
    """All breaks between two times, each once."""
    times = np.concatenate([np.zeros(0), *(part.times for part in parts)])
    jumps = np.concatenate([np.zeros(0, dtype=bool), *(part.jumps for part in parts)])
    close = MERGED * np.abs(times)
    inside = (times > begin + close) & (times < end - close)
    order = np.argsort(times[inside], kind="stable")
    times, jumps = times[inside][order], jumps[inside][order]
    if not times.size:
        return NO_BREAKS
    first = np.concatenate([[True], np.diff(times) > MERGED * np.abs(times[1:])])
    starts = np.flatnonzero(first)
    return Breaks(times[starts], np.logical_or.reduceat(jumps, starts))


class Signal(Protocol):
    """A function of time, with one value for all neurons of something or one for each."""

    @property
    def width(self) -> int:
        """For how many neurons it has values; 1 is one value for all of them."""

    @property
    def trials(self) -> int | None:
        """For how many trials it has values; None is the same in all."""

    def at(self, times: Floats) -> Floats:
        """Values at times of shape (rows,), shape (rows, width, trials or 1).

        Raises
        ------
        SimulationError
            One is not finite, or not known.
        """

    def breaks(self, begin: float, end: float) -> Breaks:
        """Where it or its derivative jumps between two times, these left out.

        Raises
        ------
        SimulationError
            There are too many.
        """

    def moves(self, begin: float, end: float) -> bool:
        """Whether it changes between two times, between which it does not jump."""

    def require(self, begin: float, end: float) -> None:
        """Refuse a span of which not all is known.

        Raises
        ------
        SimulationError
        """

    def take(self, places: Ints) -> Signal:
        """The same for some of its neurons."""

    def plain(self) -> Any:
        """What a file says for it."""
