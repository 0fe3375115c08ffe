"""The search for rest states from starts, and what it can vouch for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.resting.basin import held_neurons
from hamsim.dynamics.resting.search import NEAR, Found, by_energy, from_close
from hamsim.dynamics.resting.transient import of_trials
from hamsim.equilibria.rest.following import follow
from hamsim.field.conjugate import inner_product
from hamsim.field.settled import settled
from hamsim.network import Network
from hamsim.network.replaced import sharing

__all__ = ["search"]

# Relative tolerances with which trajectories are followed.
LOOSE, TIGHT = 1e-4, 1e-8


def search(
    network: Network,
    starts: Floats,
    tolerance: float,
    exact: bool,
    progress: Callable[[Any], None] | None,
    tell: Callable[[], None],
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
    tell : callable
        Called now and then; what it raises ends all.
    """
    held = held_neurons(network)
    x = starts.copy()
    for each in network.stimuli:
        if each.mode != "input":
            x[:, each.neurons] = each.value
    balance = inner_product(network, held)
    if balance is not None and not exact:
        return by_energy(network, x, held, balance, tolerance, tell)
    return _by_following(network, x, held, balance, tolerance, exact, progress, tell)


def _by_following(
    network: Network,
    x: Floats,
    held: np.ndarray,
    balance: Floats | None,
    tolerance: float,
    exact: bool,
    progress: Callable[[Any], None] | None,
    tell: Callable[[], None],
) -> Found:
    """Follow trajectories with control of their errors, and solve once they are close to rest."""
    near = max(tolerance, NEAR * (1.0 + float(np.abs(x).max())))
    followed = follow(network, x, TIGHT if exact else LOOSE, near, progress=progress)
    basin = np.full(len(x), "unknown", dtype="<U9")
    rests, error = np.zeros(len(x), dtype=bool), np.full(len(x), np.inf)
    ends, cost = followed.x.copy(), followed.products.copy()
    some = np.flatnonzero(followed.near)
    if some.size:
        stimuli = tuple(of_trials(each, some) for each in network.stimuli)
        own = network if some.size == len(x) else sharing(network, {}, stimuli=stimuli)
        last = from_close(own, ends[some], held, balance, tolerance, exact, tell)
        ends[some], error[some], basin[some] = last.x, last.error, last.basin
        rests[some], cost[some] = last.converged, cost[some] + last.cost
    return Found(settled(network, ends), rests, error, basin, cost)
