"""`Attractors` in a notebook."""

from __future__ import annotations

from hamsim.counted import counted
from hamsim.equilibria.landscape.found import Attractors
from hamsim.html.markup import Html
from hamsim.notebook.representations.pages import page, plain_sections, strip
from hamsim.report.attractors import AttractorsReport

__all__ = ["show"]

MOST_STATES = 4


def show(shown: Attractors) -> Html:
    """How many starts came to each, what they are like, and the states of the first ones."""
    note = f"{counted(len(shown), 'attractor')} of {counted(shown.starts, 'start')}"
    states = [strip(x, f"state of attractor {k}") for k, x in enumerate(shown.x[:MOST_STATES])]
    told = plain_sections(AttractorsReport(None, shown).sections(), skip=1)
    return page("Attractors", "", note, told, *states)
