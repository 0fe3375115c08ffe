"""Functions of time side by side, one a neuron."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.signals.signal import Breaks, merged
from hamsim.signals.written import Written, is_over_time

__all__ = ["Several"]


@dataclass(frozen=True, eq=False)
class Several:
    """Expressions in t, one a neuron; see `Signal`.

    Parameters
    ----------
    parts : tuple of Written
        Some of which may be numbers.
    """

    parts: tuple[Written, ...]

    trials = None

    @classmethod
    def of(cls, values: tuple[float | str, ...]) -> Several:
        """Of texts and numbers."""
        return cls(tuple(Written(v if isinstance(v, str) else repr(float(v))) for v in values))

    @property
    def width(self) -> int:
        """For how many neurons it has values."""
        return len(self.parts)

    def at(self, times: Floats) -> Floats:
        """Values at times, shape (rows, width, 1)."""
        return np.concatenate([part.at(times) for part in self.parts], axis=1)

    def slope(self, times: Floats) -> Floats:
        """Derivatives at times, shape (rows, width, 1)."""
        return np.concatenate([part.slope(times) for part in self.parts], axis=1)

    def breaks(self, begin: float, end: float) -> Breaks:
        """Where one of them or its derivative jumps."""
        return merged([part.breaks(begin, end) for part in self.parts], begin, end)

    def moves(self, begin: float, end: float) -> bool:
        """Whether one of them changes."""
        return any(part.moves(begin, end) for part in self.parts)

    def rate(self, begin: float, end: float) -> float:
        """Rate of the fastest change of one."""
        return max(part.rate(begin, end) for part in self.parts)

    def require(self, begin: float, end: float) -> None:
        """Nothing: they are known at all times."""

    def take(self, places: Ints) -> Several:
        """The same for some of its neurons."""
        return Several(tuple(self.parts[k] for k in places.tolist()))

    def plain(self) -> list[Any]:
        """What a file says for them."""
        return [p.text if is_over_time(p.text) else float(p.text) for p in self.parts]
