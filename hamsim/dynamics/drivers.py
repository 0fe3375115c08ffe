"""Who takes the steps of which kind of method."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from hamsim.dynamics.delayed import DelayedDriver
from hamsim.dynamics.fixed import FixedDriver
from hamsim.dynamics.parts import Parts
from hamsim.dynamics.schedule import Schedule
from hamsim.errors import SimulationError
from hamsim.methods import METHODS, RungeKutta
from hamsim.operator.team import Team

__all__ = ["Driver", "make_driver"]


class Driver(Protocol):
    """Takes the steps of a run.

    Attributes
    ----------
    preparation : float or None
        Seconds until the first call was over: code is loaded or compiled before it, and in it.
    evaluations : int
        How often dx/dt has been computed.
    """

    preparation: float | None

    @property
    def evaluations(self) -> int:
        """How often dx/dt has been computed."""

    def go(self, team: Team, interrupt: threading.Event, tell: Callable[[], None]) -> None:
        """Take all steps, or until the run is over or interrupted; `tell` after each call."""

    def record_here(self) -> None:
        """Record the state that has been reached before the end, unless that has been done."""

    def record_last(self) -> None:
        """Record the last state, of a run of which nothing else is recorded."""


def make_driver(parts: Parts, schedule: Schedule) -> Driver:
    """Make who takes the steps that are planned."""
    if parts.engine.network.delays is None:
        return FixedDriver(parts, schedule)
    if not isinstance(schedule.method, RungeKutta):
        able = [name for name, row in METHODS.items() if isinstance(row, RungeKutta)]
        raise SimulationError(
            f"method {schedule.method.name} takes no delays; those that do: {', '.join(able)}"
        )
    return DelayedDriver(parts, schedule)
