"""Gradients of a loss at rest states, by the implicit function theorem.

At rest x = W g + I on the free neurons. With c = dC/dg, P what keeps the free neurons alone, and C
the derivative of the drive by the activations (W, and what gated synapses add),

    y = c + C^T a,        a = P H y,

and of a loss of states, with v = dC/dx: y = C^T a, a = P (v + H y). Then dC/dI = a,
dC/dW_ij = a_i g_j, of a clamped neuron dC/dx = (H y) + v, and of a parameter y . dg/dtheta
(recurrent back-propagation: Almeida 1987; Pineda, Phys. Rev. Lett. 59:2229, 1987).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.resting.search import residuals
from hamsim.equilibria.rest.search import search
from hamsim.errors import HamsimError, given
from hamsim.field.drive import Drive
from hamsim.field.hessian import Hessian
from hamsim.learning.found import Found
from hamsim.learning.methods.assembled import assembled, steady
from hamsim.learning.posed import Posed, Wanted
from hamsim.network import Network, Stimulus
from hamsim.operator import neurons_of

__all__ = ["Options", "gradient_of", "require"]


class Options(NamedTuple):
    """Settings of the method.

    Parameters
    ----------
    tol : float
        Largest error of the linear equations, relative to their right side.
    """

    tol: float = 1e-10


def require(posed: Posed, options: Options) -> None:
    """Refuse what cannot be right, before anything runs.

    Raises
    ------
    HamsimError
    """
    if not 0.0 < options.tol < 1.0:
        raise HamsimError(f"tol is {given(options.tol)}; allowed is a number above 0 and below 1")


def gradient_of(posed: Posed, wanted: Wanted, options: Options, engine: Any = None) -> Found:
    """Go to rest, and solve the adjoint equations there.

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
    network = _acted_on(posed)
    rest = search(network, posed.starts, posed.tolerance, False, None, lambda: None)
    x = rest.x
    _, residual = residuals(network, x)
    g, loss = neurons_of(network).activate(x), steady(posed)
    slope = loss.slope(x if loss.of == "x" else g)
    a, y, stable = np.zeros_like(x), np.zeros_like(x), np.ones(len(x), dtype=bool)
    if any(wanted):
        for k in range(len(x)):
            found = _adjoint(network, x[k], g[k], slope[k], posed.held, loss.of == "x")
            a[k], y[k], stable[k] = found
    return assembled(
        *(posed, wanted, x, a, y),
        counts=rest.converged & stable,
        stable=stable,
        residual=residual,
        forward=rest.cost,
        backward=np.zeros(len(x)),
    )


def _acted_on(posed: Posed) -> Network:
    """The network with what holds and drives its neurons as stimuli."""
    held = np.flatnonzero(posed.held)
    stimuli = [Stimulus("clamp", held, posed.starts[:, held], 0.0, np.inf)]
    if posed.current is not None:
        neurons = np.arange(posed.network.n_neurons)
        stimuli.append(Stimulus("input", neurons, posed.current, 0.0, np.inf))
    return replace(posed.network, stimuli=tuple(stimuli))


def _adjoint(
    network: Network, x: Floats, g: Floats, c: Floats, held: np.ndarray, of_states: bool
) -> tuple[Floats, Floats, bool]:
    C = Drive(network).matrix(g).toarray()
    H = Hessian(network, x).matrix.toarray()
    free = np.flatnonzero(~held)
    a = np.zeros_like(x)
    A = np.eye(free.size) - (H @ C.T)[np.ix_(free, free)]
    right = c if of_states else H @ c
    a[free] = np.linalg.solve(A, right[free])
    y = C.T @ a + (0.0 if of_states else c)
    stable = bool(np.linalg.eigvals(A).real.min(initial=1.0) > 0.0)
    return a, y, stable
