"""What became of cues: states, and what they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.drawable import Drawable
from hamsim.network import Network
from hamsim.shown import Shown
from hamsim.tables import Table
from hamsim.trace.trace import Trace

__all__ = ["Recalled", "updates_of"]


@dataclass(frozen=True, eq=False)
class Recalled(Shown, Drawable):
    """States that a network came to from cues, one a cue.

    Parameters
    ----------
    start, state : ndarray, shape (cues, n)
        First and last states of all neurons.
    overlap : ndarray, shape (cues, patterns)
        From -1 to 1: the cosine of what the visible neurons say and the pattern, which is
        sum_i xi_i s_i / n of neurons and patterns of -1 and 1.
    found : ndarray of int, shape (cues,)
        The pattern that was found, or the one whose negative was; -1 if none was.
    kind : ndarray of str, shape (cues,)
        "stored", "negative", "mixture" or "spurious".
    mixture : ndarray of int, shape (cues, 3)
        The patterns that a mixture is made of; -1 of other kinds.
    signs : ndarray of int, shape (cues, 3)
        With which signs; 0 of other kinds.
    errors : ndarray of int, shape (cues,)
        Visible neurons whose sign is not that of what was found, a pattern, its negative or a
        mixture; -1 where nothing was, or where neurons have no bounds between which to say yes or
        no.
    energy : ndarray, shape (cues,)
        Of the last states, neurons with tau = 0 settled.
    updates : ndarray of int, shape (cues,)
        Discrete dynamics: updates that changed a neuron. Else: products W g that it took.
    outcomes : tuple of str
        How each cue ended, as `Trace.outcomes`.
    patterns : ndarray, shape (patterns, visible)
        As they were given.
    neurons : ndarray of int, shape (visible,)
        Whose patterns these are.
    threshold : float
        From which overlap on a pattern counts as found.
    method : str
    interrupted : bool
        Whether Ctrl-C came before all cues were done; their outcome is "interrupted".
    network : Network or None
        That recalled them.
    """

    start: Floats
    state: Floats
    overlap: Floats
    found: Ints
    kind: NDArray[np.str_]
    mixture: Ints
    signs: Ints
    errors: Ints
    energy: Floats
    updates: Ints
    outcomes: tuple[str, ...]
    patterns: Floats
    neurons: Ints
    threshold: float
    method: str = ""
    interrupted: bool = False
    network: Network | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.state)

    def __repr__(self) -> str:
        words, counts = np.unique(self.kind, return_counts=True)
        told = ", ".join(f"{count:,} {word}" for word, count in zip(words, counts, strict=True))
        return f"<Recalled from {len(self):,} cue{'' if len(self) == 1 else 's'}: {told}>"

    def table(self) -> Table:
        """One row a cue, in columns of plain numbers and words."""
        cues = np.arange(len(self))
        best = np.zeros(len(self))
        if self.overlap.shape[1]:
            best = self.overlap[cues, np.argmax(np.abs(self.overlap), axis=1)]
        mixed = [" ".join(map(_signed, *row)) for row in zip(self.signs, self.mixture, strict=True)]
        return Table(
            {
                "cue": cues,
                "kind": self.kind,
                "found": self.found,
                "overlap": best,
                "errors": self.errors,
                "mixture": np.where(self.kind == "mixture", mixed, ""),
                "energy": self.energy,
                "updates": self.updates,
                "outcome": np.array(self.outcomes),
            }
        )

    def to_dataframe(self) -> Any:
        """The table as a `pandas.DataFrame`."""
        return self.table().to_dataframe()

    def to_dict(self) -> dict[str, Any]:
        """The table, states and overlaps as numbers, text and lists."""
        return self.table().to_dict() | {
            "overlaps": self.overlap.tolist(),
            "state": self.state.tolist(),
            "threshold": self.threshold,
            "method": self.method,
            "interrupted": self.interrupted,
        }


def updates_of(trace: Trace, cues: int) -> Ints:
    """What it took of each cue: updates that changed a neuron, else products W g."""
    stats: Any = trace.stats
    flips = getattr(stats, "flips", None)
    taken = stats.products if flips is None else flips
    return np.array(np.broadcast_to(np.asarray(taken, dtype=np.int64), (cues,)))


def _signed(sign: int, pattern: int) -> str:
    return f"{'-' if sign < 0 else '+'}{pattern}"
