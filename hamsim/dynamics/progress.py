"""What is told of a run while it lasts."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Progress"]


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Parameters
    ----------
    step, steps : int
    time : float
    residual : float
        Largest max|W g + I - x| of a trial.
    energy : float or None
        Mean over trials; None if it is not recorded.
    """

    step: int
    steps: int
    time: float
    residual: float
    energy: float | None
