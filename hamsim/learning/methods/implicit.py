"""Gradients of a loss at rest states, by the implicit function theorem.

At rest x = W g + I on the free neurons. With c = dC/dg, P what keeps the free neurons alone, and C
the derivative of the drive by the activations (W, and what gated synapses add),

    y = c + C^T a,        a = P H y,

and of a loss of states, with v = dC/dx: y = C^T a, a = P (v + H y). Then dC/dI = a,
dC/dW_ij = a_i g_j, of a clamped neuron dC/dx = H y (+ v), and of a parameter y . dg/dtheta
(recurrent back-propagation: Almeida 1987; Pineda, Phys. Rev. Lett. 59:2229, 1987).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.errors import HamsimError, given
from hamsim.field.drive import Drive
from hamsim.learning.found import Found
from hamsim.learning.methods.assembled import assembled, steady
from hamsim.learning.posed import Posed, Wanted
from hamsim.learning.rest.engine import Engine, Rested
from hamsim.learning.rest.growing import deviations_grow
from hamsim.request import number_of

__all__ = ["Options", "gradient_of", "require", "sharpened"]


# Errors of the linear equations below which those of the states would be seen, and what rounding
# may make of a residual, in units of that of its terms.
EXACT, ROUNDING = 1e-9, 16.0 * 2.0**-52
# A trial that moves less, in units of the residual, stays where it began.
STAYED = 1e3


class Options(NamedTuple):
    """Settings of the method.

    Parameters
    ----------
    tol : float
        What of the adjoint equations may be left, as a part of their right side.
    """

    tol: float = 1e-12


def require(posed: Posed, options: Options) -> None:
    """Refuse what cannot be right, before anything runs.

    Raises
    ------
    HamsimError
    """
    if not 0.0 < number_of(options.tol) < 1.0:
        raise HamsimError(f"tol is {given(options.tol)}; allowed is a number above 0 and below 1")


def gradient_of(
    posed: Posed, wanted: Wanted, options: Options, engine: Engine | None = None
) -> Found:
    """Go to rest, and solve the adjoint equations there.

    Parameters
    ----------
    posed : Posed
    wanted : Wanted
        Of nothing, the loss alone is found.
    options : Options
    engine : Engine, optional
        For the same network and the same held neurons; one is made if there is none.

    Returns
    -------
    Found
    """
    if engine is None:
        engine = Engine(posed.network, posed.held, posed.tolerance, len(posed.starts))
    rested = engine.to_rest(posed.starts, posed.current, posed.tolerance)
    if wanted.anything and options.tol <= EXACT:
        rested = sharpened(posed, engine, rested)
    x, stable = rested.x, np.ones(len(rested.x), dtype=bool)
    a, y, backward = np.zeros_like(x), np.zeros_like(x), np.zeros(len(x))
    counts = rested.rests.copy()
    if wanted.anything:
        loss = steady(posed)
        slope = loss.slope(x if loss.of == "x" else rested.g)
        solved = engine.adjoint(x, slope, loss.of, options.tol, wanted.at_held)
        a, y, stable = solved.a, solved.y, solved.stable
        if not engine.sees_curvature:
            stable = stable & ~_left_where_deviations_grow(posed, rested)
        backward = solved.products.astype(np.float64)
        counts &= stable & solved.converged & np.isfinite(a).all(axis=1)
    return assembled(
        *(posed, wanted, x, a, y),
        counts=counts,
        stable=stable,
        residual=rested.residual,
        forward=rested.products,
        backward=backward,
        own=rested.g,
        complete=True,
    )


def _left_where_deviations_grow(posed: Posed, rested: Rested) -> NDArray[np.bool_]:
    """Trials that began at a rest state from which deviations grow; all others came to theirs."""
    moved = np.abs(np.where(posed.held, 0.0, rested.x - posed.starts)).max(axis=1, initial=0.0)
    stayed = np.flatnonzero(rested.rests & (moved <= STAYED * posed.tolerance))
    grow = np.zeros(len(moved), dtype=bool)
    grow[stayed] = deviations_grow(posed.network, rested.x[stayed], posed.held)
    return grow


def sharpened(posed: Posed, engine: Engine, rested: Rested) -> Rested:
    """Rest states as close as rounding lets them come, where they are close already.

    Parameters
    ----------
    posed : Posed
    engine : Engine
        Of the network.
    rested : Rested
    """
    rests = rested.rests
    if not rests.any():
        return rested
    terms = Drive(posed.network).sizes().at(np.abs(rested.g[rests])) + np.abs(rested.x[rests])
    floor = max(ROUNDING * float(terms.max()), np.finfo(np.float64).tiny)
    closer = engine.to_rest(rested.x, posed.current, floor, near=True)
    better = rests & (closer.residual < rested.residual)
    row = better[:, None]
    return Rested(
        np.where(row, closer.x, rested.x),
        np.where(row, closer.g, rested.g),
        np.where(better, closer.residual, rested.residual),
        rests,
        rested.products + closer.products,
    )
