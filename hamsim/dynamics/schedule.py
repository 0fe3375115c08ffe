"""Time in whole steps: which method, which dt, when stimuli change, when to record and to stop."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from hamsim.dynamics.methods import METHODS, Method
from hamsim.dynamics.stepsize import choose_dt
from hamsim.errors import SimulationError, did_you_mean
from hamsim.network import Network, Record, Stimulus

__all__ = ["Schedule", "Stretch", "plan_time"]

MAX_STEPS = 10**15
DEFAULT_SPAN = 100.0  # t_end in units of the largest tau, where nobody says
# A time this close to a step, in steps, is on it.
ON_A_STEP = 1e-6


@dataclass(frozen=True, eq=False)
class Stretch:
    """Steps first, ..., last - 1, during which the same stimuli act."""

    first: int
    last: int
    stimuli: tuple[Stimulus, ...]


@dataclass(frozen=True, eq=False)
class Schedule:
    """Everything about time.

    Parameters
    ----------
    method : Method
    dt : float
    steps : int
        Steps to take unless the run ends earlier.
    tolerance : float
        The run ends when the residual is at most this; negative never ends it.
    stride : int
        Steps between records; 0 records nothing but the last state.
    stretches : tuple of Stretch
        From 0 to `steps` without a gap.
    notes : tuple of str
        What was moved to the nearest step.
    """

    method: Method
    dt: float
    steps: int
    tolerance: float
    stride: int
    stretches: tuple[Stretch, ...]
    notes: tuple[str, ...]


def plan_time(
    network: Network,
    method: str | None,
    dt: float | Literal["auto"] | None,
    t_end: float | None,
    steps: int | None,
    until: float | Mapping[str, float] | None,
    record: Record | None,
) -> Schedule:
    """Decide everything about time from the arguments, the file's settings and defaults.

    `steps` asks for exactly so many steps: what the file says of an earlier end is then left out.
    """
    settings = network.settings
    chosen = _method(method or settings.method)
    if steps is not None and t_end is not None:
        raise SimulationError("give steps or t_end, not both")
    if steps is not None and (isinstance(steps, bool) or steps != int(steps) or steps < 0):
        raise SimulationError(f"steps is {steps}; it must be a whole number of at least 0")
    step = _positive("dt", settings.dt if dt is None else None if dt == "auto" else dt)
    end = _positive("t_end", settings.t_end if t_end is None else t_end)
    if end is None:
        slowest = float(network.tau.max(initial=0.0))
        end = DEFAULT_SPAN * (slowest if slowest > 0 else 1.0)
    every = None if record is None else record.every
    if step is None:
        step = choose_dt(network, chosen.safety, end if every is None else min(every, end))
    wanted = end / step * (1 - 1e-12) if steps is None else int(steps)
    if wanted > MAX_STEPS:
        raise SimulationError(f"t_end = {end:g} with dt = {step:g} is {wanted:.2g} steps: too many")
    count = math.ceil(wanted)

    notes: list[str] = []
    if steps is None and abs(count * step - end) > ON_A_STEP * step:
        notes.append(f"the run lasts until t = {count * step:g}, a whole number of steps")
    fastest = float(network.tau[network.tau > 0].min(initial=math.inf))
    if step > chosen.stable * fastest:
        notes.append(
            f"dt = {step:g} is more than {chosen.stable:g} times the smallest tau, {fastest:g}: "
            f"{chosen.name} is not stable there"
        )
    stride = 0
    if record is not None:
        stride = _stride(every, step, count, notes)
    residual: Any = settings.residual if steps is None else None
    if until is not None:
        residual = until
        if isinstance(until, Mapping):
            if set(until) != {"residual"}:
                raise SimulationError(f"until is {dict(until)}; allowed is {{'residual': number}}")
            residual = until["residual"]
    residual = _positive("until residual", residual)
    stretches = _stretches(network.stimuli, step, count, notes)
    return Schedule(
        chosen, step, count, -1.0 if residual is None else residual, stride, stretches, tuple(notes)
    )


def _stride(every: float | None, dt: float, count: int, notes: list[str]) -> int:
    """Steps between two records."""
    if every is None:
        return 1
    if every > count * dt:
        return count + 1  # the first and the last state
    stride = max(1, round(every / dt))
    if abs(stride * dt - every) > ON_A_STEP * dt:
        notes.append(f"records are {stride * dt:g} apart, not {every:g}: a whole number of steps")
    return stride


def _method(name: str) -> Method:
    # As long as nothing is known of a network's stiffness, the classical method is a safe choice.
    name = "rk4" if name == "auto" else name
    if name not in METHODS:
        raise SimulationError(f"unknown method '{name}'; {did_you_mean(name, ['auto', *METHODS])}")
    return METHODS[name]


def _positive(name: str, value: float | None) -> float | None:
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 < number < math.inf:
        raise SimulationError(f"{name} is {value}; it must be a finite number above 0")
    return number


def _stretches(
    stimuli: tuple[Stimulus, ...], dt: float, steps: int, notes: list[str]
) -> tuple[Stretch, ...]:
    """Cut the run where stimuli begin or end, at the nearest steps."""

    def nearest(time: float) -> int:
        if time > (steps + 1) * dt:
            return steps + 1
        step = round(time / dt)
        if abs(step * dt - time) > ON_A_STEP * dt:
            notes.append(f"a stimulus changes at t = {step * dt:g}, the step nearest to {time:g}")
        return step

    spans = [(nearest(stimulus.start), nearest(stimulus.stop), stimulus) for stimulus in stimuli]
    for first, last, stimulus in spans:
        if first >= last or first > steps:
            notes.append(f"the stimulus from t = {stimulus.start:g} never acts: no step is in it")
    # A stimulus that lasts until the end of the run acts on the last state too.
    spans = [(first, last + (last == steps), stimulus) for first, last, stimulus in spans]
    inner = {cut for first, last, _ in spans for cut in (first, last) if 0 < cut < steps}
    cuts = [0, *sorted(inner), steps]
    return tuple(
        Stretch(begin, end, tuple(s for first, last, s in spans if first <= begin < last))
        for begin, end in pairwise(cuts)
    )
