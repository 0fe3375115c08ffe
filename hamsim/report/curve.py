"""What was measured of cues over loads, or over flips, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.counted import counted
from hamsim.memory.curve import Curve
from hamsim.report.sections import Fact, Section
from hamsim.report.words import named

__all__ = ["CurveReport"]


@dataclass(frozen=True, eq=False)
class CurveReport:
    """What was measured of cues.

    Parameters
    ----------
    curve : Curve
    folder : str
        Where the runs are.
    """

    curve: Curve
    folder: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists, for JSON."""
        return self.curve.to_dict() | self.curve.facts() | {"folder": self.folder}

    def sections(self) -> tuple[Section, ...]:
        """A row a load or part of flips, with intervals, and what is to be said besides."""
        curve = self.curve
        cues = counted(int(curve["cues"].sum()), "cue")
        about = f"{cues} in {counted(int(curve['repetitions'].sum()), 'run')}"
        head = Section(named(curve.name), (Fact("", int(curve["cues"].sum()), about),))
        names = ["flips"] if curve.over == "flips" else ["load", "patterns"]
        columns = [*names, "overlap", "95 %", "found", "95 %", "exact"]
        with_theory = bool(np.isfinite(curve["theory"]).any())
        rows = []
        for k in range(curve.rows):
            row = [f"{curve[name][k]:.4g}" for name in names[:1]]
            row += [f"{curve[name][k]:,}" for name in names[1:]]
            row += [_number(curve["overlap"][k]), _ends(curve, "overlap", k, "{:.4f}".format)]
            row += [_percent(curve["found"][k]), _ends(curve, "found", k, _whole)]
            row.append(_percent(curve["exact"][k]))
            rows.append((*row, _number(curve["theory"][k])) if with_theory else tuple(row))
        words = f"% with an overlap of at least {curve.threshold:g}; exact: % without an error"
        facts = [Fact("found", curve.threshold, words)]
        if with_theory and curve.line is not None:
            columns.append("theory")
            facts.append(Fact("theory", curve.line.name, curve.line.name))
        if curve.missing:
            facts.append(Fact("missing", curve.missing, counted(curve.missing, "run")))
        facts += [Fact("note", note, note) for note in curve.notes]
        return head, Section("", (), tuple(columns), tuple(rows)), Section("", tuple(facts))


def _ends(curve: Curve, name: str, k: int, written: Any) -> str:
    low, high = curve[f"{name}_low"][k], curve[f"{name}_high"][k]
    return "" if np.isnan(low) else f"{written(low)} to {written(high)}"


def _number(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.5f}"


def _percent(value: float) -> str:
    return "" if np.isnan(value) else f"{100.0 * value:.1f}"


def _whole(value: float) -> str:
    return f"{100.0 * value:.0f}"
