"""Where a run is in time."""

from __future__ import annotations

__all__ = ["Clock"]


class Clock:
    """Time that a run has reached, and how many steps it has taken.

    Time is a number of its own, not a number of steps: they may differ in length.

    Parameters
    ----------
    time : float
        When the run begins.
    """

    def __init__(self, time: float = 0.0) -> None:
        self.time, self.steps = time, 0

    def reach(self, time: float, steps: int) -> None:
        """Say where the run is; steps that lie on a grid are not added up, which would round."""
        self.time, self.steps = time, steps

    def pass_by(self, h: float) -> None:
        """Let a step of length h pass."""
        self.reach(self.time + h, self.steps + 1)
