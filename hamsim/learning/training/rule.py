"""What makes a step of training: something that is shown examples and changes what is learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hamsim.arrays import Floats, Ints
from hamsim.learning.found import Found

__all__ = ["Rule"]


class Rule(Protocol):
    """Changes what is learned.

    Parameters
    ----------
    steps : int
        How many it has made.
    """

    steps: int

    @property
    def memories(self) -> Mapping[str, tuple[Floats, ...]]:
        """What it remembers of earlier steps, by the keys of parts; written to."""

    def learn(self, rows: Ints, epoch: int) -> tuple[Found | None, float]:
        """Show some examples.

        Parameters
        ----------
        rows : ndarray of int
            Which.
        epoch : int
            From 1 on.

        Returns
        -------
        found : Found or None
            Where they went; None where nothing goes to rest.
        norm : float
            Of the gradient, or the largest change; NaN where no step was made.
        """

    def changed(self) -> None:
        """Take the values that are learned as they are now: others were put in."""
