"""Runs of points that share one compiled network, as trials of one run where that is allowed.

What a run gives must not depend on which others are made beside it. Trials do not feel one
another, but how sums are rounded depends on how many there are. So a run of trials always has
`Plan.together` of them, the same ones again where there are fewer. Where something looks at all
trials at once, as fixed steps do that end at rest, or is drawn by a trial's number, as noise is,
each point runs alone.
"""

from __future__ import annotations

import operator
import time as clock
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.simulate import simulate
from hamsim.dynamics.starts import begin
from hamsim.dynamics.timeline.asked import Asked
from hamsim.dynamics.timeline.discrete import method_name
from hamsim.dynamics.timeline.schedule import plan_time
from hamsim.dynamics.timeline.span import Span
from hamsim.errors import HamsimError
from hamsim.methods import DISCRETE
from hamsim.network import Network
from hamsim.request import Record, Until, record_of, until_of
from hamsim.scale.plan.plan import Plan
from hamsim.scale.plan.points import Job, Point
from hamsim.scale.plan.starting import with_start
from hamsim.trace.trace import Trace

__all__ = ["Ended", "runs_of"]


NEVER = 1e300  # a time that no run reaches


class Ended(NamedTuple):
    """What has become of one point.

    Parameters
    ----------
    point : Point
    trace : Trace or None
        None if there is none, because of an error.
    trial : int or None
        Whose trial it is in the trace; None of a trace of the point alone.
    error : str
        What went wrong; empty if nothing did.
    seconds : float
        Its share of the wall time.
    network : Network or None
        That was run.
    """

    point: Point
    trace: Trace | None
    trial: int | None
    error: str
    seconds: float
    network: Network | None


class _How(NamedTuple):
    """What must be alike of points that are run as trials: which steps, and what acts when.

    Trials with chosen steps come to rest each by itself; those with fixed steps all at once.
    """

    method: str = ""
    dt: float | None = None
    chosen: bool = False
    rests: bool = False
    switches: int = 0
    part: float = 1.0
    moving: tuple[str, ...] = ()


class _Start(NamedTuple):
    """A point that is ready to run; `rows` holds its state where it may run beside others."""

    point: Point
    network: Network
    initial: Any
    rows: Floats | None
    how: _How = _How()


def runs_of(plan: Plan, job: Job) -> Iterator[Ended]:
    """Compile a job's network and run its points.

    Parameters
    ----------
    plan : Plan
    job : Job

    Yields
    ------
    Ended
        Of each point once, in the order in which they are done. A mistake of a point is told there;
        only what is no `HamsimError` is raised.
    """
    began = clock.perf_counter()
    try:
        network = plan.source.compile(job.overrides)
    except HamsimError as error:
        spent = (clock.perf_counter() - began) / len(job.points)
        yield from (Ended(point, None, None, str(error), spent, None) for point in job.points)
        return
    spent = (clock.perf_counter() - began) / len(job.points)
    shared: dict[_How, list[_Start]] = {}
    known: dict[int, _How] = {}
    for point in job.points:
        began = clock.perf_counter()
        try:
            start = _start(plan, network, job, point, known)
        except HamsimError as error:
            yield Ended(point, None, None, str(error), clock.perf_counter() - began, None)
            continue
        if start.rows is None:
            yield _alone(plan, start, spent + clock.perf_counter() - began)
        else:
            shared.setdefault(start.how, []).append(start)
    for starts in shared.values():
        for some in _chunks(starts, plan.together):
            yield from _together(plan, some, spent)


def _start(plan: Plan, network: Network, job: Job, point: Point, known: dict[int, _How]) -> _Start:
    """A point with its states and stimuli; `known` says how networks run that were looked at."""
    compiled = network
    values = {name: point.values[name] for name in point.values if name not in job.overrides}
    network, initial = with_start(plan.source, network, job.overrides, values)
    if initial is None:
        initial = plan.arguments.get("initial")
    if not values or not _may_share(plan, network):
        return _Start(point, network, initial, None)
    _, rows, count = begin(network, initial, None)
    how = known.get(id(network)) or _how(plan, network)
    if network is compiled:
        known[id(network)] = how
    alone = count is not None or (how.rests and not how.chosen)
    return _Start(point, network, initial, None if alone else rows, how)


def _may_share(plan: Plan, network: Network) -> bool:
    """Whether nothing in a run depends on the trials beside it."""
    asked = plan.arguments
    if network.noise is not None or asked.get("trials") is not None:
        return False
    if method_name(network, Asked(method=asked.get("method"))) in DISCRETE:
        return False  # orders and flips at a temperature are drawn by a trial's number
    until = _until(plan, network)
    return until.energy is None and until.expression is None and until.wall is None


def _until(plan: Plan, network: Network) -> Until:
    """What ends a run early."""
    stated = plan.arguments.get("until")
    asked = stated is not None or plan.arguments.get("steps") is not None
    return until_of(stated) if asked else network.settings.until


def _how(plan: Plan, network: Network) -> _How:
    """How a network would run alone."""
    asked = {key: value for key, value in plan.arguments.items() if key != "initial"}
    planned = plan_time(network, Asked(**asked), _record(plan, network))
    moving = tuple(str(each.signal.plain()) for each in network.over_time)
    chosen = isinstance(planned, Span)
    rests = planned.until.residual is not None
    about = (planned.switches, planned.part) if isinstance(planned, Span) else (0, 1.0)
    return _How(planned.method.name, planned.dt, chosen, rests, *about, moving)


def _record(plan: Plan, network: Network) -> Record | None:
    """What is recorded: what is asked for, and energies where they are kept."""
    stated = plan.arguments.get("record", "auto")
    if stated is None:
        return None
    record = (network.settings.record or Record()) if stated == "auto" else record_of(stated)
    if "energy" not in record.what and any(each.needs_energy for each in plan.keep):
        record = replace(record, what=(*record.what, "energy"))
    until = _until(plan, network)
    looked_at = until.energy is not None or until.expression is not None
    if looked_at or any(each.needs_records for each in plan.keep):
        return record
    if any(group.family.kinks for group in network.groups):
        return record  # times of records count for how a kink is passed
    return replace(record, start=NEVER)  # times between records may decide about dt all the same


def _simulated(plan: Plan, network: Network, initial: Any) -> Trace:
    record = _record(plan, network)
    return simulate(network, **{**plan.arguments, "initial": initial, "record": record})


def _alone(plan: Plan, start: _Start, spent: float) -> Ended:
    began = clock.perf_counter()
    try:
        trace, error = _simulated(plan, start.network, start.initial), ""
    except HamsimError as wrong:
        trace, error = None, str(wrong)
    spent += clock.perf_counter() - began
    return Ended(start.point, trace, None, error, spent, start.network)


def _together(plan: Plan, starts: Sequence[_Start], spent: float) -> Iterator[Ended]:
    """Run some points as trials; one by one if the run has to change its method on the way."""
    began = clock.perf_counter()
    network = _stacked([start.network for start in starts], plan.together)
    rows = np.concatenate([start.rows for start in starts if start.rows is not None])
    filled = rows[np.arange(plan.together) % len(starts)]
    trace, error = None, ""
    try:
        trace = _simulated(plan, network, filled)
    except HamsimError as wrong:
        error = str(wrong)
    changed = trace is not None and trace.stats.method != starts[0].how.method
    if len(starts) > 1 and (error or changed):
        for start in starts:
            yield from _together(plan, [start], spent)
        return
    spent += (clock.perf_counter() - began) / len(starts)
    for k, start in enumerate(starts):
        yield Ended(start.point, trace, None if error else k, error, spent, start.network)


def _stacked(networks: Sequence[Network], trials: int) -> Network:
    """The first network with the stimuli of all, one a trial."""
    first = networks[0]
    stimuli = list(first.stimuli)
    for k, stimulus in enumerate(stimuli):
        values = [network.stimuli[k].value for network in networks]
        if any(value is not values[0] for value in values):
            rows = np.stack(values)[np.arange(trials) % len(values)]
            stimuli[k] = replace(stimulus, value=rows)
    if all(map(operator.is_, stimuli, first.stimuli)):
        return first  # with all that was found out of it
    made = replace(first, stimuli=tuple(stimuli))
    vars(made)["pattern"] = first.pattern
    return made


def _chunks(starts: Iterable[_Start], size: int) -> Iterator[list[_Start]]:
    rest = iter(starts)
    while some := list(islice(rest, size)):
        yield some
