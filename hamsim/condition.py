"""One condition of a theorem: proved, refuted or left open, with the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Condition", "Status", "Symmetry", "worst"]

Status = Literal["proved", "refuted", "undecided"]
Symmetry = Literal["symmetric", "symmetrizable", "signed", "none"]


@dataclass(frozen=True, eq=False)
class Condition:
    """One condition of a theorem.

    Parameters
    ----------
    name : str
        What is asked, such as ``tau of softmax``; unique in a certificate together with `where`.
    status : {"proved", "refuted", "undecided"}
    message : str
        One sentence for people.
    where : mapping
        Of `group`, `neurons` and `edge` (names of neurons), those that apply.
    evidence : mapping
        Numbers; a witness is a state `x` (or several, or a direction) over all neurons in file
        order, with what was evaluated there.
    theorem : str
        Where the statement is from.
    repair : str
        What would make the condition hold; empty if nothing simple does.
    """

    name: str
    status: Status
    message: str
    where: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    theorem: str = ""
    repair: str = ""


def worst(*statuses: Status) -> Status:
    """Status of a statement that needs all of these."""
    if "refuted" in statuses:
        return "refuted"
    return "undecided" if "undecided" in statuses else "proved"
