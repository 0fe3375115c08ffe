"""A `Solution` in a notebook."""

from __future__ import annotations

from hamsim.html.markup import Html
from hamsim.notebook.representations.pages import page, plain_sections
from hamsim.optimise.solution import Solution
from hamsim.report.solution import SolutionReport

__all__ = ["show"]


def show(shown: Solution) -> Html:
    """The best answer, and what is known of the others."""
    note = f"{shown.problem.word} {shown.value:.6g}"
    return page(
        "Solution", shown.network.name, note, plain_sections(SolutionReport(shown).sections())
    )
