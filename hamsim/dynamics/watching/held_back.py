"""A sink that gets each record when the next one comes, so that the last one can be replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.trace.outcome import Outcome
from hamsim.trace.state import State
from hamsim.trace.stats import Stats
from hamsim.trace.trace import Header, Sink

__all__ = ["HeldBack"]


class HeldBack:
    """Records on their way to a sink, the last of which waits.

    Parameters
    ----------
    sink : Sink
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._last: tuple[Floats, dict[str, NDArray[Any]]] | None = None

    def open(self, header: Header) -> None:
        """Prepare the sink."""
        self._sink.open(header)

    def append(self, t: Floats, blocks: Mapping[str, NDArray[Any]]) -> None:
        """Take records, and hand on all but the last; one of the same time takes its place."""
        self.drop(float(t[0]))
        self.hand_on()
        if t.size > 1:
            self._sink.append(t[:-1], {name: block[:-1] for name, block in blocks.items()})
        last = {name: block[-1:].copy() for name, block in blocks.items()}
        self._last = t[-1:].copy(), last

    def keep(self, state: State) -> None:
        """Keep a state, with all records up to it."""
        self.hand_on()
        self._sink.keep(state)

    def hand_on(self) -> None:
        """Hand on the last record."""
        if self._last is not None:
            self._sink.append(*self._last)
        self._last = None

    def drop(self, time: float) -> None:
        """Forget the last record if it is of this time."""
        if self._last is not None and self._last[0][0] == time:
            self._last = None

    def close(self, outcome: Outcome, stats: Stats) -> None:
        """Complete the sink."""
        self.hand_on()
        self._sink.close(outcome, stats)

    def abandon(self) -> None:
        """Leave the sink as it is."""
        self._sink.abandon()
