"""Integration methods as data: explicit Runge-Kutta tableaux.

A further explicit method is one row. All stages of the tableaux are evaluated with the stimuli of
the step's beginning; the loop of `kernels.step` does the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from hamsim.arrays import Floats

__all__ = ["METHODS", "Method"]


@dataclass(frozen=True, eq=False)
class Method:
    """An explicit Runge-Kutta method.

    Parameters
    ----------
    name : str
    order : int
        Global order of convergence.
    a : ndarray, shape (stages + 1, stages)
        Row i holds the coefficients of stage i, the last row the weights.
    stable : float
        Largest dt / tau at which a neuron that only leaks comes to rest.
    safety : float
        `dt: auto` is this divided by the estimated fastest rate of the network: smaller for
        methods of lower order, which need shorter steps for the same accuracy.
    """

    name: str
    order: int
    a: Floats
    stable: float
    safety: float

    @property
    def stages(self) -> int:
        """Number of evaluations of dx/dt in a step."""
        return int(self.a.shape[1])


_ROWS = (
    # x <- x + dt/tau (W g + I - x)
    Method("euler", 1, np.array([[0.0], [1.0]]), 2.0, 0.05),
    # the explicit trapezoidal rule
    Method("heun", 2, np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.5]]), 2.0, 0.2),
    # the classical method of Kutta
    Method(
        "rk4",
        4,
        np.array(
            [
                [0.0, 0.0, 0.0, 0.0],
                [0.5, 0.0, 0.0, 0.0],
                [0.0, 0.5, 0.0, 0.0],
                [0.0, 0.0, 1.0, 0.0],
                [1 / 6, 1 / 3, 1 / 3, 1 / 6],
            ]
        ),
        2.785,
        0.5,
    ),
)
METHODS: Mapping[str, Method] = MappingProxyType({method.name: method for method in _ROWS})
