"""Contrastive Hebbian learning: rest states with the activations that are wanted, and free ones.

With g at rest, and g' at rest while the neurons that the loss reads have the activations at which
it is least, E(g') - E(g) is at least 0 where g is the lowest state around, and 0 where the free
state has them by itself. Its slope, which is exact, is what is given here:

    a = -D (g' - g),    dW_ij = a_i m_j + a_j m_i = -(g'_i g'_j - g_i g_j),    m = (g + g') / 2

(Movellan, Connectionist Models 1990; Xie and Seung, Neural Computation 15:441, 2003). It is the
limit of equilibrium propagation for large beta, and not the slope of the loss itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.errors import HamsimError
from hamsim.learning.found import Found
from hamsim.learning.methods.assembled import assembled
from hamsim.learning.methods.balance import balance
from hamsim.learning.methods.forward import rest_alone
from hamsim.learning.posed import Posed, Wanted
from hamsim.learning.rest.engine import Engine, Rested
from hamsim.operator import neurons_of

__all__ = ["Options", "gradient_of", "require"]


class Options(NamedTuple):
    """It has no settings."""


def require(posed: Posed, options: Options) -> None:
    """Refuse what cannot be right, before anything runs.

    Raises
    ------
    HamsimError
        The loss does not say which activations it wants, its neurons are clamped or gated, or there
        is no energy.
    """
    balance(posed.network, posed.held, "contrastive")
    _with_targets(posed)


def gradient_of(
    posed: Posed, wanted: Wanted, options: Options, engine: Engine | None = None
) -> Found:
    """Go to rest, then to rest with the activations that are wanted, and take the difference.

    Parameters
    ----------
    posed : Posed
    wanted : Wanted
        By parameters of Lagrangians there is nothing.
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
    rest = engine.to_rest(posed.starts, posed.current, posed.tolerance)
    if not wanted.anything:
        return rest_alone(posed, rest)
    D = balance(posed.network, posed.held, "contrastive")
    taught, g = _taught(posed, engine, rest, D)
    a = np.where(posed.held, 0.0, -D * (g - rest.g))
    return assembled(
        posed,
        wanted._replace(lagrangian=False),
        rest.x,
        a,
        np.zeros_like(a),
        counts=rest.rests & taught.rests,
        stable=np.ones(len(a), dtype=bool),
        residual=rest.residual,
        forward=rest.products,
        backward=taught.products + 1.0,
        g=0.5 * (g + rest.g),
        own=rest.g,
        engine=engine,
    )


def _taught(posed: Posed, engine: Engine, rest: Rested, D: Floats) -> tuple[Rested, Floats]:
    """Rest states with the activations that are wanted, and these activations."""
    held = _with_targets(posed)
    difference = _wanted_activations(posed, rest) - rest.g
    # Neurons that are held where they are send what they would at the activations that are wanted.
    current = engine.back(D * difference, rest.g) / D
    if posed.current is not None:
        current = current + posed.current
    taught = engine.holding(held).to_rest(rest.x, current, posed.tolerance)
    return taught, taught.g + difference


def _wanted_activations(posed: Posed, rest: Rested) -> Floats:
    """Activations with those of the loss's neurons where it is least, shape (trials, n)."""
    loss = posed.loss
    least = loss.least()
    assert least is not None
    values = np.array(rest.g if loss.of == "g" else rest.x)
    values[:, loss.neurons] = least
    if loss.of == "g":
        return values
    g = np.array(rest.g)
    g[:, loss.neurons] = neurons_of(posed.network).activate(values)[:, loss.neurons]
    return g


def _with_targets(posed: Posed) -> NDArray[np.bool_]:
    """Neurons that are held while the loss's have the activations that are wanted."""
    neurons, network = posed.loss.neurons, posed.network
    if posed.loss.least() is None:
        raise HamsimError(
            "contrastive needs activations to be wanted: a loss that is a formula or a function "
            "does not say which; use squared or cross_entropy, or equilibrium"
        )
    if posed.held[neurons].any():
        first = network.label(int(neurons[posed.held[neurons]][0]))
        raise HamsimError(
            f"contrastive holds the neurons of the loss, but {first} is clamped; "
            "use implicit or equilibrium"
        )
    if network.triples is not None and _at_any(network.triples, neurons):
        raise HamsimError(
            "contrastive does not hold neurons with gated synapses; use implicit or equilibrium"
        )
    held = posed.held.copy()
    held[neurons] = True
    balance(network, held, "contrastive")
    return held


def _at_any(triples: tuple[Ints, Ints, Ints, Floats], neurons: Ints) -> bool:
    return any(np.isin(ends, neurons).any() for ends in triples[:3])
