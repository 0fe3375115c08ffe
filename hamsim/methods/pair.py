"""Explicit Runge-Kutta pairs: what they have besides a tableau to choose steps and fill them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hamsim.methods.row import RungeKutta

__all__ = ["Pair", "Polynomials"]

Polynomials = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Pair(RungeKutta):
    """An explicit Runge-Kutta method that estimates the error of each of its steps.

    Parameters
    ----------
    interpolant : tuple of tuples of float
        The state at x + theta h is x plus the sum of P_j(theta) k_j over all stages, the new state
        and `later` stages; row j holds the coefficients of theta, theta^2, ... in P_j.
    second : tuple of float, optional
        A second estimate of the error. The error is then e1^2 / sqrt(e1^2 + 0.01 e2^2) in each
        neuron, with e1 the first one.
    power : int, optional
        The error is proportional to this power of h; one more than the order of the embedded
        method where nothing is said.
    later : tuple of tuples of float
        Coefficients of stages that only the interpolant needs: they follow the new state and are
        evaluated in steps in which something is recorded.
    later_c : tuple of float
        When these are evaluated, in steps.
    """

    steps: Literal["fixed", "chosen"] = "chosen"
    interpolant: Polynomials
    second: tuple[float, ...] | None = None
    power: int | None = None
    later: tuple[tuple[float, ...], ...] = ()
    later_c: tuple[float, ...] = ()

    @property
    def vectors(self) -> int:
        """How many arrays of the size of the state its steps write besides those of all methods."""
        return len(self.interpolant) + 5

    def weights_at(self, theta: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weights P_j of the interpolant at parts of a step, shape (parts, stages)."""
        powers = theta[:, None] ** np.arange(1, len(self.interpolant[0]) + 1)
        weights: NDArray[np.float64] = powers @ np.array(self.interpolant).T
        return weights

    @property
    def exponent(self) -> int:
        """Power of h that the error is proportional to."""
        return (self.embedded or 0) + 1 if self.power is None else self.power
