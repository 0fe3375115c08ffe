"""Looks at a run: whether its energy has come to rest, or what a user waits for has come.

They are made at times of records, and after each step where all or none are recorded, so that a
run ends at the same step each time, however fast the machine is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.criterion import Criterion
from hamsim.dynamics.engine.engine import Engine
from hamsim.dynamics.watching.trials import Trials
from hamsim.errors import ExpressionError, SimulationError
from hamsim.layout.arrange import Layout
from hamsim.network import Network
from hamsim.request import Until

__all__ = ["ENERGY", "EXPRESSION", "NOTHING", "WORDS", "Looks", "criterion_of", "numbers_of"]

# What a trial has met, and what that is called.
NOTHING, ENERGY, EXPRESSION = 0, 1, 2
WORDS = (None, "energy", "expression")


class Looks:
    """What a run is looked at for.

    Parameters
    ----------
    until : Until
    network : Network
    layout : Layout
    engine : Engine
    trials : Trials

    Attributes
    ----------
    met : ndarray of int, shape (trials,)
        What trials have met that end each by itself: `NOTHING`, `ENERGY` or `EXPRESSION`.
    released : ndarray of bool, shape (trials,)
        Trials that had met what the run before waited for, and this one does not.
    """

    def __init__(
        self, until: Until, network: Network, layout: Layout, engine: Engine, trials: Trials
    ) -> None:
        self._until, self._engine, self._trials = until, engine, trials
        self._criterion = criterion = criterion_of(until, network)
        places = {} if criterion is None else numbers_of(criterion, network)
        self._places = {name: layout.places(numbers) for name, numbers in places.items()}
        self.wanted = until.needs_looks
        names = set() if criterion is None else criterion.names
        self._energies = until.energy is not None or "energy" in names
        of_g = criterion is not None and any(of == "g" for _, of in criterion.references.values())
        # Whether more than states and time is asked for.
        self.evaluates = self._energies or "residual" in names or of_g
        count = trials.go_on.size
        self._time, self._energy = np.full(count, -np.inf), np.full(count, np.nan)
        self.met: Ints = np.zeros(count, dtype=np.int64)
        self.released = np.zeros(count, dtype=bool)
        self.rate: Floats | None = None  # change of the energy, of each trial, per unit of time

    def look(self, time: float, settled: bool) -> str | None:
        """What all trials that go on meet at this time: "energy", "expression" or nothing.

        Parameters
        ----------
        time : float
        settled : bool
            Whether nothing that acts changes any more, without which no energy is at rest.
        """
        go_on = self._trials.go_on
        rests, holds = self._ask(self._engine, np.arange(go_on.size), time, settled)
        if np.all(rests[go_on]):
            return "energy"
        return "expression" if np.all(holds[go_on]) else None

    def look_at(self, engine: Engine, trials: Ints, times: float | Floats, settled: bool) -> Ints:
        """What each trial meets by itself: `NOTHING`, `ENERGY` or `EXPRESSION`.

        Parameters
        ----------
        engine : Engine
            Whose buffers hold the states.
        trials : ndarray of int
            Numbers of the trials in its columns; negative: is not looked at.
        times : float or ndarray
            When, one number or one a trial.
        settled : bool
        """
        rests, holds = self._ask(engine, trials, times, settled)
        found: Ints = np.where(rests, ENERGY, np.where(holds, EXPRESSION, NOTHING))
        found[trials < 0] = NOTHING
        return found

    def _ask(
        self, engine: Engine, trials: Ints, times: float | Floats, settled: bool
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """In which columns the energy rests, and the condition holds."""
        times = np.broadcast_to(np.asarray(times, dtype=np.float64), trials.shape)
        if self._energies:
            engine.measure()
        rests, holds = np.zeros((2, trials.size), dtype=bool)
        if self._until.energy is not None:
            rests = self._rests(engine.buffers.energy[0], trials, times) & settled
        if self._criterion is not None:
            holds = self._holds(engine, self._criterion, times)
        return rests, holds

    def _rests(self, energy: Floats, trials: Ints, times: Floats) -> NDArray[np.bool_]:
        """Where the energy has changed slowly enough since the look before."""
        seen = np.flatnonzero(trials >= 0)
        number, now, energy = trials[seen], times[seen], energy[seen]
        passed = now - self._time[number]
        rate = np.full(number.size, np.inf)
        later = (passed > 0) & np.isfinite(passed)
        rate[later] = np.abs(energy - self._energy[number])[later] / passed[later]
        self._time[number], self._energy[number] = now, energy
        if self.rate is None:
            self.rate = np.full(self._time.size, np.inf)
        self.rate[number] = rate
        found = np.zeros(trials.size, dtype=bool)
        found[seen] = rate <= (self._until.energy or 0.0)
        return found

    def _holds(self, engine: Engine, criterion: Criterion, times: Floats) -> NDArray[np.bool_]:
        buffers = engine.buffers
        seen: dict[str, Any] = {"t": times[:, None]}
        seen["energy"], seen["residual"] = buffers.energy[0][:, None], buffers.residual[:, None]
        for name, places in self._places.items():
            values = buffers.x if criterion.references[name][1] == "x" else buffers.g
            seen[name] = values[places].T
        return np.broadcast_to(criterion.holds(seen), times.shape)

    @property
    def words(self) -> tuple[str | None, ...]:
        """What each trial has met: "energy", "expression" or None."""
        return tuple(WORDS[met] for met in self.met)

    def state(self) -> dict[str, Any]:
        """What the next look compares with, and what has been met."""
        if not self.wanted:
            return {}
        found = {"looks.time": self._time.copy(), "looks.energy": self._energy.copy()}
        return {**found, "looks.met": self.met.copy(), "looks.until": self._asked}

    @property
    def _asked(self) -> str:
        return json.dumps([self._until.energy, self._until.expression])

    def restore(self, state: Mapping[str, Any]) -> None:
        """Compare with what another run has seen."""
        if "looks.time" in state and np.shape(state["looks.energy"]) == self._energy.shape:
            self._time[:], self._energy[:] = state["looks.time"], state["looks.energy"]
            met = np.asarray(state.get("looks.met", self.met))
            if state.get("looks.until") == self._asked:
                self.met[:] = met
            else:
                self.released[:] = met != NOTHING


def criterion_of(until: Until, network: Network) -> Criterion | None:
    """The condition that a run waits for; None if it waits for none.

    Raises
    ------
    SimulationError
    """
    if until.expression is None:
        return None
    try:
        criterion = Criterion(until.expression)
        criterion.require({k: v.size for k, v in numbers_of(criterion, network).items()})
    except ExpressionError as error:
        raise SimulationError(f"until expression: {error}") from None
    return criterion


def numbers_of(criterion: Criterion, network: Network) -> dict[str, NDArray[np.int64]]:
    """Which neurons its names stand for."""
    found = {}
    for place, (name, _) in criterion.references.items():
        numbers: Any = np.arange(network.n_neurons, dtype=np.int64)
        if name:
            numbers = network.numbering.select(name, prefer_group=True)
        if isinstance(numbers, str):
            raise ExpressionError(numbers)
        found[place] = numbers.reshape(-1)
    return found
