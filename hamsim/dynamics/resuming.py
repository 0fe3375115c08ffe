"""How a run goes on with another one: what it was asked for, and whether that still fits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np

from hamsim.dynamics.resuming_sweeps import require_same_time, sweeps_asked, sweeps_left
from hamsim.dynamics.timeline.asked import Asked
from hamsim.dynamics.timeline.discrete import Sweeping
from hamsim.dynamics.timeline.schedule import Schedule
from hamsim.dynamics.timeline.span import Span
from hamsim.dynamics.timeline.stretches import AT_ZERO, Beginning
from hamsim.errors import SimulationError, given
from hamsim.field.held import with_states
from hamsim.methods import DISCRETE
from hamsim.network import Network, Record
from hamsim.network.fingerprint import difference, fingerprint
from hamsim.request import number_of
from hamsim.trace.state import State
from hamsim.trace.trace import Header
from hamsim.wiring.redrawn import stimuli_of_trials

__all__ = ["beginning_of", "go_on_with", "request_of", "require_same", "state_in"]

# What stands for an argument that nobody gives, besides None.
UNSAID = {"record": "auto", "layout": "auto", "why": "", "switches": 0, "part": 1.0}
# What is not kept: it is kept otherwise, or has no part in the numbers.
NOT_KEPT = (
    *("initial", "threads", "t_start", "beginning", "same_trace"),
    *("order", "sweeps", "temperature"),  # see `resuming_sweeps`
)
KEPT = tuple(field.name for field in fields(Asked) if field.name not in NOT_KEPT)


def state_in(initial: Any) -> State | None:
    """The state that a run is to go on from; None where initial states are given otherwise.

    Raises
    ------
    SimulationError
        A trace without one.
    """
    if isinstance(initial, State):
        return initial
    # Of the class: a trace that has not recorded x has no `final`, but a state all the same.
    if not (hasattr(type(initial), "final") and hasattr(initial, "arrays")):
        return None
    state = getattr(initial, "state", None)
    if not isinstance(state, State):
        raise SimulationError(
            "initial is a trace that keeps no state to go on from, as those of before have none; "
            "its last recorded states are trace.final"
        )
    return state


def beginning_of(state: State | None, t_start: Any) -> Beginning:
    """Where in time a run begins.

    Raises
    ------
    SimulationError
    """
    if state is None:
        time = 0.0 if t_start is None else number_of(t_start)
        if not 0 <= time < math.inf:
            raise SimulationError(
                f"t_start is {given(t_start)}; it must be a finite number of at least 0"
            )
        return AT_ZERO if time == 0 else Beginning(time)
    if t_start is not None and number_of(t_start) != state.t:
        raise SimulationError(
            f"t_start is {given(t_start)}, but the trace goes on at t = {state.t:g}"
        )
    values = state.values
    return Beginning(state.t, int(values["clock.steps"]), float(values["clock.origin"]))


def require_same(network: Network, state: State, trials: int | None) -> None:
    """Refuse to go on with another network than that of a state.

    Parameters
    ----------
    network : Network
    state : State
    trials : int or None
        As they were asked for: what stimuli leave to chance was drawn for each.

    Raises
    ------
    SimulationError
    """
    if not np.any(state.values.get("trials.go_on", True)):
        raise SimulationError("the trace ends with all trials diverged: nothing is left to go on")
    if network.delays is not None and not any(name.startswith("delays.") for name in state.values):
        raise SimulationError("the trace does not keep the past that delayed synapses ask for")
    network = with_states(network if trials is None else stimuli_of_trials(network, trials))
    if told := difference(state.network, fingerprint(network)):
        raise SimulationError(f"the network is not that of the trace any more: {told} differ")


def go_on_with(state: State, asked: Asked, network: Network) -> Asked:
    """What is asked of a run that goes on: what is said, and else what was asked of the one before.

    Parameters
    ----------
    state : State
    asked : Asked
        As `UNSAID` says, else None, where nobody says.
    network : Network
        Whose file says when the run ends where neither run was told.

    Returns
    -------
    Asked
    """
    before = state.request
    require_same_time(state, asked)
    found = {
        name: value for name, value in before.items() if name in KEPT and _is_unsaid(asked, name)
    }
    if asked.method is not None:
        found |= {"why": "", "switches": 0, "part": 1.0}
    if before["method"] in DISCRETE:
        found |= sweeps_left(state, asked)
    elif asked.steps is not None:
        found.pop("t_end", None)
    elif asked.t_end is not None:
        found.pop("steps", None)
    elif before["steps"] is not None and before["last_on_grid"] is not None:
        left = before["last_on_grid"] - asked.beginning.grid(before["dt"])
        found["steps"] = _left(left, before["duration"])
    elif before["t_end"] is not None and number_of(before["t_end"]) <= state.t:
        # That has been reached: to the end that the file says, if it is later.
        found["t_end"] = network.settings.t_end or before["duration"]
    elif before["t_end"] is None and network.settings.t_end is None:
        found["t_end"] = before["duration"]  # as it was planned
    return replace(asked, initial=state.x, **found)


def _is_unsaid(asked: Asked, name: str) -> bool:
    """Whether nobody gives an argument, which may be an array."""
    said, nobody = getattr(asked, name), UNSAID.get(name)
    return said is None if nobody is None else isinstance(said, type(nobody)) and said == nobody


def _left(steps: int, duration: float) -> int:
    if steps < 1:
        raise SimulationError(
            f"the trace has come to its end at t = {duration:g}; give a later t_end, or steps"
        )
    return steps


def request_of(
    asked: Asked,
    schedule: Schedule | Span | Sweeping,
    header: Header,
    record: Record | None,
    energy: str,
) -> dict[str, Any]:
    """What a run was asked for, as it can be kept in a file; what was chosen is not chosen again.

    Parameters
    ----------
    asked : Asked
    schedule : Schedule, Span or Sweeping
        Which has been planned for it.
    header : Header
    record : Record or None
    energy : str

    Returns
    -------
    dict of str to value
    """
    found = {
        name: None if (value := getattr(asked, name)) is None else _plain(value) for name in KEPT
    }
    sweeps = schedule if isinstance(schedule, Sweeping) else None
    if record is not None:
        all_neurons = header.columns.size == header.tau.size
        found["record"] = {
            "every": record.every if sweeps is None else sweeps.every,
            "what": list(record.what),
            "neurons": None if all_neurons else header.columns.tolist(),
            "start": record.start if sweeps is None else sweeps.first,
        }
    else:
        found["record"] = None
    found |= {} if sweeps is None else sweeps_asked(sweeps)
    return {
        **found,
        "method": schedule.method.name,
        "why": schedule.why,
        "switches": schedule.switches if isinstance(schedule, Span) else 0,
        "part": schedule.part if isinstance(schedule, Span) else 1.0,
        "dt": schedule.dt,  # a first step is none any more
        "energy": energy,
        "dtype": header.dtype,
        "duration": schedule.duration,
        "last_on_grid": schedule.last_on_grid if isinstance(schedule, Schedule) else None,
    }


def _plain(value: Any) -> Any:
    """Numbers, words and tables of them as Python's own; None of anything else."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if value is None or isinstance(value, bool | str):
        return value
    number = number_of(value)
    return None if math.isnan(number) else int(value) if isinstance(value, int) else number
