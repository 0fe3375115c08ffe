"""hamsim itself."""

from __future__ import annotations

from typing import Any, ClassVar

from cases import Array, Problem

from peers.peer import Peer


class Hamsim(Peer):
    """With as many threads as the problem allows."""

    name = "hamsim"
    # It imports on first use; these are what a simulation comes to.
    modules = ("hamsim", "hamsim.compiler", "hamsim.dynamics.simulate")
    options: ClassVar[dict[str, Any]] = {}

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        import hamsim

        self.simulate, self.Record = hamsim.simulate, hamsim.Record
        self.network = hamsim.compile(problem.description)
        self.given = {"threads": problem.threads, "record": None, **self.options}
        self.x = problem.start

    @classmethod
    def can(cls, problem: Problem) -> bool:
        return True

    def begin(self) -> None:
        self.x = self.problem.start

    def go_on(self, steps: int) -> Array:
        self.x = self.simulate(
            self.network,
            initial=self.x,
            method="euler",
            dt=self.problem.dt,
            steps=steps,
            **self.given,
        ).final
        return self.x

    def rest(self, tolerance: float) -> Array:
        return self.integrate("euler", self.problem.dt, tolerance)

    def integrate(self, method: str, dt: Any, tolerance: float) -> Array:
        """Go to rest with any of its methods."""
        return self.simulate(
            self.network,
            initial=self.problem.start,
            method=method,
            dt=dt,
            t_end=1e6,
            until=tolerance,
            **self.given,
        ).final


class OneThread(Hamsim):
    """With one thread."""

    name = "hamsim, 1 thread"
    options: ClassVar = {"threads": 1}


class SinglePrecision(Hamsim):
    """With weights in single precision, so that it ends near the others only."""

    name = "hamsim, float32"
    tolerance = 1e-5
    options: ClassVar = {"dtype": "float32"}
