"""Runs of points that share one compiled network, as trials of one run where that is allowed.

What a run gives must not depend on which others are made beside it. Trials do not feel one
another, but how sums are rounded depends on how many there are. So a run of trials always has
`TOGETHER` of them, the same ones again where there are fewer. And what looks at all trials at once,
as `until` does, or is drawn by a trial's number, as noise is, lets each point run alone.
"""

from __future__ import annotations

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
from hamsim.dynamics.timeline.schedule import plan_time
from hamsim.errors import HamsimError
from hamsim.network import Network
from hamsim.request import Record, record_of, until_of
from hamsim.scale.plan.plan import Plan
from hamsim.scale.plan.points import Job, Point
from hamsim.scale.plan.starting import with_start
from hamsim.trace.trace import Trace

__all__ = ["TOGETHER", "Ended", "runs_of"]

# Trials of a run: so many that vectors are full, and so few that they stay in the cache.
TOGETHER = 16


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


class _Start(NamedTuple):
    """A point that is ready to run; `rows` holds its state where it may run beside others."""

    point: Point
    network: Network
    initial: Any
    rows: Floats | None
    how: tuple[Any, ...]


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
    shared: dict[tuple[Any, ...], list[_Start]] = {}
    known: dict[int, tuple[Any, ...]] = {}
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
        for some in _chunks(starts, TOGETHER):
            yield from _together(plan, some, spent)


def _start(
    plan: Plan, network: Network, job: Job, point: Point, known: dict[int, tuple[Any, ...]]
) -> _Start:
    """A point with its states and stimuli; `known` says how networks run that were looked at."""
    compiled = network
    values = {name: point.values[name] for name in point.values if name not in job.overrides}
    network, initial = with_start(plan.source, network, job.overrides, values)
    if initial is None:
        initial = plan.arguments.get("initial")
    if not values or not _may_share(plan, network):
        return _Start(point, network, initial, None, ())
    _, rows, count = begin(network, initial, None)
    if count is not None:
        return _Start(point, network, initial, None, ())
    if network is not compiled:
        return _Start(point, network, initial, rows, _how(plan, network))
    if id(network) not in known:
        known[id(network)] = _how(plan, network)
    return _Start(point, network, initial, rows, known[id(network)])


def _may_share(plan: Plan, network: Network) -> bool:
    """Whether nothing in a run depends on the trials beside it."""
    asked = plan.arguments
    if network.noise is not None or asked.get("trials") is not None:
        return False
    until = until_of(asked.get("until"))
    if asked.get("until") is None and asked.get("steps") is None:
        until = network.settings.until
    looks = (until.residual, until.energy, until.expression, until.wall)
    return all(each is None for each in looks)


def _how(plan: Plan, network: Network) -> tuple[Any, ...]:
    """What must be alike of points that are run as trials: what acts when, and which steps."""
    asked = {key: value for key, value in plan.arguments.items() if key != "initial"}
    planned = plan_time(network, Asked(**asked), _record(plan, network))
    moving = tuple(str(each.signal.plain()) for each in network.over_time)
    steps = (planned.dt, getattr(planned, "switches", None), getattr(planned, "part", None))
    return planned.method.name, *steps, moving


def _record(plan: Plan, network: Network) -> Record | None:
    """What is recorded: what is asked for, and energies where they are kept."""
    stated = plan.arguments.get("record", "auto")
    if stated is None:
        return None
    record = (network.settings.record or Record()) if stated == "auto" else record_of(stated)
    if "energy" not in record.what and any(each.needs_energy for each in plan.keep):
        return replace(record, what=(*record.what, "energy"))
    return record


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
    network = _stacked([start.network for start in starts])
    rows = np.concatenate([start.rows for start in starts if start.rows is not None])
    filled = rows[np.arange(TOGETHER) % len(starts)]
    trace, error = None, ""
    try:
        trace = _simulated(plan, network, filled)
    except HamsimError as wrong:
        error = str(wrong)
    changed = trace is not None and trace.stats.method != starts[0].how[0]
    if len(starts) > 1 and (error or changed):
        for start in starts:
            yield from _together(plan, [start], spent)
        return
    spent += (clock.perf_counter() - began) / len(starts)
    for k, start in enumerate(starts):
        yield Ended(start.point, trace, None if error else k, error, spent, start.network)


def _stacked(networks: Sequence[Network]) -> Network:
    """The first network with the stimuli of all, one a trial."""
    first = networks[0]
    stimuli = list(first.stimuli)
    for k, stimulus in enumerate(stimuli):
        values = [network.stimuli[k].value for network in networks]
        if any(value is not values[0] for value in values):
            rows = np.stack(values)[np.arange(TOGETHER) % len(values)]
            stimuli[k] = replace(stimulus, value=rows)
    made = replace(first, stimuli=tuple(stimuli))
    vars(made)["pattern"] = first.pattern
    return made


def _chunks(starts: Iterable[_Start], size: int) -> Iterator[list[_Start]]:
    rest = iter(starts)
    while some := list(islice(rest, size)):
        yield some
