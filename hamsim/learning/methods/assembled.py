"""From the solution of the adjoint equations to a gradient by everything that is wanted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.field.gates import gate_change
from hamsim.learning.found import Found
from hamsim.learning.losses import BoundLoss
from hamsim.learning.parameters import lagrangian_gradient
from hamsim.learning.posed import Posed, Wanted
from hamsim.learning.rest.engine import Engine
from hamsim.learning.synapses import SynapseGradient
from hamsim.network import Network
from hamsim.operator import neurons_of, operator_of

__all__ = ["assembled", "back", "steady"]


def steady(posed: Posed) -> BoundLoss:
    """The loss as a function that loses no digits: of states, where it says so itself."""
    return posed.loss.in_states() or posed.loss


def back(network: Network, v: Floats, g: Floats) -> Floats:
    """C^T v of rows: W^T v, and what gated synapses add at the activations `g`."""
    result = operator_of(network).transposed(v)
    if network.triples is not None:
        result = result + gate_change(network.triples, g, v)
    return result


def assembled(
    posed: Posed,
    wanted: Wanted,
    x: Floats,
    a: Floats,
    y: Floats,
    *,
    counts: NDArray[np.bool_],
    stable: NDArray[np.bool_],
    residual: Floats,
    forward: Floats,
    backward: Floats,
    g: Floats | None = None,
    own: Floats | None = None,
    complete: bool = False,
    engine: Engine | None = None,
) -> Found:
    """Make a gradient at rest states of rows a and y.

    Parameters
    ----------
    posed : Posed
    wanted : Wanted
    x : ndarray, shape (trials, n)
        Rest states.
    a : ndarray, shape (trials, n)
        dC/dI of each trial; 0 at held neurons.
    y : ndarray, shape (trials, n)
        What reaches the activations: c + C^T a, and C^T a of a loss of states. Only that of free
        neurons is looked at.
    counts, stable : ndarray of bool, shape (trials,)
    residual, forward, backward : ndarray, shape (trials,)
        As of `Found`.
    g : ndarray, shape (trials, n), optional
        Activations that weights see, if they are not those of `x`.
    own : ndarray, shape (trials, n), optional
        Activations of `x`, where they are known.
    complete : bool
        Whether y is right at held neurons too.
    engine : Engine, optional
        That sends back through W.
    """
    network, held = posed.network, posed.held
    loss = steady(posed)
    if own is None:
        own = neurons_of(network).activate(x)
    value = loss.value(x if loss.of == "x" else own)
    counts = counts & np.isfinite(value)
    found = Found(
        value,
        *(counts, stable, residual, forward, backward, x),
        initial=np.zeros_like(x) if wanted.initial else None,
        tau=np.zeros(x.shape[1]) if wanted.tau else None,
    )
    left_out = ~counts
    if left_out.any():
        a = np.where(left_out[:, None], 0.0, a)
    if wanted.weights:
        sums = SynapseGradient(network, wanted.edges)
        sums.adjoint(a, own if g is None else g, found.share)
        found = found._replace(weights=sums)
    if wanted.input:
        found = found._replace(input=a)
    if not wanted.at_held:
        return found
    of_states = loss.of == "x"
    slope = loss.slope(x if of_states else own)
    if held.any() and not complete:
        at_held = back(network, a, own) if engine is None else engine.back(a, own)
        y = np.where(held, at_held if of_states else at_held + slope, y)
    if left_out.any():
        y, slope = (np.where(left_out[:, None], 0.0, each) for each in (y, slope))
    if wanted.input and wanted.clamp:
        clamp = np.where(held, neurons_of(network).hessian(x, y), 0.0)
        if of_states:
            clamp += np.where(held, slope, 0.0)
        found = found._replace(clamp=clamp)
    if wanted.lagrangian:
        found = found._replace(lagrangian=_by_parameters(posed, wanted, found, y, own))
    return found


def _by_parameters(
    posed: Posed, wanted: Wanted, found: Found, y: Floats, g: Floats
) -> dict[str, dict[str, Floats]]:
    """Means over trials of y . dg/dtheta, with what the loss itself adds as a function of g."""
    if steady(posed) is not posed.loss:
        y = y + np.where(found.counts[:, None], posed.loss.slope(g), 0.0)
    by_trial = lagrangian_gradient(posed.network, found.x, y, wanted.only)
    share = found.share
    return {
        group: {name: share @ rows for name, rows in parts.items()}
        for group, parts in by_trial.items()
    }
