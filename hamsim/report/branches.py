"""Branches of rest states: what is told of them, and their table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hamsim.counted import counted
from hamsim.equilibria.continuation.diagrams import Branch, Branches, SpecialPoint
from hamsim.report.sections import Fact, Section
from hamsim.report.words import named

__all__ = ["BranchesReport", "table_of"]

# Branches and special points that are told.
MOST_TOLD = 40
_KINDS = {
    "fold": "fold",
    "pitchfork": "pitchfork",
    "transcritical": "transcritical",
    "branch": "branch point",
    "hopf": "Hopf point",
    "kink": "kink",
    "singular": "singular",
}
_ENDS = {
    "bound": "",
    "closed": "closed loop",
    "line": "a line of rest states at one value",
    "met": "ends at a branch point",
    "points": "cut: as many points as were asked for",
    "lost": "cut: no way on was found",
    "stopped": "interrupted",
}


@dataclass(frozen=True, eq=False)
class BranchesReport:
    """Branches of rest states in words.

    Parameters
    ----------
    found : Branches
    """

    found: Branches

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists, for JSON."""
        return self.found.to_dict()

    def sections(self) -> tuple[Section, ...]:
        """Special points, branches, and what is missing."""
        found = self.found
        count = counted(len(found), "branch", "branches")
        about = f"{count} of rest states over {found.over} from {found.start:g} to {found.stop:g}"
        head = Section(named(found.network.name), (Fact("", about, about),))
        points = [_point(point, found) for point in found.special]
        branches = [Fact("branch", k, _words(k, branch)) for k, branch in enumerate(found)]
        notes = [Fact("note", note, note) for note in found.notes]
        if not found.complete:
            words = "not complete: --most and --points allow more branches and points"
            notes.append(Fact("note", words, words))
        some = (*_shortened(points, "special points"), *_shortened(branches, "branches"))
        return head, Section("", (*some, *notes))


def _shortened(facts: list[Fact], what: str) -> list[Fact]:
    if len(facts) <= MOST_TOLD:
        return facts
    words = f"and {len(facts) - MOST_TOLD:,} more {what}; --json and --out have all"
    return [*facts[:MOST_TOLD], Fact("", len(facts), words)]


def _point(point: SpecialPoint, found: Branches) -> Fact:
    words = f"{found.over} = {point.parameter:.10g}"
    if point.frequency is not None:
        words += f", frequency {point.frequency:.6g}"
    if point.multiplicity > 1:
        words += f", {point.multiplicity} eigenvalues at once"
    many = "branches" if len(point.branches) > 1 else "branch"
    words += f", {many} {', '.join(map(str, point.branches))}"
    return Fact(_KINDS[point.kind], point.parameter, words)


def _words(number: int, branch: Branch) -> str:
    """Where a branch leads, and how many of its directions are unstable on the way."""
    counts: list[int] = []
    ordinary = branch.index[branch.special < 0].tolist()
    for index in ordinary:
        if not counts or counts[-1] != index:
            counts.append(index)
    told = ["stable" if k == 0 else "unknown" if k < 0 else f"{k} unstable" for k in counts]
    if len(told) > 8:
        told = [*told[:4], "...", *told[-3:]]
    words = f"{number}: {branch.parameter[0]:.6g} to {branch.parameter[-1]:.6g}, "
    words += f"{counted(len(branch), 'point')}, {', '.join(told)}"
    end = _ENDS[branch.end]
    return f"{words}; {end}" if end else words


def table_of(found: Branches) -> Iterator[list[Any]]:
    """Rows of a table with all points: first the names of the columns."""
    network = found.network
    labels = [network.label(k) for k in range(network.n_neurons)]
    yield ["branch", "point", found.over, "stable", "unstable", "energy", "special", *labels]
    for number, branch in enumerate(found):
        for k in range(len(branch)):
            special = int(branch.special[k])
            yield [
                number,
                k,
                repr(float(branch.parameter[k])),
                int(branch.stable[k]),
                int(branch.index[k]),
                "" if branch.energy is None else repr(float(branch.energy[k])),
                found.special[special].kind if special >= 0 else "",
                *map(repr, branch.x[k].tolist()),
            ]
