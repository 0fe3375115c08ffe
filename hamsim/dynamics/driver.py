"""Who takes the steps of which kind of method."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from hamsim.dynamics.drivers.adaptive import AdaptiveDriver
from hamsim.dynamics.drivers.fixed import FixedDriver
from hamsim.dynamics.drivers.implicit import ImplicitDriver
from hamsim.dynamics.drivers.parts import Parts
from hamsim.dynamics.past.delayed import DelayedDriver
from hamsim.dynamics.past.delayed_pairs import DelayedPairs
from hamsim.dynamics.timeline.schedule import Schedule
from hamsim.dynamics.timeline.span import Span
from hamsim.errors import SimulationError
from hamsim.methods import METHODS, Method, RungeKutta
from hamsim.methods.implicit import Implicit
from hamsim.methods.pair import Pair
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

    @property
    def preparation(self) -> float | None:
        """Seconds until the first call was over; None before that."""

    @property
    def evaluations(self) -> int:
        """How often dx/dt has been computed."""

    def figures(self) -> dict[str, Any]:
        """Fields of `Stats` that only who takes the steps knows: `products`, and others."""

    def go(self, team: Team, interrupt: threading.Event, tell: Callable[[], None]) -> None:
        """Take all steps, or until the run is over or interrupted; `tell` after each call."""

    @property
    def ready(self) -> bool:
        """Whether x and the clock are now those of a state that a run can go on from."""

    def state(self) -> dict[str, Any]:
        """What it takes, besides x and the clock, to go on to the bit; arrays in file order.

        Names begin with that of the part and a dot; values are numbers, words, lists of these, and
        arrays.
        """

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state: `go` begins there, and makes all records from its time on."""

    def record_here(self) -> None:
        """Record the state that has been reached before the end, unless that has been done."""

    def record_last(self) -> None:
        """Record the last state, of a run of which nothing else is recorded."""


def make_driver(parts: Parts, schedule: Schedule | Span) -> Driver:
    """Make who takes the steps that are planned."""
    if parts.engine.network.delays is not None:
        return _delayed(parts, schedule)
    if isinstance(schedule, Span):
        if isinstance(schedule.method, Pair):
            return AdaptiveDriver(parts, schedule)
        if isinstance(schedule.method, Implicit):
            return ImplicitDriver(parts, schedule)
        raise SimulationError(f"nobody takes the steps of {schedule.method.name}")
    return FixedDriver(parts, schedule)


def _delayed(parts: Parts, schedule: Schedule | Span) -> Driver:
    """Who takes the steps of a network with delays, if the method has any for it."""
    if _takes_delays(schedule.method):
        if isinstance(schedule, Span):
            return DelayedPairs(parts, schedule)
        if not isinstance(schedule.method, Pair):
            return DelayedDriver(parts, schedule)
    able = ", ".join(name for name, row in METHODS.items() if _takes_delays(row))
    how = "" if isinstance(schedule, Span) else " in fixed steps"
    name = schedule.method.name
    raise SimulationError(f"method {name} takes no delays{how}; those that do: {able}")


def _takes_delays(method: Method) -> bool:
    """Whether a method is a tableau, with noise or without; of pairs, has a plain interpolant."""
    if isinstance(method, Pair):
        return not method.later and method.second is None
    return isinstance(method, RungeKutta)
