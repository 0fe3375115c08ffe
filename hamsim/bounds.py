"""Bounds of a number, and how they are said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bounds"]


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a number may be; None where there is no bound.

    Parameters
    ----------
    above : float or None
        The number must be larger.
    at_least, at_most : float or None
    """

    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def rule(self) -> str:
        """The bounds in words, as in ``above 1 and at most 2``; empty if there are none."""
        parts = [
            f"{words} {bound:g}"
            for words, bound in (
                ("above", self.above),
                ("at least", self.at_least),
                ("at most", self.at_most),
            )
            if bound is not None
        ]
        return " and ".join(parts)

    def admit(self, number: float) -> bool:
        """Whether one number is inside."""
        return (
            (self.above is None or number > self.above)
            and (self.at_least is None or number >= self.at_least)
            and (self.at_most is None or number <= self.at_most)
        )

    def broken(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of the numbers are outside."""
        bad = np.zeros(np.shape(values), dtype=bool)
        if self.above is not None:
            bad |= values <= self.above
        if self.at_least is not None:
            bad |= values < self.at_least
        if self.at_most is not None:
            bad |= values > self.at_most
        return bad
