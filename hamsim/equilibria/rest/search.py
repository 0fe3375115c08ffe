"""The search for rest states from starts, and what it can vouch for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.resting.sweeps import classes_for_sweeps, sweep_to_rest
from hamsim.dynamics.resting.transient import Arrived, go_to_rest
from hamsim.equilibria.rest.basin import Ball, contracts, held_neurons
from hamsim.equilibria.rest.following import follow
from hamsim.field.conjugate import inner_product
from hamsim.field.settled import settled
from hamsim.network import Network
from hamsim.operator import operator_of

__all__ = ["Found", "currents", "residuals", "search"]

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
# Sums of what steps may have bent that follow a trajectory, and that may lead into a ball.
BENT, STRAIGHT = 0.02, 0.5
SAME = 1e-6  # distance of states that are one, relative to 1 + |x|
LOOSE, TIGHT = 1e-4, 1e-8


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


def search(
    network: Network,
    starts: Floats,
    tolerance: float,
    exact: bool,
    progress: Callable[[Any], None] | None,
) -> Found:
    """Go to rest from starts.

    Parameters
    ----------
    network : Network
        On which nothing acts that changes, without noise and delays.
    starts : ndarray, shape (trials, n)
    tolerance : float
    exact : bool
        Follow trajectories tightly until they are close to rest.
    progress : callable, optional
    """
    held = held_neurons(network)
    x = starts.copy()
    for each in network.stimuli:
        if each.mode != "input":
            x[:, each.neurons] = each.value
    balance = inner_product(network, held)
    if balance is not None and not exact:
        return _by_energy(network, x, held, balance, tolerance)
    return _by_following(network, x, held, balance, tolerance, exact, progress)


def _by_energy(
    network: Network, x: Floats, held: np.ndarray, balance: Floats, tolerance: float
) -> Found:
    """Steps that lower the energy, the first ones short."""
    if contracts(network, held, balance):
        only = go_to_rest(network, x, balance, tolerance, BOLDEST)
        basin = np.where(only.rests, "certified", "unknown")
        return Found(only.x, only.rests, only.error, basin, only.products.astype(np.float64))
    start, h, swept = x, np.zeros(len(x)), None
    moving = network.tau[network.tau > 0.0]
    spread = moving.size > 0 and moving.max() > SPREAD * moving.min()
    classes = None if spread else classes_for_sweeps(network)
    if classes is not None:
        swept = sweep_to_rest(network, x, classes, SWEPT, SWEPT_NEAR)
        x, h = swept.x, swept.h
    near = NEAR * np.abs(x).max(axis=1)
    first = go_to_rest(network, x, balance, np.maximum(tolerance, near), CAREFUL, h)
    last = go_to_rest(network, first.x, balance, tolerance, BOLD, first.h)
    cost = (first.products + last.products).astype(np.float64)
    certain = followed = np.zeros(len(x), dtype=bool)
    if swept is not None:
        cost += swept.products
        followed = swept.near & first.rests & (first.bent <= BENT)
        certain = followed & (swept.bent + first.bent <= STRAIGHT)
    basin = np.where(last.rests & followed, "followed", "unknown").astype("<U9")
    proved = _in_balls(network, held, last, (start, np.ones_like(certain)), (first.x, certain))
    basin[proved] = "certified"
    return Found(last.x, last.rests, last.error, basin, cost)


def _in_balls(
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


def _by_following(
    network: Network,
    x: Floats,
    held: np.ndarray,
    balance: Floats | None,
    tolerance: float,
    exact: bool,
    progress: Callable[[Any], None] | None,
) -> Found:
    """Follow trajectories with control of their errors, and solve once they are close to rest."""
    near = max(tolerance, NEAR * (1.0 + float(np.abs(x).max())))
    followed = follow(network, x, TIGHT if exact else LOOSE, near, progress=progress)
    basin = np.full(len(x), "unknown", dtype="<U9")
    rests, error = np.zeros(len(x), dtype=bool), np.full(len(x), np.inf)
    ends, cost = followed.x.copy(), followed.products.copy()
    some = np.flatnonzero(followed.near)
    if some.size:
        h = 10.0 * float(network.tau.max())
        last = go_to_rest(network, followed.x[some], balance, tolerance, CAREFUL, h)
        far = np.abs(last.x - followed.x[some]).max(axis=1)
        stays = last.rests & (far <= CLOSE * (1.0 + np.abs(last.x).max(axis=1)))
        ends[some[stays]], error[some] = last.x[stays], last.error
        rests[some], cost[some] = stays, cost[some] + last.products
        basin[some[stays]] = "followed"
        if exact and balance is not None:
            there = followed.x[some], stays
            basin[some[_in_balls(network, held, last, there)]] = "certified"
    if contracts(network, held, balance):
        basin[rests] = "certified"
    return Found(settled(network, ends), rests, error, basin, cost)
