"""`Branches`, or one `Branch`, in a notebook."""

from __future__ import annotations

import numpy as np

from hamsim.counted import counted
from hamsim.equilibria.continuation.diagrams import Branch, Branches
from hamsim.html.elements import facts
from hamsim.html.markup import Html
from hamsim.html.pictures import sparkline
from hamsim.notebook.representations.pages import page, plain_sections
from hamsim.report.branches import BranchesReport
from hamsim.report.words import named

__all__ = ["show"]


def show(shown: Branch | Branches) -> Html:
    """Special points, and where branches lead."""
    if isinstance(shown, Branches):
        count = counted(len(shown), "branch", "branches")
        note = f"{count} over {named(shown.over)} from {shown.start:g} to {shown.stop:g}"
        told = plain_sections(BranchesReport(shown).sections(), skip=1)
        return page("Branches", shown.network.name, note, told)
    stable = int(np.count_nonzero(shown.stable))
    special = int(np.count_nonzero(shown.special >= 0))
    first, last = (f"{shown.parameter[k]:.6g}" if len(shown) else "" for k in (0, -1))
    size = np.linalg.norm(shown.x, axis=1) if len(shown) else np.zeros(0)
    lines: list[tuple[str, object]] = [
        ("parameter", f"{first} to {last}"),
        ("stable", f"{stable:,} of {counted(len(shown), 'point')}"),
        ("special points", f"{special:,}"),
        ("norm of x", sparkline(size, "norm of x along the branch")),
        ("ends", shown.end),
    ]
    return page("Branch", "", counted(len(shown), "point"), facts(lines))
