"""How often something may be drawn, by what drawing costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Pace"]

# What a drawing is taken to cost that nobody has measured yet, in seconds.
FIRST = 0.01


class Pace:
    """Keeps what is spent on drawing below a share of the time in which there is something to draw.

    Parameters
    ----------
    share : float
        Of the time since it was made, or since `begin`.
    least : float
        Seconds between two drawings at least.
    clock : callable
        Gives seconds.

    Attributes
    ----------
    spent : float
        Seconds so far.
    """

    def __init__(
        self, share: float, least: float, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._share, self._least, self._clock = share, least, clock
        self.begin()

    def begin(self) -> None:
        """Count from now on."""
        self._began = self._ended = self._clock()
        self.spent, self._cost = 0.0, FIRST

    def due(self) -> bool:
        """Whether another drawing fits, if it costs as much as the dearest of late."""
        now = self._clock()
        fits = self.spent + self._cost <= self._share * (now - self._began)
        return fits and now - self._ended >= self._least

    @contextmanager
    def spending(self, draws: bool = True) -> Iterator[None]:
        """Measure what happens meanwhile.

        Parameters
        ----------
        draws : bool
            Whether it is a drawing, and so says what the next one costs.
        """
        began = self._clock()
        try:
            yield
        finally:
            ended = self._clock()
            self.spent += ended - began
            if draws:
                self._ended = ended
                # A single slow one is forgotten after some others.
                self._cost = max(ended - began, 0.8 * self._cost)
