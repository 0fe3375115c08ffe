"""Which trials of a run that has ended go round in a limit cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.watching.looks import NOTHING
from hamsim.dynamics.watching.orbits import MOVES, Cycle, find_cycle, may_go_round

if TYPE_CHECKING:
    from hamsim.dynamics.run import Run

__all__ = ["cycles_of"]

MOST_EVALUATIONS = 40_000
# Synapses and neurons that are gone through at most: that is a moment, whatever the run has taken.
MOST_WORK = 10**8
KEPT = ("x", "g", "u", "residual", "energy")


def cycles_of(run: Run) -> dict[int, Cycle]:
    """Limit cycles by trial, with neurons in file order, of a run that has taken all its steps.

    Nobody is asked who rests, or where an energy is known to fall; and nothing is said of what is
    driven by something that changes, by noise, or by what was long ago.
    """
    network, parts = run.network, run.parts
    if network.noise is not None or network.delays is not None or parts.engine.moving:
        return {}
    engine, buffers = parts.engine, parts.engine.buffers
    trials = buffers.x.shape[1]
    work = (network.n_neurons + network.W.nnz) * trials
    left = min(MOST_EVALUATIONS, MOST_WORK // max(work, 1))
    least = np.maximum(parts.stopping.tolerance, MOVES * (1.0 + np.abs(buffers.x).max(axis=0)))
    going = parts.trials.go_on & (parts.looks.met == NOTHING)
    moving = np.flatnonzero(going & ~(buffers.residual <= least))
    if moving.size == 0 or not _may_go_round(run):
        return {}
    kept = {name: getattr(buffers, name).copy() for name in KEPT}
    found: dict[int, Cycle] = {}
    for trial in moving.tolist():
        x = kept["x"][:, trial]
        velocity = _Velocity(engine, trial)
        cycle = find_cycle(velocity, x.copy(), parts.clock.time, left)
        left -= velocity.count
        if cycle is not None:
            order = run.layout.order
            neuron = cycle.neuron if order is None else int(order[cycle.neuron])
            found[trial] = cycle._replace(neuron=neuron)
        if left <= 0:
            break
    for name, values in kept.items():
        getattr(buffers, name)[...] = values
    return found


def _may_go_round(run: Run) -> bool:
    """Whether solutions of the network may, asked once for all of its runs."""
    kept = run.layout.prepared
    if "may go round" not in kept:
        kept["may go round"] = may_go_round(run.network)
    return bool(kept["may go round"])


class _Velocity:
    """dx/dt of one trial, in the kernels' order of neurons."""

    def __init__(self, engine: Any, trial: int) -> None:
        self._engine, self._trial = engine, trial
        self.count = 0
        tau = engine.forces.tau
        # Infinite where neurons do not integrate, whose u may be infinite too.
        self._tau, self._moves = tau, np.isfinite(tau)
        self._all_move = bool(self._moves.all())

    def __call__(self, x: Floats) -> Floats:
        buffers = self._engine.buffers
        buffers.x[:, self._trial] = x
        self._engine.evaluate()
        self.count += 1
        u = buffers.u[:, self._trial]
        velocity: Floats = (u if self._all_move else np.where(self._moves, u, 0.0)) / self._tau
        return velocity
