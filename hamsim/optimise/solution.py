"""What annealing found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.counted import counted
from hamsim.drawable import Drawable
from hamsim.network import Network
from hamsim.optimise.problem import Exact, Problem
from hamsim.shown import Shown

__all__ = ["Solution"]


@dataclass(frozen=True, eq=False)
class Solution(Shown, Drawable):
    """Answers to a problem, one a start, and the best of them.

    Parameters
    ----------
    problem : Problem
        With `kind` ("tour", "cut" or "queens"), `word` for the value, `read(g)` and `exact()`.
    network : Network
    x : ndarray, shape (starts, n)
        States in which the runs ended.
    answers : tuple of ndarray of int
        Of a tour the cities in their order; of a cut -1 or 1 for each node; of queens the board.
    values : ndarray, shape (starts,)
        Lengths of tours, weights of cuts, conflicts of queens, in the units of the file.
    valid : ndarray of bool, shape (starts,)
        Whether a state is an answer as it stands, and was not read as the nearest one.
    best : int
        The start with the best value, and of equal ones a valid one.
    stages : int
        Gains or temperatures that were passed.
    interrupted : bool
        Whether Ctrl-C ended it before the last.
    seconds : float
        What annealing took.
    exact : Exact or None
        The answer of a mixed-integer program, if it was asked for.
    """

    problem: Problem
    network: Network
    x: Floats
    answers: tuple[Ints, ...]
    values: Floats
    valid: NDArray[np.bool_]
    best: int
    stages: int
    interrupted: bool
    seconds: float
    exact: Exact | None = None

    @property
    def answer(self) -> Ints:
        """The best answer."""
        return self.answers[self.best]

    @property
    def value(self) -> float:
        """What the best answer is worth."""
        return float(self.values[self.best])

    @property
    def excess(self) -> float | None:
        """How much worse that is than the exact answer, as a part of it; None without one."""
        if self.exact is None or self.exact.value is None:
            return None
        return self.problem.excess(self.value, self.exact.value)

    def __repr__(self) -> str:
        return (
            f"<Solution {self.problem.word} {self.value:g}, {counted(self.values.size, 'start')}>"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists."""
        exact = self.exact
        return {
            "problem": self.problem.kind,
            self.problem.word: self.value,
            "answer": self.answer.tolist(),
            "valid": bool(self.valid[self.best]),
            "best": self.best,
            "values": self.values.tolist(),
            "valid_starts": int(self.valid.sum()),
            "stages": self.stages,
            "interrupted": self.interrupted,
            "seconds": self.seconds,
            "exact": None
            if exact is None
            else {
                "value": exact.value,
                "answer": None if exact.answer is None else exact.answer.tolist(),
                "optimal": exact.optimal,
                "seconds": exact.seconds,
                "excess": self.excess,
            },
        }
