"""Runs that end at the rest states to which their trajectories lead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.dynamics.resting.basin import held_neurons
from hamsim.dynamics.resting.lasting import last_change, lasting
from hamsim.dynamics.resting.search import (
    NEAR,
    Found,
    by_energy,
    energies,
    from_close,
    residuals,
)
from hamsim.dynamics.timeline.schedule import Schedule
from hamsim.dynamics.timeline.span import Span
from hamsim.errors import SimulationError
from hamsim.field.conjugate import inner_product
from hamsim.field.following import require_one_state
from hamsim.field.held import with_states
from hamsim.field.settled import settled
from hamsim.kernels.step import CONVERGED, RUNNING
from hamsim.network import Network, Until
from hamsim.network.replaced import sharing
from hamsim.operator import operator_of

if TYPE_CHECKING:
    from hamsim.dynamics.run import Run

__all__ = ["Arrival", "arrival_of", "followed_to", "require_rest"]

# A state rests whose residual, as the run measures it, is at most this times what was asked for:
# sums in another order round otherwise.
ROUNDED = 2.0


@dataclass(frozen=True, eq=False)
class Arrival:
    """Where the trials of a run have come to rest.

    Parameters
    ----------
    rests : ndarray of bool, shape (trials,)
        Whether a trial has.
    basin : ndarray of str, shape (trials,)
        "certified", "followed" or "unknown"; see `hamsim.FixedPoint`.
    residual : ndarray, shape (trials,)
    products : ndarray, shape (trials,)
        Products W g that it took from where trajectories were left.
    notes : tuple of str
    """

    rests: NDArray[np.bool_]
    basin: NDArray[np.str_]
    residual: Floats
    products: Floats
    notes: tuple[str, ...]

    @property
    def basins(self) -> dict[int, str]:
        """What is known of the trials that have come to rest."""
        return {k: str(self.basin[k]) for k in np.flatnonzero(self.rests).tolist()}

    def told(self, trials: int | None) -> str | tuple[str, ...]:
        """One word, or one a trial."""
        words = tuple(self.basin.tolist())
        return words[0] if trials is None else words

    def counted(self, trials: int | None) -> int | tuple[int, ...]:
        """Products as one number, or one a trial."""
        numbers = tuple(round(each) for each in self.products.tolist())
        return numbers[0] if trials is None else numbers


def followed_to(network: Network, until: Until) -> float | None:
    """Residual down to which trajectories are followed; None if none was asked for."""
    if until.residual is None or until.method is None:
        return until.residual
    # The same for a run that goes on with another, wherever that one began.
    return max(until.residual, NEAR * (1.0 + float(np.abs(network.initial).max(initial=0.0))))


def require_rest(network: Network, schedule: Schedule | Span) -> None:
    """Refuse runs to rest of a network that does not come to rest while the run lasts.

    Raises
    ------
    SimulationError
        An input changes for ever, or after the run is over, or neurons with tau = 0 are not known
        to have one state.
    """
    if schedule.until.method is None:
        return
    stays, _ = lasting(network)
    require_one_state(stays)
    last = last_change(network)
    if last > schedule.duration:
        raise SimulationError(
            f"until method: rest, but what acts changes until t = {last:g}, after the run is over "
            f"at t = {schedule.duration:g}; give a later t_end"
        )


class _LeftEarlyError(Exception):
    """Somebody has ended the run."""


def arrival_of(run: Run, interrupt: Event, tell: Callable[[], None]) -> Arrival | None:
    """Bring the trials of a run to rest, and put their states there.

    Parameters
    ----------
    run : Run
        Which has taken its steps.
    interrupt : Event
        Ends the search when it is set.
    tell : callable
        Called now and then.

    Returns
    -------
    Arrival or None
        None where something else has ended the run before; all states are as they were.
    """
    stopping = run.parts.stopping
    if stopping.interrupted or stopping.met is not None or stopping.diverged:
        return None
    stopping.status = RUNNING

    def look() -> None:
        tell()
        if interrupt.is_set() or not stopping.running:
            raise _LeftEarlyError

    try:
        found = _arrive(run, look)
    except _LeftEarlyError:
        run.interrupted = stopping.interrupted = interrupt.is_set()
        return None
    assert run.schedule.until.residual is not None
    stopping.tolerance = run.schedule.until.residual
    if found.rests[run.parts.trials.go_on].all():
        stopping.status = CONVERGED
    return found


def _arrive(run: Run, tell: Callable[[], None]) -> Arrival:
    """Go from where trajectories were left to rest; what `tell` raises leaves all as it is."""
    until, parts = run.schedule.until, run.parts
    stays, notes = lasting(run.network)
    go_on = parts.trials.go_on
    x = run.layout.outside(parts.engine.buffers.x).copy()
    near = run.followed_to
    assert until.residual is not None
    assert near is not None
    acting = _of_trials(stays, go_on)
    found = _search(acting, x[go_on], until.residual, near, tell)
    rests, basin = np.zeros(go_on.size, dtype=bool), np.full(go_on.size, "unknown", dtype="<U9")
    residual, products = np.full(go_on.size, np.inf), np.zeros(go_on.size)
    rests[go_on], basin[go_on] = found.converged, found.basin
    products[go_on] = found.cost
    if run.network.delays is not None:
        basin[:] = "unknown"
    x[rests] = found.x[found.converged]
    residual[go_on] = residuals(acting, x[go_on])[1]
    rests &= residual <= ROUNDED * until.residual
    _put(run, stays, x, np.where(go_on, residual, parts.engine.buffers.residual))
    return Arrival(rests, np.where(rests, basin, "unknown"), residual, products, notes)


def _of_trials(network: Network, some: NDArray[np.bool_]) -> Network:
    """A network whose stimuli are those of some trials."""
    if some.all():
        return network
    if all(each.value.ndim < 2 for each in network.stimuli):
        return network
    stimuli = tuple(
        each if each.value.ndim < 2 else replace(each, value=each.value[some])
        for each in network.stimuli
    )
    return sharing(network, {}, stimuli=stimuli)


def _search(
    network: Network,
    x: Floats,
    tolerance: float,
    near: float,
    tell: Callable[[], None],
) -> Found:
    """Rest states of trials: those that are close go there, the others lower their energy."""
    network, held = with_states(network), held_neurons(network)
    balance = inner_product(network, held)
    close = residuals(network, x)[1] <= near
    kinds = (
        np.full(len(x), np.inf),
        np.full(len(x), "unknown", dtype="<U9"),
        np.zeros(len(x)),
    )
    found = Found(x.copy(), np.zeros(len(x), dtype=bool), *kinds)
    if close.any():
        some = _of_trials(network, close)
        _put_in(found, close, from_close(some, x[close], held, balance, tolerance, True, tell))
    left = ~found.converged
    if balance is not None and left.any():
        some = _of_trials(network, left)
        _put_in(found, left, by_energy(some, x[left], held, balance, tolerance, tell))
    return found._replace(x=settled(network, found.x))


def _put_in(found: Found, some: NDArray[np.bool_], more: Found) -> None:
    """Write what was found of some trials; what it cost is added up."""
    found.x[some], found.converged[some] = more.x, more.converged
    found.error[some], found.basin[some] = more.error, more.basin
    found.cost[some] += more.cost


def _put(run: Run, stays: Network, x: Floats, residual: Floats) -> None:
    """Put states where a run has its own, with their activations, energies and residuals."""
    engine, clock = run.parts.engine, run.parts.clock
    engine.buffers.x[:] = run.layout.inside(x)
    run.parts.trials.stand_in(engine.buffers, engine.forces)
    if run.network.delays is not None:  # whose engine evaluates with the past that was
        buffers = engine.buffers
        buffers.g[:] = run.layout.inside(operator_of(stays).activate(x))
        buffers.energy[0] = buffers.previous[:] = energies(stays, x)
        buffers.residual[:] = residual
        return
    engine.drive_here(clock.time)
    engine.evaluate()
    if run.parts.recorder.with_energy:
        moment = clock.time if isinstance(run.schedule, Span) else clock.steps
        engine.look(False, moment)
    elif "energy" in run.header.what:
        engine.measure()
    engine.buffers.residual[:] = residual
