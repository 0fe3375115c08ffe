"""The trunk of all who take steps: from one stretch of constant stimuli to the next."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from hamsim.dynamics.drivers.calls import Calls
from hamsim.dynamics.drivers.parts import Parts
from hamsim.operator.team import Team

__all__ = ["Stretchwise"]


class Stretchwise(ABC):
    """Takes steps in one stretch after the other.

    Parameters
    ----------
    parts : Parts
    stretches : sequence
        Of a schedule or a span, in the order of time.
    """

    def __init__(self, parts: Parts, stretches: Sequence[Any]) -> None:
        self.clock, self.trials, self._stretches = parts.clock, parts.trials, stretches
        self.recorder, self.stopping = parts.recorder, parts.stopping
        self._calls: Calls | None = None

    @property
    def preparation(self) -> float | None:
        """Seconds until the first call was over: code is loaded or compiled before it, and in it.

        None before that.
        """
        return None if self._calls is None else self._calls.preparation

    def go(self, team: Team, interrupt: threading.Event, tell: Callable[[], None]) -> None:
        """Go through all stretches, or until the run is over or interrupted.

        Parameters
        ----------
        team : Team
        interrupt : threading.Event
            Ends the run when it is set, as soon as a call is over.
        tell : callable
            Called after each call.
        """
        self._calls = calls = Calls(team, interrupt, tell, self.stopping)
        try:
            self._go(calls)
        finally:
            calls.are_over()

    def _go(self, calls: Calls) -> None:
        for stretch in self._stretches:
            self.begin(stretch)
            self._go_through(stretch, calls)
            self._arrive(stretch)
            if calls.interrupted or self._stops:
                return
            if not self._go_on():
                break
        self._end()

    @abstractmethod
    def begin(self, stretch: Any) -> None:
        """Let the stimuli of a stretch act."""

    @abstractmethod
    def _go_through(self, stretch: Any, calls: Calls) -> None:
        """Take steps until no trial goes on in the stretch."""

    @abstractmethod
    def _arrive(self, stretch: Any) -> None:
        """Put what a stretch has led to where others look for it."""

    @property
    def _stops(self) -> bool:
        """Whether the run is over where it is, with nothing more to be done."""
        return not self.stopping.running

    def _go_on(self) -> bool:
        """Let trials that wait for the next stretch go on; False if there are none."""
        return True

    @abstractmethod
    def _end(self) -> None:
        """Say what the run has come to, and record it."""
