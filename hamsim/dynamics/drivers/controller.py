"""How the next step is chosen.

Who takes steps asks a controller for the length of the next ones, and where steps may be refused
also which trials take the one that was tried. Fixed steps are the plainest controller.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.dynamics.timeline.clock import Clock
from hamsim.dynamics.timeline.stretches import Stretch

__all__ = ["Controller", "FixedSteps", "Steps"]


class Steps(NamedTuple):
    """The next steps.

    Parameters
    ----------
    h : float
        Length of each.
    number : int
        How many before the controller wants to be asked again.
    """

    h: float
    number: int


class Controller(Protocol):
    """Chooses steps."""

    def propose(self, clock: Clock) -> Steps:
        """Say which steps come next; none where the stretch of constant stimuli is over."""

    def judge(self, h: float, error: Floats) -> NDArray[np.bool_]:
        """Say which trials take the step of length h that was tried.

        Parameters
        ----------
        h : float
        error : ndarray, shape (2, trials)
            Root mean square and largest error, in units of what they may be.

        Returns
        -------
        ndarray of bool, shape (trials,)
        """


class FixedSteps:
    """All steps of a stretch are equally long, and none is refused.

    Parameters
    ----------
    stretch : Stretch
    """

    def __init__(self, stretch: Stretch) -> None:
        self._stretch = stretch

    def propose(self, clock: Clock) -> Steps:
        """All steps that are left."""
        return Steps(self._stretch.dt, max(0, self._stretch.last - clock.steps))

    def judge(self, h: float, error: Floats) -> NDArray[np.bool_]:
        """All trials take it."""
        return np.ones(error.shape[-1], dtype=bool)

    def times(self, steps: Any) -> Floats:
        """When so many steps have been taken, which may be several numbers of them."""
        return self._stretch.times(steps)
