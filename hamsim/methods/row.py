"""What is known of an integration method.

Methods are data. An explicit Runge-Kutta method is nothing but its coefficients, a `RungeKutta`;
what is more than that has a class of its own beside it, and a driver in `hamsim.dynamics` that
knows how its steps are taken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

__all__ = ["Method", "RungeKutta"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Method:
    """A way to take steps.

    Parameters
    ----------
    name : str
    order : int
        Global order of convergence.
    steps : {"fixed", "chosen"}
        Whether all steps have the length `dt`, or each has one that its error allows.
    stable : float
        Largest dt / tau at which a neuron that only leaks comes to rest.
    safety : float
        `dt: auto` is this divided by the estimated fastest rate of the network: smaller for
        methods of lower order, which need shorter steps for the same accuracy.
    """

    name: str
    order: int
    steps: Literal["fixed", "chosen"] = "fixed"
    stable: float = math.inf
    safety: float

    @property
    def stages(self) -> int:
        """Number of evaluations of dx/dt in a step."""
        raise NotImplementedError

    @property
    def nodes(self) -> tuple[float, ...]:
        """When dx/dt is evaluated during a step, in steps; at its beginning it is known already."""
        return (1.0,)

    @property
    def products(self) -> float:
        """How often a step reads all weights."""
        return float(self.stages)

    @property
    def cost_told(self) -> str:
        """How many products W g a step costs, as it is told to people."""
        return str(self.stages)


@dataclass(frozen=True, eq=False, kw_only=True)
class RungeKutta(Method):
    """An explicit Runge-Kutta method.

    Parameters
    ----------
    c : tuple of float
        When each stage is evaluated, in steps.
    a : tuple of tuples of float
        Row i holds the coefficients of the stages before stage i.
    b : tuple of float
        The weights of the stages.
    error : tuple of float, optional
        What the stages add to an estimate of the error: `b` minus the weights of an embedded
        method. One number more than there are stages where that method evaluates the new state,
        too; a step does so in any case, because the next one begins there.
    embedded : int, optional
        Order of the embedded method.
    """

    c: tuple[float, ...]
    a: tuple[tuple[float, ...], ...]
    b: tuple[float, ...]
    error: tuple[float, ...] | None = None
    embedded: int | None = None

    @property
    def stages(self) -> int:
        """Number of evaluations of dx/dt in a step."""
        return len(self.b)

    @property
    def nodes(self) -> tuple[float, ...]:
        """When dx/dt is evaluated during a step: at its stages but the first, and its new state."""
        return (*self.c[1:], 1.0)

    @property
    def fsal(self) -> bool:
        """Whether the embedded method evaluates the new state, first same as last."""
        return self.error is not None and len(self.error) > self.stages
