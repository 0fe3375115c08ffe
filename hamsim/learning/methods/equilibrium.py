"""Equilibrium propagation: gradients from rest states that the loss pulls at.

With x+-, g+- at rest under nudges +-beta (see `nudged`) and D as `balance` has it,

    a = -D (g+ - g-) / (2 beta),    y = -D (x+ - x-) / (2 beta)

solve the adjoint equations of `implicit` up to errors of order beta^2; with one nudge, and the free
state in place of the other, up to order beta. With m = (g+ + g-) / 2 what synapse i, j gets,
a_i m_j + a_j m_i, is the difference of products that it sees itself,
-(g+_i g+_j - g-_i g-_j) / (2 beta) (Scellier and Bengio, Front. Comput. Neurosci. 11:24, 2017;
both signs: Laborieux et al., Front. Neurosci. 15:633674, 2021). Of a loss of states, a has its
slope v besides.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.errors import HamsimError, given
from hamsim.learning.found import Found
from hamsim.learning.methods.assembled import assembled, steady
from hamsim.learning.methods.balance import balance
from hamsim.learning.methods.forward import rest_alone
from hamsim.learning.methods.nudged import Nudged, Pull, nudged
from hamsim.learning.methods.pulls import prepare
from hamsim.learning.posed import Posed, Wanted
from hamsim.learning.rest.engine import Engine, Rested
from hamsim.learning.rest.growing import deviations_grow
from hamsim.request import number_of

__all__ = ["Options", "gradient_of", "require"]

# Residual of a rest state at most, as a part of beta: nudges move states by about beta times the
# slope of the loss, and what is left of the residual moves them too.
FINEST = 0.02
# What rounding may do to a loss, as a part of it.
ROUNDING = 1e-12
# How far what both nudges do may be from opposite, as a part of it, and what residuals may do.
BENT, NOISE = 0.7, 20.0
# From a state that is not stable both nudges may go far, and opposite ways: one that answers with
# so many times what is asked of it is looked at by the equations of `implicit`, so closely.
FAR, CLOSE = 3.0, 1e-6


class Options(NamedTuple):
    """Settings of the method.

    Parameters
    ----------
    beta : float
        How strongly the loss pulls; above 0.
    symmetric : bool
        Pull both ways, with an error of order beta^2; else one way, with one of order beta.
    """

    beta: float = 0.1
    symmetric: bool = True


def require(posed: Posed, options: Options) -> None:
    """Refuse what cannot be right, before anything runs.

    Raises
    ------
    HamsimError
        beta is not above 0, states rest too coarsely for it, or there is no energy.
    """
    beta = number_of(options.beta)
    if not 0.0 < beta < np.inf:
        raise HamsimError(f"beta is {given(options.beta)}; it must be a number above 0")
    if not isinstance(options.symmetric, bool | np.bool_):
        raise HamsimError(f"symmetric is {given(options.symmetric)}; allowed are true and false")
    if not posed.tolerance <= FINEST * beta:
        raise HamsimError(
            f"a residual of {posed.tolerance:g} is too large for beta {beta:g}: nudged states "
            f"differ by about beta; it must be at most {FINEST * beta:g}, or beta larger"
        )
    balance(posed.network, posed.held, "equilibrium")


def gradient_of(
    posed: Posed, wanted: Wanted, options: Options, engine: Engine | None = None
) -> Found:
    """Go to rest, then to nudged rest states, and take differences.

    Parameters
    ----------
    posed : Posed
    wanted : Wanted
    options : Options
    engine : Engine, optional
        That is used again; made for this question if there is none.

    Returns
    -------
    Found
    """
    require(posed, options)
    if engine is None:
        engine = Engine(posed.network, posed.held, posed.tolerance, len(posed.starts))
    prepare(engine, posed.loss, posed.held)
    rest = engine.to_rest(posed.starts, posed.current, posed.tolerance)
    if not wanted.anything:
        return rest_alone(posed, rest)
    loss = steady(posed)
    pull = Pull(posed, loss, balance(posed.network, posed.held, "equilibrium"), engine)
    plus = nudged(engine, pull, rest, options.beta)
    minus = _free(pull, rest)
    if options.symmetric:  # what the other nudge does is about the opposite
        minus = nudged(engine, pull, rest, -options.beta, 2.0 * rest.x - plus.x)
    moves = _moving(posed.held)
    apart = options.beta * (2.0 if options.symmetric else 1.0)
    scale = -pull.balance[moves] / apart
    a, y, g = np.zeros_like(rest.x), np.zeros_like(rest.x), rest.g.copy()
    change = plus.g[:, moves] - minus.g[:, moves]
    a[:, moves] = scale * change
    y[:, moves] = scale * (plus.x[:, moves] - minus.x[:, moves])
    g[:, moves] = minus.g[:, moves] + 0.5 * change
    if loss.of == "x":
        a += pull.free * loss.slope(rest.x)
    reached = plus.rests & minus.rests
    bent = 2.0 * (g[:, moves] - rest.g[:, moves]) if options.symmetric else None
    stable = ~(reached & _left(plus.loss - minus.loss, minus.loss, change, bent, posed.tolerance))
    slope = loss.slope(rest.x if loss.of == "x" else rest.g)
    far = _largest(y if loss.of == "g" else a) > FAR * _largest(slope)
    looked = np.flatnonzero(far & reached & stable)
    if looked.size and engine.sees_curvature:
        found = engine.adjoint(rest.x[looked], slope[looked], loss.of, CLOSE)
        stable[looked] = found.stable
    elif looked.size:
        stable[looked] = ~deviations_grow(posed.network, rest.x[looked], posed.held)
    backward = plus.products + (minus.products if options.symmetric else 0.0)
    return assembled(
        posed,
        wanted,
        rest.x,
        a,
        y,
        counts=rest.rests & reached & stable,
        stable=stable,
        residual=rest.residual,
        forward=rest.products,
        backward=backward,
        g=g,
        own=rest.g,
        engine=engine,
    )


def _largest(rows: Floats) -> Floats:
    """Size of the largest entry of each row."""
    found: Floats = np.abs(rows).max(axis=1, initial=0.0)
    return found


def _free(pull: Pull, rest: Rested) -> Nudged:
    """The rest state itself, as one with a nudge of 0."""
    loss = pull.loss_at(rest.x, rest.g, 0.0)
    return Nudged(rest.x, rest.g, loss, rest.rests, np.zeros(len(loss)))


def _moving(held: NDArray[np.bool_]) -> slice | NDArray[np.int64]:
    """Neurons that are free, as a slice where they are one after another."""
    free = np.flatnonzero(~held)
    if free.size and free[-1] - free[0] + 1 == free.size:
        return slice(int(free[0]), int(free[-1]) + 1)
    return free


def _left(
    more: Floats, loss: Floats, change: Floats, bent: Floats | None, tolerance: float
) -> NDArray[np.bool_]:
    """Trials of which a nudged state is seen to have left for another rest state.

    If g+ minimises E + beta C and g- minimises E - beta C, each against the other, C is not larger
    at g+. And what two small nudges do is opposite, but for what is of second order.

    Parameters
    ----------
    more, loss : ndarray, shape (trials,)
        C(g+) - C(g-) and C(g-).
    change : ndarray, shape (trials, free neurons)
        g+ - g-.
    bent : ndarray, shape (trials, free neurons), or None
        g+ + g- less twice the free state's; None with one nudge.
    tolerance : float
        Residual of rest states.
    """
    sizes = np.abs(change)
    noise = ROUNDING * (2.0 * np.abs(loss) + np.abs(more)) + tolerance * sizes.sum(axis=1)
    left: NDArray[np.bool_] = more > noise
    if bent is not None and bent.size:
        left |= np.abs(bent).max(axis=1) > BENT * sizes.max(axis=1) + NOISE * tolerance
    return left
