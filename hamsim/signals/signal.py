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
    rests : ndarray of bool, shape (breaks,)
        Whether it may be constant on one side.
    """

    times: Floats
    jumps: NDArray[np.bool_]
    rests: NDArray[np.bool_]

    @classmethod
    def alike(cls, times: Floats, jumps: bool) -> Breaks:
        """Breaks that are all jumps, or all bends, beside which it may be constant."""
        return cls(times, np.full(times.size, jumps), np.full(times.size, True))


NO_BREAKS = Breaks.alike(np.zeros(0), True)


def merged(parts: list[Breaks], begin: float, end: float) -> Breaks:
    """All breaks between two times, each once."""
    times, jumps, rests = (np.concatenate(each) for each in zip(NO_BREAKS, *parts, strict=True))
    close = np.maximum(MERGED * np.abs(times), 1e-15 * (end - begin))  # near 0, too
    inside = np.flatnonzero((times > begin + close) & (times < end - close))
    order = inside[np.argsort(times[inside], kind="stable")]
    if not order.size:
        return NO_BREAKS
    times = times[order]
    first = np.concatenate([[True], np.diff(times) > MERGED * np.abs(times[1:])])
    starts = np.flatnonzero(first)
    any_of = np.logical_or.reduceat
    return Breaks(times[starts], any_of(jumps[order], starts), any_of(rests[order], starts))


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

    def slope(self, times: Floats) -> Floats:
        """Derivative at times, of the shape of `at`; where it jumps, that of one of the sides.

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

    def rate(self, begin: float, end: float) -> float:
        """Rate of its fastest change between two times, jumps and bends left out.

        It is w of a sine of angular frequency w, and 0 of straight lines.
        """

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
