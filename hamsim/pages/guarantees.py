"""What is guaranteed: answers, what they mean, and each condition with its theorem and evidence."""

from __future__ import annotations

from hamsim.certify.certificate import Certificate
from hamsim.certify.check import check
from hamsim.certify.verdict import verdict
from hamsim.certify.words import meaning
from hamsim.condition import Condition
from hamsim.html.elements import facts, fold, heading, paragraph, status, table
from hamsim.html.markup import Html, joined
from hamsim.html.page import Part
from hamsim.network import Network
from hamsim.pages.witness import evidence_of, place_of
from hamsim.pages.words import QUESTIONS, SYMMETRY

__all__ = ["TITLE", "certificate_of", "guarantees_part"]

TITLE = "What is guaranteed"


def certificate_of(network: Network | None, seconds: float) -> Certificate | None:
    """What is proved and refuted of a network; None where none is known, or nobody asks.

    Parameters
    ----------
    network : Network or None
    seconds : float
        About how long it may take; 0 asks nothing.
    """
    if network is None or seconds <= 0:
        return None
    return check(network, seconds=seconds)


def guarantees_part(
    network: Network | None,
    certificate: Certificate | None,
    of_run: str = "",
    changed: str = "",
) -> Part:
    """The part of a page about what must happen.

    Parameters
    ----------
    network : Network or None
    certificate : Certificate or None
        None where nobody asked.
    of_run : str, optional
        What holds of the run that the page shows.
    changed : str, optional
        In what runs of a sweep differ from the network.
    """
    if certificate is None:
        why = "Nobody asked." if network is not None else "Without the network nobody can tell."
        return Part(TITLE, paragraph(why))
    parts: list[Html] = [
        paragraph(
            "These answers are of the network with its constant input and without its stimuli. "
            "“Proved” is a theorem whose conditions were computed with rounding accounted for; "
            "“refuted” comes with a state that was evaluated; “undecided” is neither."
        ),
        paragraph(joined([status(certificate.converges), f" In short: {verdict(certificate)}."])),
    ]
    if of_run:
        words = "the same" if of_run == verdict(certificate) else of_run
        parts.append(paragraph(f"Of the run on this page: {words}."))
    if changed:
        parts.append(
            paragraph(
                f"Runs of the sweep differ in {changed}, and other answers may hold of them: "
                "hamsim check FILE --set PATH=VALUE asks of one."
            )
        )
    parts.append(_answers(certificate))
    parts.append(heading("Conditions, each with its theorem"))
    parts += [_condition(each, network) for each in certificate.conditions]
    return Part(TITLE, joined(parts))


def _answers(certificate: Certificate) -> Html:
    rows: list[tuple[object, ...]] = [
        ("Is W symmetric?", certificate.symmetry, SYMMETRY[certificate.symmetry])
    ]
    means = meaning(certificate)
    for name, question in QUESTIONS.items():
        rows.append((question, status(getattr(certificate, name)), means[name]))
    step = certificate.max_step
    rows.append(
        (
            "Which Euler steps keep the energy from rising?",
            "none is known" if step is None else f"dt up to {step:.4g}",
            "Largest step of explicit Euler at which the energy is proved to fall.",
        )
    )
    return table(("question", "answer", "what that means"), rows, caption="Answers")


def _condition(condition: Condition, network: Network | None) -> Html:
    told: list[tuple[str, object]] = []
    if condition.theorem:
        told.append(("theorem", condition.theorem))
    if place := place_of(condition):
        told.append(("where", place))
    told += evidence_of(condition, network)
    if condition.status != "proved" and condition.repair:
        told.append(("repair", condition.repair))
    title = joined([status(condition.status), f" {condition.name}: {condition.message}"])
    if not told:
        return paragraph(title)
    return fold(title, facts(told))
