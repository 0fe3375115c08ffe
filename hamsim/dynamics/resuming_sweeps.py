"""How discrete dynamics goes on where other sweeps ended: what is left of what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hamsim.counted import counted
from hamsim.dynamics.timeline.asked import Asked
from hamsim.dynamics.timeline.discrete import Sweeping
from hamsim.errors import SimulationError
from hamsim.methods import DISCRETE
from hamsim.trace.state import State

__all__ = ["require_same_time", "sweeps_asked", "sweeps_left"]


def require_same_time(state: State, asked: Asked) -> None:
    """Refuse to go on in sweeps from steps in time, or the other way round.

    Raises
    ------
    SimulationError
    """
    before = state.request["method"]
    name = before if asked.method is None else asked.method
    if (before in DISCRETE) == (isinstance(name, str) and name in DISCRETE):
        return
    counted, counts = ("sweeps", "time") if before in DISCRETE else ("time", "sweeps")
    raise SimulationError(
        f"the trace counts {counted}, and method {name} {counts}: begin from its last states, "
        "initial=trace.final"
    )


def sweeps_asked(schedule: Sweeping) -> dict[str, Any]:
    """What was asked of a run, with its sweeps, as it can be kept in a file."""
    order = schedule.order
    return {
        "order": None if schedule.method.together else _plain(order),
        "temperature": _plain(schedule.temperature),
        "sweeps": schedule.sweeps - schedule.beginning.steps,
        "first_sweep": schedule.beginning.steps,
    }


def sweeps_left(state: State, asked: Asked) -> dict[str, Any]:
    """What of that is left to a run that goes on, where it does not say otherwise.

    Raises
    ------
    SimulationError
        Nothing is, and nobody says how many sweeps there are to be.
    """
    before, done = state.request, int(state.values["clock.steps"])
    made = done - int(before["first_sweep"])
    count = asked.sweeps
    if count is None:
        count = int(before["sweeps"]) - made
        if count < 1 and asked.temperature is None:
            raise SimulationError(
                f"the trace has come to its end after {counted(done, 'sweep')}; give sweeps, so "
                "many more"
            )
    found: dict[str, Any] = {"sweeps": count}
    if asked.temperature is None:
        found["temperature"] = _temperatures(before, made, count)
    elif asked.sweeps is None:
        del found["sweeps"]
    name = before["method"] if asked.method is None else asked.method
    if asked.order is None and not DISCRETE[name].together:
        order = before["order"]
        rows = isinstance(order, list) and isinstance(order[0], list)
        found["order"] = order[made:] if rows else order
    return found


def _temperatures(before: Mapping[str, Any], made: int, count: int) -> Any:
    """Those that are left, of which the last one stays if there are more sweeps."""
    each = before["temperature"]
    if len(each) == 1:
        return each[0]
    left = [*each[made : made + count]]
    return left + [each[-1]] * (count - len(left))


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value
