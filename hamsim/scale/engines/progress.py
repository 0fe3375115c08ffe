"""How far a sweep has come."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from hamsim.scale.engines.members import Members

__all__ = ["Progress", "Watch"]

SECONDS = 0.1  # between two looks


@dataclass(frozen=True)
class Progress:
    """How far a sweep has come.

    Parameters
    ----------
    done : int
        Runs that are made or were stored before.
    total : int
    seconds : float
        Since it began.
    rate : float
        Runs a second.
    left : float or None
        Seconds that are left at this rate; None if nobody can tell yet.
    """

    done: int
    total: int
    seconds: float
    rate: float
    left: float | None


class Watch:
    """Tells a caller how far it is, a few times a second.

    Parameters
    ----------
    members : Members
        All that work, on other machines too.
    stored : int
        Runs that were there before.
    total : int
    tell : callable or None
    """

    def __init__(
        self,
        members: Members,
        stored: int,
        total: int,
        tell: Callable[[Progress], None] | None,
    ) -> None:
        self._members, self._stored, self._total, self._tell = members, stored, total, tell
        self._began = self._looked = time.monotonic()
        self._made: dict[str, int] = {}

    def look(self) -> None:
        """Tell how far it is, if some time has passed since that was told."""
        now = time.monotonic()
        if self._tell is None or now - self._looked < SECONDS:
            return
        self._looked = now
        self._made |= self._members.done()
        self.told(min(sum(self._made.values()), self._total - self._stored), now)

    def told(self, made: int, now: float | None = None) -> None:
        """Tell that so many have been made."""
        if self._tell is None:
            return
        seconds = (time.monotonic() if now is None else now) - self._began
        rate = made / seconds if seconds > 0 else 0.0
        done = self._stored + made
        left = (self._total - done) / rate if rate else None
        self._tell(Progress(done, self._total, seconds, rate, left))
