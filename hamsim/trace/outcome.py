"""How a run ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["WORST_FIRST", "Outcome", "OutcomeKind"]

OutcomeKind = Literal[
    "converged", "finished", "cycle", "alternating", "diverged", "interrupted", "unfinished"
]
# A run with trials ends as the worst of them.
WORST_FIRST: tuple[OutcomeKind, ...] = (
    "diverged",
    "interrupted",
    "alternating",
    "cycle",
    "finished",
    "converged",
)


@dataclass(frozen=True, eq=False)
class Outcome:
    """How a run ended. Compares equal to its `kind`, prints as its `message`.

    Parameters
    ----------
    kind : {"converged", "finished", "cycle", "alternating", "diverged", "interrupted", ...}
        The residual, or the change of the energy, became small enough; all steps were taken, or a
        condition holds; all were, and the state goes round in a limit cycle; or the states repeat
        with a period of two steps; a state stopped being finite; Ctrl-C, or the wall clock; or
        "unfinished", the file was never closed (the process was killed). With trials, the worst of
        them.
    message : str
        One sentence.
    time : float
        When the run ended; when the first trial diverged, if one did.
    group, neuron : str or None
        Where a state stopped being finite.
    trial : int or None
    outcomes : tuple of str
        The kind of each trial's outcome.
    periods, amplitudes : tuple of float or None
        Of the limit cycle of each trial, None where there is none; empty if no trial has one. The
        amplitude is half of the way of the neuron that swings most.
    """

    kind: OutcomeKind
    message: str
    time: float = 0.0
    group: str | None = None
    neuron: str | None = None
    trial: int | None = None
    outcomes: tuple[OutcomeKind, ...] = ()
    periods: tuple[float | None, ...] = ()
    amplitudes: tuple[float | None, ...] = ()

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Outcome:
        """Inverse of `dataclasses.asdict`, also after JSON has made lists of tuples."""
        lists = ("outcomes", "periods", "amplitudes")
        return cls(**{**facts, **{name: tuple(facts.get(name, ())) for name in lists}})

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Outcome):
            return self.kind == other.kind
        return self.kind == other

    def __hash__(self) -> int:
        return hash(self.kind)

    def __str__(self) -> str:
        return self.message
