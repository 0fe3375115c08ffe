"""A `Certificate`, or a `RunCheck`, in a notebook."""

from __future__ import annotations

from typing import Any

from hamsim.certify.certificate import Certificate
from hamsim.certify.verdict import RunCheck
from hamsim.condition import Condition
from hamsim.html.elements import facts, paragraph, status, table
from hamsim.html.markup import Html, joined
from hamsim.notebook.representations.pages import folded, page
from hamsim.report.words import named

__all__ = ["answers", "show"]

# What is asked, and what it means.
_QUESTIONS = {
    "energy_decreases": ("The energy never rises", "dE/dt <= 0 in every state"),
    "bounded_below": ("The energy has a lower bound", ""),
    "converges": ("Every solution comes to rest", ""),
    "unique_equilibrium": ("There is exactly one rest state", "memories have many"),
    "globally_stable": ("Every solution goes to that one state", ""),
    "instant_well_posed": ("Neurons with tau = 0 have one state", "given the others"),
}
_ORDER = {"refuted": 0, "undecided": 1, "proved": 2}
MOST = 40  # conditions


def show(shown: Certificate | RunCheck) -> Html:
    """What is guaranteed, and why."""
    if isinstance(shown, RunCheck):
        return _run(shown)
    rest = {"proved": "every solution comes to rest", "refuted": "not every solution comes to rest"}
    note = rest.get(shown.converges, "whether it comes to rest is undecided")
    return page("Certificate", "", note, answers(shown), _conditions(shown))


def _run(shown: RunCheck) -> Html:
    step = "" if shown.dt is None else f", dt = {shown.dt:.4g}"
    parts: list[object] = [paragraph(shown.text)]
    if shown.certificate is not None:
        which = "the steps that are taken" if shown.in_steps else "continuous time alone"
        parts.append(paragraph(f"What is said of energy and rest holds for {which}.", "quiet"))
        parts += [answers(shown.certificate), _conditions(shown.certificate)]
    return page("RunCheck", "", f"{shown.method}{step}", *parts)


def answers(certificate: Certificate) -> Html:
    """A row a question."""
    rows: list[tuple[object, ...]] = [
        (question, status(getattr(certificate, name)), note)
        for name, (question, note) in _QUESTIONS.items()
    ]
    rows.append(("W is", certificate.symmetry, ""))
    step = certificate.max_step
    words = "none is guaranteed" if step is None else f"{step:.6g}"
    rows.append(("Largest step of Euler's method", words, "for which the energy falls"))
    return table(("question", "answer", ""), rows)


def _conditions(certificate: Certificate) -> Html:
    found = sorted(certificate.conditions, key=lambda each: _ORDER[each.status])
    parts: list[object] = [_condition(each) for each in found[:MOST]]
    if len(found) > MOST:
        parts.append(paragraph(f"and {len(found) - MOST:,} more", "quiet"))
    counts = [
        f"{count:,} {word}"
        for word in ("proved", "refuted", "undecided")
        if (count := sum(each.status == word for each in found))
    ]
    return folded("Conditions", ", ".join(counts), *parts) if found else joined(())


def _condition(each: Condition) -> Html:
    told: list[tuple[str, object]] = []
    where = {str(key): value for key, value in each.where.items()}
    if where:
        told.append(("where", "; ".join(f"{key} {_named(value)}" for key, value in where.items())))
    numbers = [
        f"{name} = {value:.6g}"
        for name, value in each.evidence.items()
        if isinstance(value, float | int)
    ]
    if numbers:
        told.append(("evidence", ", ".join(numbers)))
    if each.theorem:
        told.append(("theorem", each.theorem))
    if each.status != "proved" and each.repair:
        told.append(("repair", each.repair))
    title = joined([status(each.status), " ", named(each.name)])
    return folded(title, "", paragraph(each.message), facts(told))


def _named(value: Any) -> str:
    if isinstance(value, str):
        return named(value)
    some = [named(str(each)) for each in value]
    return ", ".join(some[:5]) + (f" and {len(some) - 5:,} more" if len(some) > 5 else "")
