"""Ways from states of trials to rest states, and what each of them can vouch for."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.resting.basin import Ball, contracts, held_neurons
from hamsim.dynamics.resting.sweeps import classes_for_sweeps, sweep_to_rest
from hamsim.dynamics.resting.transient import Arrived, go_to_rest
from hamsim.network import Network
from hamsim.operator import operator_of

__all__ = [
    "NEAR",
    "Found",
    "by_energy",
    "currents",
    "energies",
    "from_close",
    "in_balls",
    "residuals",
]

# What activations may bend within a step that is to stay in the basin, and in one towards a rest
# state that is close; as a part of the states.
CAREFUL, BOLD, BOLDEST = 0.02, 0.1, 0.3
# Residual, as a part of the largest state, at which a trajectory counts as close to rest.
NEAR = 1e-4
# A rest state must be this close, as a part of the largest state, to where a trajectory was left.
CLOSE = 0.1
# Error of a sweep, and residual at which it ends, as parts of the states; with tau further apart
# than this there are none.
SWEPT, SWEPT_NEAR, SPREAD = 0.01, 0.005, 1e3
# What steps may have bent in all that follow a trajectory.
BENT = 0.02
FIRST = 10.0  # length of the first step of a state that is close to rest, in the largest tau
SAME = 1e-6  # distance of states that are one, relative to 1 + |x|


class Found(NamedTuple):
    """Rest states, a row each; the arrays have shape (trials,)."""

    x: Floats
    converged: np.ndarray
    error: Floats
    basin: np.ndarray
    cost: Floats


def currents(network: Network, rows: int) -> Floats:
    """What stimuli add to the input, shape (rows, n)."""
    added = np.zeros((rows, network.n_neurons))
    for each in network.stimuli:
        if each.mode == "input":
            added[:, each.neurons] += each.value
    return added


def residuals(network: Network, x: Floats) -> tuple[Floats, Floats]:
    """W g + I - x of rows of states, 0 where clamped, and the largest of each row."""
    with np.errstate(all="ignore"):
        u = operator_of(network).drive(x) + currents(network, len(x)) - x
    u[:, held_neurons(network)] = 0.0
    size = np.abs(u).max(axis=1)
    return u, np.where(np.isnan(size), np.inf, size)


def energies(network: Network, x: Floats) -> Floats:
    """Energy of states with the inputs that last."""
    operator = operator_of(network)
    with np.errstate(over="ignore", invalid="ignore"):
        total: Floats = operator.energy(x).total
        added = currents(network, len(x))
        if added.any():
            total = total - (added * operator.activate(x)).sum(axis=1)
    return total


def by_energy(
    network: Network,
    x: Floats,
    held: np.ndarray,
    balance: Floats,
    tolerance: float,
    tell: Callable[[], None] = lambda: None,
) -> Found:
    """Rest states by steps that lower the energy, the first ones short.

    Parameters
    ----------
    network : Network
        On which nothing acts that changes, without noise and delays.
    x : ndarray, shape (trials, n)
    held : ndarray of bool, shape (n,)
    balance : ndarray, shape (n,)
        D with D W H self-adjoint; see `hamsim.field.conjugate`.
    tolerance : float
        Residual at which a state rests.
    tell : callable
        Called now and then; what it raises ends all.
    """
    if contracts(network, held, balance):
        only = go_to_rest(network, x, balance, tolerance, BOLDEST, tell=tell)
        basin = np.where(only.rests, "certified", "unknown")
        return Found(only.x, only.rests, only.error, basin, only.products.astype(np.float64))
    start, h, swept = x, np.zeros(len(x)), None
    moving = network.tau[network.tau > 0.0]
    spread = moving.size > 0 and moving.max() > SPREAD * moving.min()
    classes = None if spread else classes_for_sweeps(network)
    if classes is not None:
        swept = sweep_to_rest(network, x, classes, SWEPT, SWEPT_NEAR, tell)
        x, h = swept.x, swept.h
    near = NEAR * np.abs(x).max(axis=1)
    first = go_to_rest(network, x, balance, np.maximum(tolerance, near), CAREFUL, h, tell)
    last = go_to_rest(network, first.x, balance, tolerance, BOLD, first.h, tell)
    cost = (first.products + last.products).astype(np.float64)
    followed = np.zeros(len(x), dtype=bool)
    if swept is not None:
        cost += swept.products
        followed = swept.near & first.rests & (first.bent <= BENT)
    basin = np.where(last.rests & followed, "followed", "unknown").astype("<U9")
    basin[in_balls(network, held, last, (start, np.ones_like(followed)))] = "certified"
    return Found(last.x, last.rests, last.error, basin, cost)


def from_close(
    network: Network,
    x: Floats,
    held: np.ndarray,
    balance: Floats | None,
    tolerance: float,
    proves: bool,
    tell: Callable[[], None] = lambda: None,
) -> Found:
    """Rest states of trials that trajectories have led close to them; else `x` as it is.

    Parameters
    ----------
    network, x, held, balance, tolerance, tell
        As of `by_energy`; without an energy `balance` is None.
    proves : bool
        Whether it is asked for a proof that solutions from `x` come to these states.
    """
    h = FIRST * float(network.tau.max())
    last = go_to_rest(network, x, balance, tolerance, CAREFUL, h, tell)
    far = np.abs(last.x - x).max(axis=1)
    stays = last.rests & (far <= CLOSE * (1.0 + np.abs(last.x).max(axis=1)))
    basin = np.where(stays, "followed", "unknown").astype("<U9")
    if proves and balance is not None:
        basin[in_balls(network, held, last, (x, stays))] = "certified"
    if contracts(network, held, balance):
        basin[stays] = "certified"
    ends = np.where(stays[:, None], last.x, x)
    return Found(ends, stays, last.error, basin, last.products.astype(np.float64))


def in_balls(
    network: Network, held: np.ndarray, last: Arrived, *asked: tuple[Floats, np.ndarray]
) -> np.ndarray:
    """Trials of which it is proved that they come to rest where they did.

    Parameters
    ----------
    network : Network
    held : ndarray of bool, shape (n,)
    last : Arrived
    *asked : (states, whether each counts)
        Any of the states is enough.
    """
    proved = np.zeros(len(last.x), dtype=bool)
    u = [residuals(network, states)[0] for states, _ in asked]
    balls: list[Ball] = []
    for k in np.flatnonzero(last.rests).tolist():
        near = SAME * (1.0 + float(np.abs(last.x[k]).max()))
        ball = next((b for b in balls if np.abs(b.rest - last.x[k]).max() <= near), None)
        if ball is None:
            ball = Ball(network, last.x[k], held)
            balls.append(ball)
        proved[k] = any(
            counts[k] and ball.holds(states[k], u[number][k])
            for number, (states, counts) in enumerate(asked)
        )
    return proved
