"""Answers to a problem in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.counted import counted
from hamsim.optimise.problem import Exact
from hamsim.optimise.solution import Solution
from hamsim.report.sections import Fact, Section
from hamsim.report.words import duration, named

__all__ = ["SolutionReport"]

# Cities, nodes or rows that are written out in a line.
MOST_TOLD = 60


@dataclass(frozen=True, eq=False)
class SolutionReport:
    """What annealing found, in words.

    Parameters
    ----------
    solution : Solution
    """

    solution: Solution

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists, for JSON."""
        return self.solution.to_dict()

    def sections(self) -> tuple[Section, ...]:
        """The best answer, the others, and the exact one."""
        solution = self.solution
        problem, starts = solution.problem, len(solution.answers)
        network = solution.network
        size = f"{counted(network.n_neurons, 'neuron')}, {counted(network.W.nnz, 'synapse')}"
        facts = [
            Fact("", network.name, f"{named(network.name)}: {size}"),
            Fact(problem.word, solution.value, f"{solution.value:.6g}{self._whether()}"),
        ]
        if starts > 1:
            low, high = solution.values.min(), solution.values.max()
            span = f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}"
            whole = int(solution.valid.sum())
            words = f"{starts:,}: {problem.word} {span}; {counted(whole, 'answer')} as they stand"
            facts.append(Fact("starts", starts, words))
        facts += self._answer()
        if solution.exact is not None:
            facts.append(Fact("exact", solution.exact.value, self._exact(solution.exact)))
        words = f"{counted(solution.stages, 'stage')} in {duration(solution.seconds)}"
        words += "; interrupted" if solution.interrupted else ""
        facts.append(Fact("time", solution.seconds, words))
        return (Section("", tuple(facts)),)

    def _whether(self) -> str:
        valid = bool(self.solution.valid[self.solution.best])
        if self.solution.problem.kind == "queens" or valid:
            return ""
        return "; no answer as it stands: the nearest one was read"

    def _answer(self) -> list[Fact]:
        answer, kind = self.solution.answer, self.solution.problem.kind
        if kind == "tour":
            words = " ".join(map(str, answer[:MOST_TOLD].tolist()))
            more = answer.size - MOST_TOLD
            return [Fact("tour", answer, words + (f" and {more:,} more" if more > 0 else ""))]
        if kind == "cut":
            sides = [int((answer == side).sum()) for side in (1, -1)]
            return [Fact("sides", sides, f"{sides[0]:,} and {sides[1]:,} nodes")]
        if len(answer) > MOST_TOLD:
            return []
        rows = [" ".join("Q" if queen else "." for queen in row) for row in answer.tolist()]
        return [Fact("", row, row, whole=True) for row in rows]

    def _exact(self, exact: Exact) -> str:
        solution, took = self.solution, duration(exact.seconds)
        if exact.value is None:
            return f"none in {took}" if not exact.optimal else f"there is none; in {took}"
        proved = "proved" if exact.optimal else "the best by then, not proved"
        excess = solution.excess or 0.0
        words = f"{exact.value:.6g}, {proved}, in {took}"
        if np.isclose(solution.value, exact.value, rtol=1e-9, atol=0.0):
            return f"{words}; the network's is as good"
        if exact.value == 0.0:
            return words
        better = "worse" if excess > 0.0 else "better"
        return f"{words}; the network's is {100.0 * abs(excess):.2g} % {better}"
