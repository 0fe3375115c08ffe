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

from hamsim.errors import HamsimError, given
from hamsim.learning.found import Found
from hamsim.learning.methods.assembled import assembled, steady
from hamsim.learning.posed import Posed, Wanted
from hamsim.learning.rest.engine import Engine
from hamsim.request import number_of

__all__ = ["Options", "gradient_of", "require"]


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
    x, stable = rested.x, np.ones(len(rested.x), dtype=bool)
    a, y, backward = np.zeros_like(x), np.zeros_like(x), np.zeros(len(x))
    counts = rested.rests.copy()
    if any(wanted):
        loss = steady(posed)
        slope = loss.slope(x if loss.of == "x" else rested.g)
        solved = engine.adjoint(x, slope, loss.of, options.tol)
        a, y, stable = solved.a, solved.y, solved.stable
        backward = solved.products.astype(np.float64)
        counts &= stable & np.isfinite(a).all(axis=1)
    return assembled(
        *(posed, wanted, x, a, y),
        counts=counts,
        stable=stable,
        residual=rested.residual,
        forward=rested.products,
        backward=backward,
    )
