"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hamsim.certify.certificate import Certificate
from hamsim.condition import Condition
from hamsim.report.sections import Fact, Section
from hamsim.report.words import named

__all__ = ["ASKED", "CertificateReport"]

_TITLES = {
    "energy_decreases": "energy decreases",
    "bounded_below": "bounded below",
    "converges": "converges",
    "unique_equilibrium": "one rest state",
    "globally_stable": "globally stable",
    "instant_well_posed": "tau = 0",
}
# What a network may be refuted for: a memory has many rest states, and that is no fault.
ASKED = ("energy_decreases", "bounded_below", "converges", "instant_well_posed")


@dataclass(frozen=True, eq=False)
class CertificateReport:
    """What a check found.

    Parameters
    ----------
    name : str
        Of the network.
    certificate : Certificate
    repaired : tuple of str or None
        What was done to repair the network; None if nobody asked.
    target : str
        File of the repaired network.
    """

    name: str
    certificate: Certificate
    repaired: tuple[str, ...] | None = None
    target: str = ""

    @property
    def answer(self) -> bool | None:
        """Whether the network must converge: yes, no, or nobody knows."""
        if self.certificate.converges == "proved":
            return True
        refuted = "refuted" in [getattr(self.certificate, name) for name in ASKED]
        return False if refuted else None

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text, lists and dicts, for JSON."""
        repaired = {} if self.repaired is None else {"repaired": list(self.repaired)}
        return {"name": self.name, **self.certificate.to_dict(), **repaired}

    def sections(self) -> tuple[Section, ...]:
        """The answers, then each condition under its status."""
        certificate = self.certificate
        step = certificate.max_step
        answers = [Fact("symmetry", certificate.symmetry, certificate.symmetry)]
        for name, title in _TITLES.items():
            status = getattr(certificate, name)
            answers.append(Fact(title, status, status))
        words = "none guaranteed" if step is None else f"{step:.6g}"
        answers.append(Fact("largest Euler step", step, words))
        sections = [Section(named(self.name), tuple(answers))]
        sections += map(_condition, certificate.conditions)
        if self.repaired is not None:
            words = f"{self.target}: {'; '.join(self.repaired)}"
            sections.append(Section("", (Fact("repaired", list(self.repaired), words),)))
        return tuple(sections)


def _condition(condition: Condition) -> Section:
    facts = [Fact(condition.name, condition.message, condition.message)]
    numbers = {
        name: value for name, value in condition.evidence.items() if isinstance(value, float | int)
    }
    if numbers:
        words = ", ".join(f"{name} = {value:.6g}" for name, value in numbers.items())
        facts.append(Fact("evidence", numbers, words))
    if condition.theorem:
        facts.append(Fact("theorem", condition.theorem, condition.theorem))
    if condition.status != "proved" and condition.repair:
        facts.append(Fact("repair", condition.repair, condition.repair))
    return Section(condition.status, tuple(facts))
