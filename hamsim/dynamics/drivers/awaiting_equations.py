"""What trials are looked at for whose steps solve an equation: each ends where it meets that.

There is room for one record at a time, so that every trial waits behind it until it has been looked
at. That changes no step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.drivers.ended import Ended, held_of
from hamsim.dynamics.drivers.stepping import Stepping
from hamsim.dynamics.watching.looks import NOTHING, Looks
from hamsim.kernels.implicit import DO, ENDED, GOING, PHASE, RESTING, STATE, STATUS, TIME
from hamsim.kernels.implicit import NOTHING as IDLE

__all__ = ["AwaitingEquations"]


class AwaitingEquations:
    """Looks at trials of methods that solve an equation in each step.

    Parameters
    ----------
    looks : Looks
    engine : Stepping
    """

    def __init__(self, looks: Looks, engine: Stepping) -> None:
        self.wanted, self._looks, self._engine = looks.wanted, looks, engine
        self.ended = Ended()

    @property
    def words(self) -> tuple[str | None, ...]:
        """What each trial has met."""
        return self._looks.words

    def begin(self, time: float, settled: bool, goes_on: bool) -> None:
        """Look at the states with which a stretch begins, which the buffers hold.

        Where a run goes on with another, that has been done, and trials may have ended.
        """
        if not self.wanted:
            return
        steps = self._engine.steps
        places, numbers = steps.arrays.places, steps.arrays.numbers
        if goes_on and self._looks.released.any():
            steps.begin_again(self._looks.released)
            self._looks.released[:] = False
        for trial in np.flatnonzero(self._looks.met != NOTHING).tolist():
            self._leave(trial, float(numbers[trial, TIME]))
        seen = (places[:, STATUS] == GOING) & (numbers[:, TIME] == time)
        if not goes_on and seen.any():
            self._look(seen, time, settled)

    def look(self, state: Floats, time: float, settled: bool, evaluated: bool) -> int:
        """Look at a state that all trials have passed, (n, trials); returns how often it evaluates.

        Parameters
        ----------
        state : ndarray, shape (n, trials)
        time : float
        settled : bool
        evaluated : bool
            Whether the buffers hold it, as where it has been recorded.
        """
        if not self.wanted:
            return 0
        engine = self._engine
        # Neurons that follow, or are held, are known from an evaluation only.
        engine, evaluates = self._engine, self._looks.evaluates or self._engine.moving
        evaluates = evaluates or bool((engine.network.tau == 0).any())
        if not evaluated:
            engine.buffers.x[:] = state
            engine.buffers.accepted[:] = 1.0
            if evaluates:
                self._evaluate(time)
        seen = engine.steps.arrays.places[:, STATUS] <= ENDED
        late = not (evaluated or evaluates)
        return self._look(seen, time, settled, late) + int(evaluates and not evaluated)

    def _evaluate(self, time: float) -> None:
        self._engine.drive_here(time)
        self._engine.move_following(time)
        self._engine.settle_instants()
        self._engine.evaluate()

    def _look(self, seen: np.ndarray, time: float, settled: bool, evaluate: bool = False) -> int:
        """End trials that meet it in the states that the buffers hold."""
        number = np.where(seen, np.arange(seen.size), -1)
        met = self._looks.look_at(self._engine, number, time, settled)
        late = bool(met.any()) and evaluate
        if late:
            self._evaluate(time)
        for trial in np.flatnonzero(met).tolist():
            self._looks.met[trial] = met[trial]
            self._leave(trial, time)
        return int(late)

    def _leave(self, trial: int, time: float) -> None:
        """Leave a trial where the buffers hold it, or where it has ended before."""
        if trial not in self.ended.times:
            self.ended.hold(trial, time, held_of(self._engine, trial))
        self.put_back()
        arrays = self._engine.steps.arrays
        arrays.vectors[trial, STATE] = self._engine.buffers.x[:, trial]
        arrays.numbers[trial, TIME] = self.ended.times[trial]
        places = arrays.places[trial]
        places[STATUS], places[DO], places[PHASE] = RESTING, IDLE, 0

    def state(self) -> dict[str, Any]:
        """What trials have come to that have ended, for a run that goes on with this one."""
        return self.ended.state(self._engine.layout)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Know what they have come to."""
        self.ended.restore(state, self._engine.layout, (self._looks.met != NOTHING).tolist())

    def put_back(self) -> None:
        """Put the states in which trials have ended where others look for them."""
        self.ended.put_back(self._engine, range(self._engine.trials))
