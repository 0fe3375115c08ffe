"""A rest state that was found, or one for each of several starts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from hamsim.counted import counted
from hamsim.shown import Shown

__all__ = ["BASINS", "FixedPoint"]

# What is known of how a rest state belongs to its start, the strongest first.
BASINS = ("certified", "followed", "unknown")


@dataclass(frozen=True, eq=False)
class FixedPoint(Shown):
    """Rest states, each reached from a start.

    With one start `x` has shape (n,) and all else is one number; with several, `x` has shape
    (trials, n) and all else (trials,).

    Parameters
    ----------
    x : ndarray, shape (n,) or (trials, n)
        States in file order.
    residual : float or ndarray
        Largest |W g + I - x| of the neurons that are free to move.
    energy : float or ndarray
        Energy with the inputs that last [HAM, eq. 3].
    basin : str or ndarray of str
        "certified": it is proved that solutions from here come to this state, "here" being
        everywhere, the start, or with ``exact=True`` a state to which the solution was followed
        tightly; "followed": the start was followed in steps whose estimated errors are small;
        "unknown": the state rests, but another one may be where the solution ends.
    cost : float or ndarray
        Products W g, of the trial alone.
    converged : bool or ndarray of bool
        Whether the residual is at most what was asked for.
    error : float or ndarray
        Estimate of the largest |x - x*| over neurons, x* being the rest state close by; infinite
        where nothing is known.
    notes : tuple of str
        What is to be said of the network as it was taken.
    """

    x: np.ndarray
    residual: Any
    energy: Any
    basin: Any
    cost: Any
    converged: Any
    error: Any
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        if self.x.ndim == 1:
            how = f"residual {self.residual:.3g}, {self.basin}"
            return f"<FixedPoint of {counted(self.x.size, 'neuron')}: {how}>"
        done = int(np.count_nonzero(self.converged))
        return f"<FixedPoint: {done:,} of {counted(len(self.x), 'start')} came to rest>"

    def to_dict(self) -> dict[str, Any]:
        """All of it as numbers, text and lists."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        found["notes"] = list(self.notes)
        return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in found.items()}
