"""Methods each of whose steps solves an equation: for networks that are stiff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hamsim.methods.row import Method

__all__ = ["Implicit"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Implicit(Method):
    """A method that chooses its steps and solves an equation in each.

    Neurons with tau = 0 are part of the equation, so that they may depend on each other. No
    Jacobian is formed: the linear equations are solved by products with W.

    Parameters
    ----------
    procedure : {"formulas", "stages"}
        How its steps are taken: by formulas over several steps, or in stages.
    vectors : int
        Numbers that are held for each neuron.
    share : float
        Steps of tolerance r have an error of at most r times r to this power: those of a method of
        order q add up to an error that goes with the tolerance if it is 1 / q.
    halves : bool
        Whether its equations gain from halves of the network that are known one after the other.
    usual : str
        Products W g of a step, as far as that can be said.
    part : float
        Of that, what a step is given: a margin where its estimate is taken at its word.
    """

    steps: Literal["fixed", "chosen"] = "chosen"
    safety: float = 1.0
    procedure: Literal["formulas", "stages"]
    vectors: int
    share: float
    usual: str
    halves: bool = False
    part: float = 1.0

    @property
    def cost_told(self) -> str:
        """How many products W g a step costs, as it is told to people."""
        return self.usual

    @property
    def stages(self) -> int:
        """Evaluations in a step that nobody can refuse: those of records."""
        return 1
