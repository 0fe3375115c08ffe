"""Methods for neurons with noise: a tableau for what drives them, and how noise comes in."""

from __future__ import annotations

from dataclasses import dataclass

from hamsim.methods.row import RungeKutta

__all__ = ["Stochastic"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Stochastic(RungeKutta):
    """An explicit Runge-Kutta method that adds noise at the end of each step.

    Without noise it is its tableau. All of its stages but the first are at the end of a step,
    where the state has the noise of the whole step, so that they have the same increments.

    Parameters
    ----------
    averages : bool
        Whether what is added is the mean of the increments of this step and of the next.
    """

    averages: bool = False
