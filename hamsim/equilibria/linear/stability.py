"""`stability`: what small deviations from a state do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats, Mask
from hamsim.compiler import as_network
from hamsim.dynamics.resting.lasting import lasting
from hamsim.equilibria.linear.forces import currents, held_neurons, unrest
from hamsim.equilibria.linear.kinks import at_kinks
from hamsim.equilibria.linear.large import large, slowest
from hamsim.equilibria.linear.leading import Leading
from hamsim.equilibria.linear.linearised import Linearised
from hamsim.equilibria.linear.neutral import continuing
from hamsim.equilibria.linear.small import is_small, small
from hamsim.equilibria.linear.stable import Stability
from hamsim.errors import HamsimError, given
from hamsim.field.held import with_states
from hamsim.network import Network
from hamsim.observables import states_of

__all__ = ["rates_about", "stability"]

# What a residual may do to an eigenvalue, per unit of it relative to the state: a slope changes
# about as fast as the state does.
FACTOR, LARGEST = 10.0, 1e-4
# Neutral directions that are followed.
MOST_NEUTRAL = 8


def stability(network: Network | Any, x: ArrayLike, k: int = 6) -> Any:
    """Linearise a network at a state: whether deviations grow, how fast, and in which way.

    Parameters
    ----------
    network : Network, Spec, path or dict
        Stimuli that last act, as of `hamsim.fixed_point`: neurons that they clamp do not deviate.
    x : array_like, shape (n,) or (trials, n)
        Rest states; at others `residual` says how far they are from rest. Neurons with tau = 0
        follow the others.
    k : int
        Number of eigenvalues.

    Returns
    -------
    Stability
        For several states a tuple of them.

    Raises
    ------
    HamsimError
        A shape does not fit, a number or a slope is not finite, the network has delays, or neurons
        with tau = 0 have no one state near this one.

    Notes
    -----
    J = T^-1 (C H - 1), where C is W with what gated synapses add. With symmetric W and one tau for
    neurons that share a Lagrangian it has the real eigenvalues of T^-1/2 (B^T C B - 1) T^-1/2,
    H = B B^T, and as many above 0 as B^T C B has above 1, whatever tau is. Up to 500 free neurons
    all are computed; of more only products with vectors are.
    """
    compiled = as_network(network)
    if compiled.delays is not None:
        raise HamsimError(
            "stability is not known with delays; network.replace(delay=0) is the network without"
        )
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise HamsimError(f"k is {given(k)}; it must be a whole number from 1 on")
    compiled, _ = lasting(with_states(compiled))
    states = states_of(compiled, x)
    if states.ndim > 2:
        raise HamsimError(f"x has shape {states.shape}; allowed are (n,) and (trials, n)")
    rows = np.atleast_2d(states)
    added = currents(compiled, len(rows))
    held = held_neurons(compiled)
    found = [_at(compiled, row, held, more, int(k)) for row, more in zip(rows, added, strict=True)]
    return found[0] if states.ndim == 1 else tuple(found)


def rates_about(network: Network, x: Floats, k: int) -> Any:
    """The first eigenvalues of `stability`, about, by products alone where neurons are not few.

    Parameters
    ----------
    network : Network
        As it stays.
    x : ndarray, shape (n,)
    k : int
    """
    lin = Linearised(network, x, held_neurons(network))
    few = lin.moving.size <= 2 * k + 3
    return small(lin, k, 0.0).values if few else slowest(lin, k)


def _at(network: Network, x: Floats, held: Mask, added: Floats, k: int) -> Stability:
    def residual(y: Floats) -> Floats:
        found: Floats = unrest(network, y[None], added[None])[0]
        return found

    with np.errstate(all="ignore"):
        u = residual(x)
    if not np.all(np.isfinite(u)):
        raise HamsimError("W g + I is not finite at x")
    rest = float(np.max(np.abs(u), initial=0.0))
    lin = Linearised(network, x, held)
    kinks = at_kinks(network, x)
    if lin.moving.size == 0:
        return _nothing_moves(lin, rest, kinks)
    slack = FACTOR * rest / max(1.0, float(np.max(np.abs(x))))
    slack = slack if slack <= LARGEST else 0.0  # else it is no rest state at all
    solve = small if is_small(lin) else large
    leading = solve(lin, k, slack)
    if leading.index or not 0 < leading.zeros <= MOST_NEUTRAL:
        return _put_together(lin, leading, k, 0, rest, kinks)
    if leading.zeros >= k:  # one more than those along which rest states may continue
        leading = solve(lin, leading.zeros + 1, slack)
    neutral, dimension = leading.modes[: leading.zeros], 0
    if not np.iscomplexobj(neutral) and len(neutral) == leading.zeros:
        dimension = continuing(lin, residual, neutral, rest)
    return _put_together(lin, leading, k, dimension, rest, kinks)


def _put_together(
    lin: Linearised, leading: Leading, k: int, dimension: int, rest: float, kinks: int
) -> Stability:
    kind = _kind(lin, leading, dimension)
    slowest = leading.zeros if kind in ("line", "torus") else 0
    if slowest < len(leading.values):
        rate, mode = -float(leading.values[slowest].real), leading.modes[slowest]
    else:  # it is not among those that were asked for
        rate, mode = np.inf if slowest >= lin.moving.size else 0.0, np.zeros(lin.x.size)
    rate = 0.0 if kind == "critical" else rate
    return Stability(
        eigenvalues=leading.values[:k],
        errors=leading.errors[:k],
        index=leading.index,
        index_bounds=(leading.low, leading.high),
        proved=leading.low == leading.high == leading.index,
        zeros=leading.zeros,
        kind=kind,
        dimension=dimension,
        rate=rate,
        mode=mode,
        modes=leading.modes[:k],
        residual=rest,
        kinks=kinks,
    )


def _kind(lin: Linearised, leading: Leading, dimension: int) -> str:
    """The word for the state; see `Stability`."""
    if leading.index == 0 and leading.zeros:
        if dimension == leading.zeros:
            return "line" if dimension == 1 else "torus"
        return "critical"
    if lin.symmetric:
        return "saddle" if leading.index else "minimum"
    if 0 < leading.index < lin.moving.size:
        return "saddle"
    turns = bool(leading.values[0].imag != 0.0)
    return f"{'unstable' if leading.index else 'stable'} {'focus' if turns else 'node'}"


def _nothing_moves(lin: Linearised, rest: float, kinks: int) -> Stability:
    """Of a network in which no neuron is free and has tau above 0."""
    return Stability(
        eigenvalues=np.zeros(0),
        errors=np.zeros(0),
        index=0,
        index_bounds=(0, 0),
        proved=True,
        zeros=0,
        kind="minimum" if lin.symmetric else "stable node",
        dimension=0,
        rate=np.inf,
        mode=np.zeros(lin.x.size),
        modes=np.zeros((0, lin.x.size)),
        residual=rest,
        kinks=kinks,
    )
