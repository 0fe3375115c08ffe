"""What trials that solve equations have come to, to the bit, so that another run can go on there.

A trial may be anywhere: in the middle of a step, of Newton's method, of a linear equation. All that
it has is kept, so that nothing has to be waited for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.kernels.implicit import (
    COLUMN,
    END,
    ENDED,
    LONGEST,
    PRODUCTS,
    RECORD,
    REFUSED,
    REST,
    RESTING,
    SHORTEST,
    STATUS,
    STEPS,
    TIME,
)
from hamsim.operator.solver import Solver

__all__ = ["Halfway", "state_of_trials"]

KEY = "implicit."
ARRAYS = ("vectors", "numbers", "places", "mix", "basis", "triangle", "current")
DRIVEN = "within"  # which has room only while something changes within steps


def state_of_trials(solver: Solver, times: Floats, kept: Floats) -> dict[str, Any]:
    """All that determines how the steps go on.

    Parameters
    ----------
    solver : Solver
    times, kept : ndarray
        Records that some trials have passed, and their states, shape (rows, n, trials).
    """
    arrays = solver.arrays
    values = {f"{KEY}{name}": getattr(arrays, name).copy() for name in (*ARRAYS, DRIVEN)}
    columns = arrays.places[:, COLUMN]
    values[f"{KEY}current"] = arrays.current[:, columns]
    values[f"{KEY}places"][:, COLUMN] = np.arange(columns.size)
    count = int(arrays.places[:, RECORD].max(initial=0))
    return {
        **values,
        f"{KEY}early": times[:count].copy(),
        f"{KEY}early.states": kept[:count].copy(),
    }


class Halfway:
    """Where another run has come to.

    Parameters
    ----------
    state : mapping
        As `state_of_trials` gives it.
    solver : Solver
        That is to go on.

    Attributes
    ----------
    known : bool
        Whether the state says where the trials are, in the same way.
    """

    def __init__(self, state: Mapping[str, Any], solver: Solver) -> None:
        shapes = {name: getattr(solver.arrays, name).shape for name in ARRAYS}
        self.known = all(np.shape(state.get(f"{KEY}{k}", 0)) == s for k, s in shapes.items())
        self._arrays = {k: np.asarray(state[f"{KEY}{k}"]) for k in shapes if self.known}
        self._driven = np.asarray(state.get(f"{KEY}{DRIVEN}", np.zeros(0)))
        self._early = np.asarray(state.get(f"{KEY}early", np.zeros(0)))
        self._states = np.asarray(state.get(f"{KEY}early.states", np.zeros(0)))

    def put(self, solver: Solver, end: float, tolerance: float) -> None:
        """Put the trials where they were; what is counted begins anew.

        Parameters
        ----------
        solver : Solver
            Which has begun.
        end : float
            Of the stretch.
        tolerance : float
            Residual at which trials rest.
        """
        places, numbers = solver.arrays.places, solver.arrays.numbers
        before = float(self._arrays["numbers"][0, REST])
        for name, array in self._arrays.items():
            getattr(solver.arrays, name)[:] = array
        if self._driven.shape == solver.arrays.within.shape:
            solver.arrays.within[:] = self._driven
        places[:, [PRODUCTS, STEPS, REFUSED]] = 0
        numbers[:, SHORTEST], numbers[:, LONGEST] = np.inf, 0.0
        solver.send_again()
        status = places[:, STATUS]
        again = (status == ENDED) & (numbers[:, TIME] < end)
        again |= (status == RESTING) & (tolerance < before)
        solver.begin_again(again)
        numbers[:, END], numbers[:, REST] = end, tolerance

    def put_records(self, solver: Solver) -> None:
        """Put states at times of records that trials had passed."""
        arrays = solver.arrays
        _, here, there = np.intersect1d(arrays.times, self._early, return_indices=True)
        arrays.kept[here] = self._states[there]
        gone = self._early.size - there.size  # the one that is made where the run begins
        arrays.places[:, RECORD] = np.maximum(0, arrays.places[:, RECORD] - gone)
