"""What was measured of cues over loads, or over flips: a table with 95 % intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.drawable import Drawable
from hamsim.memory.experiment import Measured
from hamsim.memory.intervals import Interval
from hamsim.memory.line import Line
from hamsim.tables import Table

__all__ = ["Curve", "curve_of"]


class Curve(Table, Drawable):
    """A dict of arrays, one entry a load or a part of flips.

    Its columns, those with LOW and HIGH beside them with 95 % intervals as NAME_low, NAME_high:

    load, patterns
        Of `hamsim.capacity`: patterns a visible neuron, and how many patterns that are.
    flips
        Of `hamsim.recall_basins`: the part of each cue's neurons that was turned over.
    repetitions, cues
        Networks that were made, and cues of all of them.
    overlap (LOW, HIGH)
        Mean of the overlap with the pattern that the cue is a copy of, in the end.
    found (LOW, HIGH)
        Share of the cues whose overlap with that is at least the threshold.
    exact (LOW, HIGH)
        Share of the cues that end with each neuron's sign that of the pattern.
    errors (LOW, HIGH)
        Share of neurons whose sign is not that of the pattern.
    lost (LOW, HIGH)
        Share of the cues that end at another pattern, or at a negative, by the same threshold.
    updates
        Mean over cues of updates that changed a neuron, or of products W g of methods over time.
    theory
        What the theory says of the overlap; NaN where there is none.

    Attributes
    ----------
    over : {"load", "flips"}
    name : str
        Of the network.
    threshold : float
    line : Line or None
        The theory's.
    interrupted : bool
        Whether Ctrl-C came before all runs were made.
    missing : int
        Runs that were not made, or failed.
    notes : tuple of str
    """

    over: str
    name: str
    threshold: float
    line: Line | None
    interrupted: bool
    missing: int
    notes: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """What is to be said beside the columns, as plain numbers and text."""
        return {
            "over": self.over,
            "name": self.name,
            "threshold": self.threshold,
            "theory_of": self.line.name if self.line else "",
            "interrupted": self.interrupted,
            "missing": self.missing,
            "notes": list(self.notes),
        }


def curve_of(
    over: str,
    name: str,
    head: Mapping[str, NDArray[Any]],
    found: Measured,
    threshold: float,
    line: Line | None,
) -> Curve:
    """Put a curve together.

    Parameters
    ----------
    over : {"load", "flips"}
    name : str
    head : mapping of str to ndarray
        Its first columns.
    found : Measured
    threshold : float
    line : Line or None
    """
    columns: dict[str, NDArray[Any]] = {
        **head,
        "repetitions": np.array(found.repetitions),
        "cues": np.array(found.cues),
    }
    for key, intervals in {
        "overlap": found.mean("own", -1.0, 1.0),
        "found": found.share("own", lambda own: own >= threshold),
        "exact": found.share("wrong", lambda wrong: wrong == 0),
        "errors": found.mean("wrong", 0.0, 1.0),
        "lost": found.lost(threshold),
    }.items():
        columns |= _with_ends(key, intervals)
    updates = found.mean("updates", 0.0, np.inf)
    columns["updates"] = np.array([each.value for each in updates])
    columns["theory"] = _theory(line, columns[over])
    curve = Curve(columns)
    curve.over, curve.name, curve.threshold, curve.line = over, name, threshold, line
    curve.interrupted, curve.missing, curve.notes = found.interrupted, found.missing, _notes(found)
    return curve


def _with_ends(name: str, intervals: list[Interval]) -> dict[str, Floats]:
    columns = zip(*intervals, strict=True)
    names = (name, f"{name}_low", f"{name}_high")
    return {key: np.array(column) for key, column in zip(names, columns, strict=True)}


def _theory(line: Line | None, values: Floats) -> Floats:
    if line is None:
        return np.full(values.shape, np.nan)
    return np.asarray(line.overlap(values))


def _notes(found: Measured) -> tuple[str, ...]:
    notes = []
    if found.why:
        notes.append(f"a run failed: {found.why}")
    if found.unrested:
        notes.append(
            f"{found.unrested:,} of {counted(sum(found.cues), 'cue')} had not come to rest"
        )
    if min(found.repetitions, default=0) < 2:
        notes.append("intervals need two repetitions or more")
    return tuple(notes)
