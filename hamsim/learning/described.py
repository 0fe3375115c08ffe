"""The question that a description's block ``training`` poses: its examples are the trials."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.learning.asked import Asked
from hamsim.learning.training.asked import asked_of
from hamsim.learning.training.posing import Posing

__all__ = ["posed_by_examples"]


def posed_by_examples(source: Any, tolerance: float, method: str, at_rest: bool) -> Asked:
    """Pose all examples of a description, as training does.

    Parameters
    ----------
    source : Network, Spec, path or dict
    tolerance : float
        Residual at which a state rests.
    method : str
    at_rest : bool
        Whether it is a method of rest states.

    Raises
    ------
    HamsimError
        There is no such block, or what it says cannot be right for the method.
    """
    task = asked_of(source, method=method)
    posing = Posing(task, over_time=not at_rest)
    posed = posing.batch(posing.network, np.arange(task.examples), tolerance)
    free = posed.starts[:, ~posed.held]
    return Asked(posed, bool((free == free[0]).all()), ())
