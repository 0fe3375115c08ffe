"""What became of cues, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.counted import counted
from hamsim.memory.kinds import KINDS
from hamsim.memory.recalled import Recalled
from hamsim.network import Network
from hamsim.report.sections import Fact, Section
from hamsim.report.words import named

__all__ = ["RecallReport"]

MOST_TOLD = 40  # cues


@dataclass(frozen=True, eq=False)
class RecallReport:
    """What became of cues.

    Parameters
    ----------
    network : Network
    found : Recalled
    """

    network: Network
    found: Recalled

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists, for JSON."""
        return self.found.to_dict()

    def sections(self) -> tuple[Section, ...]:
        """How many cues came to what, and a row a cue."""
        found = self.found
        counts = {word: int(np.count_nonzero(found.kind == word)) for word in KINDS}
        told = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
        about = f"{counted(len(found), 'cue')}, {counted(len(found.patterns), 'pattern')}: {told}"
        head = Section(named(self.network.name), (Fact("", counts, about),))
        table = found.table()
        columns = tuple(name for name in table if name != "mixture" or counts["mixture"])
        rows = tuple(
            tuple(_cell(name, table[name][k]) for name in columns)
            for k in range(min(len(found), MOST_TOLD))
        )
        facts = [Fact("method", found.method, found.method)]
        if len(found) > MOST_TOLD:
            more = f"and {len(found) - MOST_TOLD:,} more cues; --out and --json have all"
            facts.insert(0, Fact("", len(found), more))
        if found.interrupted:
            left = found.outcomes.count("interrupted")
            words = f"Ctrl-C came: {counted(left, 'cue')} had not ended"
            facts.append(Fact("note", left, words))
        return head, Section("", (), columns, rows), Section("", tuple(facts))


def _cell(name: str, value: Any) -> str:
    if name in ("found", "errors") and value < 0:
        return ""
    if name == "overlap":
        return f"{value:.4f}"
    return f"{value:.8g}" if name == "energy" else str(value)
