"""`Recalled` in a notebook."""

from __future__ import annotations

import numpy as np

from hamsim.counted import counted
from hamsim.html.elements import facts
from hamsim.html.markup import Html
from hamsim.memory.recalled import Recalled
from hamsim.notebook.representations.pages import page
from hamsim.notebook.representations.table import rows_of

__all__ = ["show"]


def show(shown: Recalled) -> Html:
    """What became of the cues, all in all and one by one."""
    words, counts = np.unique(shown.kind, return_counts=True)
    told = ", ".join(f"{count:,} {word}" for word, count in zip(words, counts, strict=True))
    lines = [("states", told or "none"), ("method", shown.method)]
    lines.append(("patterns", f"{len(shown.patterns):,}; found from overlap {shown.threshold:g}"))
    if shown.interrupted:
        lines.append(("interrupted", "before all cues were done"))
    note = counted(len(shown), "cue")
    return page("Recalled", "", note, facts(lines), rows_of(shown.table()))
