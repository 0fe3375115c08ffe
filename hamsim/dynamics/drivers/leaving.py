"""What trials have come to by steps that solve equations, as pairs go on from it."""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.drivers.ahead import Ahead
from hamsim.dynamics.drivers.midway import KEY
from hamsim.dynamics.drivers.stepping import Stepping
from hamsim.dynamics.watching.recorder import Recorder
from hamsim.kernels.control import FALLEN, GOING
from hamsim.kernels.implicit import RECORD, TIME

__all__ = ["records_passed", "state_for_pairs"]


def state_for_pairs(
    engine: Stepping, go_on: Any, early: tuple[Floats, dict[str, Floats]]
) -> dict[str, Any]:
    """Where each trial is, as `Midway.restore` takes it; pairs choose their steps anew.

    Parameters
    ----------
    engine : Stepping
    go_on : ndarray of bool
        Trials that have not diverged.
    early : (ndarray, dict)
        As `records_passed` gives them.
    """
    times, arrays = early
    values: dict[str, Any] = {
        f"{KEY}time": engine.steps.arrays.numbers[:, TIME].copy(),
        f"{KEY}state": np.where(go_on, GOING, FALLEN),
    }
    if times.size:
        values[f"{KEY}early"] = times
        values |= {f"{KEY}early.{name}": array for name, array in arrays.items()}
    return values


def records_passed(
    engine: Stepping, recorder: Recorder, ahead: Ahead | None, base: int
) -> tuple[Floats, dict[str, Floats]]:
    """Records whose times some trials have passed and others have not: times, and what they hold.

    Parameters
    ----------
    engine : Stepping
        Whose buffers are left at other states.
    recorder : Recorder
    ahead : Ahead or None
        What was recorded by a run before this one.
    base : int
        Number of the first of these records.
    """
    steps = engine.steps
    arrays, passed = steps.arrays, steps.arrays.places[:, RECORD]
    count = int(passed.max(initial=0))
    if not count:
        return np.zeros(0), {}
    times, states = arrays.times[:count].copy(), arrays.kept[:count].copy()
    here = steps.states
    for trial, own in enumerate(passed):
        states[own:, :, trial] = here[:, trial]  # which pairs write again
    records, watch = recorder.records, engine.buffers.watch.copy()
    engine.record(states, times, True)
    engine.buffers.watch[:] = watch
    if ahead is not None:
        ahead.put(base, count, records)
    return times, {name: getattr(records, name)[:count].copy() for name in recorder.header.what}
