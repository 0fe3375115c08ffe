"""`Basins` in a notebook."""

from __future__ import annotations

import numpy as np

from hamsim.equilibria.planes import Basins
from hamsim.html.charts import images
from hamsim.html.markup import Html
from hamsim.notebook.representations.pages import page, plain_sections
from hamsim.report.attractors import BasinsReport

__all__ = ["show"]


def show(shown: Basins) -> Html:
    """Which state of the plane goes where, and the share of each attractor."""
    a, b = shown.names
    note = f"{shown.a.size} by {shown.b.size} states; across: {a}, up: {b}"
    labels = np.where(shown.labels < 0, np.nan, shown.labels)[::-1]  # grey: they came to none
    drawn = images({"numbers of attractors": labels}, "attractors", 128)
    told = plain_sections(BasinsReport(None, shown).sections(), skip=1)
    return page("Basins", "", note, drawn, told)
