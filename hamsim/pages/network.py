"""What the network is: its graph, its groups and connections, its numbers."""

from __future__ import annotations

from hamsim.html.elements import fold, notes, paragraph, section
from hamsim.html.markup import Html, joined
from hamsim.html.page import Part
from hamsim.network import Group
from hamsim.pages import figures
from hamsim.pages.subject import Subject
from hamsim.report.network import network_report
from hamsim.report.sections import Section
from hamsim.report.words import span_of

__all__ = ["TITLE", "network_part"]

TITLE = "What the network is"
_DETAILS = ("layout while it runs",)


def network_part(subject: Subject) -> Part:
    """The part of a page about the network.

    Parameters
    ----------
    subject : Subject
    """
    if subject.network is None:
        return Part(TITLE, joined([_of_header(subject), notes([f"{_sentence(subject.why)}"])]))
    first, *others = network_report(subject.network).sections()
    facts = Section("", tuple(f for f in first.facts if f.name != "description"))
    parts: list[Html] = [section(facts), figures.of_network(subject.network)]
    if subject.changed:
        parts.insert(0, paragraph(f"As described; runs of the sweep differ in {subject.changed}."))
    for told in others:
        shown = section(told)
        parts.append(
            fold(told.title.capitalize(), section(_untitled(told)))
            if told.title in _DETAILS
            else shown
        )
    return Part(TITLE, joined(parts))


def _untitled(told: Section) -> Section:
    return Section("", told.facts, told.columns, told.rows)


def _of_header(subject: Subject) -> Html:
    """What a trace knows of groups without their synapses."""
    if subject.trace is None:
        return paragraph("")
    header = subject.trace.header
    columns = ("name", "neurons", "shape", "Lagrangian", "tau")

    def row(group: Group) -> tuple[str, ...]:
        tau = header.tau[group.slice]
        span = span_of((float(tau.min()), float(tau.max())))
        shape = " x ".join(map(str, group.shape))
        return group.name, f"{group.size:,}", shape, group.family.name, span

    return section(Section("groups", (), columns, tuple(map(row, header.groups))))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
