"""A problem that a network states: what its states say, and what that is worth."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, NamedTuple

from hamsim.arrays import Floats, Ints

__all__ = ["Exact", "Problem", "Reading"]


class Reading(NamedTuple):
    """What a state says.

    Parameters
    ----------
    answer : ndarray of int
        In the form of the problem.
    value : float
        What it is worth, in the units of the file.
    valid : bool
        Whether the state is an answer as it stands. The answer of one that is not is the nearest,
        where there is one.
    """

    answer: Ints
    value: float
    valid: bool


@dataclass(frozen=True)
class Exact:
    """The answer of a mixed-integer program.

    Parameters
    ----------
    answer : ndarray of int or None
        None if none was found in the time.
    value : float or None
    optimal : bool
        Whether it is proved that no answer is better.
    seconds : float
    """

    answer: Ints | None
    value: float | None
    optimal: bool
    seconds: float


class Problem(ABC):
    """What neurons of a network are to find.

    Attributes
    ----------
    kind : str
        "tour", "cut" or "queens".
    word : str
        What the value is called: "length", "cut" or "conflicts".
    largest : bool
        Whether the largest value is wanted, else the smallest.
    neurons : slice or ndarray of int
        Where they are in the network.
    """

    kind: str
    word: str
    largest: bool
    neurons: Any

    @abstractmethod
    def read(self, g: Floats) -> Reading:
        """Read an answer from the activations of the problem's neurons, shape (neurons,)."""

    @abstractmethod
    def exact(self, seconds: float) -> Exact:
        """The best answer by a mixed-integer program, or the best that it finds in the time."""

    def excess(self, value: float, best: float) -> float:
        """How much worse a value is than another, as a part of that; of 0 the difference."""
        worse = best - value if self.largest else value - best
        return worse / abs(best) if best else worse
