"""What every peer of the benchmarks is: something that steps a network and says where it ended."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib.util import find_spec
from shutil import which
from typing import ClassVar

import numpy as np
from cases import Array, Problem


class Peer(ABC):
    """One way to run x += dt/tau (W g(x) + I - x); making one builds and compiles all it needs."""

    name: ClassVar[str]
    modules: ClassVar[tuple[str, ...]]
    programs: ClassVar[tuple[str, ...]] = ()
    # How far end states may be from those of double precision, relative to the largest.
    tolerance: ClassVar[float] = 1e-9
    # Steps between two looks at the residual, on the way to rest.
    piece: ClassVar[int] = 100

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    @classmethod
    def missing(cls) -> list[str]:
        """Modules and programs that are not installed."""
        modules = [name for name in cls.modules if find_spec(name) is None]
        return modules + [name for name in cls.programs if which(name) is None]

    @classmethod
    @abstractmethod
    def can(cls, problem: Problem) -> bool:
        """Whether it takes part in a case."""

    @abstractmethod
    def begin(self) -> None:
        """Go back to the start."""

    @abstractmethod
    def go_on(self, steps: int) -> Array:
        """Make so many more steps; returns the states in the shape of the problem's start."""

    def run(self, steps: int) -> Array:
        """States after so many steps from the start."""
        self.begin()
        return self.go_on(steps)

    def rest(self, tolerance: float) -> Array:
        """State in which max|W g + I - x| is at most this, by steps from the start."""
        self.begin()
        while True:
            x = self.go_on(self.piece)
            if np.abs(self.problem.rate(x)).max() <= tolerance:
                return x
