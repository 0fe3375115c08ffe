"""Time in whole steps: which method, which dt, when stimuli change, when to record and to stop."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from hamsim.dynamics.timeline.asked import Asked
from hamsim.dynamics.timeline.breaks import DelayedBreaks, step_within_delays
from hamsim.dynamics.timeline.choice import Wishes, choose_method
from hamsim.dynamics.timeline.clock import Clock
from hamsim.dynamics.timeline.span import Span, accuracy_of, plan_span
from hamsim.dynamics.timeline.stepsize import choose_dt, resolved
from hamsim.dynamics.timeline.stretches import (
    AT_ZERO,
    Beginning,
    Stretch,
    cut_steps,
    never_acts,
    step_from,
    stretches,
)
from hamsim.errors import SimulationError, given
from hamsim.methods import METHODS, Method, RungeKutta
from hamsim.network import Network, Record
from hamsim.request import Until, count_of, number_of, until_of

__all__ = ["Schedule", "plan_time"]

MAX_STEPS = 10**15
MANY_STEPS = 10**6  # more by `dt: auto` are told of before the run starts
DEFAULT_SPAN = 100.0  # t_end in units of the largest tau, where nobody says
# The end of a run and times between records are moved to a step without a word if this close, in
# steps.
ON_A_STEP = 1e-6


@dataclass(frozen=True, eq=False)
class Schedule:
    """Everything about time.

    Parameters
    ----------
    method : Method
    dt : float
    steps : int
        Steps that are taken at the end, unless the run ends earlier; those that a stimulus cuts
        into shorter ones count as these, and those of before as well if it goes on with another.
    until : Until
        What ends the run earlier.
    stride : int
        Steps of dt between records; 0 records nothing but the last state.
    stretches : tuple of Stretch
        From the beginning to `steps` without a gap.
    notes : tuple of str
        What was adjusted.
    warnings : tuple of str
        What must be known before the run starts.
    record_first : int
        Steps that have been taken when records begin; they end with the last state anyway.
    record_grid : int
        Step of the grid of dt from which records are counted.
    beginning : Beginning
    why : str
        Why the method was chosen; empty if it was asked for.
    """

    method: Method
    dt: float
    steps: int
    until: Until
    stride: int
    stretches: tuple[Stretch, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    record_first: int = 0
    record_grid: int = 0
    beginning: Beginning = AT_ZERO
    why: str = ""

    @property
    def tolerance(self) -> float:
        """The run ends when the residual is at most this; negative never ends it."""
        return -1.0 if self.until.residual is None else self.until.residual

    @property
    def duration(self) -> float:
        """When the run is over, unless it ends earlier."""
        return self.stretches[-1].end

    def is_over(self, clock: Clock) -> bool:
        """Whether all steps have been taken."""
        return clock.steps >= self.steps

    def is_before_records(self, clock: Clock) -> bool:
        """Whether no record was to be made so far."""
        return clock.steps < min(self.record_first, self.steps)

    def time(self, step: float) -> float:
        """When so many steps have been taken."""
        at = bisect.bisect_left(self.stretches, step, key=lambda stretch: stretch.last)
        return float(self.stretches[min(at, len(self.stretches) - 1)].times(int(step)))

    @property
    def accuracy(self) -> None:
        """No step is refused."""
        return

    @property
    def begins_with_a_change(self) -> bool:
        """Whether what acts is new where the run begins."""
        first = self.stretches[0]
        return self.beginning.time == 0 or first.jumps[0]

    @property
    def most_records(self) -> int:
        """So many records are made at most, in whatever way."""
        return self.steps + 3

    @property
    def records(self) -> int:
        """How many records a run has that takes all steps."""
        if self.stride == 0:
            return 1
        if self.stride == 1:
            return max(self.steps - max(self.record_first, self.beginning.steps), 0) + 1
        first = max(self.record_grid, self.beginning.grid(self.dt))
        grid = max(self.last_on_grid - first, 0)
        return -(-grid // self.stride) + 1 + (self.beginning.time > 0)

    @property
    def last_on_grid(self) -> int:
        """Step of the grid of dt with which the run ends, unless it ends earlier."""
        return round((self.duration - self.stretches[0].zero) / self.dt)


def plan_time(network: Network, asked: Asked, record: Record | None) -> Schedule | Span:
    """Decide everything about time from what is asked for, the file's settings and defaults.

    `steps` asks for exactly so many steps: what the file says of an earlier end is then left out.
    A method that chooses its steps takes them as they are told, too, where it is a tableau.
    """
    settings = network.settings
    if asked.steps is not None and asked.t_end is not None:
        raise SimulationError("give steps or t_end, not both")
    steps = None if asked.steps is None else count_of("steps", asked.steps, 0)
    accurate = asked.rtol is not None or asked.atol is not None
    name = settings.method if asked.method is None else asked.method
    # Who asks for an accuracy, and for no method, does not want the file's steps.
    in_file = None if accurate and name == "auto" else settings.dt
    step = _positive(
        "dt", in_file if asked.dt is None else None if _is_auto(asked.dt) else asked.dt
    )
    until = _until(network, asked, steps)
    end = _end(network, asked.t_end, until.time, steps, asked.beginning.time)
    accuracy = accuracy_of(asked.rtol, asked.atol, (settings.rtol, settings.atol))
    wishes = Wishes(
        fixed=step is not None or steps is not None,
        accurate=accurate,
        begin=asked.beginning.time,
        end=end,
        rtol=float(accuracy[0]),
    )
    method, why, switches, part = choose_method(network, name, wishes)
    if asked.why:
        why, switches, part = asked.why, asked.switches, asked.part
    if method.steps == "chosen" and steps is None:
        span = plan_span(network, method, end, accuracy, step, until, record, asked.beginning)
        return replace(span, why=why, switches=switches, part=part)
    _refuse_accuracy(method, asked.rtol, asked.atol, step)
    planned = _plan_steps(network, method, end, step, steps, until, record, asked.beginning)
    return replace(planned, why=why)


def _plan_steps(
    network: Network,
    method: Method,
    end: float,
    step: float | None,
    steps: int | None,
    until: Until,
    record: Record | None,
    beginning: Beginning,
) -> Schedule:
    """Decide everything about time of a method whose steps are of one length."""
    every = None if record is None else record.every
    automatic, span = step is None, end - beginning.time
    if step is None:
        step = choose_dt(resolved(network, method), method.safety, min(every or span, span), end)
    step = step_within_delays(network, step, automatic)
    notes: list[str] = []
    warnings: list[str] = []
    zero, before = beginning.origin_for(step), beginning.grid(step)
    count = _count(steps, end, step, zero, before)
    if steps is not None and until.time is not None:
        count = min(count, _count(None, until.time, step, zero, before))
    last = zero + count * step
    if steps is None and automatic and count - before > MANY_STEPS:
        warnings.append(_many(network, step, count - before, end, method))
    if steps is None and abs(last - end) > ON_A_STEP * step:
        notes.append(f"the run lasts until t = {last:g}, a whole number of steps")
    notes += _unstable(network, method, step)
    lasts = last - beginning.time
    stride = 0 if record is None else _stride(every, step, count, lasts, notes)
    arrivals = DelayedBreaks(network, method.order, beginning.past).arrivals(last).tolist()
    parts, idle = stretches(network.acting, step, count, arrivals, beginning)
    notes += [never_acts(stimulus, last) for stimulus in idle]
    notes += [] if automatic else _cut(network, parts, step)
    first, grid = _records_from(record, stride, step, parts, notes)
    return Schedule(
        method,
        step,
        parts[-1].last,
        until,
        stride,
        parts,
        tuple(notes),
        tuple(warnings),
        first,
        grid,
        beginning,
    )


def _cut(network: Network, parts: Sequence[Stretch], dt: float) -> list[str]:
    """What is to be said of steps that are cut into shorter ones."""
    cut = cut_steps(parts, dt)
    if not cut:
        return []
    those = "1 step is" if cut == 1 else f"{cut:,} steps are"
    what = "begins, ends, jumps or bends" if network.over_time else "begins or ends"
    late = "" if network.delays is None else ", or a change arrives after a delay,"
    return [f"{those} cut into shorter ones: a stimulus {what}{late} within"]


def _end(
    network: Network,
    t_end: float | Literal["auto"] | None,
    time: float | None,
    steps: int | None,
    begin: float,
) -> float:
    """When the run is to be over."""
    asked = network.settings.t_end if t_end is None else None if _is_auto(t_end) else t_end
    end = _positive("t_end", asked)
    if end is None and time is not None:
        end = time
    if end is None or (steps is not None and end <= begin):
        slowest = float(network.tau.max(initial=0.0))
        end = begin + DEFAULT_SPAN * (slowest if slowest > 0 else 1.0)
    end = end if time is None or steps is not None else min(end, time)
    if end <= begin:
        raise SimulationError(
            f"t_end is {end:g}, and the run begins at t = {begin:g}; give a later t_end, or steps"
        )
    return end


def _count(steps: int | None, end: float, dt: float, zero: float, before: int) -> int:
    """Step of the grid with which the run ends: those asked for, or those that reach the end."""
    wanted = (end - zero) / dt * (1 - 1e-12) if steps is None else before + int(steps)
    if steps is not None and not math.isfinite(wanted * dt):
        raise SimulationError(f"{steps:,} steps of dt = {dt:g} last longer than can be counted")
    if wanted > MAX_STEPS:
        raise SimulationError(f"t_end = {end:g} with dt = {dt:g} is {wanted:.2g} steps: too many")
    return math.ceil(wanted)


def _unstable(network: Network, method: Method, dt: float) -> list[str]:
    """What is to be said of steps that are too long for the fastest neuron."""
    fastest = _smallest_tau(network)
    if dt <= method.stable * fastest:
        return []
    return [
        f"dt = {dt:g} is more than {method.stable:g} times the smallest tau, {fastest:g}: "
        f"{method.name} is not stable there"
    ]


def _until(network: Network, asked: Asked, steps: int | None) -> Until:
    """When the run ends before its time; the file is not asked where somebody counts steps."""
    until = until_of(asked.until)
    if asked.until is None and steps is None:
        until = network.settings.until
    for what in ("residual", "energy"):
        if getattr(until, what) is not None and network.noise is not None:
            raise SimulationError(
                f"until {what}: a network with noise does not come to rest; give t_end or steps"
            )
    return until


def _smallest_tau(network: Network) -> float:
    return float(network.tau[network.tau > 0].min(initial=math.inf))


def _many(network: Network, dt: float, count: int, end: float, method: Method) -> str:
    """Say why `dt: auto` takes that many steps, and what would help."""
    tau = _smallest_tau(network)
    why = "synapses and slopes of activations are that strong"
    helps = "weaker ones (normalised patterns)"
    if 1 / tau > 0.5 * method.safety / dt:
        why, helps = f"the smallest tau is {tau:.2g}", "tau: 0 for what follows at once"
    return (
        f"dt: auto takes steps of {dt:.2g}, {count:,} until t = {end:g}, because {why}; {helps}, a "
        "shorter t_end or a dt of your own would help"
    )


def _stride(every: float | None, dt: float, count: int, span: float, notes: list[str]) -> int:
    """Steps between two records."""
    if every is None:
        return 1
    if every > span and every > count * dt:
        return count + 1  # the first and the last state
    stride = max(1, round(every / dt))
    if abs(stride * dt - every) > ON_A_STEP * dt:
        notes.append(f"records are {stride * dt:g} apart, not {every:g}: a whole number of steps")
    return stride


def _records_from(
    record: Record | None, stride: int, dt: float, parts: Sequence[Stretch], notes: list[str]
) -> tuple[int, int]:
    """Steps that have been taken when records begin, and the step of the grid that this is.

    Records of every step begin with any that is late enough, others on the grid of dt.
    """
    start = 0.0 if record is None else record.start
    if start == 0:
        return 0, 0
    end, zero = parts[-1].end, parts[-1].zero
    grid = max(math.ceil((min(start, end) - zero) / dt - ON_A_STEP), 0)
    first = step_from(parts, start if stride == 1 else zero + grid * dt, ON_A_STEP)
    at = next((float(s.times(first)) for s in parts if s.first <= first < s.last), end)
    if start > end:
        notes.append(f"records would start at t = {start:g}: the last state is recorded only")
    elif abs(at - start) > ON_A_STEP * dt and start >= parts[0].begin:
        notes.append(f"records start at t = {at:g}, a whole number of steps")
    return first, grid


def _refuse_accuracy(method: Method, rtol: Any, atol: Any, dt: float | None) -> None:
    """Refuse what only steps that are chosen can have, and `steps` of methods that choose."""
    if method.steps == "chosen" and (dt is None or not isinstance(method, RungeKutta)):
        told = "give dt too, or t_end" if isinstance(method, RungeKutta) else "give t_end"
        raise SimulationError(f"steps is given, but {method.name} chooses its steps; {told}")
    name = "rtol" if rtol is not None else None if atol is None else "atol"
    if name is not None:
        why = "steps of dt" if method.steps == "chosen" else "fixed steps"
        choosing = ", ".join(key for key, each in METHODS.items() if each.steps == "chosen")
        raise SimulationError(
            f"{name} is given, but {method.name} takes {why}; {choosing} choose theirs by it"
        )


def _is_auto(value: Any) -> bool:
    return isinstance(value, str) and value == "auto"


def _positive(name: str, value: Any) -> float | None:
    if value is None:
        return None
    number = number_of(value)
    if not 0 < number < math.inf:
        raise SimulationError(f"{name} is {given(value)}; it must be a finite number above 0")
    return number
