"""Integration methods as data: explicit Runge-Kutta tableaux, one row each.

A further method is one more row; files, commands and runs find it here by its name. All stages of
a step are evaluated with the stimuli of its beginning, and the loop of `kernels.step` does the
rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["AUTO", "METHODS", "METHOD_NAMES", "Method"]


@dataclass(frozen=True, eq=False)
class Method:
    """An explicit Runge-Kutta method.

    Parameters
    ----------
    name : str
    order : int
        Global order of convergence.
    c : tuple of float
        When each stage is evaluated, in steps.
    a : tuple of tuples of float
        Row i holds the coefficients of the stages before stage i.
    b : tuple of float
        The weights of the stages.
    stable : float
        Largest dt / tau at which a neuron that only leaks comes to rest.
    safety : float
        `dt: auto` is this divided by the estimated fastest rate of the network: smaller for
        methods of lower order, which need shorter steps for the same accuracy.
    error : tuple of float, optional
        What the stages add to an estimate of the error: `b` minus the weights of an embedded
        method. One number more than there are stages where that method evaluates the new state,
        too; a step does so in any case, because the next one begins there.
    embedded : int, optional
        Order of the embedded method.
    """

    name: str
    order: int
    c: tuple[float, ...]
    a: tuple[tuple[float, ...], ...]
    b: tuple[float, ...]
    stable: float
    safety: float
    error: tuple[float, ...] | None = None
    embedded: int | None = None

    @property
    def stages(self) -> int:
        """Number of evaluations of dx/dt in a step."""
        return len(self.b)

    @property
    def fsal(self) -> bool:
        """Whether the embedded method evaluates the new state, first same as last."""
        return self.error is not None and len(self.error) > self.stages


_ROWS = (
    Method(
        "euler",  # x <- x + dt/tau (W g + I - x)
        order=1,
        c=(0.0,),
        a=((),),
        b=(1.0,),
        stable=2.0,
        safety=0.05,
    ),
    Method(
        "heun",  # the explicit trapezoidal rule; Euler's method is embedded
        order=2,
        c=(0.0, 1.0),
        a=((), (1.0,)),
        b=(0.5, 0.5),
        stable=2.0,
        safety=0.2,
        error=(-0.5, 0.5),
        embedded=1,
    ),
    Method(
        "rk4",  # the classical method of Kutta
        order=4,
        c=(0.0, 0.5, 0.5, 1.0),
        a=((), (0.5,), (0.0, 0.5), (0.0, 0.0, 1.0)),
        b=(1 / 6, 1 / 3, 1 / 3, 1 / 6),
        stable=2.785,
        safety=0.5,
    ),
)
METHODS: Mapping[str, Method] = MappingProxyType({method.name: method for method in _ROWS})
# As long as nothing is known of a network's stiffness, the classical method is a safe choice.
AUTO = METHODS["rk4"]
# What may be asked for.
METHOD_NAMES = ("auto", *METHODS)
