"""Limit cycles to which starts come that do not rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.dynamics.simulate import simulate
from hamsim.dynamics.watching.orbits import find_cycle, may_go_round
from hamsim.equilibria.landscape.later import later
from hamsim.field.settled import settled
from hamsim.network import Network, Record
from hamsim.operator import operator_of

__all__ = ["Round", "on_rounds", "rounds"]

SETTLE, SPAN = 100.0, 1000.0  # how long states go on first, and are followed: in the largest tau
SAMPLES = 400  # states along a cycle that are kept
SAME = 0.02  # of the diameter: a state this close to a cycle is on it
TRIES, IN_VAIN = 12, 3  # states that are followed exactly, and in vain
EXACT = 1e-8
ASKED = 64  # evaluations, after which it is asked whether to go on


class Round(NamedTuple):
    """A limit cycle.

    Parameters
    ----------
    period, amplitude : float
    orbit : ndarray, shape (samples, n)
        States along it.
    """

    period: float
    amplitude: float
    orbit: Floats


def rounds(
    network: Network, x: Floats, pause: Callable[[], None] = lambda: None
) -> tuple[list[Round], Ints]:
    """Find the limit cycles on which states end.

    Parameters
    ----------
    network : Network
        With the stimuli that last.
    x : ndarray, shape (states, n)
    pause : callable
        Called now and then; may raise.

    Returns
    -------
    cycles : list of Round
    which : ndarray of int, shape (states,)
        -1 of states that are on none of them.
    """
    which = np.full(len(x), -1, dtype=np.int64)
    found: list[Round] = []
    if len(x) == 0 or not may_go_round(network):
        return found, which
    pause()
    x = _later(network, x)
    left = np.flatnonzero(np.isfinite(x).all(axis=1))
    in_vain = 0
    for _ in range(TRIES):
        if left.size == 0 or in_vain == IN_VAIN:
            break
        pause()
        cycle = _followed(network, x[left[0]], pause)
        if cycle is None:
            left, in_vain = left[1:], in_vain + 1
            continue
        on = on_a_round(x[left], cycle)
        on[0] = True
        which[left[on]] = len(found)
        found.append(cycle)
        left = left[~on]
    return found, which


def on_a_round(x: Floats, cycle: Round) -> np.ndarray:
    """Whether states lie on a cycle: between two of its samples, or close to that.

    Parameters
    ----------
    x : ndarray, shape (states, n)
    cycle : Round

    Returns
    -------
    ndarray of bool, shape (states,)
    """
    begin, step = cycle.orbit, np.roll(cycle.orbit, -1, axis=0) - cycle.orbit
    near = SAME * float(np.ptp(cycle.orbit, axis=0).max())
    size = np.maximum((step**2).sum(axis=1), 1e-300)
    result = np.zeros(len(x), dtype=bool)
    for k, state in enumerate(x):
        part = np.clip(((state - begin) * step).sum(axis=1) / size, 0.0, 1.0)
        away = np.abs(begin + part[:, None] * step - state).max(axis=1)
        result[k] = away.min() <= near
    return result


def on_rounds(network: Network, x: Floats, cycles: list[Round]) -> Ints:
    """Which of some known cycles each of several states comes to; -1 if none."""
    which = np.full(len(x), -1, dtype=np.int64)
    if len(x) and cycles:
        later = _later(network, x)
        for k, cycle in enumerate(cycles):
            which[(which < 0) & on_a_round(later, cycle)] = k
    return which


def _later(network: Network, x: Floats) -> Floats:
    """States after some time."""
    return later(network, x, SETTLE * float(network.tau.max()))


def _followed(network: Network, x: Floats, pause: Callable[[], None]) -> Round | None:
    """The cycle on which a state is; None if it is on none."""
    moving = np.flatnonzero(_moving(network))
    cycle = find_cycle(
        _Velocity(network, x, moving, pause), x[moving].copy(), SPAN * float(network.tau.max())
    )
    if cycle is None:
        return None
    record = Record(every=cycle.period / SAMPLES, what=("x",))
    trace = simulate(network, x, record=record, t_end=cycle.period, rtol=EXACT, method="tsit5")
    return Round(cycle.period, cycle.amplitude, trace.x[:-1])


def _moving(network: Network) -> np.ndarray:
    """Neurons that integrate what they receive."""
    moves: np.ndarray = network.tau > 0
    for each in network.stimuli:
        if each.mode != "input":
            moves = moves.copy()
            moves[each.neurons] = False
    return moves


class _Velocity:
    """dx/dt of the neurons that move, the others being where these put them."""

    def __init__(
        self, network: Network, x: Floats, moving: Ints, pause: Callable[[], None]
    ) -> None:
        self._network, self._moving, self._pause = network, moving, pause
        self._operator = operator_of(network)
        self._x = x.copy()
        self._added = np.zeros(network.n_neurons)
        for each in network.stimuli:
            if each.mode == "input":
                self._added[each.neurons] += each.value
        self._tau = network.tau[moving]
        self.count = 0

    def __call__(self, moved: Floats) -> Floats:
        self.count += 1
        if self.count % ASKED == 0:
            self._pause()
        x = self._x
        x[self._moving] = moved
        if self._operator.has_instant:
            x = settled(self._network, x[None])[0]
        _, u = self._operator.evaluate(x)
        velocity: Floats = (u + self._added)[self._moving] / self._tau
        return velocity
