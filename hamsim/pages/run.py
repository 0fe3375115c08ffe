"""What happened in a run: how it ended, its energy, pictures, and what it took."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from hamsim.certify.verdict import check_run
from hamsim.dynamics.simulate import simulate
from hamsim.errors import HamsimError, SimulationInterrupted, SimulationWarning
from hamsim.html.elements import paragraph, section
from hamsim.html.markup import joined
from hamsim.html.page import Part
from hamsim.methods import DISCRETE
from hamsim.network import Network
from hamsim.pages import figures
from hamsim.pages.subject import Subject
from hamsim.report.run import RunReport
from hamsim.report.sections import Fact, Section
from hamsim.trace.trace import Trace

__all__ = ["TITLE", "run_part", "verdict_of", "with_run"]

TITLE = "What happened"
# Final states that are told in words are those of so few neurons, without trials.
MOST_STATES = 1000


def with_run(subject: Subject, progress: Callable[[Any], None] | bool | None = None) -> Subject:
    """The same with what happens when its network is run as its description says.

    Ctrl-C ends the run; what was recorded until then is there.
    """
    assert subject.network is not None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SimulationWarning)
        try:
            trace = simulate(subject.network, progress=progress)
        except SimulationInterrupted as stop:
            trace = stop.trace
    told = tuple(
        str(each.message) for each in caught if issubclass(each.category, SimulationWarning)
    )
    return replace(subject, trace=trace, notes=(*subject.notes, *told))


def run_part(subject: Subject, groups: Iterable[str] | None = None, neurons: Any = None) -> Part:
    """The part of a page about a run.

    Parameters
    ----------
    subject : Subject
        With a trace.
    groups, neurons : optional
        Which are drawn.
    """
    trace = subject.trace
    assert trace is not None
    (told,) = _report(trace, subject.network).sections()
    first, *others = told.facts
    kept = Fact("records", trace.t.size, f"{trace.t.size:,} of {', '.join(trace.arrays)}")
    facts = (replace(first, name="ended"), *others, *((kept,) if trace.arrays else ()))
    whole = section(Section("", facts))
    of = [paragraph("The trained network is run as its file says.")] if subject.trained else []
    return Part(
        TITLE, joined([*of, whole, figures.of_run(trace, groups, neurons, subject.network)])
    )


def verdict_of(subject: Subject, seconds: float) -> str:
    """What was guaranteed of the run, in a line; empty where nobody can tell."""
    trace, network = subject.trace, subject.network
    if trace is None or network is None or seconds <= 0 or not trace.made.method:
        return ""
    made = trace.made
    discrete = made.method in DISCRETE
    end = float(trace.t[-1]) if trace.t.size and trace.t[-1] > 0 and not discrete else None
    try:
        found = check_run(network, made.method, made.dt, t_end=end, seconds=seconds)
    except HamsimError:  # what was asked of the run is not all that there is to know
        return ""
    return found.text


def _report(trace: Trace, network: Network | None) -> RunReport:
    few = "x" in trace.arrays and trace.t.size > 0 and trace.header.tau.size <= MOST_STATES
    return RunReport(
        network=trace.header.name,
        outcome=trace.outcome,
        stats=trace.stats,
        check=None,
        symmetric=network is not None and network.symmetric,
        made=trace.made,
        final={name: trace.of(name)[..., -1, :].tolist() for name in _flat(trace)} if few else None,
        neurons=trace.header.tau.size,
        trials=trace.trials,
        residual=None if network is None else network.settings.until.residual,
    )


def _flat(trace: Trace) -> list[str]:
    """Groups whose states are a list."""
    return [group.name for group in trace.header.recorded_groups if len(group.shape) == 1]
