"""An engine of methods that solve an equation in each step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.dynamics.engine.driven import Source
from hamsim.dynamics.engine.engine import Engine
from hamsim.dynamics.engine.halves import halves_of
from hamsim.errors import SimulationError
from hamsim.field.conjugate import inner_product
from hamsim.field.instants import explicit_instants
from hamsim.kernels.implicit import COLUMN, ENDED, STATE, STATUS, STEP, TIME
from hamsim.kernels.jit import first_call
from hamsim.kernels.looking import record_states
from hamsim.kernels.plan import CLAMPED, INSTANT, MOVING, Records
from hamsim.layout.arrange import Layout
from hamsim.methods.implicit import Implicit
from hamsim.network import Network, OverTime, Stimulus
from hamsim.operator.solver import FOLLOWING, FORMULAS, STAGES, Solver

__all__ = ["KEPT_ROWS", "Stepping"]

# States that are put aside before they are evaluated and recorded.
KEPT_ROWS = 256
PROCEDURES = {"formulas": FORMULAS, "stages": STAGES}


class Stepping(Engine):
    """Steps of each trial, and what is evaluated besides.

    Where neurons with tau = 0 depend on each other, they are neurons whose u is 0 for what
    evaluates states, and `settle` moves them there.

    Parameters
    ----------
    network, layout, start
        As of `Engine`.
    method : Implicit
    accuracy : (float, float)
        Absolute and relative tolerance.
    """

    method: Implicit

    def __init__(
        self,
        network: Network,
        layout: Layout,
        start: Floats,
        method: Implicit,
        accuracy: tuple[float, float],
    ) -> None:
        super().__init__(network, layout, start, method)
        held = np.zeros(network.n_neurons, dtype=bool)
        for stimulus in network.acting:
            if stimulus.mode != "input":
                held[stimulus.neurons] = True
        balance = inner_product(network, held)
        self.is_coupled = not explicit_instants(network)
        halves, procedure = halves_of(network, method), PROCEDURES[method.procedure]
        first = None if halves is None else halves[0]
        self.steps = Solver(network, layout, procedure, self.trials, balance, first)
        self.steps.arrays.accuracy[:2] = accuracy
        self.following: Solver | None = None
        if self.is_coupled:
            self.following = Solver(network, layout, FOLLOWING, self.trials, balance)

    def act(
        self,
        stimuli: Sequence[Stimulus | OverTime],
        *records: Records,
        sources: Sequence[Source] = (),
    ) -> None:
        """Let stimuli act from now on."""
        super().act(stimuli, *records, sources=sources)
        forces = self.forces
        self._constant = forces.input.copy()  # evaluations write what is driven over it
        self.steps.act(forces, (forces.phase != CLAMPED).astype(np.float64), self.moving)
        if self.following is not None:
            instant = forces.phase == INSTANT
            self.following.act(forces, instant.astype(np.float64))
            self.following.keep(np.zeros(0), np.zeros((0, *self.buffers.x.shape)), False, False)
            phase = np.where(instant, MOVING, forces.phase).astype(np.uint8)
            self.forces = forces._replace(phase=phase, has_instant=False)
            self.make_tables(records)

    @property
    def own_times(self) -> bool:
        """Whether trials are at times of their own."""
        return self.trials > 1

    def move_attempts(self, trials: NDArray[np.bool_]) -> None:
        """Let trials have what acts at the times of the step that each tries next."""
        arrays, nodes = self.steps.arrays, self.steps.procedure.nodes
        begin, h = arrays.numbers[:, TIME], arrays.numbers[:, STEP]
        if not nodes:
            self.move(begin + h, trials)
            return
        assert self.driven is not None
        fixed, held = arrays.free == 0.0, self.driven.clamped
        values = self._currents(begin + np.array(nodes)[:, None] * h)
        values[:, fixed] = arrays.vectors[:, STATE, fixed].T
        slopes = np.zeros(values.shape[1:])
        for places, source in self._inputs():
            slopes[places] += source.slope(begin[None])[0]
        if held.size:
            values[:, held] = self.driven.states(begin + np.array(nodes)[:, None] * h)
            slopes[held] = self.driven.slopes(begin[None])[0]
        arrays.within[trials, : len(nodes)] = values[..., trials].transpose(2, 0, 1)
        arrays.within[trials, len(nodes)] = slopes[:, trials].T

    def _inputs(self) -> Iterator[tuple[Ints, Any]]:
        """What is added to currents and changes over time, and to whose."""
        assert self.driven is not None
        for source in self.driven.sources:
            if source.mode == "input":
                yield self.layout.places(source.neurons), source

    def _currents(self, times: Floats) -> Floats:
        """Currents at times, shape (rows, trials); their shape is (rows, n, trials)."""
        current: Floats = np.repeat(self._constant[None], times.shape[0], axis=0)
        for places, source in self._inputs():
            current[:, places] += source.at(times)
        return current

    def move(self, times: Floats, trials: NDArray[np.bool_]) -> None:
        """Let trials have the currents, and the held states, of these times, one a trial."""
        if self.driven is None:
            return
        arrays, chosen = self.steps.arrays, np.flatnonzero(trials)
        current = self._currents(times[None])[0]
        arrays.current[:, arrays.places[chosen, COLUMN]] = current[:, chosen]
        held = self.driven.clamped
        if held.size:
            states = np.broadcast_to(self.driven.states(times[None])[0], (held.size, self.trials))
            for trial in chosen:
                arrays.vectors[trial, STATE, held] = states[:, trial]
                arrays.vectors[trial, STATE + 1 :, held] = 0.0

    def settle_instants(self) -> None:
        """Move neurons with tau = 0 that depend on each other to where they follow the others.

        Raises
        ------
        SimulationError
        """
        if self.following is None or not np.all(np.isfinite(self.buffers.x)):
            return
        self.following.begin(self.buffers.x)
        self.following.go(2**62)
        if np.any(self.following.arrays.places[:, STATUS] != ENDED):
            raise SimulationError(
                "no state of the neurons with tau = 0 was found that follows the others; give some "
                "of them a tau above 0"
            )
        self.buffers.x[:] = self.following.states

    def record(self, states: Floats, times: Floats, begin: bool) -> None:
        """Evaluate states, shape (rows, n, trials), and write what is recorded of them.

        Parameters
        ----------
        states : ndarray
        times : ndarray, shape (rows,)
        begin : bool
            Whether the first energy is not to be compared with the one before.
        """
        held = self.driven.clamped if self.driven is not None else np.zeros(0, dtype=np.int64)
        if self.driven is not None and held.size:
            states[:, held] = self.driven.states(times)
        if self.driven is None and self.following is None:
            with first_call("record states"):
                record_states(self.board, self.tables[0], states, times, len(times), 0, begin)
            return
        for row, (state, time) in enumerate(zip(states, times, strict=True)):
            self.buffers.x[:] = state
            self.drive_here(time)
            if self.following is not None:
                self.move_following(time)
            self.settle_instants()
            one = self.buffers.x.copy()[None], times[row : row + 1]
            with first_call("record states"):
                record_states(self.board, self.tables[0], *one, 1, row, begin and row == 0)

    def move_following(self, time: float | Floats) -> None:
        """Let those who follow at once have the currents of a time."""
        if self.driven is not None and self.following is not None:
            self.following.arrays.current[:] = self._currents(np.full((1, self.trials), time))[0]
