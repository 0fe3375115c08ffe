"""Looks at a run: whether its energy has come to rest, or what a user waits for has come.

They are made at times of records, and after each step where all or none are recorded, so that a
run ends at the same step each time, however fast the machine is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.criterion import Criterion
from hamsim.dynamics.engine.engine import Engine
from hamsim.dynamics.watching.trials import Trials
from hamsim.errors import ExpressionError, SimulationError
from hamsim.layout.arrange import Layout
from hamsim.network import Network
from hamsim.request import Until

__all__ = ["Looks", "criterion_of", "numbers_of"]


class Looks:
    """What a run is looked at for.

    Parameters
    ----------
    until : Until
    network : Network
    layout : Layout
    engine : Engine
    trials : Trials
    """

    def __init__(
        self, until: Until, network: Network, layout: Layout, engine: Engine, trials: Trials
    ) -> None:
        self._until, self._engine, self._trials = until, engine, trials
        self._criterion = criterion_of(until, network)
        places = {} if self._criterion is None else numbers_of(self._criterion, network)
        self._places = {name: layout.places(numbers) for name, numbers in places.items()}
        self.wanted = until.energy is not None or self._criterion is not None
        self._time = -np.inf
        self._energy = np.full(trials.go_on.size, np.nan)
        self.rate: Floats | None = None  # change of the energy, of each trial, per unit of time

    def look(self, time: float, settled: bool) -> str | None:
        """What is met at this time: "energy", "expression" or nothing.

        Parameters
        ----------
        time : float
        settled : bool
            Whether nothing that acts changes any more, without which no energy is at rest.
        """
        self._engine.measure()
        go_on, energy = self._trials.go_on, self._engine.buffers.energy[0].copy()
        self.rate = None
        if time > self._time > -np.inf:
            self.rate = np.abs(energy - self._energy) / (time - self._time)
        self._time, self._energy = time, energy
        most = self._until.energy
        if most is not None and settled and self.rate is not None:
            if np.all(self.rate[go_on] <= most):
                return "energy"
        if self._criterion is not None and np.all(self._holds(self._criterion, time)[go_on]):
            return "expression"
        return None

    def _holds(self, criterion: Criterion, time: float) -> NDArray[np.bool_]:
        buffers = self._engine.buffers
        seen: dict[str, Any] = {"t": np.array([[time]])}
        seen["energy"], seen["residual"] = buffers.energy[0][:, None], buffers.residual[:, None]
        for name, places in self._places.items():
            values = buffers.x if criterion.references[name][1] == "x" else buffers.g
            seen[name] = values[places].T
        return np.broadcast_to(criterion.holds(seen), self._trials.go_on.shape)

    def state(self) -> dict[str, Any]:
        """What the next look compares with."""
        return {"looks.time": self._time, "looks.energy": self._energy} if self.wanted else {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Compare with what another run has seen."""
        if "looks.time" in state and np.shape(state["looks.energy"]) == self._energy.shape:
            self._time, self._energy = float(state["looks.time"]), state["looks.energy"]


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
