"""What is told of a run while it lasts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hamsim.arrays import Floats, Ints
from hamsim.trace.trace import Header

__all__ = ["Progress"]


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Parameters
    ----------
    step : int
    steps : int or None
        None where nobody knows how many there will be.
    time : float
    residual : float
        Largest max|W g + I - x| of a trial.
    energy : float or None
        Mean over trials; None if it is not recorded.
    duration : float
        When the run is over, unless it ends earlier.
    header : Header or None
        What is known of its trace: the network's name and groups.
    states : callable or None
        Gives copies of the states of neurons as they are now, shape (trials, k), by their numbers;
        only as long as the call lasts that tells this.
    """

    step: int
    steps: int | None
    time: float
    residual: float
    energy: float | None
    duration: float = float("nan")
    header: Header | None = field(default=None, repr=False, compare=False)
    states: Callable[[Ints], Floats] | None = field(default=None, repr=False, compare=False)
