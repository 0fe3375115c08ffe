"""What is told of a run while it lasts."""

from __future__ import annotations

from dataclasses import dataclass

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
    """

    step: int
    steps: int | None
    time: float
    residual: float
    energy: float | None
    duration: float = float("nan")
